/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "callaudio/calls.h"

static const bool wants[CALL_STATE_MAX] = {
	[CALL_DIALING] = true,
	[CALL_ALERTING] = true,
	[CALL_ACTIVE] = true,
	[CALL_HELD] = true,
};

/* What the wish has to be, told from the states alone. */
static bool expected(const enum call_state *state, unsigned int n)
{
	bool any = false;

	for (unsigned int i = 0; i < n; i++)
		any |= wants[state[i]];
	return any;
}

/* Every set of up to three calls, and from each every single change: a call that comes, changes,
 * ends, is removed, or whose modem goes. */
static void every_change_from_every_state_is_right(void **state)
{
	static const char *const path[] = { "/call/0", "/call/1", "/call/2" };
	static const char *const modem[] = { "/modem/0", "/modem/0", "/modem/1" };
	unsigned int seen = 0;

	for (int a = 0; a < CALL_STATE_MAX; a++)
		for (int b = 0; b < CALL_STATE_MAX; b++)
			for (int c = 0; c < CALL_STATE_MAX; c++)
				for (int which = 0; which < 3; which++)
					for (int to = 0; to <= CALL_STATE_MAX + 1;
					     to++, seen++) {
						enum call_state now[3] = { a, b, c };
						struct calls calls = {};

						for (int i = 0; i < 3; i++)
							assert_true(calls_set(
								&calls, modem[i], path[i],
								now[i]));
						assert_int_equal(calls_want(&calls),
								 expected(now, 3));
						if (to < CALL_STATE_MAX) {
							/* One that ended is unknown: it is no
							 * longer to be changed. */
							if (now[which] != CALL_ENDED)
								now[which] = to;
							calls_change(&calls, path[which],
								     to);
						} else if (to == CALL_STATE_MAX) {
							now[which] = CALL_ENDED;
							calls_remove(&calls, path[which]);
						} else {
							for (int i = 0; i < 3; i++)
								if (modem[i] ==
								    modem[which])
									now[i] =
										CALL_ENDED;
							calls_remove_modem(&calls,
									   modem[which]);
						}
						assert_int_equal(calls_want(&calls),
								 expected(now, 3));
					}
	assert_int_equal(seen, CALL_STATE_MAX * CALL_STATE_MAX * CALL_STATE_MAX * 3 *
				       (CALL_STATE_MAX + 2));
}

static void a_call_that_is_told_again_keeps_what_is_known(void **state)
{
	struct calls calls = {};

	assert_true(calls_set(&calls, "/m", "/c", CALL_ACTIVE));
	assert_true(calls_set(&calls, "/m", "/c", CALL_UNKNOWN));
	assert_true(calls_want(&calls));
	assert_true(calls_set(&calls, "/m", "/c", CALL_ENDED));
	assert_int_equal(calls.n, 0);
	assert_true(calls_set(&calls, "/m", "/c", CALL_ENDED));
	assert_int_equal(calls.n, 0);
}

static void too_many_calls_and_too_long_paths_are_refused(void **state)
{
	struct calls calls = {};
	char path[CALL_PATH_MAX + 1];

	for (int i = 0; i < CALLS_MAX; i++) {
		snprintf(path, sizeof(path), "/c/%d", i);
		assert_true(calls_set(&calls, "/m", path, CALL_INCOMING));
	}
	assert_false(calls_set(&calls, "/m", "/one/more", CALL_ACTIVE));
	assert_false(calls_want(&calls));
	calls_remove(&calls, "/c/0");
	assert_true(calls_set(&calls, "/m", "/one/more", CALL_ACTIVE));
	assert_true(calls_want(&calls));
	calls.n = 0;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_false(calls_set(&calls, "/m", path, CALL_ACTIVE));
	assert_false(calls_set(&calls, path, "/c", CALL_ACTIVE));
	assert_int_equal(calls.n, 0);
}

static void states_of_the_services_are_understood(void **state)
{
	static const char *const ofono[] = {
		[CALL_DIALING] = "dialing",    [CALL_ALERTING] = "alerting",
		[CALL_INCOMING] = "incoming",  [CALL_WAITING] = "waiting",
		[CALL_ACTIVE] = "active",      [CALL_HELD] = "held",
		[CALL_ENDED] = "disconnected",
	};
	static const enum call_state mm[] = {
		CALL_UNKNOWN, CALL_DIALING, CALL_ALERTING, CALL_INCOMING,
		CALL_ACTIVE,  CALL_HELD,    CALL_WAITING,  CALL_ENDED,
	};

	for (int i = CALL_DIALING; i < CALL_STATE_MAX; i++)
		assert_int_equal(call_state_of_ofono(ofono[i]), i);
	assert_int_equal(call_state_of_ofono("singing"), CALL_UNKNOWN);
	for (int i = 0; i < 8; i++)
		assert_int_equal(call_state_of_modemmanager(i), mm[i]);
	assert_int_equal(call_state_of_modemmanager(-1), CALL_UNKNOWN);
	assert_int_equal(call_state_of_modemmanager(8), CALL_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_change_from_every_state_is_right),
		cmocka_unit_test(a_call_that_is_told_again_keeps_what_is_known),
		cmocka_unit_test(too_many_calls_and_too_long_paths_are_refused),
		cmocka_unit_test(states_of_the_services_are_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
