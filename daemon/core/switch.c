/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * One event into a switch: what is alike in every phase is done here, the rest by the function
 * of its phase. doc/switch.svg is drawn by walking them.
 */
#include <string.h>

#include "core/switch-internal.h"

void switch_init(struct sw *s)
{
	memset(s, 0, sizeof(*s));
}

bool switch_queue_full(const struct sw *s)
{
	return s->n_queue == SWITCH_QUEUE_MAX;
}

/* Requests that wait. */

static void answer(struct sw_actions *out, uint64_t request, enum tacet_error_code error)
{
	struct sw_action *a = sw_push(out, SWA_ANSWER);

	a->request = request;
	a->error = error;
}

static void queue_answer(struct sw *s, unsigned int i, enum tacet_error_code error,
			 struct sw_actions *out)
{
	sw_disarm(out, DEADLINE_REQUEST, s->queue[i].id);
	answer(out, s->queue[i].id, error);
	sw_queue_remove(s, i);
}

static void queue_answer_one(struct sw *s, uint64_t request, enum tacet_error_code error,
			     struct sw_actions *out)
{
	for (unsigned int i = 0; i < s->n_queue; i++)
		if (s->queue[i].id == request) {
			queue_answer(s, i, error, out);
			return;
		}
}

static void queue_answer_client(struct sw *s, uint64_t client, struct sw_actions *out)
{
	for (unsigned int i = s->n_queue; i-- > 0;)
		if (client && s->queue[i].client == client)
			queue_answer(s, i, TACET_ERR_CANCELLED, out);
}

static void queue_answer_all(struct sw *s, enum tacet_error_code error,
			     struct sw_actions *out)
{
	while (s->n_queue)
		queue_answer(s, 0, error, out);
}

static void phase_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (s->phase) {
	case SW_IDLE:
		sw_idle_step(s, ev, out);
		break;
	case SW_PLANNING:
		sw_planning_step(s, ev, out);
		break;
	case SW_JOURNAL:
		sw_journal_step(s, ev, out);
		break;
	case SW_QUIESCE:
		sw_quiesce_step(s, ev, out);
		break;
	case SW_VERIFY:
		sw_verify_step(s, ev, out);
		break;
	case SW_APPLY:
		sw_apply_step(s, ev, out);
		break;
	case SW_ROLLBACK:
		sw_rollback_step(s, ev, out);
		break;
	case SW_RESTORE:
		sw_restore_step(s, ev, out);
		break;
	case SW_RESUME:
		sw_resume_step(s, ev, out);
		break;
	case SW_COMMIT:
		sw_commit_step(s, ev, out);
		break;
	case SW_PHASE_MAX:
		break;
	}
}

/* What happens alike in every phase. */

static void request_arrives(struct sw *s, const struct sw_event *ev,
			    struct sw_actions *out)
{
	uint64_t id = ev->request.id;

	if (s->shutdown) {
		answer(out, id, TACET_ERR_CANCELLED);
		return;
	}
	if (ev->replaces)
		queue_answer_one(s, ev->replaces, TACET_ERR_REPLACED, out);
	if (s->phase == SW_IDLE) {
		phase_step(s, ev, out);
	} else if (switch_queue_full(s)) {
		answer(out, id, TACET_ERR_QUEUE_FULL);
	} else {
		sw_arm(out, DEADLINE_REQUEST, id);
		s->queue[s->n_queue++] = ev->request;
	}
}

static void disarm_all(struct sw *s, struct sw_actions *out)
{
	switch (s->phase) {
	case SW_PLANNING:
	case SW_JOURNAL:
	case SW_QUIESCE:
	case SW_VERIFY:
		sw_disarm(out, DEADLINE_REQUEST, s->current.id);
		break;
	case SW_APPLY:
	case SW_ROLLBACK:
	case SW_RESTORE:
		sw_disarm(out, DEADLINE_UCM, 0);
		if (!s->killing)
			sw_push(out, SWA_KILL_WORKER);
		break;
	case SW_RESUME:
	case SW_COMMIT:
		sw_disarm(out, DEADLINE_RESUME, 0);
		break;
	case SW_IDLE:
	case SW_PHASE_MAX:
		break;
	}
}

static void card_gone(struct sw *s, struct sw_actions *out)
{
	s->route_known = false;
	queue_answer_all(s, TACET_ERR_CARD_GONE, out);
	if (s->phase == SW_IDLE)
		return;
	if (s->phase == SW_PLANNING)
		sw_fresh(s);
	disarm_all(s, out);
	if (s->gate_closed)
		sw_push(out, SWA_GATE_OPEN);
	s->gate_closed = false;
	s->error = TACET_ERR_CARD_GONE;
	s->culprit = 0;
	sw_finish(s, out);
}

/* Count an answer down. Return: true when it is the last that is owed, so not a stale one. */
static bool answers_last(unsigned int *owed)
{
	if (*owed)
		--*owed;
	return *owed == 0;
}

void switch_step(struct sw *s, const struct sw_event *ev, struct sw_actions *ret)
{
	ret->n = 0;
	switch (ev->type) {
	case SWE_REQUEST:
		request_arrives(s, ev, ret);
		return;
	case SWE_CLIENT_GONE:
		queue_answer_client(s, ev->client, ret);
		return;
	case SWE_CARD_GONE:
		card_gone(s, ret);
		return;
	case SWE_PLAN_OK:
	case SWE_PLAN_FAILED:
		if (!answers_last(&s->plans_owed))
			return;
		break;
	case SWE_JOURNAL_OK:
	case SWE_JOURNAL_FAILED:
		if (!answers_last(&s->journals_owed))
			return;
		break;
	case SWE_DEADLINE:
		if (ev->deadline == DEADLINE_REQUEST)
			queue_answer_one(s, ev->request.id, TACET_ERR_TIMED_OUT, ret);
		break;
	case SWE_SHUTDOWN:
		s->shutdown = true;
		queue_answer_all(s, TACET_ERR_CANCELLED, ret);
		break;
	case SWE_STREAM_RESTED:
	case SWE_STREAM_REFUSED:
	case SWE_STREAM_MOVED:
	case SWE_STREAM_NEW:
	case SWE_STREAM_GONE:
	case SWE_STREAM_RESUMED:
	case SWE_STREAM_RESUME_FAILED:
	case SWE_CHECK_OK:
	case SWE_APPLY_OK:
	case SWE_APPLY_FAILED:
	case SWE_ROLLBACK_OK:
	case SWE_ROLLBACK_FAILED:
	case SWE_WORKER_DIED:
	case SWE_RESTORE_OK:
	case SWE_RESTORE_FAILED:
	case SWE_MAX:
		break;
	}
	phase_step(s, ev, ret);
}
