/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * The phases from the first write to the report. A case list that ends in a bare break is an
 * event that means nothing in that phase.
 */
#include "core/switch-internal.h"

static void worker_is_late(struct sw *s, const struct sw_event *ev,
			   struct sw_actions *out)
{
	if (ev->deadline != DEADLINE_UCM)
		return;
	if (s->killing)
		sw_route_lost(s, true, out);
	else
		sw_kill_begin(s, out);
}

void sw_apply_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_APPLY_OK:
		if (s->killing)
			break;
		s->route_known = !s->outside;
		sw_written_end(s, false, out);
		break;
	case SWE_APPLY_FAILED:
		if (!s->killing)
			sw_rollback_begin(s, ev->error, out);
		break;
	case SWE_WORKER_DIED:
		sw_restore_begin(s, out);
		break;
	case SWE_DEADLINE:
		worker_is_late(s, ev, out);
		break;
	case SWE_STREAM_MOVED:
		sw_stream_slipped(s, ev->stream);
		break;
	case SWE_STREAM_NEW:
		sw_stream_slipped_new(s, &ev->late);
		break;
	case SWE_STREAM_GONE:
		sw_stream_gone(s, ev->stream);
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
	case SWE_CHECK_OK:
	case SWE_ROLLBACK_OK:
	case SWE_ROLLBACK_FAILED:
	case SWE_RESTORE_OK:
	case SWE_RESTORE_FAILED:
	case SWE_CARD_GONE:
	case SWE_SHUTDOWN: /* half a route is no place to stop */
	case SWE_MAX:
		break;
	}
}

void sw_rollback_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_ROLLBACK_OK:
		if (!s->killing)
			sw_written_end(s, true, out);
		break;
	case SWE_ROLLBACK_FAILED:
		if (!s->killing)
			sw_kill_begin(s, out);
		break;
	case SWE_WORKER_DIED:
		sw_restore_begin(s, out);
		break;
	case SWE_DEADLINE:
		worker_is_late(s, ev, out);
		break;
	case SWE_STREAM_MOVED:
		sw_stream_slipped(s, ev->stream);
		break;
	case SWE_STREAM_NEW:
		sw_stream_slipped_new(s, &ev->late);
		break;
	case SWE_STREAM_GONE:
		sw_stream_gone(s, ev->stream);
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
	case SWE_CHECK_OK:
	case SWE_APPLY_OK:
	case SWE_APPLY_FAILED:
	case SWE_RESTORE_OK:
	case SWE_RESTORE_FAILED:
	case SWE_CARD_GONE:
	case SWE_SHUTDOWN:
	case SWE_MAX:
		break;
	}
}

void sw_restore_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_RESTORE_OK:
		if (s->killing)
			break;
		s->route_known = true;
		sw_written_end(s, true, out);
		break;
	case SWE_RESTORE_FAILED:
		if (!s->killing)
			sw_route_lost(s, false, out);
		break;
	case SWE_WORKER_DIED:
		sw_route_lost(s, false, out);
		break;
	case SWE_DEADLINE:
		worker_is_late(s, ev, out);
		break;
	case SWE_STREAM_MOVED:
		sw_stream_slipped(s, ev->stream);
		break;
	case SWE_STREAM_NEW:
		sw_stream_slipped_new(s, &ev->late);
		break;
	case SWE_STREAM_GONE:
		sw_stream_gone(s, ev->stream);
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
	case SWE_CHECK_OK:
	case SWE_APPLY_OK:
	case SWE_APPLY_FAILED:
	case SWE_ROLLBACK_OK:
	case SWE_ROLLBACK_FAILED:
	case SWE_CARD_GONE:
	case SWE_SHUTDOWN:
	case SWE_MAX:
		break;
	}
}

void sw_resume_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_STREAM_RESUMED:
		sw_stream_resumed(s, ev->stream, true);
		break;
	case SWE_STREAM_RESUME_FAILED:
		sw_stream_resumed(s, ev->stream, false);
		break;
	case SWE_STREAM_GONE:
		sw_stream_gone(s, ev->stream);
		break;
	case SWE_DEADLINE:
		if (ev->deadline == DEADLINE_RESUME)
			sw_streams_give_up(s);
		break;
	case SWE_WORKER_DIED:
		sw_worker_lost(s);
		break;
	case SWE_REQUEST:
	case SWE_CLIENT_GONE:
	case SWE_PLAN_OK:
	case SWE_PLAN_FAILED:
	case SWE_JOURNAL_OK:
	case SWE_JOURNAL_FAILED:
	case SWE_STREAM_RESTED:
	case SWE_STREAM_REFUSED:
	case SWE_STREAM_MOVED:
	case SWE_STREAM_NEW: /* it starts on a route that is settled */
	case SWE_CHECK_OK:
	case SWE_APPLY_OK:
	case SWE_APPLY_FAILED:
	case SWE_ROLLBACK_OK:
	case SWE_ROLLBACK_FAILED:
	case SWE_RESTORE_OK:
	case SWE_RESTORE_FAILED:
	case SWE_CARD_GONE:
	case SWE_SHUTDOWN:
	case SWE_MAX:
		break;
	}
	if (sw_streams_resumed(s))
		sw_commit_begin(s, out);
}

static void committed(struct sw *s, bool stored, struct sw_actions *out)
{
	s->journal_lost |= !stored;
	sw_disarm(out, DEADLINE_RESUME, 0);
	sw_finish(s, out);
}

void sw_commit_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_JOURNAL_OK:
		committed(s, true, out);
		break;
	case SWE_JOURNAL_FAILED:
		committed(s, false, out);
		break;
	case SWE_DEADLINE:
		if (ev->deadline == DEADLINE_RESUME)
			committed(s, false, out);
		break;
	case SWE_WORKER_DIED:
		sw_worker_lost(s);
		break;
	case SWE_REQUEST:
	case SWE_CLIENT_GONE:
	case SWE_PLAN_OK:
	case SWE_PLAN_FAILED:
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
	case SWE_CARD_GONE:
	case SWE_SHUTDOWN:
	case SWE_MAX:
		break;
	}
}
