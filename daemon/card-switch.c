/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events into the switch of a card, and what it answers into deeds. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "manager-internal.h"
#include "util/cleanup.h"
#include "util/log.h"

static void do_journal(struct card *c)
{
	int r = card_journal_intent(c);

	card_event(c, TL_JOURNAL, NULL, "%s",
		   r < 0 ? strerror(-r) : "the intent is stored");
	card_feed_type(c, r < 0 ? SWE_JOURNAL_FAILED : SWE_JOURNAL_OK);
}

static void do_commit(struct card *c, const struct sw_action *a)
{
	int r = card_journal_commit(c, a->error);

	card_event(c, TL_JOURNAL, NULL, "%s",
		   r < 0 ? strerror(-r) : "the route is stored");
	card_feed_type(c, r < 0 ? SWE_JOURNAL_FAILED : SWE_JOURNAL_OK);
}

/* A command that the worker cannot even be sent. */
static void cannot_tell_worker(struct card *c, int error, enum sw_event_type type)
{
	if (!c->error.code)
		tacet_error_set(&c->error, TACET_ERR_UCM_FAILED,
				"The UCM worker of %s takes no commands: %s.", c->info.id,
				strerror(-error));
	card_feed(c, &(struct sw_event){ .type = type, .error = TACET_ERR_UCM_FAILED });
}

static void do_apply(struct card *c)
{
	int r;

	if (c->plan->outside) {
		card_outside_begin(c);
		return;
	}
	if (!c->worker_ready) {
		cannot_tell_worker(c, -ENOTCONN, SWE_WORKER_DIED);
		return;
	}
	r = ucm_worker_apply(c->worker, c->plan->step, c->plan->n_steps);
	if (r < 0)
		cannot_tell_worker(c, r, SWE_APPLY_FAILED);
}

static void do_rollback(struct card *c)
{
	int r = c->worker_ready ? ucm_worker_rollback(c->worker) : -ENOTCONN;

	card_event(c, TL_ROLLBACK, NULL, "what was written is written back");
	if (r < 0)
		cannot_tell_worker(c, r, SWE_ROLLBACK_FAILED);
}

static void restore_now(struct card *c)
{
	struct route from;
	int r;

	c->restore_waits = false;
	if (!card_route_of(c, &c->plan_from, &from))
		from = (struct route){ .verb = ROUTE_NO_VERB };
	/* What another program had set before has no name: it cannot be brought back. */
	if (c->plan->outside && from.verb == ROUTE_NO_VERB) {
		card_feed_type(c, SWE_RESTORE_FAILED);
		return;
	}
	r = ucm_worker_restore(c->worker, &from);
	if (r < 0)
		cannot_tell_worker(c, r, SWE_RESTORE_FAILED);
	else
		c->route = from;
}

static void do_restore(struct card *c)
{
	int r = 0;

	card_event(c, TL_RESTORE, NULL,
		   "a new UCM worker sets the old route from scratch");
	if (c->worker_ready) {
		restore_now(c);
		return;
	}
	c->restore_waits = true;
	/* A card that is to be left alone gets no worker for it: its route stays as it is. */
	if (c->conf->manage == CONF_MANAGE_NO)
		r = -ECANCELED;
	else if (!c->worker)
		r = card_worker_start(c);
	if (r < 0) {
		c->restore_waits = false;
		cannot_tell_worker(c, r, SWE_RESTORE_FAILED);
	}
}

void card_worker_fresh(struct card *c)
{
	if (c->restore_waits)
		restore_now(c);
	else if (c->plan_waits)
		card_plan(c);
}

static void report_result(struct card *c, const struct ucm_result *result)
{
	struct job *j = card_current(c);

	if (!j || !j->report)
		return;
	for (unsigned int i = 0; i < result->n_writes && i < ARRAY_SIZE(result->write);
	     i++) {
		const struct ucm_write *w = &result->write[i];

		report_write(j->report, w->name, w->before, w->after, w->at_us);
		report_event(j->report, w->at_us, TL_WRITE, NULL, "%s: %s -> %s", w->name,
			     w->before, w->after);
	}
	/* Written, but nothing that tells: the first step is the earliest that it can be. */
	if (!j->report->first_write && result->begin_us && c->sw.phase == SW_APPLY)
		j->report->first_write = result->begin_us;
	report_event(j->report, result->end_us, TL_APPLIED, NULL, "%s",
		     result->error ? result->message : "done");
}

void card_worker_done(struct card *c, const struct ucm_result *result)
{
	bool ok = result->error == 0;
	char step[160];

	/* What slipped in is told before the end of the rest. */
	card_drain_timers(c);
	report_result(c, result);
	if (card_outside_done(c, result))
		return;
	switch (c->sw.phase) {
	case SW_APPLY:
		if (c->sw.killing) {
			/* Said too late: its death counts, not its word. */
		} else if (ok) {
			c->route = c->plan->to;
		} else if (!c->error.code) {
			step[0] = '\0';
			if (result->failed_step < c->plan->n_steps)
				plan_step_text(c->profile,
					       &c->plan->step[result->failed_step], step,
					       sizeof(step));
			tacet_error_set(&c->error, TACET_ERR_UCM_FAILED,
					"UCM step '%s' failed: %s", step,
					result->message);
		}
		card_feed(c, &(struct sw_event){ .type = ok ? SWE_APPLY_OK
							    : SWE_APPLY_FAILED,
						 .error = TACET_ERR_UCM_FAILED });
		return;
	case SW_ROLLBACK:
		card_feed_type(c, ok ? SWE_ROLLBACK_OK : SWE_ROLLBACK_FAILED);
		return;
	case SW_RESTORE:
		card_feed_type(c, ok ? SWE_RESTORE_OK : SWE_RESTORE_FAILED);
		return;
	case SW_IDLE:
	case SW_PLANNING:
	case SW_JOURNAL:
	case SW_QUIESCE:
	case SW_VERIFY:
	case SW_RESUME:
	case SW_COMMIT:
	case SW_PHASE_MAX:
		return;
	}
}

static void set_gate(struct card *c, bool closed)
{
	c->gate_closed = closed;
	if (!c->manager->leases)
		return;
	if (closed)
		lease_hold_grants(c->manager->leases, c->info.index);
	else
		lease_release_grants(c->manager->leases, c->info.index);
}

static void perform(struct card *c, const struct sw_action *a)
{
	switch (a->type) {
	case SWA_PLAN:
		card_plan(c);
		return;
	case SWA_JOURNAL:
		do_journal(c);
		return;
	case SWA_QUIESCE:
		card_quiesce(c, a);
		return;
	case SWA_CHECK:
		card_check(c, a->check);
		return;
	case SWA_APPLY:
		do_apply(c);
		return;
	case SWA_ROLLBACK:
		do_rollback(c);
		return;
	case SWA_KILL_WORKER:
		c->restore_waits = false;
		if (c->worker)
			ucm_worker_kill(c->worker);
		else
			card_feed_type(c, SWE_WORKER_DIED);
		return;
	case SWA_RESTORE:
		do_restore(c);
		return;
	case SWA_RESUME:
		card_resume(c, a);
		return;
	case SWA_PARK:
		card_park(c, a);
		return;
	case SWA_COMMIT:
		do_commit(c, a);
		return;
	case SWA_REPORT:
		card_report(c, a);
		return;
	case SWA_ANSWER:
		card_answer(c, a);
		return;
	case SWA_ARM:
		card_arm(c, a);
		return;
	case SWA_DISARM:
		card_disarm(c, a);
		return;
	case SWA_GATE_CLOSE:
		set_gate(c, true);
		return;
	case SWA_GATE_OPEN:
		set_gate(c, false);
		return;
	case SWA_MAX:
		return;
	}
}

/* Whom a person waits for. */
static void progress(struct card *c)
{
	const struct sw *s = &c->sw;
	struct report_stream *rs;
	char detail[128] = "";

	for (unsigned int i = 0; s->phase == SW_QUIESCE && i < s->n_streams; i++) {
		if (s->stream[i].phase != SS_STOPPING)
			continue;
		rs = card_report_stream(c, s->stream[i].id);
		if (!rs)
			continue;
		snprintf(detail, sizeof(detail), "%s of %s (%d)", rs->pcm, rs->process,
			 (int)rs->pid);
		break;
	}
	bus_progress(c->manager->bus, c->info.id, s->current.id, sw_phase_name(s->phase),
		     detail);
}

static void step(struct card *c, const struct sw_event *ev)
{
	struct sw_actions *actions = c->manager->actions;
	enum sw_phase old = c->sw.phase;
	uint64_t id = c->sw.current.id;
	bool news;

	switch_step(&c->sw, ev, actions);
	log_debug("%s: %s -> %s -> %s", c->info.id, sw_phase_name(old),
		  sw_event_name(ev->type), sw_phase_name(c->sw.phase));
	news = c->sw.phase != old || c->sw.current.id != id;
	/* In the rest every microsecond is silence: told before it and after it. */
	if (news && c->sw.phase == SW_QUIESCE)
		progress(c);
	for (unsigned int i = 0; i < actions->n; i++)
		perform(c, &actions->action[i]);
	if (!news)
		return;
	card_dirty(c, 1U << CARD_P_STATE | 1U << CARD_P_SWITCHING);
	if (c->sw.phase != SW_QUIESCE && c->sw.phase != SW_VERIFY &&
	    c->sw.phase != SW_APPLY)
		progress(c);
}

void card_feed(struct card *c, const struct sw_event *ev)
{
	if (c->n_events == c->max_events) {
		unsigned int max = c->max_events ? 2 * c->max_events : 16;
		struct sw_event *grown = reallocarray(c->events, max, sizeof(*grown));

		if (!grown) {
			log_error("%s: out of memory, event %s is lost", c->info.id,
				  sw_event_name(ev->type));
			return;
		}
		c->events = grown;
		c->max_events = max;
	}
	c->events[c->n_events++] = *ev;
	if (c->stepping)
		return;
	c->stepping = true;
	for (unsigned int i = 0; i < c->n_events; i++) {
		struct sw_event next = c->events[i];

		step(c, &next);
	}
	c->n_events = 0;
	c->stepping = false;
	if (c->sw.phase == SW_IDLE)
		card_let_repair_go(c);
	if (c->sw.phase == SW_IDLE && !c->removed) {
		card_follow_jacks(c);
		manager_check_stopped(c->manager);
	}
}

/* The queued request that this one makes pointless, or 0. */
static uint64_t replaced_by(const struct card *c, const struct request *r)
{
	for (unsigned int i = 0; c->profile && i < c->sw.n_queue; i++) {
		struct job *j = card_job((struct card *)c, c->sw.queue[i].id);

		if (j && plan_replaces(c->profile, &c->route, &j->request, r))
			return j->id;
	}
	return 0;
}

void card_request(struct card *c, const struct request *r, uint64_t client,
		  struct bus_call *call, const struct route_names *fallback)
{
	struct sw_event ev = { .type = SWE_REQUEST };
	struct job *j = calloc(1, sizeof(*j));
	uint64_t now = now_us(CLOCK_MONOTONIC);
	struct tacet_error e;

	if (j && fallback) {
		j->fallback = malloc(sizeof(*fallback));
		if (j->fallback)
			*j->fallback = *fallback;
	}
	if (j)
		j->report = report_new(c->manager->last_switch + 1, c->info.id,
				       now_us(CLOCK_REALTIME), now);
	if (!j || !j->report) {
		if (j)
			free(j->fallback);
		free(j);
		tacet_error_set(&e, TACET_ERR_INTERNAL, "Out of memory.");
		if (call)
			bus_call_fail(call, &e);
		return;
	}
	j->card = c;
	j->id = ++c->manager->last_switch;
	j->request = *r;
	j->client = client;
	j->call = call;
	j->timeout_us = r->timeout_us ?: c->conf->timeout_us;
	j->next = c->jobs;
	c->jobs = j;
	report_event(j->report, now, TL_REQUEST, NULL, "%s",
		     r->restore	  ? "restore"
		     : r->outside ? "another program"
		     : client	  ? "client"
				  : "jack");
	ev.request = (struct sw_request){ j->id, client, r->dry_run };
	ev.replaces = replaced_by(c, r);
	card_dirty(c, 1U << CARD_P_QUEUED);
	card_feed(c, &ev);
}
