/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/* Fates of streams. The switch is always from the speaker to the earpiece in HiFi: device 0 keeps
 * a back end, the ringtone's device 1 loses its last one, device 9 is in no profile. */
#include <stdio.h>

#include "phone.h"
#include "test.h"

static const struct route ringing = { HIFI, BIT(SPEAKER) | BIT(MIC), BIT(RINGTONE) };

static struct plan plan;

static const struct plan_stream *fate_of(struct world_stream s, enum quiesce_mode mode,
					 bool live_rule)
{
	static struct world w;
	const struct request r = { .to = "Earpiece", .quiesce = mode };
	struct tacet_error e = { 0 };

	w = (struct world){ .card_id = "TacetPhone",
			    .repaired = live_rule || mode == QUIESCE_LIVE,
			    .live_rule = live_rule,
			    .n_streams = 1 };
	s.id = 7;
	w.stream[0] = s;
	if (plan_make(&phone, &ringing, true, &r, &w, &plan, &e) < 0)
		fail_msg("%s", e.message);
	assert_int_equal(plan.n_streams, 1);
	assert_int_equal(plan.stream[0].id, 7);
	assert_int_equal(plan.stream[0].kind, s.kind);
	return &plan.stream[0];
}

#define STREAM_OF(k, st, ...) \
	((struct world_stream){ .kind = k, .state = PCM_##st, ##__VA_ARGS__ })
#define LEASED(st, ...)	 STREAM_OF(STREAM_LEASED, st, ##__VA_ARGS__)
#define HELD(st, ...)	 STREAM_OF(STREAM_HELD, st, ##__VA_ARGS__)
#define FOREIGN(st, ...) STREAM_OF(STREAM_FOREIGN, st, ##__VA_ARGS__)

#define assert_fate(stream, mode, m, f, a)                                   \
	do {                                                                 \
		const struct plan_stream *ps = fate_of(stream, mode, false); \
		assert_string_equal(stream_method_name(ps->method),          \
				    stream_method_name(m));                  \
		assert_string_equal(stream_method_name(ps->fallback),        \
				    stream_method_name(f));                  \
		assert_int_equal(ps->after, a);                              \
	} while (0)

static void a_leased_stream_that_keeps_a_back_end_pauses_and_resumes(void **state)
{
	assert_fate(LEASED(RUNNING, .can_pause = true), QUIESCE_AUTO, METHOD_PAUSE,
		    METHOD_NONE, AFTER_RESUME);
	assert_fate(LEASED(RUNNING, .can_pause = true, .drain_hidden = true),
		    QUIESCE_AUTO, METHOD_PAUSE, METHOD_DRAIN, AFTER_RESUME);
}

static const struct plan_stream *fate_on_miscounting(struct world_stream s, bool live,
						     const char *to)
{
	static struct world w;
	struct request r = { 0 };
	struct tacet_error e = { 0 };

	snprintf(r.to, sizeof(r.to), "%s", to);
	w = (struct world){ .card_id = "TacetPhone",
			    .miscounts = true,
			    .repaired = live,
			    .live_rule = live,
			    .n_streams = 1 };
	w.stream[0] = s;
	if (plan_make(&phone, &ringing, true, &r, &w, &plan, &e) < 0)
		fail_msg("%s", e.message);
	return &plan.stream[0];
}

#define assert_miscounting(stream, m, a)                                \
	do {                                                            \
		const struct plan_stream *ps =                          \
			fate_on_miscounting(stream, false, "Earpiece"); \
		assert_string_equal(stream_method_name(ps->method),     \
				    stream_method_name(m));             \
		assert_int_equal(ps->after, a);                         \
	} while (0)
#define COPIED(st, ...) \
	LEASED(st, .can_pause = true, .drain_hidden = true, .halts = true, ##__VA_ARGS__)

static void where_pauses_are_miscounted_what_can_be_played_again_is_halted(void **state)
{
	assert_miscounting(COPIED(RUNNING), METHOD_HALT, AFTER_RESUME);
	assert_string_equal(stream_method_name(plan.stream[0].fallback), "drain");
	assert_miscounting(COPIED(RUNNING, .coarse = true), METHOD_PAUSE, AFTER_RESUME);
	assert_miscounting(LEASED(RUNNING, .can_pause = true), METHOD_PAUSE,
			   AFTER_RESUME);
	assert_miscounting(COPIED(RUNNING, .device = 2, .capture = true), METHOD_HALT,
			   AFTER_PARK);
	/* It ends empty, not paused. */
	assert_miscounting(COPIED(RUNNING, .device = 1), METHOD_PLAYOUT, AFTER_PARK);
	assert_fate(COPIED(RUNNING), QUIESCE_AUTO, METHOD_PAUSE, METHOD_DRAIN,
		    AFTER_RESUME);
}

static void
where_pauses_are_miscounted_a_paused_stream_is_halted_before_it_is_relinked(void **state)
{
	assert_miscounting(COPIED(PAUSED), METHOD_HALT, AFTER_LEAVE);
	assert_miscounting(COPIED(PAUSED, .paused_by_us = true), METHOD_HALT,
			   AFTER_RESUME);
	assert_miscounting(COPIED(PAUSED, .parked = true), METHOD_HALT, AFTER_RESUME);
	/* It gets no back end, and could not be prepared again without. */
	assert_miscounting(COPIED(PAUSED, .device = 1), METHOD_NONE, AFTER_LEAVE);
	assert_miscounting(COPIED(PAUSED, .coarse = true), METHOD_NONE, AFTER_LEAVE);
	assert_miscounting(COPIED(PREPARED), METHOD_NONE, AFTER_LEAVE);
	assert_miscounting(FOREIGN(PAUSED), METHOD_NONE, AFTER_LEAVE);
	assert_fate(COPIED(PAUSED), QUIESCE_AUTO, METHOD_NONE, METHOD_NONE, AFTER_LEAVE);
	/* Nothing is written, or the kernel is repaired. */
	assert_int_equal(fate_on_miscounting(COPIED(PAUSED), false, "Speaker")->method,
			 METHOD_NONE);
	assert_int_equal(fate_on_miscounting(COPIED(PAUSED), true, "Earpiece")->method,
			 METHOD_NONE);
}

static void under_another_programs_writes_all_goes_on_as_it_was(void **state)
{
	static struct world w;
	const struct request r = { .outside = true };
	struct tacet_error e = { 0 };

	w = (struct world){
		.card_id = "TacetPhone",
		.n_streams = 3,
		.stream = {
			LEASED(RUNNING, .id = 1, .device = 1, .can_pause = true),
			HELD(RUNNING, .id = 2, .device = 2),
			FOREIGN(RUNNING, .id = 3),
		},
	};
	assert_int_equal(plan_make(&phone, &ringing, false, &r, &w, &plan, &e), 0);
	assert_true(plan.outside);
	assert_false(plan.unchanged);
	assert_int_equal(plan.n_steps, 0);
	assert_true(route_equal(&plan.from, &plan.to));
	assert_int_equal(plan.stream[0].method, METHOD_PAUSE);
	assert_int_equal(plan.stream[0].after, AFTER_RESUME);
	assert_int_equal(plan.stream[1].method, METHOD_CLOSE);
	assert_int_equal(plan.stream[1].after, AFTER_REOPEN);
	assert_int_equal(plan.stream[2].method, METHOD_WAIT);
}

static void a_pcm_that_the_profile_never_names_is_taken_as_fed(void **state)
{
	assert_fate(LEASED(RUNNING, .device = 9, .can_pause = true), QUIESCE_AUTO,
		    METHOD_PAUSE, METHOD_NONE, AFTER_RESUME);
}

static void a_leased_stream_that_loses_its_last_back_end_is_played_out(void **state)
{
	assert_fate(LEASED(RUNNING, .device = 1, .can_pause = true, .drain_hidden = true),
		    QUIESCE_AUTO, METHOD_PLAYOUT, METHOD_DRAIN, AFTER_PARK);
}

static void capture_that_loses_its_back_end_has_nothing_to_play_out(void **state)
{
	assert_fate(LEASED(RUNNING, .device = 2, .capture = true, .can_pause = true),
		    QUIESCE_AUTO, METHOD_PAUSE, METHOD_NONE, AFTER_PARK);
}

static void hardware_that_cannot_pause_drains_behind_the_plugin(void **state)
{
	assert_fate(LEASED(RUNNING, .drain_hidden = true), QUIESCE_AUTO, METHOD_DRAIN,
		    METHOD_NONE, AFTER_RESUME);
	assert_fate(LEASED(RUNNING, .device = 1, .drain_hidden = true), QUIESCE_AUTO,
		    METHOD_DRAIN, METHOD_NONE, AFTER_PARK);
}

static void a_leased_stream_that_nothing_can_stop_is_only_watched(void **state)
{
	assert_fate(LEASED(RUNNING), QUIESCE_AUTO, METHOD_WAIT, METHOD_NONE, AFTER_LEAVE);
}

static void a_leased_stream_that_drains_by_itself_is_waited_for(void **state)
{
	assert_fate(LEASED(DRAINING, .can_pause = true, .drain_hidden = true),
		    QUIESCE_AUTO, METHOD_WAIT, METHOD_NONE, AFTER_LEAVE);
	assert_fate(LEASED(DRAINING, .can_pause = true), QUIESCE_DROP, METHOD_DROP,
		    METHOD_PAUSE, AFTER_RESUME);
}

static void a_forced_method_is_used_where_it_can(void **state)
{
	assert_fate(LEASED(RUNNING, .device = 1, .can_pause = true, .drain_hidden = true),
		    QUIESCE_PAUSE, METHOD_PAUSE, METHOD_DRAIN, AFTER_PARK);
	assert_fate(LEASED(RUNNING, .can_pause = true, .drain_hidden = true),
		    QUIESCE_DRAIN, METHOD_DRAIN, METHOD_PAUSE, AFTER_RESUME);
	assert_fate(LEASED(RUNNING, .drain_hidden = true), QUIESCE_DROP, METHOD_DROP,
		    METHOD_NONE, AFTER_RESUME);
	/* Where it cannot, as if nothing had been asked. */
	assert_fate(LEASED(RUNNING, .drain_hidden = true), QUIESCE_PAUSE, METHOD_DRAIN,
		    METHOD_NONE, AFTER_RESUME);
	assert_fate(LEASED(RUNNING, .can_pause = true), QUIESCE_DRAIN, METHOD_PAUSE,
		    METHOD_NONE, AFTER_RESUME);
}

static void a_held_stream_is_closed_in_any_state(void **state)
{
	assert_fate(HELD(RUNNING, .device = 0), QUIESCE_AUTO, METHOD_CLOSE, METHOD_NONE,
		    AFTER_REOPEN);
	assert_fate(HELD(XRUN, .device = 0), QUIESCE_DROP, METHOD_CLOSE, METHOD_NONE,
		    AFTER_REOPEN);
	assert_fate(HELD(RUNNING, .device = 1), QUIESCE_AUTO, METHOD_CLOSE, METHOD_NONE,
		    AFTER_LEAVE);
}

static void a_held_stream_not_open_yet_is_opened_after(void **state)
{
	assert_fate(HELD(CLOSED, .device = 0), QUIESCE_AUTO, METHOD_NONE, METHOD_NONE,
		    AFTER_REOPEN);
	assert_fate(HELD(CLOSED, .device = 1), QUIESCE_AUTO, METHOD_NONE, METHOD_NONE,
		    AFTER_LEAVE);
}

static void a_foreign_stream_is_only_watched(void **state)
{
	for (int mode = 0; mode < QUIESCE_LIVE; mode++) {
		assert_fate(FOREIGN(RUNNING, .can_pause = true), (enum quiesce_mode)mode,
			    METHOD_WAIT, METHOD_NONE, AFTER_LEAVE);
		assert_fate(FOREIGN(PREPARED), (enum quiesce_mode)mode, METHOD_NONE,
			    METHOD_NONE, AFTER_LEAVE);
		assert_int_equal(plan.stream[0].if_moves, METHOD_WAIT);
	}
}

static void what_does_not_move_is_not_touched_but_known(void **state)
{
	assert_fate(LEASED(PAUSED, .can_pause = true), QUIESCE_AUTO, METHOD_NONE,
		    METHOD_NONE, AFTER_LEAVE);
	assert_int_equal(plan.stream[0].if_moves, METHOD_PAUSE);
	assert_int_equal(plan.stream[0].if_moves_after, AFTER_RESUME);
	assert_fate(LEASED(PREPARED, .device = 1, .can_pause = true), QUIESCE_AUTO,
		    METHOD_NONE, METHOD_NONE, AFTER_LEAVE);
	assert_int_equal(plan.stream[0].if_moves, METHOD_PLAYOUT);
	assert_int_equal(plan.stream[0].if_moves_after, AFTER_PARK);
}

static void a_parked_stream_resumes_once_it_is_fed(void **state)
{
	assert_fate(LEASED(PAUSED, .parked = true), QUIESCE_AUTO, METHOD_NONE,
		    METHOD_NONE, AFTER_RESUME);
	assert_false(plan.stream[0].ours);
	assert_fate(LEASED(PAUSED, .device = 1, .parked = true), QUIESCE_AUTO,
		    METHOD_NONE, METHOD_NONE, AFTER_LEAVE);
}

static void what_an_earlier_daemon_paused_is_ours(void **state)
{
	assert_fate(LEASED(PAUSED, .paused_by_us = true), QUIESCE_AUTO, METHOD_NONE,
		    METHOD_NONE, AFTER_RESUME);
	assert_true(plan.stream[0].ours);
	assert_fate(LEASED(PAUSED, .device = 1, .paused_by_us = true), QUIESCE_AUTO,
		    METHOD_NONE, METHOD_NONE, AFTER_PARK);
	assert_true(plan.stream[0].ours);
}

static void a_live_switch_leaves_what_moves(void **state)
{
	assert_fate(LEASED(RUNNING, .can_pause = true), QUIESCE_LIVE, METHOD_LIVE,
		    METHOD_NONE, AFTER_LEAVE);
	assert_true(plan.live);
	assert_fate(FOREIGN(RUNNING), QUIESCE_LIVE, METHOD_LIVE, METHOD_NONE,
		    AFTER_LEAVE);
	assert_fate(HELD(RUNNING, .device = 0), QUIESCE_LIVE, METHOD_LIVE, METHOD_NONE,
		    AFTER_LEAVE);
	assert_fate(LEASED(PAUSED, .parked = true), QUIESCE_LIVE, METHOD_NONE,
		    METHOD_NONE, AFTER_RESUME);
}

static void live_is_refused_on_an_unrepaired_kernel(void **state)
{
	static struct world w;
	const struct request r = { .to = "Earpiece", .quiesce = QUIESCE_LIVE };
	struct tacet_error e;

	w = (struct world){ .live_rule = true };
	assert_int_equal(plan_make(&phone, &ringing, true, &r, &w, &plan, &e), -1);
	assert_int_equal(e.code, TACET_ERR_NOT_REPAIRED);
}

static void live_is_the_rule_only_where_wanted_and_repaired(void **state)
{
	static struct world w;
	struct request r = { .to = "Earpiece" };
	struct tacet_error e;

	for (int i = 0; i < 4; i++) {
		w = (struct world){ .repaired = i & 1, .live_rule = i & 2 };
		assert_int_equal(plan_make(&phone, &ringing, true, &r, &w, &plan, &e), 0);
		assert_int_equal(plan.live, i == 3);
	}
	r.quiesce = QUIESCE_PAUSE;
	assert_int_equal(plan_make(&phone, &ringing, true, &r, &w, &plan, &e), 0);
	assert_false(plan.live);
}

static void an_unchanged_route_touches_nothing(void **state)
{
	static struct world w;
	const struct request r = { .to = "Speaker" };
	struct tacet_error e;

	w = (struct world){ .card_id = "TacetPhone",
			    .n_streams = 4,
			    .stream = { LEASED(RUNNING, .id = 1, .can_pause = true),
					HELD(RUNNING, .id = 2), FOREIGN(RUNNING, .id = 3),
					LEASED(PAUSED, .id = 4, .parked = true) } };
	assert_int_equal(plan_make(&phone, &ringing, true, &r, &w, &plan, &e), 0);
	assert_true(plan.unchanged);
	for (int i = 0; i < 4; i++)
		assert_int_equal(plan.stream[i].method, METHOD_NONE);
	assert_int_equal(plan.stream[0].after, AFTER_LEAVE);
	assert_int_equal(plan.stream[3].after, AFTER_RESUME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_leased_stream_that_keeps_a_back_end_pauses_and_resumes),
		cmocka_unit_test(
			where_pauses_are_miscounted_what_can_be_played_again_is_halted),
		cmocka_unit_test(
			where_pauses_are_miscounted_a_paused_stream_is_halted_before_it_is_relinked),
		cmocka_unit_test(under_another_programs_writes_all_goes_on_as_it_was),
		cmocka_unit_test(a_pcm_that_the_profile_never_names_is_taken_as_fed),
		cmocka_unit_test(
			a_leased_stream_that_loses_its_last_back_end_is_played_out),
		cmocka_unit_test(capture_that_loses_its_back_end_has_nothing_to_play_out),
		cmocka_unit_test(hardware_that_cannot_pause_drains_behind_the_plugin),
		cmocka_unit_test(a_leased_stream_that_nothing_can_stop_is_only_watched),
		cmocka_unit_test(a_leased_stream_that_drains_by_itself_is_waited_for),
		cmocka_unit_test(a_forced_method_is_used_where_it_can),
		cmocka_unit_test(a_held_stream_is_closed_in_any_state),
		cmocka_unit_test(a_held_stream_not_open_yet_is_opened_after),
		cmocka_unit_test(a_foreign_stream_is_only_watched),
		cmocka_unit_test(what_does_not_move_is_not_touched_but_known),
		cmocka_unit_test(a_parked_stream_resumes_once_it_is_fed),
		cmocka_unit_test(what_an_earlier_daemon_paused_is_ours),
		cmocka_unit_test(a_live_switch_leaves_what_moves),
		cmocka_unit_test(live_is_refused_on_an_unrepaired_kernel),
		cmocka_unit_test(live_is_the_rule_only_where_wanted_and_repaired),
		cmocka_unit_test(an_unchanged_route_touches_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
