/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * The moves of the world: what they change, and the events that the switch gets to see.
 */
#include <string.h>

#include "model.h"

void model_init(struct model *m, const struct model_config *c)
{
	memset(m, 0, sizeof(*m));
	switch_init(&m->sw);
	m->sw.route_known = true;
	m->env.budget = (uint8_t)c->budget;
	for (unsigned int i = 0; i < c->n_streams; i++) {
		struct model_stream *st = &m->stream[i];

		st->unborn = c->stream[i].late;
		st->open = st->moving = !st->unborn;
	}
}

struct context {
	struct model *m;
	const struct model_config *c;
	const struct model_hooks *hooks;
	struct verdict *v;
};

static void deliver(struct context *x, struct sw_event ev)
{
	static struct sw_actions actions;
	struct sw *s = &x->m->sw;
	enum sw_phase from = s->phase;

	switch_step(s, &ev, &actions);
	if (x->hooks->edge)
		x->hooks->edge(&(struct edge){ from, ev.type, s->phase },
			       x->hooks->userdata);
	if (x->hooks->trace)
		x->hooks->trace(&ev, &actions, s->phase, x->hooks->userdata);
	if (actions.n > SWITCH_ACTIONS_MAX) {
		model_break(x->v, INV_SANE, "more actions than fit");
		return;
	}
	for (unsigned int i = 0; i < actions.n; i++)
		model_act(x->m, x->c, &actions.action[i], x->v);
	model_check_state(x->m, x->c, x->v);
}

static void deliver_plain(struct context *x, enum sw_event_type type)
{
	deliver(x, (struct sw_event){ .type = type });
}

static void deliver_stream(struct context *x, enum sw_event_type type, unsigned int slot)
{
	deliver(x, (struct sw_event){ .type = type, .stream = slot + 1 });
}

static void do_request(struct context *x, unsigned int id)
{
	x->m->env.submitted |= (uint8_t)(1U << id);
	deliver(x, (struct sw_event){ .type = SWE_REQUEST,
				      .request = model_request(x->c, id),
				      .replaces = id == 3 && !x->c->third_dry ? 2 : 0 });
}

static void do_plan_ok(struct context *x)
{
	static struct plan plan;
	struct model *m = x->m;
	struct model_env *e = &m->env;
	bool dry = x->c->third_dry && e->current == 3;

	e->plan_pending = false;
	if (!model_plan(m, x->c, &plan)) {
		deliver(x, (struct sw_event){ .type = SWE_PLAN_FAILED,
					      .error = TACET_ERR_NO_SUCH_DEVICE });
		return;
	}
	e->planned = true;
	e->plan_from = e->route;
	e->plan_to = plan.to.devices == 1 ? MODEL_A : MODEL_B;
	e->plan_live = plan.live;
	e->plan_unchanged = plan.unchanged;
	e->plan_outside = plan.outside;
	for (unsigned int i = 0; i < x->c->n_streams; i++) {
		struct model_stream *st = &m->stream[i];

		/* A plan that knows of it must let it go on, or say again that it failed. */
		if (!dry && st->snap && x->c->stream[i].kind != STREAM_HELD)
			st->failed = false;
		st->snap = st->snap_open = st->snap_moving = false;
		st->snap_parked = st->snap_by_us = false;
	}
	deliver(x, (struct sw_event){ .type = SWE_PLAN_OK, .plan = &plan });
}

/* An abandoned request's plan: were it taken, streams would be forgotten and a route written
 * under them. */
static void do_plan_stale(struct context *x, bool pending)
{
	static struct plan poison;

	poison.live = true;
	if (pending)
		x->m->env.plan_pending = false;
	else
		x->m->env.plans_stale--;
	deliver(x, (struct sw_event){ .type = SWE_PLAN_OK, .plan = &poison });
}

static void do_stored(struct context *x, bool ok)
{
	struct model_env *e = &x->m->env;
	enum model_record r = (enum model_record)e->record[0];

	memmove(&e->record[0], &e->record[1], sizeof(e->record) - sizeof(e->record[0]));
	e->record[MODEL_RECORDS - 1] = RECORD_NONE;
	if (e->record[0] == RECORD_NONE &&
	    (x->m->sw.phase == SW_JOURNAL || x->m->sw.phase == SW_COMMIT)) {
		e->intent_answered |= r == RECORD_INTENT;
		e->store_failed |= !ok;
	}
	if (!ok) {
		e->disk_failed = true;
	} else if (r == RECORD_INTENT) {
		e->disk_switching = true;
	} else {
		e->disk_switching = e->disk_failed = false;
		e->disk_route = r == RECORD_A ? MODEL_A : MODEL_B;
	}
	deliver_plain(x, ok ? SWE_JOURNAL_OK : SWE_JOURNAL_FAILED);
}

static void do_news(struct context *x, unsigned int slot)
{
	struct model *m = x->m;
	struct model_stream *st = &m->stream[slot];
	enum model_news news = (enum model_news)st->news;
	struct sw_event ev = { .stream = slot + 1 };

	st->news = NEWS_NONE;
	switch (news) {
	case NEWS_MOVED:
		ev.type = SWE_STREAM_MOVED;
		break;
	case NEWS_RESTED:
		ev.type = SWE_STREAM_RESTED;
		break;
	case NEWS_GONE:
		ev.type = SWE_STREAM_GONE;
		break;
	case NEWS_NEW:
		/* Without a plan there is nothing to say; the next snapshot has it. */
		if (!m->env.planned || m->sw.phase == SW_IDLE)
			return;
		ev.type = SWE_STREAM_NEW;
		model_plan_late(m, x->c, slot, &ev.late);
		break;
	case NEWS_NONE:
		return;
	}
	deliver(x, ev);
}

static void starts(struct model *m, unsigned int slot)
{
	struct model_stream *st = &m->stream[slot];

	st->moving = true;
	st->by_us = st->parked = false;
	st->slip |= m->env.looked && !m->sw.live;
}

static void stops(struct model *m, const struct model_config *c, unsigned int slot,
		  bool by_us)
{
	struct model_stream *st = &m->stream[slot];

	/* It may have been ours already, and run on for a while. */
	st->by_us = st->moving && (by_us || st->by_us);
	if (by_us && c->stream[slot].kind == STREAM_HELD)
		st->by_us = true;
	st->moving = false;
	st->asked = METHOD_NONE;
	if (by_us && c->stream[slot].kind == STREAM_HELD)
		st->open = false;
	st->news = NEWS_RESTED;
}

static void closes(struct model_stream *st)
{
	st->open = st->moving = st->by_us = st->parked = st->resume_asked = false;
	st->asked = METHOD_NONE;
	st->news = NEWS_GONE;
}

static void goes_on(struct model *m, unsigned int slot)
{
	struct model_stream *st = &m->stream[slot];

	st->resume_asked = false;
	st->open = true;
	starts(m, slot);
	if (st->slip)
		st->news = NEWS_MOVED;
}

/* Its last answer; of a killed one it was in the socket already, and all its writes were made. */
static void do_worker_answers(struct context *x, bool ok)
{
	struct model_env *e = &x->m->env;

	if (e->op == SWA_ROLLBACK) {
		e->hw = ok ? e->hw_before : MODEL_DIRTY;
		deliver_plain(x, ok ? SWE_ROLLBACK_OK : SWE_ROLLBACK_FAILED);
	} else if (e->op == SWA_RESTORE) {
		e->hw = ok ? e->plan_from : MODEL_DIRTY;
		deliver_plain(x, ok ? SWE_RESTORE_OK : SWE_RESTORE_FAILED);
	} else {
		e->hw = ok && !e->plan_outside ? e->plan_to : MODEL_DIRTY;
		deliver_plain(x, ok ? SWE_APPLY_OK : SWE_APPLY_FAILED);
	}
}

static void do_deadline(struct context *x, enum sw_deadline d, unsigned int id)
{
	struct model_env *e = &x->m->env;

	if (d == DEADLINE_REQUEST)
		e->armed_request &= (uint8_t) ~(1U << id);
	else if (d == DEADLINE_UCM)
		e->armed_ucm = false;
	else
		e->armed_resume = false;
	if (d == DEADLINE_RESUME && x->m->sw.phase == SW_COMMIT)
		e->store_failed = e->disk_failed = true;
	deliver(x, (struct sw_event){ .type = SWE_DEADLINE,
				      .deadline = d,
				      .request = model_request(x->c, id) });
}

/* The disk, the hardware and other people's streams outlive the daemon. */
static void do_crash(struct context *x)
{
	struct model *m = x->m;
	struct model_env *e = &m->env;
	struct model_env next = {
		.hw = e->hw,
		.route = e->disk_route,
		.disk_route = e->disk_route,
		.disk_switching = e->disk_switching,
		.disk_failed = e->disk_failed,
		.submitted = e->submitted,
		.answered = e->submitted, /* their connections are gone */
		.clients_gone = e->clients_gone,
		.crashed = true,
		.budget = e->budget,
	};

	*e = next;
	switch_init(&m->sw);
	for (unsigned int i = 0; i < x->c->n_streams; i++) {
		struct model_stream *st = &m->stream[i];

		st->asked = METHOD_NONE;
		st->news = NEWS_NONE;
		st->resume_asked = st->slip = false;
		if (x->c->stream[i].kind == STREAM_HELD)
			st->open = st->moving = st->by_us = false;
		st->by_us |= st->parked;
		st->parked = false;
		/* Until a plan knows of it again, nobody can let it go on. */
		st->failed = st->by_us;
	}
	model_check_state(m, x->c, x->v);
}

static void move(struct context *x, struct move mv)
{
	struct model *m = x->m;
	struct model_stream *st = &m->stream[mv.arg < x->c->n_streams ? mv.arg : 0];

	switch ((enum move_type)mv.type) {
	case MOVE_REQUEST:
		do_request(x, mv.arg);
		break;
	case MOVE_CLIENT_GONE:
		m->env.clients_gone |= (uint8_t)(1U << mv.arg);
		deliver(x,
			(struct sw_event){ .type = SWE_CLIENT_GONE, .client = mv.arg });
		break;
	case MOVE_PLAN_OK:
		do_plan_ok(x);
		break;
	case MOVE_PLAN_FAILED:
		m->env.plan_pending = false;
		deliver(x, (struct sw_event){ .type = SWE_PLAN_FAILED,
					      .error = TACET_ERR_NO_SUCH_DEVICE });
		break;
	case MOVE_PLAN_STALE:
		do_plan_stale(x, mv.arg);
		break;
	case MOVE_JOURNAL_OK:
		do_stored(x, true);
		break;
	case MOVE_JOURNAL_FAILED:
		do_stored(x, false);
		break;
	case MOVE_NEWS:
		do_news(x, mv.arg);
		break;
	case MOVE_STOP_ASKED:
		stops(m, x->c, mv.arg, true);
		break;
	case MOVE_STOP_OWN:
		stops(m, x->c, mv.arg, false);
		break;
	case MOVE_START:
		starts(m, mv.arg);
		st->news = NEWS_MOVED;
		break;
	case MOVE_LIE:
		st->asked = METHOD_NONE;
		st->by_us = true;
		st->news = NEWS_RESTED;
		break;
	case MOVE_REFUSE:
		st->asked = METHOD_NONE;
		deliver_stream(x, SWE_STREAM_REFUSED, mv.arg);
		break;
	case MOVE_CLOSE:
		closes(st);
		break;
	case MOVE_OPEN_MOVING:
		starts(m, mv.arg);
		__attribute__((fallthrough));
	case MOVE_OPEN_SILENT:
		st->unborn = false;
		st->open = true;
		st->news = NEWS_NEW;
		break;
	case MOVE_RESUMED:
		goes_on(m, mv.arg);
		deliver_stream(x, SWE_STREAM_RESUMED, mv.arg);
		break;
	case MOVE_RESUME_FAILED:
		st->resume_asked = false;
		deliver_stream(x, SWE_STREAM_RESUME_FAILED, mv.arg);
		break;
	case MOVE_CHECK_OK:
		m->env.check_pending = false;
		deliver(x,
			(struct sw_event){ .type = SWE_CHECK_OK, .check = m->sw.check });
		break;
	case MOVE_CHECK_STALE:
		m->env.check_stale = false;
		deliver(x, (struct sw_event){ .type = SWE_CHECK_OK,
					      .check = m->sw.check - 1 });
		break;
	case MOVE_WORKER_OK:
	case MOVE_WORKER_FAILED:
		m->env.worker = WORKER_READY;
		do_worker_answers(x, mv.type == MOVE_WORKER_OK);
		break;
	case MOVE_WORKER_DIED:
		m->env.lost |= m->env.armed_ucm;
		m->env.worker = WORKER_READY; /* the manager starts another */
		m->env.hung_answer = false;
		deliver_plain(x, SWE_WORKER_DIED);
		break;
	case MOVE_WORKER_LATE_ANSWER:
		m->env.hung_answer = false;
		do_worker_answers(x, true);
		break;
	case MOVE_DEADLINE_REQUEST:
		do_deadline(x, DEADLINE_REQUEST, mv.arg);
		break;
	case MOVE_DEADLINE_UCM:
		do_deadline(x, DEADLINE_UCM, 0);
		break;
	case MOVE_DEADLINE_RESUME:
		do_deadline(x, DEADLINE_RESUME, 0);
		break;
	case MOVE_CARD_GONE:
		m->env.card_gone = true;
		deliver_plain(x, SWE_CARD_GONE);
		break;
	case MOVE_SHUTDOWN:
		m->env.shutdown = true;
		deliver_plain(x, SWE_SHUTDOWN);
		break;
	case MOVE_CRASH:
		do_crash(x);
		break;
	case MOVE_MAX:
		break;
	}
}

void model_do(struct model *m, const struct model_config *c, struct move mv,
	      const struct model_hooks *hooks, struct verdict *v)
{
	struct context x = { m, c, hooks, v };

	if (m->env.budget != 255 && m->env.budget && model_costs(m, c, mv))
		m->env.budget--;
	move(&x, mv);
	for (unsigned int i = 0; c->prompt && i < c->n_streams; i++)
		while (m->stream[i].news != NEWS_NONE && v->broken == INV_NONE)
			do_news(&x, i);
}
