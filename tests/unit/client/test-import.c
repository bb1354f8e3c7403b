/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "import/profile.h"
#include "util/cleanup.h"

static struct paths paths;
static struct notes notes;
static struct profile profile;
static char error[512];

static int forget(void **state)
{
	profile_clear(&profile);
	notes_clear(&notes);
	paths_clear(&paths);
	return 0;
}

static int parse(const char *xml)
{
	return paths_parse(xml, strlen(xml), &paths, &notes, error, sizeof(error));
}

static void make(const char *xml)
{
	struct wishes none = { 0 };

	assert_int_equal(parse(xml), 0);
	profile_make(&paths, &none, &profile, &notes);
}

static void assert_cset(const struct setting *setting, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t at = 0;

	assert_null(cset_text(setting, false, &at, &text));
	assert_string_equal(text, expected);
}

static void values_are_decimal_names_are_quoted(void **state)
{
	assert_cset(&(struct setting){ .name = "A", .all = "0x10" }, "name='A' 16");
	assert_cset(&(struct setting){ .name = "A", .all = "-3" }, "name='A' -3");
	assert_cset(&(struct setting){ .name = "A", .all = "A, B" }, "name='A' 'A, B'");
	assert_cset(&(struct setting){ .name = "it's", .all = "1" }, "name=\"it's\" 1");
}

static void values_with_gaps_take_several_csets(void **state)
{
	char *values[] = { NULL, "1", "2", NULL, "4" };
	struct setting setting = { "A", NULL, values, ARRAY_SIZE(values), 1 };
	static const char *const expected[] = { "name='A' ,1,2", "name='A' ,,,,4" };
	size_t at = 0;
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_null(cset_text(&setting, false, &at, &text));
		assert_string_equal(text, expected[i]);
		free(text);
	}
	assert_null(cset_text(&setting, false, &at, &text));
	assert_null(text);
}

static void one_value_after_all_is_set_last(void **state)
{
	char *values[] = { "7" };
	struct setting setting = { "A", "3", values, 1, 1 };
	size_t at = 0;
	char *text;

	assert_null(cset_text(&setting, false, &at, &text));
	assert_string_equal(text, "name='A' 3");
	free(text);
	assert_null(cset_text(&setting, false, &at, &text));
	assert_string_equal(text, "name='A' 7,");
	free(text);
}

static void bytes_are_read_as_hexadecimal(void **state)
{
	char *text;
	size_t at = 0;

	assert_null(cset_text(&(struct setting){ .name = "A", .all = "1f" }, true, &at,
			      &text));
	assert_string_equal(text, "name='A' 31");
	free(text);
	at = 0;
	assert_non_null(cset_text(&(struct setting){ .name = "A", .all = "100" }, true,
				  &at, &text));
	assert_null(text);
}

static void what_a_cset_cannot_say_is_refused(void **state)
{
	static const struct setting bad[] = {
		{ .name = "both ' and \"", .all = "1" },
		{ .name = "line\nbreak", .all = "1" },
		{ .name = "${CardId}", .all = "1" },
		{ .name = "A", .all = "both ' and \"" },
		{ .name = "12345678901234567890123456789012345678901234", .all = "1" },
	};
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		size_t at = 0;

		assert_non_null(cset_text(&bad[i], false, &at, &text));
		assert_null(text);
	}
}

static void a_path_takes_in_only_what_stands_above(void **state)
{
	assert_int_equal(parse("<mixer>\n"
			       "<path name='a'><ctl name='x' value='1'/></path>\n"
			       "<path name='b'><path name='a'/><path name='c'/></path>\n"
			       "<path name='c'><ctl name='y' value='1'/></path>\n"
			       "</mixer>"),
			 0);
	assert_int_equal(paths_find(&paths, "b")->settings.n, 1);
	assert_int_equal(notes.n, 1);
	assert_int_equal(notes.at[0].line, 3);
}

static void a_control_that_comes_twice_ends_what_is_taken_in(void **state)
{
	assert_int_equal(
		parse("<mixer><path name='a'><ctl name='x' value='1'/>"
		      "<ctl name='y' value='1'/><ctl name='z' value='1'/></path>"
		      "<path name='b'><ctl name='y' value='2'/><path name='a'/></path>"
		      "</mixer>"),
		0);
	/* y, then x; z is lost, as on Android. */
	assert_int_equal(paths_find(&paths, "b")->settings.n, 2);
	assert_int_equal(notes.n, 1);
}

static void a_file_of_another_kind_is_refused_with_its_line(void **state)
{
	assert_int_equal(parse("<?xml version='1.0'?>\n<audio/>"), -1);
	assert_string_equal(error,
			    "2: not a mixer_paths file: <audio> instead of <mixer>");
	paths_clear(&paths);
	assert_int_equal(parse("<mixer>\n<path name='a'>\n</mixer>"), -1);
	assert_string_equal(error, "3: mismatched tag");
	paths_clear(&paths);
	assert_int_equal(parse(""), -1);
	paths_clear(&paths);
	assert_int_equal(parse("<!DOCTYPE m [<!ENTITY a 'aa'>]>\n<mixer/>"), -1);
	assert_string_equal(error,
			    "1: it declares the entity a; no mixer_paths file needs one");
}

static void disabling_goes_back_in_the_opposite_order(void **state)
{
	const struct device *device;

	make("<mixer><ctl name='amp' value='0'/><ctl name='route' value='0'/>"
	     "<path name='speaker'><ctl name='amp' value='1'/></path>"
	     "<path name='deep-buffer-playback'><ctl name='route' "
	     "value='1'/></path></mixer>");
	assert_int_equal(profile.num_verbs, 1);
	device = &profile.verbs[0].devices[0];
	assert_string_equal(device->enable.at[0], "name='amp' 1");
	assert_string_equal(device->enable.at[1], "name='route' 1");
	assert_string_equal(device->disable.at[0], "name='route' 0");
	assert_string_equal(device->disable.at[1], "name='amp' 0");
	assert_int_equal(notes.n, 0);
}

static void a_use_case_of_the_device_goes_before_the_one_for_all(void **state)
{
	make("<mixer><path name='speaker'/><path name='handset'/>"
	     "<path name='deep-buffer-playback'><ctl name='s' value='1'/></path>"
	     "<path name='deep-buffer-playback handset'><ctl name='h' value='1'/></path>"
	     "</mixer>");
	assert_string_equal(profile.verbs[0].devices[0].enable.at[0], "name='s' 1");
	assert_string_equal(profile.verbs[0].devices[1].enable.at[0], "name='h' 1");
}

static void a_rule_of_the_command_line_comes_first(void **state)
{
	struct rule rule = { "speaker", "Cinema", "Beamer", OUTPUT, 1 };
	struct wishes wishes = { .rules = &rule, .num_rules = 1 };

	assert_int_equal(parse("<mixer><path name='speaker'/></mixer>"), 0);
	profile_make(&paths, &wishes, &profile, &notes);
	assert_int_equal(profile.num_verbs, 1);
	assert_string_equal(profile.verbs[0].name, "Cinema");
	assert_string_equal(profile.verbs[0].devices[0].name, "Beamer");
}

static void a_control_without_a_first_value_is_told(void **state)
{
	make("<mixer>\n<path name='speaker'>\n<ctl name='x' value='1'/></path></mixer>");
	assert_int_equal(notes.n, 1);
	assert_int_equal(notes.at[0].line, 3);
	assert_int_equal(profile.verbs[0].devices[0].disable.n, 0);
}

static void controls_that_no_path_touches_are_defaults(void **state)
{
	make("<mixer><ctl name='x' value='1'/><path name='speaker'/></mixer>");
	assert_int_equal(profile.defaults.n, 1);
	assert_string_equal(profile.defaults.at[0], "name='x' 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_decimal_names_are_quoted),
		cmocka_unit_test(values_with_gaps_take_several_csets),
		cmocka_unit_test(one_value_after_all_is_set_last),
		cmocka_unit_test(bytes_are_read_as_hexadecimal),
		cmocka_unit_test(what_a_cset_cannot_say_is_refused),
		cmocka_unit_test_teardown(a_path_takes_in_only_what_stands_above, forget),
		cmocka_unit_test_teardown(
			a_control_that_comes_twice_ends_what_is_taken_in, forget),
		cmocka_unit_test_teardown(a_file_of_another_kind_is_refused_with_its_line,
					  forget),
		cmocka_unit_test_teardown(disabling_goes_back_in_the_opposite_order,
					  forget),
		cmocka_unit_test_teardown(
			a_use_case_of_the_device_goes_before_the_one_for_all, forget),
		cmocka_unit_test_teardown(a_rule_of_the_command_line_comes_first, forget),
		cmocka_unit_test_teardown(a_control_without_a_first_value_is_told,
					  forget),
		cmocka_unit_test_teardown(controls_that_no_path_touches_are_defaults,
					  forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
