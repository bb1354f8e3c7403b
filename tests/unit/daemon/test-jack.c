/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/jack.h"

enum { EARPIECE, SPEAKER, HEADPHONES, MIC, HEADSET };

static struct profile phone = {
	.n_verbs = 1,
	.verb[0] = {
		.name = "HiFi",
		.n_devices = 5,
		.device = {
			[EARPIECE] = { .name = "Earpiece", .playback_pcm = "hw:0", .playback_priority = 100 },
			[SPEAKER] = { .name = "Speaker", .playback_pcm = "hw:0", .playback_priority = 200 },
			[HEADPHONES] = { .name = "Headphones", .playback_pcm = "hw:0",
					 .playback_priority = 400, .jack_control = "Headphone Jack" },
			[MIC] = { .name = "Mic", .capture_pcm = "hw:3", .capture_priority = 100 },
			[HEADSET] = { .name = "Headset", .capture_pcm = "hw:3",
				      .capture_priority = 200, .jack_control = "Headset Mic Jack" },
		},
	},
};

static unsigned int change(uint64_t devices, const char *control, bool plugged,
			   struct request ret[JACK_REQUESTS])
{
	struct route r = { .verb = 0, .devices = devices };
	struct jacks j = {};

	assert_true(jacks_set(&j, "Headphone Jack", !plugged));
	assert_true(jacks_set(&j, control, plugged));
	return jack_decide(&phone, &r, &j, control, ret);
}

static void plugging_switches_to_the_jacks_device(void **state)
{
	struct request r[JACK_REQUESTS];

	assert_int_equal(change(1 << SPEAKER, "Headphone Jack", true, r), 1);
	assert_string_equal(r[0].to, "Headphones");
	assert_string_equal(r[0].verb, "");
	assert_int_equal(r[0].enable.n, 0);
}

static void plugging_what_is_on_asks_for_nothing(void **state)
{
	struct request r[JACK_REQUESTS];

	assert_int_equal(change(1 << HEADPHONES, "Headphone Jack", true, r), 0);
}

static void unplugging_falls_back_by_priority(void **state)
{
	struct request r[JACK_REQUESTS];

	assert_int_equal(change(1 << HEADPHONES, "Headphone Jack", false, r), 1);
	assert_string_equal(r[0].to, "Speaker");
}

static void unplugging_goes_back_to_what_was_in_use(void **state)
{
	struct route r = { .verb = 0, .devices = 1 << EARPIECE };
	struct request req[JACK_REQUESTS];
	struct jacks j = {};

	jacks_set(&j, "Headphone Jack", true);
	assert_int_equal(jack_decide(&phone, &r, &j, "Headphone Jack", req), 1);
	r.devices = 1 << HEADPHONES;
	jacks_set(&j, "Headphone Jack", false);
	assert_int_equal(jack_decide(&phone, &r, &j, "Headphone Jack", req), 1);
	assert_string_equal(req[0].to, "Earpiece");
}

static void unplugging_what_is_off_asks_for_nothing(void **state)
{
	struct request r[JACK_REQUESTS];

	assert_int_equal(change(1 << EARPIECE, "Headphone Jack", false, r), 0);
}

static void an_input_falls_back_to_an_input(void **state)
{
	struct request r[JACK_REQUESTS];

	assert_int_equal(
		change(1 << SPEAKER | 1 << HEADSET, "Headset Mic Jack", false, r), 1);
	assert_string_equal(r[0].to, "Mic");
}

static void one_socket_for_both_directions_makes_two_requests(void **state)
{
	struct request r[JACK_REQUESTS];

	strcpy(phone.verb[0].device[HEADSET].jack_control, "Headphone Jack");
	assert_int_equal(change(1 << SPEAKER | 1 << MIC, "Headphone Jack", true, r), 2);
	assert_string_equal(r[0].to, "Headphones");
	assert_string_equal(r[1].to, "Headset");
	strcpy(phone.verb[0].device[HEADSET].jack_control, "Headset Mic Jack");
}

static void without_a_verb_or_a_known_jack_nothing_follows(void **state)
{
	struct route none = { .verb = ROUTE_NO_VERB }, r = { .verb = 0 };
	struct request req[JACK_REQUESTS];
	struct jacks j = {};

	assert_int_equal(jack_decide(&phone, &r, &j, "Headphone Jack", req), 0);
	jacks_set(&j, "Headphone Jack", true);
	assert_int_equal(jack_decide(&phone, &none, &j, "Headphone Jack", req), 0);
}

static void a_state_is_news_once_and_too_many_jacks_do_no_harm(void **state)
{
	struct jacks j = {};
	char name[32];

	assert_true(jacks_set(&j, "A", false));
	assert_false(jacks_set(&j, "A", false));
	assert_true(jacks_set(&j, "A", true));
	for (unsigned int i = 0; i < 2 * JACKS_MAX; i++) {
		snprintf(name, sizeof(name), "Jack %u", i);
		jacks_set(&j, name, true);
	}
	assert_int_equal(j.n, JACKS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plugging_switches_to_the_jacks_device),
		cmocka_unit_test(plugging_what_is_on_asks_for_nothing),
		cmocka_unit_test(unplugging_falls_back_by_priority),
		cmocka_unit_test(unplugging_goes_back_to_what_was_in_use),
		cmocka_unit_test(unplugging_what_is_off_asks_for_nothing),
		cmocka_unit_test(an_input_falls_back_to_an_input),
		cmocka_unit_test(one_socket_for_both_directions_makes_two_requests),
		cmocka_unit_test(without_a_verb_or_a_known_jack_nothing_follows),
		cmocka_unit_test(a_state_is_news_once_and_too_many_jacks_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
