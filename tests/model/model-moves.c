/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * What can happen next, and its name.
 */
#include "model.h"

static const char *const names[MOVE_MAX] = {
	[MOVE_REQUEST] = "a client asks",
	[MOVE_CLIENT_GONE] = "a client leaves",
	[MOVE_PLAN_OK] = "the plan is made",
	[MOVE_PLAN_FAILED] = "the plan cannot be made",
	[MOVE_PLAN_STALE] = "the plan of an abandoned request comes",
	[MOVE_JOURNAL_OK] = "the disk has stored",
	[MOVE_JOURNAL_FAILED] = "the disk fails",
	[MOVE_NEWS] = "the kernel's news of a stream arrive",
	[MOVE_STOP_ASKED] = "a stream stops as asked",
	[MOVE_STOP_OWN] = "a stream stops by itself",
	[MOVE_START] = "a stream starts",
	[MOVE_LIE] = "a stream is said to have stopped, but runs on",
	[MOVE_REFUSE] = "a stream cannot be stopped that way",
	[MOVE_CLOSE] = "a stream is closed",
	[MOVE_OPEN_SILENT] = "a stream is opened",
	[MOVE_OPEN_MOVING] = "a stream is opened and started",
	[MOVE_RESUMED] = "a stream goes on",
	[MOVE_RESUME_FAILED] = "a stream cannot go on",
	[MOVE_CHECK_OK] = "the look's answer comes",
	[MOVE_CHECK_STALE] = "the answer of an earlier look comes",
	[MOVE_WORKER_OK] = "the worker is done",
	[MOVE_WORKER_FAILED] = "the worker fails",
	[MOVE_WORKER_DIED] = "the worker is dead",
	[MOVE_WORKER_LATE_ANSWER] = "the killed worker's last answer comes",
	[MOVE_DEADLINE_REQUEST] = "a request's time is over",
	[MOVE_DEADLINE_UCM] = "the worker's time is over",
	[MOVE_DEADLINE_RESUME] = "the time to resume is over",
	[MOVE_CARD_GONE] = "the card goes away",
	[MOVE_SHUTDOWN] = "the daemon is told to stop",
	[MOVE_CRASH] = "the daemon is killed and starts again",
};

const char *move_name(enum move_type t)
{
	return (unsigned int)t < MOVE_MAX ? names[t] : "?";
}

struct moves {
	const struct model *m;
	const struct model_config *c;
	struct move *list;
	unsigned int n, max;
};

bool model_costs(const struct model *m, const struct model_config *c, struct move mv)
{
	switch ((enum move_type)mv.type) {
	case MOVE_REQUEST:
	case MOVE_PLAN_OK:
	case MOVE_PLAN_STALE:
	case MOVE_JOURNAL_OK:
	case MOVE_NEWS:
	case MOVE_STOP_ASKED:
	case MOVE_RESUMED:
	case MOVE_CHECK_OK:
	case MOVE_CHECK_STALE:
	case MOVE_WORKER_OK:
		return false;
	case MOVE_WORKER_DIED:
		return m->env.worker != WORKER_KILLED;
	case MOVE_STOP_OWN:
		return m->stream[mv.arg].asked != METHOD_WAIT;
	case MOVE_CLIENT_GONE:
	case MOVE_PLAN_FAILED:
	case MOVE_JOURNAL_FAILED:
	case MOVE_START:
	case MOVE_LIE:
	case MOVE_REFUSE:
	case MOVE_CLOSE:
	case MOVE_OPEN_SILENT:
	case MOVE_OPEN_MOVING:
	case MOVE_RESUME_FAILED:
	case MOVE_WORKER_FAILED:
	case MOVE_WORKER_LATE_ANSWER:
	case MOVE_DEADLINE_REQUEST:
	case MOVE_DEADLINE_UCM:
	case MOVE_DEADLINE_RESUME:
	case MOVE_CARD_GONE:
	case MOVE_SHUTDOWN:
	case MOVE_CRASH:
	case MOVE_MAX:
		break;
	}
	(void)c;
	return true;
}

static void add(struct moves *l, enum move_type type, unsigned int arg)
{
	struct move mv = { (uint8_t)type, (uint8_t)arg };

	if (l->m->env.budget == 0 && model_costs(l->m, l->c, mv))
		return;
	if (l->n < l->max)
		l->list[l->n++] = mv;
}

static bool submitted(const struct model *m, unsigned int id)
{
	return m->env.submitted & (1U << id);
}

static void moves_of_clients(struct moves *l)
{
	const struct model_env *e = &l->m->env;

	if (e->crashed && !submitted(l->m, MODEL_RESTORE)) {
		add(l, MOVE_REQUEST, MODEL_RESTORE);
		return;
	}
	for (unsigned int id = 1; id <= l->c->requests; id++) {
		if (!submitted(l->m, id)) {
			add(l, MOVE_REQUEST, id);
			break;
		}
		if (!(e->clients_gone & (1U << id)) && !(e->answered & (1U << id)))
			add(l, MOVE_CLIENT_GONE, id);
	}
}

static void moves_of_manager(struct moves *l)
{
	const struct model_env *e = &l->m->env;

	if (e->plans_stale) {
		add(l, MOVE_PLAN_STALE, 0);
	} else if (e->plan_pending) {
		if (l->m->sw.phase != SW_PLANNING) {
			/* Its request is over; only its answer is still owed. */
			add(l, MOVE_PLAN_STALE, 1);
		} else {
			add(l, MOVE_PLAN_OK, 0);
			add(l, MOVE_PLAN_FAILED, 0);
		}
	}
	if (e->record[0] != RECORD_NONE) {
		add(l, MOVE_JOURNAL_OK, 0);
		add(l, MOVE_JOURNAL_FAILED, 0);
	}
	if (e->check_stale)
		add(l, MOVE_CHECK_STALE, 0);
	else if (e->check_pending)
		add(l, MOVE_CHECK_OK, 0);
}

static void moves_of_stream(struct moves *l, unsigned int i)
{
	const struct model_stream *st = &l->m->stream[i];
	enum stream_kind kind = l->c->stream[i].kind;
	bool held = kind == STREAM_HELD;

	if (st->news != NEWS_NONE) {
		add(l, MOVE_NEWS, i);
		return;
	}
	if (st->unborn) {
		/* A new lease waits at a closed gate. */
		if (kind != STREAM_LEASED || !l->m->env.gate) {
			add(l, MOVE_OPEN_SILENT, i);
			add(l, MOVE_OPEN_MOVING, i);
		}
		return;
	}
	if (st->resume_asked) {
		if (st->open || held)
			add(l, MOVE_RESUMED, i);
		add(l, MOVE_RESUME_FAILED, i);
	}
	if (st->asked != METHOD_NONE && st->asked != METHOD_WAIT) {
		add(l, MOVE_STOP_ASKED, i);
		add(l, MOVE_REFUSE, i);
		if (st->moving && !held)
			add(l, MOVE_LIE, i);
	}
	if (!st->open)
		return;
	if (st->moving)
		add(l, MOVE_STOP_OWN, i);
	else if (!held)
		add(l, MOVE_START, i);
	if (!held)
		add(l, MOVE_CLOSE, i);
}

/* The manager passes on what the kernel has already told before it passes on an answer of the
 * worker, or gives it up. */
static bool news_wait(const struct model *m, const struct model_config *c)
{
	for (unsigned int i = 0; i < c->n_streams; i++)
		if (m->stream[i].news != NEWS_NONE)
			return true;
	return false;
}

static void moves_of_worker(struct moves *l)
{
	const struct model_env *e = &l->m->env;

	if (news_wait(l->m, l->c))
		return;
	switch ((enum model_worker)e->worker) {
	case WORKER_READY:
		add(l, MOVE_WORKER_DIED, 0);
		break;
	case WORKER_BUSY:
		add(l, MOVE_WORKER_OK, 0);
		add(l, MOVE_WORKER_FAILED, 0);
		add(l, MOVE_WORKER_DIED, 0);
		break;
	case WORKER_KILLED:
		add(l, MOVE_WORKER_DIED, 0);
		if (e->hung_answer)
			add(l, MOVE_WORKER_LATE_ANSWER, 0);
		break;
	}
	if (e->armed_ucm)
		add(l, MOVE_DEADLINE_UCM, 0);
}

static void moves_of_fate(struct moves *l)
{
	const struct model_env *e = &l->m->env;

	for (unsigned int id = 1; id <= MODEL_REQUESTS; id++)
		if (e->armed_request & (1U << id))
			add(l, MOVE_DEADLINE_REQUEST, id);
	if (e->armed_resume)
		add(l, MOVE_DEADLINE_RESUME, 0);
	add(l, MOVE_CARD_GONE, 0);
	if (!e->shutdown)
		add(l, MOVE_SHUTDOWN, 0);
	if (l->c->crash && !e->crashed)
		add(l, MOVE_CRASH, 0);
}

unsigned int model_moves(const struct model *m, const struct model_config *c,
			 struct move *ret, unsigned int max)
{
	struct moves l = { m, c, ret, 0, max };

	if (m->env.card_gone)
		return 0;
	moves_of_clients(&l);
	moves_of_manager(&l);
	for (unsigned int i = 0; i < c->n_streams; i++)
		moves_of_stream(&l, i);
	moves_of_worker(&l);
	moves_of_fate(&l);
	return l.n;
}
