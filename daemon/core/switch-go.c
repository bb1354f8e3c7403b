/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * From one phase of a switch to the next.
 */
#include <string.h>

#include "core/switch-internal.h"

void sw_arm(struct sw_actions *out, enum sw_deadline d, uint64_t request)
{
	struct sw_action *a = sw_push(out, SWA_ARM);

	a->deadline = d;
	a->request = request;
}

void sw_disarm(struct sw_actions *out, enum sw_deadline d, uint64_t request)
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

void sw_queue_remove(struct sw *s, unsigned int i)
{
	s->n_queue--;
	memmove(&s->queue[i], &s->queue[i + 1], (s->n_queue - i) * sizeof(s->queue[0]));
	memset(&s->queue[s->n_queue], 0, sizeof(s->queue[0]));
}

void sw_plan_begin(struct sw *s, const struct sw_request *r, struct sw_actions *out)
{
	s->phase = SW_PLANNING;
	s->current = *r;
	s->plans_owed++;
	sw_push(out, SWA_PLAN)->request = r->id;
}

void sw_fresh(struct sw *s)
{
	s->live = s->outside = s->written = s->journal_lost = s->slipped = false;
	s->worker_lost = s->killing = s->undone = false;
	s->error = TACET_OK;
	s->culprit = 0;
	s->n_streams = 0;
}

void sw_finish(struct sw *s, struct sw_actions *out)
{
	about_current(s, out, SWA_REPORT);
	if (s->n_queue) {
		struct sw_request r = s->queue[0];

		sw_queue_remove(s, 0);
		sw_plan_begin(s, &r, out);
		return;
	}
	memset(&s->current, 0, sizeof(s->current));
	s->phase = SW_IDLE;
}

void sw_finish_unplanned(struct sw *s, enum tacet_error_code error,
			 struct sw_actions *out)
{
	sw_fresh(s);
	s->error = error;
	sw_disarm(out, DEADLINE_REQUEST, s->current.id);
	sw_finish(s, out);
}

void sw_commit_begin(struct sw *s, struct sw_actions *out)
{
	s->phase = SW_COMMIT;
	if (s->gate_closed)
		sw_push(out, SWA_GATE_OPEN);
	s->gate_closed = false;
	sw_arm(out, DEADLINE_RESUME, 0);
	s->journals_owed++;
	about_current(s, out, SWA_COMMIT);
}

void sw_resume_begin(struct sw *s, bool undone, struct sw_actions *out)
{
	s->phase = SW_RESUME;
	s->undone = undone;
	if (sw_streams_resume(s, out))
		sw_arm(out, DEADLINE_RESUME, 0);
	else
		sw_commit_begin(s, out);
}

void sw_abandon(struct sw *s, enum tacet_error_code error, uint32_t culprit,
		struct sw_actions *out)
{
	s->error = error;
	s->culprit = culprit;
	sw_disarm(out, DEADLINE_REQUEST, s->current.id);
	sw_resume_begin(s, true, out);
}

void sw_journal_begin(struct sw *s, struct sw_actions *out)
{
	s->phase = SW_JOURNAL;
	s->journals_owed++;
	about_current(s, out, SWA_JOURNAL);
}

void sw_apply_begin(struct sw *s, struct sw_actions *out)
{
	s->phase = SW_APPLY;
	s->written = true;
	sw_disarm(out, DEADLINE_REQUEST, s->current.id);
	sw_arm(out, DEADLINE_UCM, 0);
	about_current(s, out, SWA_APPLY);
}

static void verify_begin(struct sw *s, struct sw_actions *out)
{
	s->phase = SW_VERIFY;
	sw_push(out, SWA_CHECK)->check = ++s->check;
}

void sw_quiesce_go_on(struct sw *s, struct sw_actions *out)
{
	s->phase = SW_QUIESCE;
	sw_streams_quiesce(s, out);
	if (sw_streams_rest(s))
		verify_begin(s, out);
}

void sw_rollback_begin(struct sw *s, enum tacet_error_code error, struct sw_actions *out)
{
	s->phase = SW_ROLLBACK;
	s->error = error ? error : TACET_ERR_UCM_FAILED;
	sw_arm(out, DEADLINE_UCM, 0);
	about_current(s, out, SWA_ROLLBACK);
}

void sw_restore_begin(struct sw *s, struct sw_actions *out)
{
	s->phase = SW_RESTORE;
	s->error = TACET_ERR_UCM_FAILED;
	s->worker_lost = true;
	s->killing = false;
	sw_arm(out, DEADLINE_UCM, 0);
	about_current(s, out, SWA_RESTORE);
}

void sw_kill_begin(struct sw *s, struct sw_actions *out)
{
	s->error = TACET_ERR_UCM_FAILED;
	s->worker_lost = true;
	s->killing = true;
	sw_arm(out, DEADLINE_UCM, 0);
	sw_push(out, SWA_KILL_WORKER);
}

void sw_written_end(struct sw *s, bool undone, struct sw_actions *out)
{
	sw_disarm(out, DEADLINE_UCM, 0);
	sw_resume_begin(s, undone, out);
}

void sw_route_lost(struct sw *s, bool undead, struct sw_actions *out)
{
	s->undead = undead;
	s->route_known = false;
	s->error = TACET_ERR_ROUTE_UNKNOWN;
	sw_written_end(s, true, out);
}

bool sw_worker_lost(struct sw *s)
{
	if (s->undead) {
		s->undead = false;
		return false;
	}
	s->worker_lost = true;
	s->route_known = false;
	return true;
}
