/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include "switch-steps.h"

static void a_plan_that_fails_is_reported(void **state)
{
	fresh_switch();
	step(REQUEST(1), SW_PLANNING, "arm request 1, plan 1");
	step(EV(PLAN_FAILED, .error = TACET_ERR_NO_SUCH_DEVICE), SW_IDLE,
	     "disarm request 1, report 1 NoSuchDevice");
	assert_true(s.route_known);
}

static void the_plan_of_an_abandoned_request_is_not_taken_for_the_next(void **state)
{
	fresh_switch();
	step(REQUEST(1), SW_PLANNING, "arm request 1, plan 1");
	step(REQUEST(2), SW_PLANNING, "arm request 2");
	step(LATE(1), SW_PLANNING, "disarm request 1, report 1 TimedOut, plan 2");
	step(PLANNED(PAUSED), SW_PLANNING, "");
	step(PLANNED_EMPTY, SW_JOURNAL, "journal 2");
}

static void a_journal_that_fails_costs_the_journal_not_the_switch(void **state)
{
	fresh_switch();
	step(REQUEST(1), SW_PLANNING, "arm request 1, plan 1");
	step(PLANNED(PAUSED), SW_JOURNAL, "journal 1");
	step(EV(JOURNAL_FAILED), SW_QUIESCE, "gate-close, quiesce 7 pause");
	assert_true(s.journal_lost);
}

static void a_commit_that_fails_is_told(void **state)
{
	applying();
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_FAILED), SW_IDLE, "disarm resume, report 1 ok");
	assert_true(s.journal_lost);
}

static void a_commit_that_hangs_is_told_and_its_late_answer_ignored(void **state)
{
	applying();
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(LATE_RESUME, SW_IDLE, "disarm resume, report 1 ok");
	assert_true(s.journal_lost);
	step(REQUEST(2), SW_PLANNING, "arm request 2, plan 2");
	step(PLANNED(PAUSED), SW_JOURNAL, "journal 2");
	step(EV(JOURNAL_OK), SW_JOURNAL, "");
	step(EV(JOURNAL_OK), SW_QUIESCE, "gate-close, quiesce 7 pause");
}

static void a_refused_pause_falls_back_to_drain(void **state)
{
	quiescing(PLANNED(PAUSED), "gate-close, quiesce 7 pause");
	step(STREAM(REFUSED, 7), SW_QUIESCE, "quiesce 7 drain");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
}

static void a_fallback_waits_for_its_turn(void **state)
{
	quiescing(PLANNED(PAUSED, SILENT), "gate-close, quiesce 7 pause");
	step(STREAM(MOVED, 8), SW_QUIESCE, "quiesce 8 wait");
	step(STREAM(REFUSED, 7), SW_QUIESCE, "");
	step(STREAM(RESTED, 8), SW_QUIESCE, "quiesce 7 drain");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
}

static void a_stream_that_refuses_all_ends_the_switch(void **state)
{
	quiescing(PLANNED(PAUSED, CLOSED),
		  "gate-close, quiesce 7 pause, quiesce 9 close");
	step(STREAM(RESTED, 9), SW_QUIESCE, "");
	step(STREAM(REFUSED, 7), SW_QUIESCE, "quiesce 7 drain");
	step(STREAM(REFUSED, 7), SW_RESUME,
	     "disarm request 1, resume 7, reopen 9, arm resume");
	step(STREAM(RESUMED, 7), SW_RESUME, "");
	step(STREAM(RESUMED, 9), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 Stuck 7");
	assert_true(switch_find_stream(&s, 7)->stuck);
	assert_false(s.written);
	assert_true(s.route_known);
}

static void a_foreign_stream_that_never_stops_is_busy_and_named(void **state)
{
	quiescing(PLANNED(PAUSED, WATCHED), "gate-close, quiesce 8 wait");
	/* What the switch waited for in vain cost stream 7 no sound. */
	step(LATE(1), SW_COMMIT, "disarm request 1, gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 Busy 8");
	assert_false(s.written);
}

static void a_drain_that_never_ends_is_stuck_and_named(void **state)
{
	quiescing(PLANNED(PAUSED, WATCHED), "gate-close, quiesce 8 wait");
	step(STREAM(RESTED, 8), SW_QUIESCE, "quiesce 7 pause");
	step(LATE(1), SW_RESUME, "disarm request 1, resume 7, arm resume");
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 Stuck 7");
}

static void time_that_ends_in_the_check_is_told(void **state)
{
	quiescing(PLANNED(PAUSED), "gate-close, quiesce 7 pause");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
	step(LATE(1), SW_RESUME, "disarm request 1, resume 7, arm resume");
	step(CHECK_OK, SW_RESUME, "");
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 TimedOut");
}

static void time_that_ends_in_the_journal_touches_nothing(void **state)
{
	fresh_switch();
	step(REQUEST(1), SW_PLANNING, "arm request 1, plan 1");
	step(PLANNED(PAUSED), SW_JOURNAL, "journal 1");
	step(LATE(1), SW_COMMIT, "disarm request 1, arm resume, commit 1");
	/* The first answer is still that of the intent. */
	step(EV(JOURNAL_OK), SW_COMMIT, "");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 TimedOut");
}

static void more_streams_than_fit_end_the_switch(void **state)
{
	quiescing(PLANNED(WATCHED), "gate-close, quiesce 8 wait");
	s.n_streams = WORLD_STREAMS_MAX;
	for (unsigned int i = 1; i < WORLD_STREAMS_MAX; i++)
		s.stream[i] = (struct sw_stream){ .id = 1000 + i, .phase = SS_GONE };
	step(EV(STREAM_NEW, .late = PAUSED), SW_COMMIT,
	     "disarm request 1, gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 Internal 7");
}

static void a_start_during_the_writes_is_a_slip(void **state)
{
	applying();
	step(STREAM(MOVED, 7), SW_APPLY, "");
	step(EV(STREAM_NEW, .late = WATCHED), SW_APPLY, "");
	assert_true(s.slipped);
	assert_true(switch_find_stream(&s, 7)->slipped);
	assert_true(switch_find_stream(&s, 8)->slipped);
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
}

static void a_stream_that_opens_silently_during_the_writes_is_no_slip(void **state)
{
	applying();
	step(EV(STREAM_NEW, .late = SILENT), SW_APPLY, "");
	assert_false(s.slipped);
	step(STREAM(MOVED, 8), SW_APPLY, "");
	assert_true(s.slipped);
}

static void a_step_that_fails_is_rolled_back(void **state)
{
	applying();
	step(EV(APPLY_FAILED), SW_ROLLBACK, "arm ucm, rollback 1");
	step(EV(ROLLBACK_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 UcmFailed");
	assert_true(s.route_known);
}

static void a_rollback_that_fails_ends_the_worker_and_restores(void **state)
{
	applying();
	step(EV(APPLY_FAILED), SW_ROLLBACK, "arm ucm, rollback 1");
	step(EV(ROLLBACK_FAILED), SW_ROLLBACK, "arm ucm, kill-worker");
	step(EV(WORKER_DIED), SW_RESTORE, "arm ucm, restore 1");
	step(EV(RESTORE_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	assert_true(s.route_known);
	assert_true(s.worker_lost);
	assert_int_equal(s.error, TACET_ERR_UCM_FAILED);
}

static void a_worker_that_hangs_is_killed_and_replaced(void **state)
{
	applying();
	step(LATE_UCM, SW_APPLY, "arm ucm, kill-worker");
	step(EV(APPLY_OK), SW_APPLY, ""); /* said too late */
	step(EV(WORKER_DIED), SW_RESTORE, "arm ucm, restore 1");
	step(EV(RESTORE_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
}

static void a_worker_that_dies_is_replaced_inside_the_rest(void **state)
{
	applying();
	step(EV(WORKER_DIED), SW_RESTORE, "arm ucm, restore 1");
	step(EV(RESTORE_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 UcmFailed");
	assert_true(s.route_known);
}

static void a_restore_that_fails_leaves_the_route_unknown_and_the_sound_on(void **state)
{
	applying();
	step(EV(WORKER_DIED), SW_RESTORE, "arm ucm, restore 1");
	step(EV(RESTORE_FAILED), SW_RESUME, "disarm ucm, resume 7, arm resume");
	assert_false(s.route_known);
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 RouteUnknown");
}

static void a_restore_that_hangs_is_killed_and_the_route_unknown(void **state)
{
	applying();
	step(EV(WORKER_DIED), SW_RESTORE, "arm ucm, restore 1");
	step(LATE_UCM, SW_RESTORE, "arm ucm, kill-worker");
	step(EV(RESTORE_OK), SW_RESTORE, "");
	step(EV(WORKER_DIED), SW_RESUME, "disarm ucm, resume 7, arm resume");
	assert_int_equal(s.error, TACET_ERR_ROUTE_UNKNOWN);
}

static void a_worker_that_not_even_sigkill_ends_does_not_hold_the_sound(void **state)
{
	applying();
	step(LATE_UCM, SW_APPLY, "arm ucm, kill-worker");
	step(LATE_UCM, SW_RESUME, "disarm ucm, resume 7, arm resume");
	assert_int_equal(s.error, TACET_ERR_ROUTE_UNKNOWN);
	assert_false(s.route_known);
}

static void nothing_is_written_while_a_killed_worker_lingers(void **state)
{
	a_worker_that_not_even_sigkill_ends_does_not_hold_the_sound(state);
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 RouteUnknown");
	step(REQUEST(2), SW_PLANNING, "arm request 2, plan 2");
	step(PLANNED(PAUSED), SW_COMMIT, "disarm request 2, arm resume, commit 2");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 2 UcmFailed");
	step(EV(WORKER_DIED), SW_IDLE, "");
	step(REQUEST(3), SW_PLANNING, "arm request 3, plan 3");
	step(PLANNED(PAUSED), SW_JOURNAL, "journal 3");
}

static void a_worker_that_dies_before_the_writes_ends_the_switch(void **state)
{
	quiescing(PLANNED(PAUSED), "gate-close, quiesce 7 pause");
	step(EV(WORKER_DIED), SW_RESUME, "disarm request 1, resume 7, arm resume");
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 UcmFailed");
	assert_false(s.route_known);
}

static void a_worker_that_dies_idle_makes_the_next_plan_start_from_scratch(void **state)
{
	fresh_switch();
	step(EV(WORKER_DIED), SW_IDLE, "");
	assert_false(s.route_known);
	applying();
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	assert_true(s.route_known);
}

static void a_stream_that_cannot_resume_fails_but_not_the_switch(void **state)
{
	applying();
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	step(STREAM(RESUME_FAILED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 ok");
	assert_int_equal(switch_find_stream(&s, 7)->phase, SS_FAILED);
}

static void a_stream_that_does_not_come_back_in_time_has_failed(void **state)
{
	applying();
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	step(LATE_RESUME, SW_COMMIT, "gate-open, arm resume, commit 1");
	assert_int_equal(switch_find_stream(&s, 7)->phase, SS_FAILED);
}

static void a_card_that_goes_away_ends_everything(void **state)
{
	applying();
	step(REQUEST(2), SW_APPLY, "arm request 2");
	step(EV(CARD_GONE), SW_IDLE,
	     "disarm request 2, answer 2 CardGone, disarm ucm, kill-worker, gate-open, "
	     "report 1 CardGone");
	assert_false(s.route_known);
	step(EV(APPLY_OK), SW_IDLE, "");
	assert_false(s.route_known);
}

static void a_card_that_goes_away_during_quiesce_is_let_go(void **state)
{
	quiescing(PLANNED(PAUSED), "gate-close, quiesce 7 pause");
	step(EV(CARD_GONE), SW_IDLE, "disarm request 1, gate-open, report 1 CardGone");
}

static void shutdown_before_the_writes_undoes(void **state)
{
	quiescing(PLANNED(PAUSED), "gate-close, quiesce 7 pause");
	step(REQUEST(2), SW_QUIESCE, "arm request 2");
	step(EV(SHUTDOWN), SW_RESUME,
	     "disarm request 2, answer 2 Cancelled, disarm request 1, resume 7, arm "
	     "resume");
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 Cancelled");
	step(REQUEST(3), SW_IDLE, "answer 3 Cancelled");
}

static void shutdown_during_the_writes_finishes_them(void **state)
{
	applying();
	step(EV(SHUTDOWN), SW_APPLY, "");
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 ok");
}

static void what_an_earlier_daemon_paused_goes_on_even_if_all_fails(void **state)
{
	struct plan_stream ours = QUIET;

	ours.ours = true;
	ours.after = AFTER_PARK;
	quiescing(PLANNED(ours, WATCHED), "gate-close, quiesce 8 wait");
	step(LATE(1), SW_RESUME, "disarm request 1, resume 7, arm resume");
}

static void late_answers_do_no_harm(void **state)
{
	fresh_switch();
	for (int t = 0; t < SWE_MAX; t++) {
		struct sw_event ev = { .type = (enum sw_event_type)t, .plan = &plan };
		struct sw_actions a;

		if (t == SWE_REQUEST || t == SWE_SHUTDOWN)
			continue;
		switch_step(&s, &ev, &a);
		assert_int_equal(a.n, 0);
		assert_int_equal(s.phase, SW_IDLE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_that_fails_is_reported),
		cmocka_unit_test(
			the_plan_of_an_abandoned_request_is_not_taken_for_the_next),
		cmocka_unit_test(a_journal_that_fails_costs_the_journal_not_the_switch),
		cmocka_unit_test(a_commit_that_fails_is_told),
		cmocka_unit_test(a_commit_that_hangs_is_told_and_its_late_answer_ignored),
		cmocka_unit_test(a_refused_pause_falls_back_to_drain),
		cmocka_unit_test(a_fallback_waits_for_its_turn),
		cmocka_unit_test(a_stream_that_refuses_all_ends_the_switch),
		cmocka_unit_test(a_foreign_stream_that_never_stops_is_busy_and_named),
		cmocka_unit_test(a_drain_that_never_ends_is_stuck_and_named),
		cmocka_unit_test(time_that_ends_in_the_check_is_told),
		cmocka_unit_test(time_that_ends_in_the_journal_touches_nothing),
		cmocka_unit_test(more_streams_than_fit_end_the_switch),
		cmocka_unit_test(a_start_during_the_writes_is_a_slip),
		cmocka_unit_test(
			a_stream_that_opens_silently_during_the_writes_is_no_slip),
		cmocka_unit_test(a_step_that_fails_is_rolled_back),
		cmocka_unit_test(a_rollback_that_fails_ends_the_worker_and_restores),
		cmocka_unit_test(a_worker_that_hangs_is_killed_and_replaced),
		cmocka_unit_test(a_worker_that_dies_is_replaced_inside_the_rest),
		cmocka_unit_test(
			a_restore_that_fails_leaves_the_route_unknown_and_the_sound_on),
		cmocka_unit_test(a_restore_that_hangs_is_killed_and_the_route_unknown),
		cmocka_unit_test(
			a_worker_that_not_even_sigkill_ends_does_not_hold_the_sound),
		cmocka_unit_test(nothing_is_written_while_a_killed_worker_lingers),
		cmocka_unit_test(a_worker_that_dies_before_the_writes_ends_the_switch),
		cmocka_unit_test(
			a_worker_that_dies_idle_makes_the_next_plan_start_from_scratch),
		cmocka_unit_test(a_stream_that_cannot_resume_fails_but_not_the_switch),
		cmocka_unit_test(a_stream_that_does_not_come_back_in_time_has_failed),
		cmocka_unit_test(a_card_that_goes_away_ends_everything),
		cmocka_unit_test(a_card_that_goes_away_during_quiesce_is_let_go),
		cmocka_unit_test(shutdown_before_the_writes_undoes),
		cmocka_unit_test(shutdown_during_the_writes_finishes_them),
		cmocka_unit_test(what_an_earlier_daemon_paused_goes_on_even_if_all_fails),
		cmocka_unit_test(late_answers_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
