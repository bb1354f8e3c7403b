/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include <string.h>

#include "phone.h"
#include "test.h"

static void names_are_found_and_strangers_are_not(void **state)
{
	assert_int_equal(profile_find_verb(&phone, "Voice Call"), VOICE);
	assert_int_equal(profile_find_verb(&phone, "voice call"), -1);
	assert_int_equal(profile_find_device(&phone.verb[HIFI], "Headset"), HEADSET);
	assert_int_equal(profile_find_device(&phone.verb[HIFI], ""), -1);
	assert_int_equal(profile_find_modifier(&phone.verb[HIFI], "Play Ringtone"),
			 RINGTONE);
	assert_int_equal(profile_find_modifier(&phone.verb[VOICE], "Play Ringtone"), -1);
}

static void a_route_survives_its_names(void **state)
{
	const struct route r = { HIFI, BIT(SPEAKER) | BIT(HEADSET), BIT(RINGTONE) };
	struct route back;
	struct route_names n;
	unsigned int missing;

	route_to_names(&phone, &r, &n);
	assert_string_equal(n.verb, "HiFi");
	assert_int_equal(n.n_devices, 2);
	assert_string_equal(n.device[0], "Speaker");
	assert_string_equal(n.device[1], "Headset");
	assert_string_equal(n.modifier[0], "Play Ringtone");
	assert_int_equal(route_from_names(&phone, &n, &back, &missing), 0);
	assert_true(route_equal(&r, &back));
	assert_int_equal(missing, 0);
}

static void no_verb_survives_its_names(void **state)
{
	const struct route none = { .verb = ROUTE_NO_VERB };
	struct route back = { HIFI, 1, 1 };
	struct route_names n;
	unsigned int missing = 9;

	memset(&n, 0xff, sizeof(n));
	route_to_names(&phone, &none, &n);
	assert_string_equal(n.verb, "");
	assert_int_equal(n.n_devices, 0);
	assert_int_equal(route_from_names(&phone, &n, &back, &missing), 0);
	assert_true(route_equal(&none, &back));
	assert_int_equal(missing, 0);
}

static void names_that_the_profile_lost_are_counted(void **state)
{
	const struct route_names n = { .verb = "HiFi",
				       .n_devices = 2,
				       .device = { "Mic", "HDMI" },
				       .n_modifiers = 1,
				       .modifier = { "Echo" } };
	struct route r;
	unsigned int missing;

	assert_int_equal(route_from_names(&phone, &n, &r, &missing), 0);
	assert_int_equal(missing, 2);
	assert_int_equal(r.devices, BIT(MIC));
}

static void a_verb_that_the_profile_lost_is_an_error(void **state)
{
	const struct route_names n = { .verb = "Karaoke" };
	struct route r = { 7, 7, 7 };
	unsigned int missing = 7;

	assert_int_equal(route_from_names(&phone, &n, &r, &missing), -1);
	assert_int_equal(r.verb, 7);
	assert_int_equal(missing, 7);
}

static int feeds(const struct route *r, unsigned int device, bool capture)
{
	return route_feeds(&phone, r, "TacetPhone", 3, device, capture);
}

static void a_device_that_is_on_feeds_its_pcm(void **state)
{
	const struct route r = { HIFI, BIT(SPEAKER), 0 };

	assert_int_equal(feeds(&r, 0, false), 1);
	assert_int_equal(feeds(&r, 1, false), 0); /* its modifier is off */
	assert_int_equal(feeds(&r, 2, false), 0); /* the other verb's */
	assert_int_equal(feeds(&r, 3, true), 0);  /* no microphone is on */
	assert_int_equal(feeds(&r, 9, false), -1);
	assert_int_equal(feeds(&r, 0, true), -1);
}

static void a_modifier_that_is_on_feeds_its_pcm(void **state)
{
	const struct route r = { HIFI, BIT(SPEAKER), BIT(RINGTONE) };

	assert_int_equal(feeds(&r, 1, false), 1);
}

static void no_verb_feeds_nothing(void **state)
{
	const struct route r = { .verb = ROUTE_NO_VERB };

	assert_int_equal(feeds(&r, 0, false), 0);
}

static int named(const char *pcm, unsigned int device)
{
	static struct profile p;
	const struct route r = { 0, 1, 0 };

	p = (struct profile){ .n_verbs = 1, .verb = { { .name = "V", .n_devices = 1 } } };
	strcpy(p.verb[0].device[0].playback_pcm, pcm);
	return route_feeds(&p, &r, "Phone", 12, device, false);
}

static void pcm_names_are_read_as_alsa_lib_writes_them(void **state)
{
	assert_int_equal(named("hw:Phone,2", 2), 1);
	assert_int_equal(named("hw:Phone", 0), 1);
	assert_int_equal(named("hw:12,2", 2), 1);
	assert_int_equal(named("plughw:Phone,2,1", 2), 1);
	assert_int_equal(named("hw:CARD=Phone,DEV=2", 2), 1);
	assert_int_equal(named("hw:CARD=12", 0), 1);
	assert_int_equal(named("_ucm0001.hw:Phone,2", 2), 1);
}

static void pcm_names_of_others_are_not_ours(void **state)
{
	assert_int_equal(named("hw:Phone,1", 2), -1);
	assert_int_equal(named("hw:Phone2,2", 2), -1);
	assert_int_equal(named("hw:1,2", 2), -1);
	assert_int_equal(named("hw:CARD=Pho,DEV=2", 2), -1);
	assert_int_equal(named("", 0), -1);
	assert_int_equal(named("hw:", 0), -1);
}

static void a_pcm_whose_name_is_obscure_leaves_the_answer_open(void **state)
{
	static struct profile p;
	const struct route r = { 0, BIT(0), 0 }, other = { 0, 0, 0 };

	p = (struct profile){ .n_verbs = 1, .verb = { { .name = "V", .n_devices = 2 } } };
	strcpy(p.verb[0].device[0].playback_pcm, "softvol_speaker");
	strcpy(p.verb[0].device[1].playback_pcm, "hw:Phone,0");
	assert_int_equal(route_feeds(&p, &r, "Phone", 0, 0, false), -1);
	assert_int_equal(route_feeds(&p, &other, "Phone", 0, 0, false), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_and_strangers_are_not),
		cmocka_unit_test(a_route_survives_its_names),
		cmocka_unit_test(no_verb_survives_its_names),
		cmocka_unit_test(names_that_the_profile_lost_are_counted),
		cmocka_unit_test(a_verb_that_the_profile_lost_is_an_error),
		cmocka_unit_test(a_device_that_is_on_feeds_its_pcm),
		cmocka_unit_test(a_modifier_that_is_on_feeds_its_pcm),
		cmocka_unit_test(no_verb_feeds_nothing),
		cmocka_unit_test(pcm_names_are_read_as_alsa_lib_writes_them),
		cmocka_unit_test(pcm_names_of_others_are_not_ours),
		cmocka_unit_test(a_pcm_whose_name_is_obscure_leaves_the_answer_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
