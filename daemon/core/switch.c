/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * The phases of a switch, one function each; doc/switch.svg is drawn by walking them. A case
 * list that ends in a bare break is an event that means nothing in that phase.
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

static void arm(struct sw_actions *out, enum sw_deadline d, uint64_t request)
{
	struct sw_action *a = sw_push(out, SWA_ARM);

	a->deadline = d;
	a->request = request;
}

static void disarm(struct sw_actions *out, enum sw_deadline d, uint64_t request)
{
	struct sw_action *a = sw_push(out, SWA_DISARM);

	a->deadline = d;
	a->request = request;
}

static void about_current(struct sw *s, struct sw_actions *out, enum sw_action_type type)
{
	struct sw_action *a = sw_push(out, type);

	a->request = s->current.id;
	a->error = s->error;
	a->stream = s->culprit;
}

/* Requests that wait. */

static void answer(struct sw_actions *out, uint64_t request, enum tacet_error_code error)
{
	struct sw_action *a = sw_push(out, SWA_ANSWER);

	a->request = request;
	a->error = error;
}

static void queue_remove(struct sw *s, unsigned int i)
{
	s->n_queue--;
	memmove(&s->queue[i], &s->queue[i + 1], (s->n_queue - i) * sizeof(s->queue[0]));
	memset(&s->queue[s->n_queue], 0, sizeof(s->queue[0]));
}

static void queue_answer(struct sw *s, unsigned int i, enum tacet_error_code error,
			 struct sw_actions *out)
{
	disarm(out, DEADLINE_REQUEST, s->queue[i].id);
	answer(out, s->queue[i].id, error);
	queue_remove(s, i);
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

/* From one phase to the next. */

static void plan_begin(struct sw *s, const struct sw_request *r, struct sw_actions *out)
{
	s->phase = SW_PLANNING;
	s->current = *r;
	s->plans_owed++;
	sw_push(out, SWA_PLAN)->request = r->id;
}

/* Forget the switch before: its outcome was readable until now. */
static void fresh(struct sw *s)
{
	s->live = s->written = s->journal_lost = s->slipped = false;
	s->worker_lost = s->killing = s->undone = false;
	s->error = TACET_OK;
	s->culprit = 0;
	s->n_streams = 0;
}

static void finish(struct sw *s, struct sw_actions *out)
{
	about_current(s, out, SWA_REPORT);
	if (s->n_queue) {
		struct sw_request r = s->queue[0];

		queue_remove(s, 0);
		plan_begin(s, &r, out);
		return;
	}
	memset(&s->current, 0, sizeof(s->current));
	s->phase = SW_IDLE;
}

static void finish_unplanned(struct sw *s, enum tacet_error_code error,
			     struct sw_actions *out)
{
	fresh(s);
	s->error = error;
	disarm(out, DEADLINE_REQUEST, s->current.id);
	finish(s, out);
}

static void commit_begin(struct sw *s, struct sw_actions *out)
{
	s->phase = SW_COMMIT;
	if (s->gate_closed)
		sw_push(out, SWA_GATE_OPEN);
	s->gate_closed = false;
	arm(out, DEADLINE_RESUME, 0);
	s->journals_owed++;
	about_current(s, out, SWA_COMMIT);
}

static void resume_begin(struct sw *s, bool undone, struct sw_actions *out)
{
	s->phase = SW_RESUME;
	s->undone = undone;
	if (sw_streams_resume(s, out))
		arm(out, DEADLINE_RESUME, 0);
	else
		commit_begin(s, out);
}

/* Before the writes: give up, and let what was stopped go on as it was. */
static void abandon(struct sw *s, enum tacet_error_code error, uint32_t culprit,
		    struct sw_actions *out)
{
	s->error = error;
	s->culprit = culprit;
	disarm(out, DEADLINE_REQUEST, s->current.id);
	resume_begin(s, true, out);
}

static void journal_begin(struct sw *s, struct sw_actions *out)
{
	s->phase = SW_JOURNAL;
	s->journals_owed++;
	about_current(s, out, SWA_JOURNAL);
}

static void apply_begin(struct sw *s, struct sw_actions *out)
{
	s->phase = SW_APPLY;
	s->written = true;
	disarm(out, DEADLINE_REQUEST, s->current.id);
	arm(out, DEADLINE_UCM, 0);
	about_current(s, out, SWA_APPLY);
}

static void verify_begin(struct sw *s, struct sw_actions *out)
{
	s->phase = SW_VERIFY;
	sw_push(out, SWA_CHECK)->check = ++s->check;
}

static void quiesce_go_on(struct sw *s, struct sw_actions *out)
{
	s->phase = SW_QUIESCE;
	sw_streams_quiesce(s, out);
	if (sw_streams_rest(s))
		verify_begin(s, out);
}

static void rollback_begin(struct sw *s, enum tacet_error_code error,
			   struct sw_actions *out)
{
	s->phase = SW_ROLLBACK;
	s->error = error ? error : TACET_ERR_UCM_FAILED;
	arm(out, DEADLINE_UCM, 0);
	about_current(s, out, SWA_ROLLBACK);
}

static void restore_begin(struct sw *s, struct sw_actions *out)
{
	s->phase = SW_RESTORE;
	s->error = TACET_ERR_UCM_FAILED;
	s->worker_lost = true;
	s->killing = false;
	arm(out, DEADLINE_UCM, 0);
	about_current(s, out, SWA_RESTORE);
}

static void kill_begin(struct sw *s, struct sw_actions *out)
{
	s->error = TACET_ERR_UCM_FAILED;
	s->worker_lost = true;
	s->killing = true;
	arm(out, DEADLINE_UCM, 0);
	sw_push(out, SWA_KILL_WORKER);
}

static void written_end(struct sw *s, bool undone, struct sw_actions *out)
{
	disarm(out, DEADLINE_UCM, 0);
	resume_begin(s, undone, out);
}

/* Nobody can say what the hardware does now; the streams go on all the same. */
static void route_lost(struct sw *s, struct sw_actions *out)
{
	s->route_known = false;
	s->error = TACET_ERR_ROUTE_UNKNOWN;
	written_end(s, true, out);
}

/* Without its worker, the next plan has to set everything from the start. */
static void worker_lost(struct sw *s)
{
	s->worker_lost = true;
	s->route_known = false;
}

static bool stream_new(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	if (!sw_stream_add(s, &ev->late)) {
		/* What cannot be watched cannot be known to rest. */
		abandon(s, TACET_ERR_INTERNAL, ev->late.id, out);
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

/* The phases. */

static void idle_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_REQUEST:
		arm(out, DEADLINE_REQUEST, ev->request.id);
		plan_begin(s, &ev->request, out);
		break;
	case SWE_WORKER_DIED:
		worker_lost(s);
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
	fresh(s);
	sw_streams_load(s, plan);
	s->live = plan->live;
	if (!s->current.dry_run && !plan->unchanged) {
		journal_begin(s, out);
		return;
	}
	disarm(out, DEADLINE_REQUEST, s->current.id);
	if (!s->current.dry_run && anything_to_resume(s))
		resume_begin(s, false, out);
	else
		finish(s, out);
}

static void planning_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_PLAN_OK:
		planned(s, ev->plan, out);
		break;
	case SWE_PLAN_FAILED:
		finish_unplanned(s, ev->error ? ev->error : TACET_ERR_INTERNAL, out);
		break;
	case SWE_WORKER_DIED:
		finish_unplanned(s, TACET_ERR_UCM_FAILED, out);
		worker_lost(s);
		break;
	case SWE_DEADLINE:
		if (current_is_late(s, ev))
			finish_unplanned(s, TACET_ERR_TIMED_OUT, out);
		break;
	case SWE_SHUTDOWN:
		finish_unplanned(s, TACET_ERR_CANCELLED, out);
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
		apply_begin(s, out);
		return;
	}
	s->gate_closed = true;
	sw_push(out, SWA_GATE_CLOSE);
	quiesce_go_on(s, out);
}

static void journal_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
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
		worker_lost(s);
		abandon(s, TACET_ERR_UCM_FAILED, 0, out);
		break;
	case SWE_DEADLINE:
		if (current_is_late(s, ev))
			abandon(s, TACET_ERR_TIMED_OUT, 0, out);
		break;
	case SWE_SHUTDOWN:
		abandon(s, TACET_ERR_CANCELLED, 0, out);
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

	if (!st || st->phase != SS_STOPPING || sw_stream_fall_back(st, out))
		return;
	st->stuck = true;
	abandon(s, ev->error ? ev->error : TACET_ERR_STUCK, st->id, out);
}

static void out_of_time(struct sw *s, struct sw_actions *out)
{
	const struct sw_stream *st = sw_streams_overdue(s);

	if (!st)
		abandon(s, TACET_ERR_TIMED_OUT, 0, out);
	else if (st->method == METHOD_WAIT)
		abandon(s, TACET_ERR_BUSY, st->id, out);
	else
		abandon(s, TACET_ERR_STUCK, st->id, out);
}

static void quiesce_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_STREAM_RESTED:
		sw_stream_rested(s, ev->stream);
		quiesce_go_on(s, out);
		break;
	case SWE_STREAM_REFUSED:
		refused(s, ev, out);
		break;
	case SWE_STREAM_MOVED:
		sw_stream_moved(s, ev->stream);
		quiesce_go_on(s, out);
		break;
	case SWE_STREAM_NEW:
		if (stream_new(s, ev, out))
			quiesce_go_on(s, out);
		break;
	case SWE_STREAM_GONE:
		sw_stream_gone(s, ev->stream);
		quiesce_go_on(s, out);
		break;
	case SWE_WORKER_DIED:
		worker_lost(s);
		abandon(s, TACET_ERR_UCM_FAILED, 0, out);
		break;
	case SWE_DEADLINE:
		if (current_is_late(s, ev))
			out_of_time(s, out);
		break;
	case SWE_SHUTDOWN:
		abandon(s, TACET_ERR_CANCELLED, 0, out);
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

static void verify_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_CHECK_OK:
		if (ev->check == s->check)
			apply_begin(s, out);
		break;
	case SWE_STREAM_MOVED:
		sw_stream_moved(s, ev->stream);
		if (!sw_streams_rest(s))
			quiesce_go_on(s, out);
		break;
	case SWE_STREAM_NEW:
		if (stream_new(s, ev, out))
			quiesce_go_on(s, out);
		break;
	case SWE_STREAM_GONE:
		sw_stream_gone(s, ev->stream);
		break;
	case SWE_WORKER_DIED:
		worker_lost(s);
		abandon(s, TACET_ERR_UCM_FAILED, 0, out);
		break;
	case SWE_DEADLINE:
		if (current_is_late(s, ev))
			out_of_time(s, out);
		break;
	case SWE_SHUTDOWN:
		abandon(s, TACET_ERR_CANCELLED, 0, out);
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

static void worker_is_late(struct sw *s, const struct sw_event *ev,
			   struct sw_actions *out)
{
	if (ev->deadline != DEADLINE_UCM)
		return;
	if (s->killing)
		route_lost(s, out); /* not even SIGKILL ends it */
	else
		kill_begin(s, out);
}

static void apply_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_APPLY_OK:
		if (s->killing)
			break;
		s->route_known = true;
		written_end(s, false, out);
		break;
	case SWE_APPLY_FAILED:
		if (!s->killing)
			rollback_begin(s, ev->error, out);
		break;
	case SWE_WORKER_DIED:
		restore_begin(s, out);
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

static void rollback_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_ROLLBACK_OK:
		if (!s->killing)
			written_end(s, true, out);
		break;
	case SWE_ROLLBACK_FAILED:
		if (!s->killing)
			kill_begin(s, out);
		break;
	case SWE_WORKER_DIED:
		restore_begin(s, out);
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

static void restore_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (ev->type) {
	case SWE_RESTORE_OK:
		if (s->killing)
			break;
		s->route_known = true;
		written_end(s, true, out);
		break;
	case SWE_RESTORE_FAILED:
		if (!s->killing)
			route_lost(s, out);
		break;
	case SWE_WORKER_DIED:
		route_lost(s, out);
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

static void resume_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
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
		worker_lost(s);
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
		commit_begin(s, out);
}

static void committed(struct sw *s, bool stored, struct sw_actions *out)
{
	s->journal_lost |= !stored;
	disarm(out, DEADLINE_RESUME, 0);
	finish(s, out);
}

static void commit_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
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
		worker_lost(s);
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

static void phase_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out)
{
	switch (s->phase) {
	case SW_IDLE:
		idle_step(s, ev, out);
		break;
	case SW_PLANNING:
		planning_step(s, ev, out);
		break;
	case SW_JOURNAL:
		journal_step(s, ev, out);
		break;
	case SW_QUIESCE:
		quiesce_step(s, ev, out);
		break;
	case SW_VERIFY:
		verify_step(s, ev, out);
		break;
	case SW_APPLY:
		apply_step(s, ev, out);
		break;
	case SW_ROLLBACK:
		rollback_step(s, ev, out);
		break;
	case SW_RESTORE:
		restore_step(s, ev, out);
		break;
	case SW_RESUME:
		resume_step(s, ev, out);
		break;
	case SW_COMMIT:
		commit_step(s, ev, out);
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
		arm(out, DEADLINE_REQUEST, id);
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
		disarm(out, DEADLINE_REQUEST, s->current.id);
		break;
	case SW_APPLY:
	case SW_ROLLBACK:
	case SW_RESTORE:
		disarm(out, DEADLINE_UCM, 0);
		if (!s->killing)
			sw_push(out, SWA_KILL_WORKER);
		break;
	case SW_RESUME:
	case SW_COMMIT:
		disarm(out, DEADLINE_RESUME, 0);
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
		fresh(s);
	disarm_all(s, out);
	if (s->gate_closed)
		sw_push(out, SWA_GATE_OPEN);
	s->gate_closed = false;
	s->error = TACET_ERR_CARD_GONE;
	s->culprit = 0;
	finish(s, out);
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
