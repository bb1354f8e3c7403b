/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include <string.h>

#include "core/error.h"
#include "core/world.h"
#include "test.h"

static void every_code_has_its_own_bus_name(void **state)
{
	for (int i = 1; i < TACET_ERR_MAX; i++) {
		const char *name = tacet_error_name((enum tacet_error_code)i);

		assert_non_null(name);
		assert_memory_equal(name, "org.tacet1.Error.", 17);
		for (int j = 1; j < i; j++)
			assert_string_not_equal(
				name, tacet_error_name((enum tacet_error_code)j));
	}
	assert_string_equal(tacet_error_name(TACET_ERR_BUSY), "org.tacet1.Error.Busy");
}

static void a_code_that_does_not_exist_is_internal(void **state)
{
	assert_string_equal(tacet_error_name(TACET_ERR_MAX), "org.tacet1.Error.Internal");
	assert_string_equal(tacet_error_name((enum tacet_error_code) - 1),
			    "org.tacet1.Error.Internal");
}

static void a_message_too_long_is_cut(void **state)
{
	struct tacet_error e;
	char text[2 * sizeof(e.message)];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(tacet_error_set(&e, TACET_ERR_BUSY, "%s", text), -1);
	assert_int_equal(e.code, TACET_ERR_BUSY);
	assert_int_equal(strlen(e.message), sizeof(e.message) - 1);
}

static void only_running_and_draining_move(void **state)
{
	for (int i = 0; i < PCM_STATE_MAX; i++)
		assert_int_equal(pcm_state_moves((enum pcm_state)i),
				 i == PCM_RUNNING || i == PCM_DRAINING);
}

static void states_and_kinds_have_names(void **state)
{
	assert_string_equal(pcm_state_name(PCM_DRAINING), "draining");
	assert_string_equal(pcm_state_name(PCM_STATE_MAX), "unknown");
	assert_string_equal(stream_kind_name(STREAM_FOREIGN), "foreign");
	assert_string_equal(stream_kind_name(STREAM_KIND_MAX), "unknown");
	for (int i = 0; i < PCM_STATE_MAX; i++)
		assert_string_not_equal(pcm_state_name((enum pcm_state)i), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_its_own_bus_name),
		cmocka_unit_test(a_code_that_does_not_exist_is_internal),
		cmocka_unit_test(a_message_too_long_is_cut),
		cmocka_unit_test(only_running_and_draining_move),
		cmocka_unit_test(states_and_kinds_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
