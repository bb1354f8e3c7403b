/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * The invariants that hold in every state, and the proof that every switch ends.
 */
#include "model.h"

static const char *const texts[INV_MAX] = {
	[INV_NONE] = "nothing",
	[INV_REST] = "routes are written only inside a rest",
	[INV_NO_RESUME_IN_WRITES] = "no stream is let go while the worker may write",
	[INV_RESUMED_OR_REPORTED] = "what we stopped goes on, is parked, or is reported",
	[INV_ENDS] = "every switch ends, within a bound that its deadlines give",
	[INV_DEADLINE_ARMED] = "whoever waits has a deadline armed, and only who waits",
	[INV_ONE_CURRENT] = "at most one switch runs",
	[INV_ANSWERED_ONCE] = "every request is answered exactly once",
	[INV_JOURNAL_FIRST] =
		"the intent is stored, or known to be lost, before the first write",
	[INV_ROUTE_TRUE] = "a route called known is the one in force",
	[INV_RESTORE_AFTER_LOSS] = "a worker lost in the writes is followed by a restore",
	[INV_LIVE_REPAIRED] = "live only where the kernel is repaired",
	[INV_GATE] = "the gate is closed from the first stop to the last resume",
	[INV_SLIP_REPORTED] = "a start that slips in is reported, and nothing else is",
	[INV_FOREIGN_UNTOUCHED] = "a foreign stream is only watched",
	[INV_BLAME] = "busy and stuck name who it was, and nothing was written",
	[INV_CRASH_SAFE] = "killed at any point, the disk leads to a known route",
	[INV_SHUTDOWN] = "nothing new begins after shutdown",
	[INV_SANE] = "actions make sense",
	[INV_SILENT_LAST] =
		"nothing of ours falls silent while a foreign stream is waited for",
};

const char *invariant_text(enum invariant i)
{
	return (unsigned int)i < INV_MAX ? texts[i] : "?";
}

static void want(bool good, struct verdict *v, enum invariant i, const char *what)
{
	if (!good)
		model_break(v, i, what);
}

enum era {
	ERA_IDLE,
	ERA_BEFORE, /* the request's deadline runs */
	ERA_WRITES, /* the worker's */
	ERA_AFTER,  /* that of resume and commit */
};

static enum era era_of(enum sw_phase p)
{
	switch (p) {
	case SW_PLANNING:
	case SW_JOURNAL:
	case SW_QUIESCE:
	case SW_VERIFY:
		return ERA_BEFORE;
	case SW_APPLY:
	case SW_ROLLBACK:
	case SW_RESTORE:
		return ERA_WRITES;
	case SW_RESUME:
	case SW_COMMIT:
		return ERA_AFTER;
	case SW_IDLE:
	case SW_PHASE_MAX:
		break;
	}
	return ERA_IDLE;
}

static void check_deadlines(const struct model *m, struct verdict *v)
{
	enum era era = era_of(m->sw.phase);
	unsigned int requests = 0;

	if (era == ERA_BEFORE)
		requests |= 1U << m->sw.current.id;
	for (unsigned int i = 0; i < m->sw.n_queue; i++)
		requests |= 1U << m->sw.queue[i].id;
	want((requests & m->env.armed_request) == requests, v, INV_DEADLINE_ARMED,
	     "a request waits without a deadline");
	want(requests == m->env.armed_request, v, INV_DEADLINE_ARMED,
	     "the deadline of a request outlives its use");
	want(m->env.armed_ucm == (era == ERA_WRITES), v, INV_DEADLINE_ARMED,
	     "the worker's deadline does not match the phase");
	want(m->env.armed_resume == (era == ERA_AFTER), v, INV_DEADLINE_ARMED,
	     "the deadline to resume does not match the phase");
}

static void check_requests(const struct model *m, struct verdict *v)
{
	unsigned int open = m->env.submitted & ~m->env.answered & 0xff, known = 0;

	if (m->sw.phase != SW_IDLE)
		known |= 1U << m->sw.current.id;
	for (unsigned int i = 0; i < m->sw.n_queue; i++)
		known |= 1U << m->sw.queue[i].id;
	want(open == known, v, INV_ANSWERED_ONCE, "a request is forgotten");
	want((m->sw.phase == SW_IDLE) == (m->env.current == 0), v, INV_ONE_CURRENT,
	     "a switch runs without a request or a request without a switch");
}

static void check_gate(const struct model *m, struct verdict *v)
{
	bool closed = m->env.gate;

	want(closed == m->sw.gate_closed, v, INV_GATE,
	     "the switch is wrong about the gate");
	switch (m->sw.phase) {
	case SW_QUIESCE:
	case SW_VERIFY:
		want(closed, v, INV_GATE, "the gate is open while streams stop");
		break;
	case SW_APPLY:
	case SW_ROLLBACK:
	case SW_RESTORE:
		want(closed || m->sw.live, v, INV_GATE, "the gate is open in the writes");
		break;
	case SW_RESUME:
		want(closed || m->sw.live || !m->env.wrote, v, INV_GATE,
		     "the gate is open before all streams are back");
		break;
	case SW_IDLE:
	case SW_PLANNING:
	case SW_JOURNAL:
	case SW_COMMIT:
	case SW_PHASE_MAX:
		want(!closed, v, INV_GATE, "the gate is closed and nobody will open it");
		break;
	}
}

static void check_world(const struct model *m, const struct model_config *c,
			struct verdict *v)
{
	const struct model_env *e = &m->env;
	bool writes = e->worker == WORKER_BUSY;

	want(era_of(m->sw.phase) == ERA_WRITES || !writes || e->card_gone, v,
	     INV_NO_RESUME_IN_WRITES, "the worker may write and the switch went on");
	for (unsigned int i = 0; i < c->n_streams; i++) {
		want(!writes || m->sw.live || !m->stream[i].moving || m->stream[i].slip,
		     v, INV_REST, "a stream moves in the writes and did not slip in");
		want(!m->stream[i].by_us || c->stream[i].kind != STREAM_FOREIGN, v,
		     INV_FOREIGN_UNTOUCHED, "a foreign stream was stopped");
	}
	want(e->hw == e->disk_route || e->disk_switching || e->disk_failed ||
		     !m->sw.route_known,
	     v, INV_CRASH_SAFE,
	     "the route is not what the disk says, and no intent is stored");
	want(e->hw != MODEL_DIRTY || e->wrote || !m->sw.route_known, v, INV_ROUTE_TRUE,
	     "half a route is taken as known");
}

void model_check_state(const struct model *m, const struct model_config *c,
		       struct verdict *v)
{
	check_deadlines(m, v);
	check_requests(m, v);
	check_gate(m, v);
	check_world(m, c, v);
}

/* The clock that the present phase waits for. */
static bool next_clock(const struct model *m, struct move *ret)
{
	switch (era_of(m->sw.phase)) {
	case ERA_BEFORE:
		*ret = (struct move){ MOVE_DEADLINE_REQUEST, (uint8_t)m->sw.current.id };
		return m->env.armed_request & (1U << m->sw.current.id);
	case ERA_WRITES:
		*ret = (struct move){ MOVE_DEADLINE_UCM, 0 };
		return m->env.armed_ucm;
	case ERA_AFTER:
		*ret = (struct move){ MOVE_DEADLINE_RESUME, 0 };
		return m->env.armed_resume;
	case ERA_IDLE:
		break;
	}
	return false;
}

static const struct model_hooks silent;

static void all_news(struct model *m, const struct model_config *c, struct verdict *v)
{
	for (unsigned int i = 0; i < c->n_streams; i++)
		while (m->stream[i].news != NEWS_NONE && v->broken == INV_NONE)
			model_do(m, c, (struct move){ MOVE_NEWS, (uint8_t)i }, &silent,
				 v);
}

void model_run_out(struct model *m, const struct model_config *c, struct verdict *v)
{
	/* One of each clock for a request, and four more of the worker's. */
	unsigned int left = 8 * (1 + m->sw.n_queue);
	struct move mv;

	while (m->sw.phase != SW_IDLE && v->broken == INV_NONE) {
		all_news(m, c, v);
		if (v->broken != INV_NONE || m->sw.phase == SW_IDLE)
			break;
		if (!next_clock(m, &mv)) {
			model_break(v, INV_DEADLINE_ARMED,
				    "nothing will ever end this wait");
			return;
		}
		if (left-- == 0) {
			model_break(v, INV_ENDS, "clocks alone do not end the switch");
			return;
		}
		model_do(m, c, mv, &silent, v);
	}
}
