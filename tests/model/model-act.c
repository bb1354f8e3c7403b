/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * What the switch asks for meets the world, and the invariants that an action can break.
 */
#include "model.h"

#define ARMS_UCM_MAX	5 /* apply, rollback, kill, restore, kill */
#define ARMS_RESUME_MAX 2 /* resume, commit */

void model_break(struct verdict *v, enum invariant i, const char *what)
{
	if (v->broken == INV_NONE)
		*v = (struct verdict){ i, what };
}

static void want(bool good, struct verdict *v, enum invariant i, const char *what)
{
	if (!good)
		model_break(v, i, what);
}

const struct sw_stream *model_entry(const struct model *m, unsigned int slot)
{
	for (unsigned int i = 0; i < m->sw.n_streams; i++)
		if (m->sw.stream[i].id == slot + 1)
			return &m->sw.stream[i];
	return NULL;
}

static void snapshot(struct model *m, const struct model_config *c)
{
	for (unsigned int i = 0; i < c->n_streams; i++) {
		struct model_stream *st = &m->stream[i];
		bool held = c->stream[i].kind == STREAM_HELD;

		st->snap = st->open || (held && !st->unborn);
		st->snap_open = st->open;
		st->snap_moving = st->moving;
		st->snap_parked = st->parked;
		st->snap_by_us = st->by_us;
	}
}

static void act_plan(struct model *m, const struct model_config *c,
		     const struct sw_action *a, struct verdict *v)
{
	struct model_env *e = &m->env;

	want(!e->current, v, INV_ONE_CURRENT, "planned while another switch runs");
	want(!e->shutdown, v, INV_SHUTDOWN, "planned after shutdown");
	e->current = (uint8_t)a->request;
	if (e->plan_pending)
		e->plans_stale++;
	e->plan_pending = true;
	e->planned = e->looked = e->intent_answered = e->committed = false;
	e->wrote = e->store_failed = false;
	e->arms_ucm = e->arms_resume = 0;
	for (unsigned int i = 0; i < c->n_streams; i++)
		m->stream[i].slip = false;
	snapshot(m, c);
}

static void store(struct model *m, enum model_record r, struct verdict *v)
{
	for (int i = 0; i < MODEL_RECORDS; i++)
		if (m->env.record[i] == RECORD_NONE) {
			m->env.record[i] = (uint8_t)r;
			return;
		}
	model_break(v, INV_SANE, "more stores on their way than switches make");
}

static void act_quiesce(struct model *m, const struct model_config *c,
			const struct sw_action *a, struct verdict *v)
{
	unsigned int slot = a->stream - 1;
	struct model_stream *st = &m->stream[slot];

	want(m->env.gate, v, INV_GATE, "a stream is stopped while new ones may start");
	want(m->env.worker != WORKER_BUSY, v, INV_SANE,
	     "a stream is stopped in the writes");
	want(c->stream[slot].kind != STREAM_FOREIGN || a->method == METHOD_WAIT, v,
	     INV_FOREIGN_UNTOUCHED, "a foreign stream is to be stopped");
	for (unsigned int i = 0; i < m->sw.n_streams && a->method != METHOD_WAIT; i++)
		want(m->sw.stream[i].method != METHOD_WAIT ||
			     m->sw.stream[i].phase == SS_RESTED ||
			     m->sw.stream[i].phase == SS_GONE,
		     v, INV_SILENT_LAST, "ours is stopped before a foreign one has");
	st->asked = (uint8_t)a->method;
	if (a->method == METHOD_WAIT && !st->moving && st->news == NEWS_NONE)
		st->news = NEWS_RESTED;
}

static void act_check(struct model *m, const struct model_config *c)
{
	struct model_env *e = &m->env;
	bool rest = true;

	e->check_stale |= e->check_pending;
	for (unsigned int i = 0; i < c->n_streams; i++) {
		struct model_stream *st = &m->stream[i];
		const struct sw_stream *known = model_entry(m, i);

		if (!st->open)
			continue;
		if (!known || known->phase == SS_GONE) {
			rest = false;
			st->news = NEWS_NEW;
		} else if (st->moving) {
			rest = false;
			if (st->news == NEWS_NONE)
				st->news = NEWS_MOVED;
		}
	}
	e->check_pending = e->looked = rest;
	for (unsigned int i = 0; i < c->n_streams; i++)
		m->stream[i].slip = false;
}

static void check_rest(const struct model *m, const struct model_config *c,
		       struct verdict *v)
{
	if (m->sw.live)
		return;
	want(m->env.looked, v, INV_REST, "writes without a look that found rest");
	want(m->env.gate, v, INV_GATE, "writes while new streams may start");
	for (unsigned int i = 0; i < c->n_streams; i++)
		want(!m->stream[i].moving || m->stream[i].slip, v, INV_REST,
		     "writes while a stream moves that moved at the last look");
}

static void act_write(struct model *m, const struct model_config *c,
		      const struct sw_action *a, struct verdict *v)
{
	struct model_env *e = &m->env;

	check_rest(m, c, v);
	want(e->worker == WORKER_READY, v, INV_SANE,
	     "the worker is given two things to do");
	want(e->intent_answered, v, INV_JOURNAL_FIRST,
	     "writes before the journal's answer");
	want(!m->sw.live || (c->repaired && e->plan_live), v, INV_LIVE_REPAIRED,
	     "a live switch where the kernel is not repaired or the plan not live");
	if (a->type == SWA_APPLY)
		e->hw_before = e->hw;
	e->hw = MODEL_DIRTY;
	e->wrote = true;
	e->worker = WORKER_BUSY;
	e->op = (uint8_t)a->type;
}

static void act_resume(struct model *m, const struct model_config *c,
		       const struct sw_action *a, struct verdict *v)
{
	unsigned int slot = a->stream - 1;
	struct model_stream *st = &m->stream[slot];

	want(m->env.worker != WORKER_BUSY, v, INV_NO_RESUME_IN_WRITES,
	     "a stream is let go while the worker may write");
	want(!m->env.lost || m->sw.error == TACET_ERR_ROUTE_UNKNOWN, v,
	     INV_RESTORE_AFTER_LOSS,
	     "the sound goes on after a lost worker as if the route were known");
	want(c->stream[slot].kind != STREAM_FOREIGN, v, INV_FOREIGN_UNTOUCHED,
	     "a foreign stream is to be resumed or parked");
	want(a->type != SWA_PARK ||
		     (!m->sw.undone && !m->env.plan_outside &&
		      m->env.plan_to == MODEL_B && c->stream[slot].device == 1),
	     v, INV_RESUMED_OR_REPORTED, "a stream is parked that has a back end");
	st->asked = METHOD_NONE;
	m->env.looked = false;
	if (a->type == SWA_RESUME) {
		st->resume_asked = true;
		return;
	}
	if (!st->moving)
		st->parked = true;
	st->by_us = false;
}

static void answered(struct model *m, uint64_t id, struct verdict *v)
{
	uint8_t bit = (uint8_t)(1U << id);

	want(m->env.submitted & bit, v, INV_ANSWERED_ONCE, "answered what nobody asked");
	want(!(m->env.answered & bit), v, INV_ANSWERED_ONCE, "answered twice");
	m->env.answered |= bit;
}

/* What only this switch cared for is forgotten, so that states that differ in it are one. */
static void forget(struct model *m, const struct model_config *c)
{
	struct model_env *e = &m->env;

	e->planned = e->plan_live = e->plan_unchanged = e->wrote = e->looked = false;
	e->plan_outside = false;
	e->intent_answered = e->committed = e->store_failed = false;
	e->check_stale |= e->check_pending;
	e->check_pending = false;
	e->lost = false;
	e->arms_ucm = e->arms_resume = 0;
	if (e->worker == WORKER_READY)
		e->hw_before = e->op = e->plan_from = e->plan_to = 0;
	for (unsigned int i = 0; i < c->n_streams; i++) {
		m->stream[i].slip = false;
		m->stream[i].asked = METHOD_NONE;
	}
}

static void act_report(struct model *m, const struct model_config *c,
		       const struct sw_action *a, struct verdict *v)
{
	model_judge_report(m, c, a, v);
	answered(m, a->request, v);
	m->env.current = 0;
	forget(m, c);
}

static void act_arm(struct model *m, const struct sw_action *a, struct verdict *v)
{
	struct model_env *e = &m->env;
	uint8_t bit = (uint8_t)(1U << a->request);

	switch (a->deadline) {
	case DEADLINE_REQUEST:
		want(!(e->armed_request & bit), v, INV_ENDS,
		     "a request's time starts anew");
		e->armed_request |= bit;
		break;
	case DEADLINE_UCM:
		e->armed_ucm = true;
		want(++e->arms_ucm <= ARMS_UCM_MAX, v, INV_ENDS,
		     "the worker's time starts anew without end");
		break;
	case DEADLINE_RESUME:
		e->armed_resume = true;
		want(++e->arms_resume <= ARMS_RESUME_MAX, v, INV_ENDS,
		     "the time to resume starts anew without end");
		break;
	case DEADLINE_MAX:
		model_break(v, INV_SANE, "no such deadline");
		break;
	}
}

static void act_disarm(struct model *m, const struct sw_action *a)
{
	switch (a->deadline) {
	case DEADLINE_REQUEST:
		m->env.armed_request &= (uint8_t) ~(1U << a->request);
		break;
	case DEADLINE_UCM:
		m->env.armed_ucm = false;
		break;
	case DEADLINE_RESUME:
		m->env.armed_resume = false;
		break;
	case DEADLINE_MAX:
		break;
	}
}

void model_act(struct model *m, const struct model_config *c, const struct sw_action *a,
	       struct verdict *v)
{
	struct model_env *e = &m->env;

	if (a->stream > c->n_streams) {
		model_break(v, INV_SANE, "an action for a stream that never was");
		return;
	}
	switch (a->type) {
	case SWA_PLAN:
		act_plan(m, c, a, v);
		break;
	case SWA_JOURNAL:
		store(m, RECORD_INTENT, v);
		break;
	case SWA_COMMIT:
		e->committed = true;
		e->looked = false;
		want(!e->lost || a->error == TACET_ERR_ROUTE_UNKNOWN, v,
		     INV_RESTORE_AFTER_LOSS, "a lost worker is passed over");
		if (a->error == TACET_OK && !e->plan_unchanged)
			e->route = e->plan_to;
		store(m, e->route == MODEL_A ? RECORD_A : RECORD_B, v);
		break;
	case SWA_QUIESCE:
		act_quiesce(m, c, a, v);
		break;
	case SWA_CHECK:
		act_check(m, c);
		break;
	case SWA_RESTORE:
		want(e->lost, v, INV_RESTORE_AFTER_LOSS, "a restore without a loss");
		e->lost = false;
		act_write(m, c, a, v);
		break;
	case SWA_APPLY:
	case SWA_ROLLBACK:
		act_write(m, c, a, v);
		break;
	case SWA_KILL_WORKER:
		want(e->worker != WORKER_KILLED, v, INV_SANE,
		     "the worker is killed twice");
		e->hung_answer = e->worker == WORKER_BUSY;
		e->worker = WORKER_KILLED;
		break;
	case SWA_RESUME:
	case SWA_PARK:
		act_resume(m, c, a, v);
		break;
	case SWA_REPORT:
		act_report(m, c, a, v);
		break;
	case SWA_ANSWER:
		want(e->current != a->request, v, INV_ANSWERED_ONCE,
		     "the running request is answered as if it waited");
		answered(m, a->request, v);
		break;
	case SWA_ARM:
		act_arm(m, a, v);
		break;
	case SWA_DISARM:
		act_disarm(m, a);
		break;
	case SWA_GATE_CLOSE:
		want(!e->gate, v, INV_GATE, "the gate is closed twice");
		e->gate = true;
		break;
	case SWA_GATE_OPEN:
		want(e->gate, v, INV_GATE, "the gate is opened twice");
		want(e->worker != WORKER_BUSY, v, INV_NO_RESUME_IN_WRITES,
		     "new streams may start while the worker may write");
		e->gate = false;
		break;
	case SWA_MAX:
		model_break(v, INV_SANE, "no such action");
		break;
	}
}
