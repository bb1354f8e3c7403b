/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the manager shows on the bus, and what it is asked for. */
#include <stdlib.h>
#include <string.h>

#include "manager-internal.h"
#include "port/kernel.h"
#include "util/cleanup.h"
#include "util/log.h"

static const char *const card_properties[CARD_P_MAX] = {
	[CARD_P_MANAGED] = "Managed",
	[CARD_P_REASON] = "Reason",
	[CARD_P_VERB] = "Verb",
	[CARD_P_DEVICES] = "Devices",
	[CARD_P_MODIFIERS] = "Modifiers",
	[CARD_P_VERBS] = "Verbs",
	[CARD_P_PROFILE] = "Profile",
	[CARD_P_AVAILABLE_DEVICES] = "AvailableDevices",
	[CARD_P_AVAILABLE_MODIFIERS] = "AvailableModifiers",
	[CARD_P_JACKS] = "Jacks",
	[CARD_P_STATE] = "State",
	[CARD_P_SWITCHING] = "Switching",
	[CARD_P_QUEUED] = "Queued",
	[CARD_P_ROUTE_KNOWN] = "RouteKnown",
	[CARD_P_LOCKED] = "Locked",
};

bool manager_repaired(struct manager *m)
{
	char repairs[256];

	return kernel_repaired(m->config.root, repairs, sizeof(repairs));
}

/* Somebody else has a route control locked: the card is managed, but not protected. */
static void tell_lock_trouble(struct card *c)
{
	const char *trouble;

	if (!c->worker_ready || !c->conf->lock || c->sw.phase != SW_IDLE)
		return;
	trouble = ucm_worker_lock_trouble(c->worker);
	if ((*trouble != '\0') == c->lock_trouble)
		return;
	c->lock_trouble = *trouble;
	if (*trouble)
		log_fields_full(LOG_WARNING,
				(&(const struct log_fields){
					.message_id = TACET_MESSAGE_LOCK_FAILED,
					.card = c->info.id }),
				"%s: route controls are not protected: %s", c->info.id,
				trouble);
	snprintf(c->reason, sizeof(c->reason), "%s", trouble);
	c->dirty |= 1U << CARD_P_REASON;
}

static void flush_card(struct card *c)
{
	char *names[CARD_P_MAX + 1];
	bool locked = c->worker_ready && ucm_worker_locked(c->worker);
	unsigned int n = 0;

	tell_lock_trouble(c);
	c->dirty &= ~(1U << CARD_P_LOCKED);
	if (locked != c->locked)
		c->dirty |= 1U << CARD_P_LOCKED;
	c->locked = locked;
	for (unsigned int i = 0; i < CARD_P_MAX; i++)
		if (c->dirty & (1U << i))
			names[n++] = (char *)card_properties[i];
	names[n] = NULL;
	c->dirty = 0;
	if (n)
		bus_card_changed(c->manager->bus, c->info.id, names);
}

void manager_flush(struct manager *m)
{
	m->flush = sd_event_source_disable_unref(m->flush);
	for (struct card *c = m->cards; c; c = c->next)
		if (c->dirty)
			flush_card(c);
}

static int on_flush(sd_event_source *es, void *userdata)
{
	manager_flush(userdata);
	return 0;
}

void card_dirty(struct card *c, uint32_t properties)
{
	struct manager *m = c->manager;

	c->dirty |= properties;
	if (m->flush || c->removed)
		return;
	if (sd_event_add_defer(m->event, &m->flush, on_flush, m) >= 0)
		sd_event_source_set_priority(m->flush, SD_EVENT_PRIORITY_IDLE);
}

static void view(struct card *c, struct bus_card_view *ret)
{
	struct manager *m = c->manager;
	bool managed = c->state == CARD_MANAGED;

	*ret = (struct bus_card_view){
		.id = c->info.id,
		.index = c->info.index,
		.driver = c->info.driver,
		.name = c->info.name,
		.managed = managed,
		.reason = c->reason,
		.profile = managed ? c->profile : NULL,
		.route = c->sw.route_known ? c->route
					   : (struct route){ .verb = ROUTE_NO_VERB },
		.route_known = c->sw.route_known,
		.jacks = &c->jacks,
		.state = sw_phase_name(c->sw.phase),
		.switching = c->sw.current.id,
		.queued = c->sw.n_queue,
		.locked = c->worker_ready && ucm_worker_locked(c->worker),
		.live = managed && m->conf->rule == CONF_RULE_AUTO && manager_repaired(m),
	};
}

static bool op_card(unsigned int i, struct bus_card_view *ret, void *userdata)
{
	struct manager *m = userdata;
	struct card *c = m->cards;

	while (c && i--)
		c = c->next;
	if (c)
		view(c, ret);
	return c;
}

static bool op_card_find(const char *id, struct bus_card_view *ret, void *userdata)
{
	struct card *c = manager_card(userdata, id);

	if (c)
		view(c, ret);
	return c;
}

static void each_stream(struct card *c, const struct proc_stream *p, bus_stream_each each,
			void *each_data)
{
	const struct slot key = {
		.card = c,
		.device = p->device,
		.subdevice = p->subdevice,
		.capture = p->capture,
	};
	const struct lent *l = slot_lent(&key);
	struct bus_stream_view v = {
		.card_id = c->info.id,
		.device = p->device,
		.subdevice = p->subdevice,
		.capture = p->capture,
		.kind = STREAM_FOREIGN,
		.state = pcm_state_name(p->state),
		.pid = p->owner,
		.process = p->process,
		.rate = p->rate,
		.channels = p->channels,
	};

	if (slot_hold(&key)) {
		v.kind = STREAM_HELD;
	} else if (l) {
		v.kind = STREAM_LEASED;
		if (lease_pid(l->lease)) {
			v.pid = lease_pid(l->lease);
			v.process = lease_comm(l->lease);
		}
		if (l->parked)
			v.state = "parked";
	}
	each(&v, each_data);
}

/* One look serves all that a turn of the loop shows: GetManagedObjects() asks for each property
 * of each stream. */
static unsigned int scan_once(struct card *c)
{
	struct manager *m = c->manager;
	uint64_t now;

	if (sd_event_now(m->event, CLOCK_MONOTONIC, &now) < 0)
		now = 0;
	if (m->scan_card == c->info.index && now && m->scan_at == now)
		return m->scan_n;
	m->scan_card = -1;
	if (proc_scan(m->config.root, c->info.index, m->scan, WORLD_STREAMS_MAX,
		      &m->scan_n) < 0)
		return 0;
	if (m->scan_n > WORLD_STREAMS_MAX)
		m->scan_n = WORLD_STREAMS_MAX;
	m->scan_card = c->info.index;
	m->scan_at = now;
	return m->scan_n;
}

static void op_streams(const char *card_id, bus_stream_each each, void *each_data,
		       void *userdata)
{
	struct manager *m = userdata;
	unsigned int n;

	for (struct card *c = m->cards; c; c = c->next) {
		if (card_id && strcmp(c->info.id, card_id))
			continue;
		n = scan_once(c);
		for (unsigned int i = 0; i < n; i++)
			each_stream(c, &m->scan[i], each, each_data);
	}
}

static bool op_repaired(void *userdata)
{
	return manager_repaired(userdata);
}

static const char *op_rule(void *userdata)
{
	struct manager *m = userdata;

	return m->conf->rule == CONF_RULE_AUTO ? "auto" : "always";
}

static const struct report *op_trace(unsigned int i, void *userdata)
{
	struct manager *m = userdata;

	if (i >= m->trace_n)
		return NULL;
	return m->trace[(m->trace_next + m->trace_size - 1 - i) % m->trace_size];
}

static void op_request(const char *card_id, const struct request *r, uint64_t client,
		       struct bus_call *call, void *userdata)
{
	struct manager *m = userdata;
	struct card *c = manager_card(m, card_id);
	struct tacet_error e;

	if (!c)
		tacet_error_set(&e, TACET_ERR_NO_SUCH_CARD, "There is no card '%s'.",
				card_id);
	else if (m->stopping)
		tacet_error_set(&e, TACET_ERR_CANCELLED, "tacetd stops.");
	else if (c->state == CARD_IGNORED)
		tacet_error_set(&e, TACET_ERR_NOT_MANAGED, "%s is not managed: %s.",
				c->info.id, c->reason);
	else {
		card_request(c, r, client, call, NULL);
		return;
	}
	bus_call_fail(call, &e);
}

static int op_reload(struct tacet_error *ret_error, void *userdata)
{
	_cleanup_free_ char *errors = NULL;

	if (manager_reload(userdata, &errors) >= 0)
		return 0;
	if (errors)
		errors[strcspn(errors, "\n")] = '\0';
	return tacet_error_set(ret_error, TACET_ERR_CONFIGURATION, "%s",
			       errors ?: "The configuration cannot be read.");
}

static void op_gone(uint64_t client, void *userdata)
{
	struct manager *m = userdata;

	for (struct card *c = m->cards; c; c = c->next)
		card_feed(c, &(struct sw_event){ .type = SWE_CLIENT_GONE,
						 .client = client });
}

const struct bus_ops manager_bus_ops = {
	.card = op_card,
	.card_find = op_card_find,
	.streams = op_streams,
	.repaired = op_repaired,
	.rule = op_rule,
	.trace = op_trace,
	.request = op_request,
	.reload = op_reload,
	.gone = op_gone,
};
