/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A card's life: its UCM worker, what it was told at start, its jacks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "manager-internal.h"
#include "port/held.h"
#include "util/log.h"

#define RESTART_US     200000
#define RETRY_FIRST_US UINT64_C(2000000)
#define RETRY_MAX_US   UINT64_C(60000000)
#define DEATHS_MAX     5

static void set_state(struct card *c, enum card_state state, const char *reason)
{
	c->state = state;
	snprintf(c->reason, sizeof(c->reason), "%s", reason);
	card_dirty(c, (1U << CARD_P_MAX) - 1);
	manager_status_changed(c->manager);
}

/* Nothing will restore a route here, so nobody else would let them go on. */
static void continue_lent(struct card *c)
{
	for (struct lent *l = c->manager->lent, *next; l; l = next) {
		next = l->next;
		if (lease_card(l->lease) == c->info.index &&
		    (l->paused_by_us || l->parked))
			lent_continue(l);
	}
}

static void give_up(struct card *c, const char *message_id, int level, const char *reason)
{
	set_state(c, CARD_IGNORED, reason);
	log_fields_full(level,
			(&(const struct log_fields){ .message_id = message_id,
						     .card = c->info.id }),
			"%s is left alone: %s", c->info.id, reason);
	continue_lent(c);
	card_outside_refuse(c);
}

bool card_route_of(struct card *c, const struct route_names *names, struct route *ret)
{
	struct route r = { .verb = ROUTE_NO_VERB };
	unsigned int missing = 0;

	if (!c->profile)
		return false;
	if (names->verb[0] && route_from_names(c->profile, names, &r, &missing) < 0)
		return false;
	if (missing)
		log_card(LOG_NOTICE, c->info.id,
			 "%s: %u names of the remembered route are no longer in its "
			 "profile",
			 c->info.id, missing);
	*ret = r;
	return true;
}

void card_restore(struct card *c, const struct route_names *to,
		  const struct route_names *fallback)
{
	struct request r = { .restore = true };
	struct route_names now;
	struct route route;

	if (!card_route_of(c, to, &route)) {
		log_card(LOG_WARNING, c->info.id,
			 "%s: the remembered verb '%s' is no longer in its profile",
			 c->info.id, to->verb);
		if (fallback)
			card_restore(c, fallback, NULL);
		return;
	}
	/* Through the profile, so that names which it lost are left out. */
	route_to_names(c->profile, &route, &now);
	strcpy(r.verb, now.verb);
	for (unsigned int i = 0; i < now.n_devices && r.enable.n < REQUEST_NAMES; i++)
		strcpy(r.enable.name[r.enable.n++], now.device[i]);
	for (unsigned int i = 0;
	     i < now.n_modifiers && r.enable_modifiers.n < REQUEST_NAMES; i++)
		strcpy(r.enable_modifiers.name[r.enable_modifiers.n++], now.modifier[i]);
	card_request(c, &r, 0, NULL, fallback);
}

static int on_retry(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct card *c = userdata;

	c->retry = sd_event_source_disable_unref(c->retry);
	/* Behind whatever runs and waits: a client that always asks must not put it off. */
	if (!c->sw.route_known && c->worker_ready && !c->manager->stopping)
		card_restore_home(c);
	return 0;
}

void card_restore_later(struct card *c)
{
	c->retry_us = c->retry_us ? 2 * c->retry_us : RETRY_FIRST_US;
	if (c->retry_us > RETRY_MAX_US)
		c->retry_us = RETRY_MAX_US;
	c->retry = sd_event_source_disable_unref(c->retry);
	sd_event_add_time_relative(c->manager->event, &c->retry, CLOCK_MONOTONIC,
				   c->retry_us, 0, on_retry, c);
}

static void on_ready(struct ucm_worker *w, const struct profile *profile, int error,
		     const char *message, void *userdata)
{
	struct card *c = userdata;
	bool first = !c->journal_loaded;

	/* Said before it was killed, heard after. */
	if (c->worker_unwanted)
		return;
	if (!profile) {
		const char *what = *message ? message : strerror(-error);
		bool none = error == -ENOENT;

		if (none && c->conf->manage != CONF_MANAGE_YES)
			give_up(c, TACET_MESSAGE_CARD_IGNORED, LOG_INFO,
				"no UCM profile");
		else
			give_up(c, TACET_MESSAGE_CARD_BROKEN, LOG_WARNING, what);
		tacet_error_set(&c->error, TACET_ERR_UCM_FAILED,
				"The UCM profile of %s cannot be read: %s", c->info.id,
				what);
		ucm_worker_kill(w);
		return;
	}
	c->dead = ucm_worker_free(c->dead);
	c->profile = profile;
	c->worker_ready = true;
	if (c->state != CARD_MANAGED)
		log_fields_full(LOG_INFO,
				(&(const struct log_fields){
					.message_id = TACET_MESSAGE_CARD_MANAGED,
					.card = c->info.id }),
				"%s is managed: %u verbs", c->info.id, profile->n_verbs);
	set_state(c, CARD_MANAGED, message);
	if (first) {
		card_journal_load(c);
		if (c->sw.phase == SW_IDLE)
			continue_lent(c);
		card_outside_ready(c);
		return;
	}
	if (c->restore_waits || c->plan_waits)
		card_worker_fresh(c);
	else if (c->sw.phase == SW_IDLE)
		card_restore_home(c);
}

static void on_done(struct ucm_worker *w, const struct ucm_result *result, void *userdata)
{
	struct card *c = userdata;

	if (!result->error)
		c->deaths = 0;
	card_worker_done(c, result);
	card_dirty(c, 1U << CARD_P_LOCKED);
}

static int on_restart(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct card *c = userdata;
	int r;

	c->restart = sd_event_source_disable_unref(c->restart);
	r = c->worker ? 0 : card_worker_start(c);
	if (r < 0)
		give_up(c, TACET_MESSAGE_CARD_BROKEN, LOG_WARNING, strerror(-r));
	return 0;
}

static void on_died(struct ucm_worker *w, const char *how, void *userdata)
{
	struct card *c = userdata;
	bool was_ready = c->worker_ready, unwanted = c->worker_unwanted;

	c->worker_ready = c->worker_unwanted = false;
	c->worker_cut = unwanted && c->sw.phase != SW_IDLE;
	c->worker = NULL;
	/* Its profile may still be looked at: by the switch that runs, and over the bus. */
	if (was_ready)
		c->dead = w;
	else
		ucm_worker_free(w);
	if (c->state == CARD_IGNORED) {
		bool plan_waits = c->plan_waits;

		c->plan_waits = c->restore_waits = false;
		if (plan_waits)
			card_feed(c, &(struct sw_event){ .type = SWE_PLAN_FAILED,
							 .error = TACET_ERR_UCM_FAILED });
		else
			card_feed_type(c, SWE_WORKER_DIED);
		return;
	}
	if (!unwanted) {
		log_fields_full(LOG_WARNING,
				(&(const struct log_fields){
					.message_id = TACET_MESSAGE_WORKER_DIED,
					.card = c->info.id,
					.switch_id = c->sw.current.id }),
				"%s: the UCM worker is gone: %s", c->info.id, how);
		c->deaths++;
	}
	if (c->plan_waits && c->deaths < DEATHS_MAX) {
		if (card_worker_start(c) >= 0)
			return;
	}
	if (c->plan_waits) {
		c->plan_waits = false;
		tacet_error_set(&c->error, TACET_ERR_UCM_FAILED,
				"The UCM worker of %s died: %s", c->info.id, how);
		card_feed(c, &(struct sw_event){ .type = SWE_PLAN_FAILED,
						 .error = TACET_ERR_UCM_FAILED });
	} else {
		c->restore_waits = false;
		card_drain_timers(c); /* a slip is told before the rest ends */
		card_feed_type(c, SWE_WORKER_DIED);
	}
	card_dirty(c, CARD_DIRTY_ROUTE | 1U << CARD_P_LOCKED);
	if (c->worker || c->restart)
		return;
	if (c->deaths >= DEATHS_MAX) {
		give_up(c, TACET_MESSAGE_CARD_BROKEN, LOG_ERR,
			"its UCM worker dies again and again");
		return;
	}
	sd_event_add_time_relative(c->manager->event, &c->restart, CLOCK_MONOTONIC,
				   unwanted ? 0 : RESTART_US << c->deaths, 0, on_restart,
				   c);
}

static void on_jack(struct ucm_worker *w, const char *control, bool plugged,
		    void *userdata)
{
	struct card *c = userdata;

	if (!jacks_set(&c->jacks, control, plugged))
		return;
	card_dirty(c, 1U << CARD_P_JACKS);
	log_card(LOG_DEBUG, c->info.id, "%s: %s is %s", c->info.id, control,
		 plugged ? "plugged" : "unplugged");
	for (unsigned int i = 0; i < c->jacks.n; i++)
		if (!strcmp(c->jacks.jack[i].control, control))
			c->jacks_changed |= 1U << i;
	if (c->sw.phase == SW_IDLE)
		card_follow_jacks(c);
}

void card_follow_jacks(struct card *c)
{
	struct request r[JACK_REQUESTS];

	if (!c->conf->follow_jacks) {
		c->jacks_changed = 0;
		return;
	}
	/* Without a route there is nothing to leave, nor to go back to. */
	while (c->jacks_changed && c->profile && c->worker_ready && c->sw.route_known &&
	       c->sw.phase == SW_IDLE && !c->stepping && !c->manager->stopping) {
		unsigned int i = __builtin_ctz(c->jacks_changed), n;
		const struct jack *k = &c->jacks.jack[i];

		c->jacks_changed &= ~(1U << i);
		n = jack_decide(c->profile, &c->route, &c->jacks, k->control, r);
		for (unsigned int q = 0; q < n; q++) {
			log_fields_full(LOG_INFO,
					(&(const struct log_fields){
						.message_id = TACET_MESSAGE_JACK,
						.card = c->info.id }),
					"%s: %s was %s, switching to %s", c->info.id,
					k->control, k->plugged ? "plugged" : "unplugged",
					r[q].to);
			card_request(c, &r[q], 0, NULL, NULL);
		}
	}
}

static void on_foreign_write(struct ucm_worker *w, const char *name, void *userdata)
{
	struct card *c = userdata;

	log_fields_full(
		LOG_NOTICE,
		(&(const struct log_fields){ .message_id = TACET_MESSAGE_FOREIGN_WRITE,
					     .card = c->info.id }),
		"%s: another program wrote '%s'", c->info.id, name);
}

static const struct ucm_ops worker_ops = {
	.ready = on_ready,
	.done = on_done,
	.died = on_died,
	.jack = on_jack,
	.foreign_write = on_foreign_write,
};

int card_worker_start(struct card *c)
{
	struct ucm_config config = {
		.worker_path = c->manager->config.worker_path,
		.card_index = c->info.index,
		.card_id = c->info.id,
		.lock = c->conf->lock,
		.unlocked = (const char *const *)c->conf->lock_exclude,
	};

	c->restart = sd_event_source_disable_unref(c->restart);
	return ucm_worker_new(c->manager->event, &config, &worker_ops, c, &c->worker);
}

int card_new(struct manager *m, const struct card_info *info, struct card **ret)
{
	struct card *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->plan = calloc(1, sizeof(*c->plan));
	if (!c->plan) {
		free(c);
		return -ENOMEM;
	}
	c->manager = m;
	c->repair = -1;
	c->info = *info;
	c->conf = conf_card(m->conf, info->id);
	c->route.verb = ROUTE_NO_VERB;
	switch_init(&c->sw);
	card_holds_configure(c);
	*ret = c;
	return 0;
}

void card_start(struct card *c)
{
	int r;

	if (c->conf->manage == CONF_MANAGE_NO) {
		give_up(c, TACET_MESSAGE_CARD_IGNORED, LOG_INFO,
			"the configuration says Manage=no");
		return;
	}
	set_state(c, CARD_STARTING, "its UCM profile is being read");
	/* Told to leave it alone and then not: the end of the old worker brings the new one. */
	if (c->worker)
		return;
	r = card_worker_start(c);
	if (r < 0)
		give_up(c, TACET_MESSAGE_CARD_BROKEN, LOG_WARNING, strerror(-r));
}

void card_reconfigure(struct card *c)
{
	const struct conf_card *old = c->conf;
	bool managed;

	c->conf = conf_card(c->manager->conf, c->info.id);
	card_holds_configure(c);
	managed = c->conf->manage != CONF_MANAGE_NO;
	if (managed == (old->manage != CONF_MANAGE_NO))
		return;
	if (managed) {
		card_start(c);
		return;
	}
	/* Its locks go with the worker, its route stays as it is. */
	give_up(c, TACET_MESSAGE_CARD_IGNORED, LOG_INFO,
		"the configuration says Manage=no");
	c->restart = sd_event_source_disable_unref(c->restart);
	c->worker_unwanted = c->worker != NULL;
	if (c->worker)
		ucm_worker_kill(c->worker);
}

void card_free(struct card *c)
{
	c->removed = true;
	card_feed_type(c, SWE_CARD_GONE);
	card_outside_free(c);
	while (c->jobs)
		job_free(c->jobs);
	card_unwatch(c);
	card_slots_free(c);
	card_holds_free(c);
	card_let_repair_go(c);
	ucm_worker_free(c->worker);
	ucm_worker_free(c->dead);
	sd_event_source_disable_unref(c->restart);
	sd_event_source_disable_unref(c->retry);
	sd_event_source_disable_unref(c->ucm_deadline);
	sd_event_source_disable_unref(c->resume_deadline);
	free(c->events);
	free(c->plan);
	free(c);
}
