/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "port/bus-message.h"
#include "util/cleanup.h"

/* Messages need a bus to be made for; it is never spoken to. */
static sd_bus *bus;

static int setup(void **state)
{
	int p[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, p), 0);
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_fd(bus, p[0], p[0]) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	*state = malloc(sizeof(int));
	*(int *)*state = p[1];
	return 0;
}

static int teardown(void **state)
{
	close(*(int *)*state);
	free(*state);
	bus = sd_bus_close_unref(bus);
	return 0;
}

static sd_bus_message *message(void)
{
	sd_bus_message *m;

	assert_true(sd_bus_message_new_signal(bus, &m, "/x", "x.X", "X") >= 0);
	return m;
}

static void seal(sd_bus_message *m)
{
	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
}

static int read_back(sd_bus_message *m, struct request *ret, struct tacet_error *e)
{
	seal(m);
	memset(e, 0, sizeof(*e));
	return bus_read_request(m, ret, e);
}

static void a_request_with_everything_is_read(void **state)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = message();
	struct request r;
	struct tacet_error e;

	assert_true(sd_bus_message_append(
			    m, "a{sv}", 9, "verb", "s", "HiFi", "to", "s", "Speaker",
			    "enable", "as", 2, "Mic", "Line", "disable", "as", 1,
			    "Headset", "enable_modifiers", "as", 1, "Play Ringtone",
			    "disable_modifiers", "as", 0, "quiesce", "s", "drain",
			    "timeout", "t", UINT64_C(1500000), "dry_run", "b", 1) >= 0);
	assert_int_equal(read_back(m, &r, &e), 0);
	assert_string_equal(r.verb, "HiFi");
	assert_string_equal(r.to, "Speaker");
	assert_int_equal(r.enable.n, 2);
	assert_string_equal(r.enable.name[1], "Line");
	assert_string_equal(r.disable.name[0], "Headset");
	assert_string_equal(r.enable_modifiers.name[0], "Play Ringtone");
	assert_int_equal(r.disable_modifiers.n, 0);
	assert_int_equal(r.quiesce, QUIESCE_DRAIN);
	assert_int_equal(r.timeout_us, 1500000);
	assert_true(r.dry_run);
	assert_false(r.restore);
}

static void refused(sd_bus_message *m, const char *why)
{
	struct request r = { .to = "untouched" };
	struct tacet_error e;

	assert_int_equal(read_back(m, &r, &e), -1);
	assert_int_equal(e.code, TACET_ERR_INVALID_REQUEST);
	if (!strstr(e.message, why))
		fail_msg("'%s' does not say '%s'", e.message, why);
	assert_string_equal(r.to, "untouched");
}

#define REFUSED(why, ...)                                                         \
	do {                                                                      \
		_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = message();   \
		assert_true(sd_bus_message_append(m, "a{sv}", __VA_ARGS__) >= 0); \
		refused(m, why);                                                  \
	} while (0)

static void what_is_not_a_request_is_refused_with_the_reason(void **state)
{
	char name[80];

	memset(name, 'x', 79);
	name[79] = '\0';
	REFUSED("'colour': there is no such key", 1, "colour", "s", "red");
	REFUSED("'restore': there is no such key", 1, "restore", "b", 1);
	REFUSED("'to': expected type s, got u", 1, "to", "u", 1);
	REFUSED("'enable': expected type as, got s", 1, "enable", "s", "Speaker");
	REFUSED("'to': given twice", 2, "to", "s", "A", "to", "s", "B");
	REFUSED("longer than 63", 1, "verb", "s", name);
	REFUSED("longer than 63", 1, "enable", "as", 1, name);
	REFUSED("a name is empty", 1, "enable", "as", 1, "");
	REFUSED("more than 16", 1, "enable", "as", 17, "a", "b", "c", "d", "e", "f", "g",
		"h", "i", "j", "k", "l", "m", "n", "o", "p", "q");
	REFUSED("expected auto, pause", 1, "quiesce", "s", "loudly");
	REFUSED("nothing to change", 0);
}

static void cards_and_streams_have_paths_that_read_back(void **state)
{
	const struct bus_stream_view s = {
		.card_id = "A-b_1", .device = 12, .subdevice = 3, .capture = true
	};
	_cleanup_free_ char *path = bus_stream_path(&s), *card = bus_card_path(s.card_id);
	char id[32], leaf[24];

	assert_string_equal(path, "/org/tacet1/card/A_2db_5f1/stream/c12_3");
	assert_int_equal(bus_parse_path(path, id, leaf), 0);
	assert_string_equal(id, "A-b_1");
	assert_string_equal(leaf, "c12_3");
	assert_int_equal(bus_parse_path(card, id, leaf), 0);
	assert_string_equal(leaf, "");
	assert_int_equal(bus_parse_path("/org/tacet1/card", id, leaf), -ENOENT);
	assert_int_equal(bus_parse_path("/org/tacet1/card/A/stream", id, leaf), -ENOENT);
	assert_int_equal(bus_parse_path("/org/tacet1/card/A/stream/p0/x", id, leaf),
			 -ENOENT);
}

static void a_report_fits_its_signature(void **state)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = message();
	struct report *r = report_new(9, "Phone", 5, 100);
	const char *key, *contents;
	unsigned int n = 0;
	uint64_t gap = 0;

	strcpy(r->from.verb, "HiFi");
	r->after.n_devices = 1;
	strcpy(r->after.device[0], "Speaker");
	report_step(r, "enable device Speaker");
	report_write(r, "Speaker Switch", "off", "on", 150);
	*report_stream(r, 1) = (struct report_stream){ .id = 1,
						       .moved = true,
						       .stopped_at = 120,
						       .resumed_at = 160,
						       .pcm = "hw:0" };
	report_slip(r, 150, "hw:Phone,1,0");
	report_end(r, 200, TACET_ERR_BUSY, REPORT_BUSY, "busy");
	assert_true(bus_append_report(m, r) >= 0);
	report_free(r);
	seal(m);
	assert_true(sd_bus_message_enter_container(m, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		assert_true(sd_bus_message_read(m, "s", &key) > 0);
		assert_true(sd_bus_message_peek_type(m, NULL, &contents) > 0);
		if (!strcmp(key, "gap"))
			assert_true(sd_bus_message_read(m, "v", "t", &gap) > 0);
		else
			assert_true(sd_bus_message_skip(m, "v") > 0);
		assert_true(sd_bus_message_exit_container(m) > 0);
		if (!strcmp(key, "timeline"))
			assert_string_equal(contents, "a(tsss)");
		if (!strcmp(key, "streams") || !strcmp(key, "written"))
			assert_string_equal(contents, "aa{sv}");
		n++;
	}
	assert_int_equal(n, 21);
	assert_int_equal(gap, 40);
}

static void a_card_without_a_profile_shows_empty_lists(void **state)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = message();
	const struct bus_card_view v = {
		.id = "Phone",
		.driver = "d",
		.name = "n",
		.reason = "none",
		.state = "idle",
		.route = { .verb = ROUTE_NO_VERB },
	};

	assert_true(bus_append_card(m, &v) >= 0);
	assert_true(bus_append_card_property(m, &v, "AvailableDevices") >= 0);
	assert_int_equal(bus_append_card_property(m, &v, "Nonsense"), -ENOENT);
	seal(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_with_everything_is_read),
		cmocka_unit_test(what_is_not_a_request_is_refused_with_the_reason),
		cmocka_unit_test(cards_and_streams_have_paths_that_read_back),
		cmocka_unit_test(a_report_fits_its_signature),
		cmocka_unit_test(a_card_without_a_profile_shows_empty_lists),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
