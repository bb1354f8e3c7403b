/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * The phases before the writes. A case list that ends in a bare break is an event that means
 * nothing in that phase.
 */
#include "core/switch-internal.h"

static bool stream_new(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	if (!sw_stream_add(s, &ev->late)) {
		/* What cannot be watched cannot be known to rest. */
		sw_abandon(s, TACET_ERR_INTERNAL, ev->late.id, out);
		return false;
	}
	if (ev->late.method != METHOD_NONE)
		sw_stream_moved(s, ev->late.id);
	return true;
}

static bool current_is_late(const struct sw *s, const struct sw_event *ev)
{
	return ev->deadline == DEADLINE_REQUEST && ev->request.id == s->current.id;
}

void sw_idle_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_REQUEST:
		sw_arm(out, DEADLINE_REQUEST, ev->request.id);
		sw_plan_begin(s, &ev->request, out);
		break;
	case SWE_WORKER_DIED:
		sw_worker_lost(s);
		break;
	case SWE_CLIENT_GONE:
	case SWE_PLAN_OK:
	case SWE_PLAN_FAILED:
	case SWE_JOURNAL_OK:
	case SWE_JOURNAL_FAILED:
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
	case SWE_RESTORE_OK:
	case SWE_RESTORE_FAILED:
	case SWE_DEADLINE:
	case SWE_CARD_GONE:
	case SWE_SHUTDOWN:
	case SWE_MAX:
		break;
	}
}

static bool anything_to_resume(const struct sw *s)
{
	for (unsigned int i = 0; i < s->n_streams; i++)
		if (s->stream[i].after != AFTER_LEAVE)
			return true;
	return false;
}

static void planned(struct sw *s, const struct plan *plan, struct sw_actions *out)
{
	sw_fresh(s);
	sw_streams_load(s, plan);
	s->live = plan->live;
	s->outside = plan->outside;
	if (!s->current.dry_run && !plan->unchanged) {
		/* Two workers must not write side by side. */
		if (s->undead)
			sw_abandon(s, TACET_ERR_UCM_FAILED, 0, out);
		else
			sw_journal_begin(s, out);
		return;
	}
	sw_disarm(out, DEADLINE_REQUEST, s->current.id);
	if (!s->current.dry_run && anything_to_resume(s))
		sw_resume_begin(s, false, out);
	else
		sw_finish(s, out);
}

void sw_planning_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_PLAN_OK:
		planned(s, ev->plan, out);
		break;
	case SWE_PLAN_FAILED:
		sw_finish_unplanned(s, ev->error ? ev->error : TACET_ERR_INTERNAL, out);
		break;
	case SWE_WORKER_DIED:
		if (sw_worker_lost(s))
			sw_finish_unplanned(s, TACET_ERR_UCM_FAILED, out);
		break;
	case SWE_DEADLINE:
		if (current_is_late(s, ev))
			sw_finish_unplanned(s, TACET_ERR_TIMED_OUT, out);
		break;
	case SWE_SHUTDOWN:
		sw_finish_unplanned(s, TACET_ERR_CANCELLED, out);
		break;
	case SWE_REQUEST:
	case SWE_CLIENT_GONE:
	case SWE_JOURNAL_OK:
	case SWE_JOURNAL_FAILED:
	case SWE_STREAM_RESTED:
	case SWE_STREAM_REFUSED:
	case SWE_STREAM_MOVED:
	case SWE_STREAM_NEW: /* the check before the writes finds it */
	case SWE_STREAM_GONE:
	case SWE_STREAM_RESUMED:
	case SWE_STREAM_RESUME_FAILED:
	case SWE_CHECK_OK:
	case SWE_APPLY_OK:
	case SWE_APPLY_FAILED:
	case SWE_ROLLBACK_OK:
	case SWE_ROLLBACK_FAILED:
	case SWE_RESTORE_OK:
	case SWE_RESTORE_FAILED:
	case SWE_CARD_GONE:
	case SWE_MAX:
		break;
	}
}

static void journalled(struct sw *s, struct sw_actions *out)
{
	if (s->live) {
		sw_apply_begin(s, out);
		return;
	}
	s->gate_closed = true;
	sw_push(out, SWA_GATE_CLOSE);
	sw_quiesce_go_on(s, out);
}

void sw_journal_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_JOURNAL_FAILED:
		s->journal_lost = true;
		journalled(s, out);
		break;
	case SWE_JOURNAL_OK:
		journalled(s, out);
		break;
	case SWE_STREAM_RESTED:
		sw_stream_rested(s, ev->stream);
		break;
	case SWE_STREAM_MOVED:
		sw_stream_moved(s, ev->stream);
		break;
	case SWE_STREAM_NEW:
		stream_new(s, ev, out);
		break;
	case SWE_STREAM_GONE:
		sw_stream_gone(s, ev->stream);
		break;
	case SWE_WORKER_DIED:
		sw_worker_lost(s);
		sw_abandon(s, TACET_ERR_UCM_FAILED, 0, out);
		break;
	case SWE_DEADLINE:
		if (current_is_late(s, ev))
			sw_abandon(s, TACET_ERR_TIMED_OUT, 0, out);
		break;
	case SWE_SHUTDOWN:
		sw_abandon(s, TACET_ERR_CANCELLED, 0, out);
		break;
	case SWE_REQUEST:
	case SWE_CLIENT_GONE:
	case SWE_PLAN_OK:
	case SWE_PLAN_FAILED:
	case SWE_STREAM_REFUSED:
	case SWE_STREAM_RESUMED:
	case SWE_STREAM_RESUME_FAILED:
	case SWE_CHECK_OK:
	case SWE_APPLY_OK:
	case SWE_APPLY_FAILED:
	case SWE_ROLLBACK_OK:
	case SWE_ROLLBACK_FAILED:
	case SWE_RESTORE_OK:
	case SWE_RESTORE_FAILED:
	case SWE_CARD_GONE:
	case SWE_MAX:
		break;
	}
}

static void refused(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	struct sw_stream *st = switch_find_stream(s, ev->stream);

	if (!st || st->phase != SS_STOPPING)
		return;
	if (sw_stream_fall_back(st)) {
		sw_quiesce_go_on(s, out);
		return;
	}
	st->stuck = true;
	sw_abandon(s, ev->error ? ev->error : TACET_ERR_STUCK, st->id, out);
}

static void out_of_time(struct sw *s, struct sw_actions *out)
{
	const struct sw_stream *st = sw_streams_overdue(s);

	if (!st)
		sw_abandon(s, TACET_ERR_TIMED_OUT, 0, out);
	else if (st->method == METHOD_WAIT)
		sw_abandon(s, TACET_ERR_BUSY, st->id, out);
	else
		sw_abandon(s, TACET_ERR_STUCK, st->id, out);
}

void sw_quiesce_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_STREAM_RESTED:
		sw_stream_rested(s, ev->stream);
		sw_quiesce_go_on(s, out);
		break;
	case SWE_STREAM_REFUSED:
		refused(s, ev, out);
		break;
	case SWE_STREAM_MOVED:
		sw_stream_moved(s, ev->stream);
		sw_quiesce_go_on(s, out);
		break;
	case SWE_STREAM_NEW:
		if (stream_new(s, ev, out))
			sw_quiesce_go_on(s, out);
		break;
	case SWE_STREAM_GONE:
		sw_stream_gone(s, ev->stream);
		sw_quiesce_go_on(s, out);
		break;
	case SWE_WORKER_DIED:
		sw_worker_lost(s);
		sw_abandon(s, TACET_ERR_UCM_FAILED, 0, out);
		break;
	case SWE_DEADLINE:
		if (current_is_late(s, ev))
			out_of_time(s, out);
		break;
	case SWE_SHUTDOWN:
		sw_abandon(s, TACET_ERR_CANCELLED, 0, out);
		break;
	case SWE_REQUEST:
	case SWE_CLIENT_GONE:
	case SWE_PLAN_OK:
	case SWE_PLAN_FAILED:
	case SWE_JOURNAL_OK:
	case SWE_JOURNAL_FAILED:
	case SWE_STREAM_RESUMED:
	case SWE_STREAM_RESUME_FAILED:
	case SWE_CHECK_OK:
	case SWE_APPLY_OK:
	case SWE_APPLY_FAILED:
	case SWE_ROLLBACK_OK:
	case SWE_ROLLBACK_FAILED:
	case SWE_RESTORE_OK:
	case SWE_RESTORE_FAILED:
	case SWE_CARD_GONE:
	case SWE_MAX:
		break;
	}
}

void sw_verify_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_CHECK_OK:
		if (ev->check == s->check)
			sw_apply_begin(s, out);
		break;
	case SWE_STREAM_MOVED:
		sw_stream_moved(s, ev->stream);
		if (!sw_streams_rest(s))
			sw_quiesce_go_on(s, out);
		break;
	case SWE_STREAM_NEW:
		if (stream_new(s, ev, out))
			sw_quiesce_go_on(s, out);
		break;
	case SWE_STREAM_GONE:
		sw_stream_gone(s, ev->stream);
		break;
	case SWE_WORKER_DIED:
		sw_worker_lost(s);
		sw_abandon(s, TACET_ERR_UCM_FAILED, 0, out);
		break;
	case SWE_DEADLINE:
		if (current_is_late(s, ev))
			out_of_time(s, out);
		break;
	case SWE_SHUTDOWN:
		sw_abandon(s, TACET_ERR_CANCELLED, 0, out);
		break;
	case SWE_REQUEST:
	case SWE_CLIENT_GONE:
	case SWE_PLAN_OK:
	case SWE_PLAN_FAILED:
	case SWE_JOURNAL_OK:
	case SWE_JOURNAL_FAILED:
	case SWE_STREAM_RESTED:
	case SWE_STREAM_REFUSED:
	case SWE_STREAM_RESUMED:
	case SWE_STREAM_RESUME_FAILED:
	case SWE_APPLY_OK:
	case SWE_APPLY_FAILED:
	case SWE_ROLLBACK_OK:
	case SWE_ROLLBACK_FAILED:
	case SWE_RESTORE_OK:
	case SWE_RESTORE_FAILED:
	case SWE_CARD_GONE:
	case SWE_MAX:
		break;
	}
}
