/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "json.h"
#include "util/cleanup.h"

static int fds[2];

/* A connection to nobody: messages can be made with it, which is all we want. */
static int make_bus(void **state)
{
	sd_bus *bus;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fds[0], fds[0]) < 0 ||
	    sd_bus_start(bus) < 0)
		return -1;
	*state = bus;
	return 0;
}

static int drop_bus(void **state)
{
	sd_bus_close_unref(*state);
	close(fds[1]);
	return 0;
}

static sd_bus_message *new_message(void **state)
{
	sd_bus_message *m;

	assert_true(sd_bus_message_new_signal(*state, &m, "/a", "a.b", "C") >= 0);
	return m;
}

static void assert_body(sd_bus_message *m, const char *expected)
{
	_cleanup_json_ json_object *o = NULL;

	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	assert_int_equal(json_from_body(m, &o), 0);
	assert_string_equal(
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE),
		expected);
	sd_bus_message_unref(m);
}

static void every_basic_type_becomes_its_json(void **state)
{
	sd_bus_message *m = new_message(state);

	assert_true(sd_bus_message_append(m, "ybnqiuxtdsog", 200, 1, -3, 65535, -70000,
					  UINT32_MAX, INT64_MIN, UINT64_MAX, 1.5,
					  "te\"xt", "/org/tacet1", "a{sv}") >= 0);
	assert_body(m,
		    "[200,true,-3,65535,-70000,4294967295,-9223372036854775808,"
		    "18446744073709551615,1.5,\"te\\\"xt\",\"/org/tacet1\",\"a{sv}\"]");
}

static void containers_nest_and_variants_vanish(void **state)
{
	sd_bus_message *m = new_message(state);

	assert_true(sd_bus_message_append(m, "a{sv}", 5, "s", "s", "x", "list", "as", 2,
					  "a", "b", "empty", "as", 0, "deep", "v", "v",
					  "u", 7, "pairs", "a{sb}", 1, "Headphone Jack",
					  1) >= 0);
	assert_body(m, "{\"s\":\"x\",\"list\":[\"a\",\"b\"],\"empty\":[],\"deep\":7,"
		       "\"pairs\":{\"Headphone Jack\":true}}");
}

static void structures_become_arrays(void **state)
{
	sd_bus_message *m = new_message(state);

	assert_true(sd_bus_message_append(m, "a(tsss)", 2, UINT64_C(5), "request", "",
					  "x", UINT64_C(9), "write", "hw:0,0", "y") >= 0);
	assert_body(m, "[[5,\"request\",\"\",\"x\"],[9,\"write\",\"hw:0,0\",\"y\"]]");
}

static void keys_that_are_no_text_are_written_as_text(void **state)
{
	sd_bus_message *m = new_message(state);

	assert_true(sd_bus_message_append(m, "a{us}", 1, 17, "x") >= 0);
	assert_body(m, "{\"17\":\"x\"}");
}

static void an_empty_message_is_an_empty_array(void **state)
{
	assert_body(new_message(state), "[]");
}

static void readers_of_members_take_what_fits_and_nothing_else(void **state)
{
	_cleanup_json_ json_object *o = json_tokener_parse(
		"{\"s\":\"x\",\"n\":5,\"b\":true,\"a\":[\"p\",3],\"o\":{}}");

	assert_string_equal(json_str(o, "s"), "x");
	assert_string_equal(json_str(o, "n"), "");
	assert_string_equal(json_str(NULL, "s"), "");
	assert_int_equal(json_u64(o, "n"), 5);
	assert_int_equal(json_u64(o, "s"), 0);
	assert_true(json_flag(o, "b"));
	assert_false(json_flag(o, "n"));
	assert_int_equal(json_len(json_array(o, "a")), 2);
	assert_null(json_array(o, "o"));
	assert_null(json_object_in(o, "a"));
	assert_string_equal(json_str_at(json_array(o, "a"), 0), "p");
	assert_string_equal(json_str_at(json_array(o, "a"), 1), "");
	assert_int_equal(json_u64_at(json_array(o, "a"), 1), 3);
	assert_int_equal(json_u64_at(json_array(o, "a"), 9), 0);
	assert_int_equal(json_len(NULL), 0);
}

static void joined_names_have_separators_between_them(void **state)
{
	_cleanup_json_ json_object *o = json_tokener_parse("[\"Speaker\",\"Mic\"]");
	_cleanup_free_ char *text = json_join(o, ", ");
	_cleanup_free_ char *nothing = json_join(NULL, ", ");

	assert_string_equal(text, "Speaker, Mic");
	assert_string_equal(nothing, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_basic_type_becomes_its_json),
		cmocka_unit_test(containers_nest_and_variants_vanish),
		cmocka_unit_test(structures_become_arrays),
		cmocka_unit_test(keys_that_are_no_text_are_written_as_text),
		cmocka_unit_test(an_empty_message_is_an_empty_array),
		cmocka_unit_test(readers_of_members_take_what_fits_and_nothing_else),
		cmocka_unit_test(joined_names_have_separators_between_them),
	};

	return cmocka_run_group_tests(tests, make_bus, drop_bus);
}
