/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include "switch-steps.h"

static void a_switch_goes_from_request_to_report(void **state)
{
	applying();
	assert_true(s.written);
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 ok");
	assert_true(s.route_known);
	assert_int_equal(switch_find_stream(&s, 7)->phase, SS_DONE);
}

static void a_card_without_streams_is_switched_at_once(void **state)
{
	fresh_switch();
	step(REQUEST(1), SW_PLANNING, "arm request 1, plan 1");
	step(PLANNED_EMPTY, SW_JOURNAL, "journal 1");
	step(EV(JOURNAL_OK), SW_VERIFY, "gate-close, check");
	step(CHECK_OK, SW_APPLY, "disarm request 1, arm ucm, apply 1");
	step(EV(APPLY_OK), SW_COMMIT, "disarm ucm, gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 ok");
}

static void every_kind_rests_before_the_check(void **state)
{
	quiescing(PLANNED(PAUSED, WATCHED, CLOSED), "gate-close, quiesce 8 wait");
	step(STREAM(RESTED, 8), SW_QUIESCE, "quiesce 7 pause, quiesce 9 close");
	step(STREAM(RESTED, 9), SW_QUIESCE, "");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
	step(CHECK_OK, SW_APPLY, "disarm request 1, arm ucm, apply 1");
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, reopen 9, arm resume");
	step(STREAM(RESUMED, 9), SW_RESUME, "");
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
}

static void who_falls_silent_at_once_does_so_last(void **state)
{
	struct plan_stream played_out = PAUSED;

	played_out.id = 6;
	played_out.method = METHOD_PLAYOUT;
	quiescing(PLANNED(played_out, PAUSED, WATCHED), "gate-close, quiesce 8 wait");
	step(STREAM(RESTED, 8), SW_QUIESCE, "quiesce 6 playout");
	step(STREAM(RESTED, 6), SW_QUIESCE, "quiesce 7 pause");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
}

static void what_another_program_writes_leaves_no_known_route(void **state)
{
	struct sw_event ev = PLANNED(PAUSED);

	plan.outside = true;
	quiescing(ev, "gate-close, quiesce 7 pause");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
	step(CHECK_OK, SW_APPLY, "disarm request 1, arm ucm, apply 1");
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	assert_false(s.route_known);
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 ok");
	/* The next switch knows what it sets. */
	step(REQUEST(2), SW_PLANNING, "arm request 2, plan 2");
	step(PLANNED_EMPTY, SW_JOURNAL, "journal 2");
	assert_false(s.outside);
}

static void a_dry_run_touches_nothing(void **state)
{
	fresh_switch();
	step(REQUEST(1, .dry_run = true), SW_PLANNING, "arm request 1, plan 1");
	step(PLANNED(PAUSED), SW_IDLE, "disarm request 1, report 1 ok");
	assert_false(s.written);
}

static void an_unchanged_route_is_reported_at_once(void **state)
{
	struct sw_event ev = PLANNED(QUIET);

	fresh_switch();
	plan.unchanged = true;
	step(REQUEST(1), SW_PLANNING, "arm request 1, plan 1");
	step(ev, SW_IDLE, "disarm request 1, report 1 ok");
}

static void an_unchanged_route_still_wakes_what_was_parked(void **state)
{
	struct plan_stream parked = QUIET;
	struct sw_event ev;

	parked.after = AFTER_RESUME;
	ev = PLANNED(parked);
	plan.unchanged = true;
	fresh_switch();
	step(REQUEST(1), SW_PLANNING, "arm request 1, plan 1");
	step(ev, SW_RESUME, "disarm request 1, resume 7, arm resume");
	step(STREAM(RESUMED, 7), SW_COMMIT, "arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_IDLE, "disarm resume, report 1 ok");
}

static void a_live_switch_goes_from_journal_to_apply(void **state)
{
	struct plan_stream live = PAUSED;
	struct sw_event ev;

	live.method = METHOD_LIVE;
	live.after = AFTER_LEAVE;
	ev = PLANNED(live);
	plan.live = true;
	fresh_switch();
	step(REQUEST(1), SW_PLANNING, "arm request 1, plan 1");
	step(ev, SW_JOURNAL, "journal 1");
	step(EV(JOURNAL_OK), SW_APPLY, "disarm request 1, arm ucm, apply 1");
	step(STREAM(MOVED, 7), SW_APPLY, "");
	step(EV(APPLY_OK), SW_COMMIT, "disarm ucm, arm resume, commit 1");
	assert_false(s.slipped);
}

static void what_lost_its_last_back_end_is_parked(void **state)
{
	struct plan_stream park = PAUSED;

	park.method = METHOD_PLAYOUT;
	park.after = AFTER_PARK;
	quiescing(PLANNED(park), "gate-close, quiesce 7 playout");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
	step(CHECK_OK, SW_APPLY, "disarm request 1, arm ucm, apply 1");
	step(EV(APPLY_OK), SW_COMMIT,
	     "disarm ucm, park 7, gate-open, arm resume, commit 1");
}

static void what_would_have_been_parked_resumes_when_undone(void **state)
{
	struct plan_stream park = PAUSED;

	park.method = METHOD_PLAYOUT;
	park.after = AFTER_PARK;
	quiescing(PLANNED(park), "gate-close, quiesce 7 playout");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
	step(CHECK_OK, SW_APPLY, "disarm request 1, arm ucm, apply 1");
	step(EV(APPLY_FAILED), SW_ROLLBACK, "arm ucm, rollback 1");
	step(EV(ROLLBACK_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
}

static void a_stream_that_starts_while_others_stop_is_stopped_too(void **state)
{
	quiescing(PLANNED(QUIET, WATCHED), "gate-close, quiesce 8 wait");
	step(STREAM(MOVED, 7), SW_QUIESCE, "");
	step(STREAM(RESTED, 8), SW_QUIESCE, "quiesce 7 pause");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
	step(CHECK_OK, SW_APPLY, "disarm request 1, arm ucm, apply 1");
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
}

static void a_stream_found_moving_by_the_check_goes_back_to_quiesce(void **state)
{
	quiescing(PLANNED(PAUSED, SILENT), "gate-close, quiesce 7 pause");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
	step(STREAM(MOVED, 8), SW_QUIESCE, "quiesce 8 wait");
	step(STREAM(MOVED, 7), SW_QUIESCE, "");
	step(STREAM(RESTED, 8), SW_QUIESCE, "quiesce 7 pause");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
}

static void the_answer_to_an_earlier_check_does_not_count(void **state)
{
	uint32_t first;

	quiescing(PLANNED(PAUSED, SILENT), "gate-close, quiesce 7 pause");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
	first = s.check;
	step(STREAM(MOVED, 8), SW_QUIESCE, "quiesce 8 wait");
	step(STREAM(RESTED, 8), SW_VERIFY, "check");
	step(EV(CHECK_OK, .check = first), SW_VERIFY, "");
	step(CHECK_OK, SW_APPLY, "disarm request 1, arm ucm, apply 1");
}

static void a_new_stream_joins_the_quiesce(void **state)
{
	quiescing(PLANNED(PAUSED), "gate-close, quiesce 7 pause");
	step(EV(STREAM_NEW, .late = WATCHED), SW_QUIESCE, "quiesce 8 wait");
	step(STREAM(RESTED, 7), SW_QUIESCE, "");
	step(STREAM(RESTED, 8), SW_VERIFY, "check");
}

static void a_new_stream_found_by_the_check_is_checked_again(void **state)
{
	quiescing(PLANNED(PAUSED), "gate-close, quiesce 7 pause");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
	step(EV(STREAM_NEW, .late = SILENT), SW_VERIFY, "check");
	step(EV(STREAM_NEW, .late = CLOSED), SW_QUIESCE, "quiesce 9 close");
	step(STREAM(RESTED, 9), SW_VERIFY, "check");
}

static void a_stream_that_stops_by_itself_before_is_left_alone(void **state)
{
	fresh_switch();
	step(REQUEST(1), SW_PLANNING, "arm request 1, plan 1");
	step(PLANNED(PAUSED), SW_JOURNAL, "journal 1");
	step(STREAM(RESTED, 7), SW_JOURNAL, "");
	step(EV(JOURNAL_OK), SW_VERIFY, "gate-close, check");
	step(CHECK_OK, SW_APPLY, "disarm request 1, arm ucm, apply 1");
	step(EV(APPLY_OK), SW_COMMIT, "disarm ucm, gate-open, arm resume, commit 1");
}

static void a_held_stream_that_stands_still_is_closed_all_the_same(void **state)
{
	fresh_switch();
	step(REQUEST(1), SW_PLANNING, "arm request 1, plan 1");
	step(PLANNED(CLOSED), SW_JOURNAL, "journal 1");
	step(STREAM(RESTED, 9), SW_JOURNAL, "");
	step(EV(JOURNAL_OK), SW_QUIESCE, "gate-close, quiesce 9 close");
}

static void a_stream_that_goes_away_is_not_waited_for(void **state)
{
	quiescing(PLANNED(PAUSED, WATCHED), "gate-close, quiesce 8 wait");
	step(STREAM(GONE, 8), SW_QUIESCE, "quiesce 7 pause");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
	step(CHECK_OK, SW_APPLY, "disarm request 1, arm ucm, apply 1");
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	step(STREAM(GONE, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	assert_int_equal(switch_find_stream(&s, 7)->phase, SS_GONE);
}

static void requests_queue_and_are_taken_in_order(void **state)
{
	applying();
	step(REQUEST(2), SW_APPLY, "arm request 2");
	step(REQUEST(3), SW_APPLY, "arm request 3");
	step(EV(APPLY_OK), SW_RESUME, "disarm ucm, resume 7, arm resume");
	step(STREAM(RESUMED, 7), SW_COMMIT, "gate-open, arm resume, commit 1");
	step(EV(JOURNAL_OK), SW_PLANNING, "disarm resume, report 1 ok, plan 2");
	/* What the switch left behind is still there for its report. */
	assert_int_equal(s.n_streams, 1);
	assert_true(s.written);
	step(PLANNED_EMPTY, SW_JOURNAL, "journal 2");
	assert_int_equal(s.n_streams, 0);
	assert_false(s.written);
}

static void a_later_request_replaces_one_that_waits(void **state)
{
	applying();
	step(REQUEST(2), SW_APPLY, "arm request 2");
	step(REQUEST(3), SW_APPLY, "arm request 3");
	step(EV(REQUEST, .request.id = 4, .replaces = 2), SW_APPLY,
	     "disarm request 2, answer 2 Replaced, arm request 4");
	assert_int_equal(s.queue[0].id, 3);
	assert_int_equal(s.queue[1].id, 4);
}

static void the_running_switch_is_not_replaced(void **state)
{
	applying();
	step(EV(REQUEST, .request.id = 2, .replaces = 1), SW_APPLY, "arm request 2");
	assert_int_equal(s.current.id, 1);
}

static void a_full_queue_refuses(void **state)
{
	applying();
	for (unsigned int i = 0; i < SWITCH_QUEUE_MAX; i++) {
		struct sw_event ev = REQUEST(100 + i);
		struct sw_actions a;

		assert_false(switch_queue_full(&s));
		switch_step(&s, &ev, &a);
	}
	assert_true(switch_queue_full(&s));
	step(REQUEST(2), SW_APPLY, "answer 2 QueueFull");
	/* One that replaces makes its own room. */
	step(EV(REQUEST, .request.id = 3, .replaces = 100), SW_APPLY,
	     "disarm request 100, answer 100 Replaced, arm request 3");
	assert_true(switch_queue_full(&s));
}

static void a_request_that_waits_too_long_is_answered(void **state)
{
	applying();
	step(REQUEST(2), SW_APPLY, "arm request 2");
	step(LATE(2), SW_APPLY, "disarm request 2, answer 2 TimedOut");
	step(LATE(1), SW_APPLY, ""); /* its time is over once the writes begin */
}

static void a_client_that_leaves_takes_its_queued_requests_along(void **state)
{
	fresh_switch();
	step(REQUEST(1, .client = 5), SW_PLANNING, "arm request 1, plan 1");
	step(REQUEST(2, .client = 5), SW_PLANNING, "arm request 2");
	step(REQUEST(3, .client = 6), SW_PLANNING, "arm request 3");
	step(REQUEST(4, .client = 0), SW_PLANNING, "arm request 4");
	step(EV(CLIENT_GONE, .client = 5), SW_PLANNING,
	     "disarm request 2, answer 2 Cancelled");
	step(EV(CLIENT_GONE, .client = 0), SW_PLANNING, "");
	assert_int_equal(s.current.id, 1);
	assert_int_equal(s.n_queue, 2);
}

static void names_are_complete(void **state)
{
	for (int i = 0; i < SW_PHASE_MAX; i++)
		assert_non_null(sw_phase_name((enum sw_phase)i));
	for (int i = 0; i < SWE_MAX; i++)
		assert_non_null(sw_event_name((enum sw_event_type)i));
	for (int i = 0; i < SWA_MAX; i++)
		assert_non_null(sw_action_name((enum sw_action_type)i));
	assert_string_equal(sw_phase_name(SW_PHASE_MAX), "unknown");
	assert_string_equal(sw_event_name(SWE_MAX), "unknown");
	assert_string_equal(sw_action_name(SWA_MAX), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_goes_from_request_to_report),
		cmocka_unit_test(a_card_without_streams_is_switched_at_once),
		cmocka_unit_test(every_kind_rests_before_the_check),
		cmocka_unit_test(who_falls_silent_at_once_does_so_last),
		cmocka_unit_test(what_another_program_writes_leaves_no_known_route),
		cmocka_unit_test(a_dry_run_touches_nothing),
		cmocka_unit_test(an_unchanged_route_is_reported_at_once),
		cmocka_unit_test(an_unchanged_route_still_wakes_what_was_parked),
		cmocka_unit_test(a_live_switch_goes_from_journal_to_apply),
		cmocka_unit_test(what_lost_its_last_back_end_is_parked),
		cmocka_unit_test(what_would_have_been_parked_resumes_when_undone),
		cmocka_unit_test(a_stream_that_starts_while_others_stop_is_stopped_too),
		cmocka_unit_test(a_stream_found_moving_by_the_check_goes_back_to_quiesce),
		cmocka_unit_test(the_answer_to_an_earlier_check_does_not_count),
		cmocka_unit_test(a_new_stream_joins_the_quiesce),
		cmocka_unit_test(a_new_stream_found_by_the_check_is_checked_again),
		cmocka_unit_test(a_stream_that_stops_by_itself_before_is_left_alone),
		cmocka_unit_test(a_held_stream_that_stands_still_is_closed_all_the_same),
		cmocka_unit_test(a_stream_that_goes_away_is_not_waited_for),
		cmocka_unit_test(requests_queue_and_are_taken_in_order),
		cmocka_unit_test(a_later_request_replaces_one_that_waits),
		cmocka_unit_test(the_running_switch_is_not_replaced),
		cmocka_unit_test(a_full_queue_refuses),
		cmocka_unit_test(a_request_that_waits_too_long_is_answered),
		cmocka_unit_test(a_client_that_leaves_takes_its_queued_requests_along),
		cmocka_unit_test(names_are_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
