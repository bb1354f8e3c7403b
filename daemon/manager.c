/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cards come and go; leases, the trace and the configuration belong to all of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "manager-internal.h"
#include "port/takeover.h"
#include "util/cleanup.h"
#include "util/log.h"

/* "" is the only card that is managed. */
struct card *manager_card(struct manager *m, const char *id)
{
	struct card *only = NULL;

	for (struct card *c = m->cards; c; c = c->next) {
		if (*id && !strcmp(c->info.id, id))
			return c;
		if (*id || c->state == CARD_IGNORED)
			continue;
		if (only)
			return NULL;
		only = c;
	}
	return only;
}

static struct card *card_by_index(struct manager *m, int index)
{
	for (struct card *c = m->cards; c; c = c->next)
		if (c->info.index == index)
			return c;
	return NULL;
}

struct lent *manager_lent(struct manager *m, int card, unsigned int device,
			  unsigned int subdevice, bool capture)
{
	for (struct lent *l = m->lent; l; l = l->next)
		if (lease_card(l->lease) == card && lease_device(l->lease) == device &&
		    lease_subdevice(l->lease) == subdevice &&
		    lease_capture(l->lease) == capture)
			return l;
	return NULL;
}

static bool on_granted(int index, void *userdata)
{
	const struct card *c = card_by_index(userdata, index);

	return !c || !c->gate_closed;
}

static void on_lease_opened(struct lease *lease, void *userdata)
{
	struct manager *m = userdata;
	struct lent *l = calloc(1, sizeof(*l));
	struct card *c;

	if (!l)
		return;
	l->manager = m;
	l->lease = lease;
	l->paused_by_us = lease_adopted(lease);
	l->next = m->lent;
	m->lent = l;
	lease_set_userdata(lease, l);
	/* The restore of its card will let it go on; without one nothing would. */
	c = card_by_index(m, lease_card(lease));
	if (l->paused_by_us && (!c || c->state == CARD_IGNORED))
		lent_continue(l);
}

static void on_lease_closed(struct lease *lease, void *userdata)
{
	struct manager *m = userdata;
	struct lent *l = lease_get_userdata(lease);
	struct card *c = card_by_index(m, lease_card(lease));

	if (!l)
		return;
	for (struct lent **p = &m->lent; *p; p = &(*p)->next) {
		if (*p != l)
			continue;
		*p = l->next;
		break;
	}
	free(l);
	for (unsigned int i = 0; c && i < c->n_slots; i++) {
		struct slot *s = c->slots[i];

		if (!s->id || s->device != lease_device(lease) ||
		    s->subdevice != lease_subdevice(lease) ||
		    s->capture != lease_capture(lease))
			continue;
		card_feed_stream(c, SWE_STREAM_GONE, s->id);
		s->id = 0;
	}
}

const struct lease_ops manager_lease_ops = {
	.granted = on_granted,
	.opened = on_lease_opened,
	.closed = on_lease_closed,
};

void manager_trace_add(struct manager *m, struct report *r)
{
	if (!m->trace_size) {
		report_free(r);
		return;
	}
	report_free(m->trace[m->trace_next]);
	m->trace[m->trace_next] = r;
	m->trace_next = (m->trace_next + 1) % m->trace_size;
	if (m->trace_n < m->trace_size)
		m->trace_n++;
}

static int trace_resize(struct manager *m, unsigned int size)
{
	struct report **old = m->trace, **new = NULL;
	unsigned int n = m->trace_n, old_size = m->trace_size;
	unsigned int first = old_size ? (m->trace_next + old_size - n) % old_size : 0;

	if (size == old_size)
		return 0;
	if (size) {
		new = calloc(size, sizeof(*new));
		if (!new)
			return -ENOMEM;
	}
	m->trace = new;
	m->trace_size = size;
	m->trace_n = m->trace_next = 0;
	for (unsigned int i = 0; i < n; i++)
		manager_trace_add(m, old[(first + i) % old_size]);
	free(old);
	return 0;
}

void manager_status_changed(struct manager *m)
{
	unsigned int managed = 0, others = 0;

	for (struct card *c = m->cards; c; c = c->next) {
		if (c->state == CARD_MANAGED)
			managed++;
		else
			others++;
	}
	sd_notifyf(0, "STATUS=%u cards managed, %u left alone", managed, others);
}

static void on_card_added(const struct card_info *info, void *userdata)
{
	struct manager *m = userdata;
	struct card *c, **p = &m->cards;
	int r = card_new(m, info, &c);

	if (r < 0) {
		log_error_errno(r, "Cannot take up card %s: %m", info->id);
		return;
	}
	while (*p && (*p)->info.index < info->index)
		p = &(*p)->next;
	c->next = *p;
	*p = c;
	bus_card_added(m->bus, c->info.id);
	card_start(c);
}

static void on_card_removed(int index, void *userdata)
{
	struct manager *m = userdata;

	for (struct card **p = &m->cards; *p; p = &(*p)->next) {
		struct card *c = *p;
		char id[32];

		if (c->info.index != index)
			continue;
		log_fields_full(c->state == CARD_MANAGED ? LOG_INFO : LOG_DEBUG,
				(&(const struct log_fields){
					.message_id = TACET_MESSAGE_CARD_GONE,
					.card = c->info.id }),
				"%s went away", c->info.id);
		memcpy(id, c->info.id, sizeof(id));
		manager_flush(m);
		c->removed = true;
		card_feed_type(c, SWE_CARD_GONE);
		*p = c->next;
		card_free(c);
		bus_card_removed(m->bus, id);
		manager_status_changed(m);
		return;
	}
}

static const struct cards_ops cards_ops = {
	.added = on_card_added,
	.removed = on_card_removed,
};

static void limit_leases(struct manager *m)
{
	lease_server_set_limits(m->leases,
				&(const struct lease_limits){
					.connections = m->conf->max_leases,
					.connections_uid = m->conf->max_leases_per_user,
				});
}

int manager_new(sd_event *event, sd_bus *bus, const struct manager_config *config,
		struct conf *conf, struct manager **ret)
{
	struct manager *m = calloc(1, sizeof(*m));
	int r;

	if (!m) {
		conf_free(conf);
		return -ENOMEM;
	}
	m->event = sd_event_ref(event);
	m->config = *config;
	m->conf = conf;
	m->state_fd = -1;
	m->scan_card = -1;
	m->actions = calloc(1, sizeof(*m->actions));
	m->world = calloc(1, sizeof(*m->world));
	m->scan = calloc(WORLD_STREAMS_MAX, sizeof(*m->scan));
	r = m->actions && m->world && m->scan ? trace_resize(m, conf->trace_length)
					      : -ENOMEM;
	if (r >= 0)
		r = lease_server_new(event, &manager_lease_ops, m, &m->leases);
	if (r >= 0)
		limit_leases(m);
	if (r >= 0)
		r = outside_server_new(event, &manager_outside_ops, m->leases, m,
				       &m->outside);
	if (r >= 0)
		r = bus_new(bus, &manager_bus_ops, m, &m->bus);
	if (r < 0) {
		manager_free(m);
		return r;
	}
	*ret = m;
	return 0;
}

struct manager *manager_free(struct manager *m)
{
	if (!m)
		return NULL;
	m->stopping = true;
	cards_free(m->cards_port);
	while (m->cards) {
		struct card *c = m->cards;

		m->cards = c->next;
		card_free(c);
	}
	outside_server_free(m->outside);
	lease_server_free(m->leases);
	while (m->lent) {
		struct lent *l = m->lent;

		m->lent = l->next;
		free(l);
	}
	bus_free(m->bus);
	for (unsigned int i = 0; i < m->trace_size; i++)
		report_free(m->trace[i]);
	free(m->trace);
	free(m->actions);
	free(m->world);
	free(m->scan);
	conf_free(m->old_conf);
	conf_free(m->conf);
	if (m->state_fd >= 0)
		close(m->state_fd);
	sd_event_source_disable_unref(m->flush);
	sd_event_unref(m->event);
	free(m);
	return NULL;
}

int manager_start(struct manager *m, int *fds, char *const *names, int n)
{
	int r;

	if (mkdir(m->config.state_dir, 0700) < 0 && errno != EEXIST)
		log_debug_errno(-errno, "Cannot make %s: %m", m->config.state_dir);
	m->state_fd = open(m->config.state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->state_fd < 0)
		log_warning_errno(-errno, "Routes will not be remembered: %s: %m",
				  m->config.state_dir);
	r = cards_new(m->event, &cards_ops, m, &m->cards_port);
	if (r < 0)
		return log_error_errno(r, "Cannot look for sound cards: %m");
	takeover_adopt(fds, names, n);
	/* The cards are there, their workers have not answered yet: now the streams. */
	r = lease_server_adopt(m->leases, fds, names, n);
	if (r < 0)
		log_warning_errno(r, "Streams of the last tacetd cannot be adopted: %m");
	else if (r > 0)
		log_notice("%d streams of the last tacetd adopted", r);
	for (int i = 0; i < n; i++) {
		if (fds[i] < 0)
			continue;
		if (sd_is_socket(fds[i], AF_UNIX, SOCK_SEQPACKET, 1) <= 0)
			close(TAKE_FD(fds[i]));
		else if (!strcmp(names[i], "control"))
			r = outside_server_listen_fd(m->outside, TAKE_FD(fds[i]));
		else
			r = lease_server_listen_fd(m->leases, TAKE_FD(fds[i]));
		if (r < 0)
			log_warning_errno(r, "Nobody is heard on the socket %s: %m",
					  names[i]);
	}
	return bus_take_name(m->bus);
}

int manager_reload(struct manager *m, char **ret_error)
{
	struct conf *conf;
	char *properties[] = { (char *)"Rule", NULL };
	bool rule;
	int r = conf_load(&m->config.conf_paths, &conf, ret_error);

	if (r < 0)
		return -1;
	rule = conf->rule != m->conf->rule;
	if (trace_resize(m, conf->trace_length) < 0)
		log_warning("Out of memory: the trace keeps its length");
	conf_free(m->old_conf);
	m->old_conf = m->conf;
	m->conf = conf;
	limit_leases(m);
	for (struct card *c = m->cards; c; c = c->next)
		card_reconfigure(c);
	m->old_conf = conf_free(m->old_conf);
	if (rule)
		bus_manager_changed(m->bus, properties);
	return 0;
}

void manager_check_stopped(struct manager *m)
{
	if (!m->stopping)
		return;
	for (struct card *c = m->cards; c; c = c->next)
		if (c->sw.phase != SW_IDLE)
			return;
	/* Nobody else could let them go on; whatever they still lack is a back end, not us. */
	for (struct lent *l = m->lent, *next; l; l = next) {
		next = l->next;
		if (l->parked)
			lent_continue(l);
	}
	sd_event_exit(m->event, EXIT_SUCCESS);
}

void manager_stop(struct manager *m)
{
	m->stopping = true;
	for (struct card *c = m->cards; c; c = c->next)
		card_feed_type(c, SWE_SHUTDOWN);
	manager_check_stopped(m);
}
