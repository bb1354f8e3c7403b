/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include <errno.h>
#include <string.h>

#include "core/request.h"
#include "test.h"

#define NAMES(...)                                                                       \
	{                                                                                \
		.n = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), .name = { \
			__VA_ARGS__                                                      \
		}                                                                        \
	}

static void assert_invalid(const struct request *r, const char *word)
{
	struct tacet_error e = { 0 };

	assert_int_equal(request_check(r, &e), -1);
	assert_int_equal(e.code, TACET_ERR_INVALID_REQUEST);
	if (!strstr(e.message, word))
		fail_msg("\"%s\" is not in \"%s\"", word, e.message);
}

static void a_request_that_names_nothing_is_refused(void **state)
{
	assert_invalid(&(struct request){ .timeout_us = 5 }, "nothing to change");
}

static void a_restore_may_be_of_no_route_at_all(void **state)
{
	struct tacet_error e;

	assert_int_equal(request_check(&(struct request){ .restore = true }, &e), 0);
}

static void each_field_alone_makes_a_request(void **state)
{
	const struct request good[] = {
		{ .verb = "HiFi" },
		{ .to = "Speaker" },
		{ .enable = NAMES("Speaker") },
		{ .disable = NAMES("Speaker") },
		{ .enable_modifiers = NAMES("Play Ringtone") },
		{ .disable_modifiers = NAMES("Play Ringtone") },
		{ .to = "Speaker", .enable = NAMES("Speaker", "Mic") },
		{ .to = "Speaker", .quiesce = QUIESCE_LIVE, .timeout_us = 600000000 },
	};
	struct tacet_error e;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(request_check(&good[i], &e), 0);
}

static void a_name_given_twice_is_refused(void **state)
{
	assert_invalid(&(struct request){ .enable = NAMES("Mic", "Mic") }, "twice");
	assert_invalid(&(struct request){ .disable_modifiers = NAMES("A", "B", "A") },
		       "twice");
}

static void a_name_both_on_and_off_is_refused(void **state)
{
	assert_invalid(&(struct request){ .enable = NAMES("Mic"),
					  .disable = NAMES("Mic") },
		       "both enabled and disabled");
	assert_invalid(&(struct request){ .enable_modifiers = NAMES("X"),
					  .disable_modifiers = NAMES("X") },
		       "both enabled and disabled");
	assert_invalid(&(struct request){ .to = "Mic", .disable = NAMES("Mic") },
		       "both used and disabled");
}

static void a_name_that_is_empty_or_not_text_is_refused(void **state)
{
	struct request r = { .enable = { .n = 1 } };

	assert_invalid(&r, "empty");
	memset(r.enable.name[0], 'x', TACET_NAME_MAX);
	assert_invalid(&r, "too long");
	assert_invalid(&(struct request){ .to = "Spea\033[0mker" }, "not text");
	assert_invalid(&(struct request){ .verb = "Hi\nFi" }, "not text");
}

static void too_many_names_are_refused(void **state)
{
	assert_invalid(&(struct request){ .enable = { .n = REQUEST_NAMES + 1 } },
		       "more than 16");
}

static void a_timeout_beyond_ten_minutes_is_refused(void **state)
{
	assert_invalid(&(struct request){ .to = "Speaker", .timeout_us = 600000001 },
		       "600 seconds");
	assert_invalid(&(struct request){ .to = "Speaker", .timeout_us = UINT64_MAX },
		       "600 seconds");
}

static void a_mode_outside_the_enum_is_refused(void **state)
{
	assert_invalid(&(struct request){ .to = "Speaker", .quiesce = QUIESCE_MODE_MAX },
		       "quiesce");
}

static void mode_names_parse_back(void **state)
{
	for (int i = 0; i < QUIESCE_MODE_MAX; i++)
		assert_int_equal(
			quiesce_mode_parse(quiesce_mode_name((enum quiesce_mode)i)), i);
	assert_int_equal(quiesce_mode_parse("loud"), -EINVAL);
	assert_int_equal(quiesce_mode_parse(""), -EINVAL);
	assert_null(quiesce_mode_name(QUIESCE_MODE_MAX));
}

static void a_later_choice_of_the_same_things_is_the_same(void **state)
{
	const struct request to_a = { .to = "Speaker" }, to_b = { .to = "Earpiece" };
	const struct request on = { .enable = NAMES("Mic") };
	const struct request off = { .disable = NAMES("Mic", "Headset") };

	assert_true(request_same(&to_a, &to_b));
	assert_true(request_same(&on, &off));
	assert_true(request_same(&on, &on));
}

static void a_later_choice_of_other_things_is_not_the_same(void **state)
{
	const struct request to = { .to = "Speaker" }, verb = { .verb = "HiFi" };
	const struct request on = { .enable = NAMES("Mic") };
	const struct request off = { .disable = NAMES("Mic", "Headset") };
	const struct request modifier = { .enable_modifiers = NAMES("Mic") };

	assert_false(request_same(&to, &on));
	assert_false(request_same(&off, &on));
	assert_false(request_same(&verb, &to));
	assert_false(request_same(&to, &verb));
	assert_false(request_same(&modifier, &on));
}

static void dry_runs_and_restores_are_like_nothing(void **state)
{
	const struct request to = { .to = "Speaker" };
	const struct request dry = { .to = "Speaker", .dry_run = true };
	const struct request restore = { .to = "Speaker", .restore = true };

	assert_false(request_same(&to, &dry));
	assert_false(request_same(&dry, &to));
	assert_false(request_same(&restore, &to));
	assert_false(request_same(&to, &restore));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_that_names_nothing_is_refused),
		cmocka_unit_test(a_restore_may_be_of_no_route_at_all),
		cmocka_unit_test(each_field_alone_makes_a_request),
		cmocka_unit_test(a_name_given_twice_is_refused),
		cmocka_unit_test(a_name_both_on_and_off_is_refused),
		cmocka_unit_test(a_name_that_is_empty_or_not_text_is_refused),
		cmocka_unit_test(too_many_names_are_refused),
		cmocka_unit_test(a_timeout_beyond_ten_minutes_is_refused),
		cmocka_unit_test(a_mode_outside_the_enum_is_refused),
		cmocka_unit_test(mode_names_parse_back),
		cmocka_unit_test(a_later_choice_of_the_same_things_is_the_same),
		cmocka_unit_test(a_later_choice_of_other_things_is_not_the_same),
		cmocka_unit_test(dry_runs_and_restores_are_like_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
