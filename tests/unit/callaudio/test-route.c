/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "callaudio/route.h"

enum { EARPIECE, SPEAKER, HEADPHONES, BLUETOOTH, MIC, HEADSET };
enum { HIFI, CALL };

#define BIT(i)	    (UINT64_C(1) << (i))
#define ALL_OUTPUTS (BIT(EARPIECE) | BIT(SPEAKER) | BIT(HEADPHONES) | BIT(BLUETOOTH))
#define BUT(i)	    (ALL_OUTPUTS & ~BIT(i))
#define DEVICES(pcm, capture)                                        \
	.n_devices = 6, .device = {                                  \
		[EARPIECE] = { .name = "Earpiece",                   \
			       .playback_pcm = pcm,                  \
			       .playback_priority = 100,             \
			       .conflicts = BUT(EARPIECE) },         \
		[SPEAKER] = { .name = "Speaker",                     \
			      .playback_pcm = pcm,                   \
			      .playback_priority = 200,              \
			      .conflicts = BUT(SPEAKER) },           \
		[HEADPHONES] = { .name = "Headphones",               \
				 .playback_pcm = pcm,                \
				 .playback_priority = 400,           \
				 .conflicts = BUT(HEADPHONES),       \
				 .jack_control = "Headphone Jack" }, \
		[BLUETOOTH] = { .name = "Bluetooth",                 \
				.playback_pcm = pcm,                 \
				.playback_priority = 300,            \
				.conflicts = BUT(BLUETOOTH) },       \
		[MIC] = { .name = "Mic",                             \
			  .capture_pcm = capture,                    \
			  .capture_priority = 100,                   \
			  .conflicts = BIT(HEADSET) },               \
		[HEADSET] = { .name = "Headset",                     \
			      .capture_pcm = capture,                \
			      .capture_priority = 200,               \
			      .conflicts = BIT(MIC),                 \
			      .jack_control = "Headset Mic Jack" },  \
	}

static struct profile phone = {
	.n_verbs = 2,
	.verb = { [HIFI] = { .name = "HiFi", DEVICES("hw:0,0", "hw:0,3") },
		  [CALL] = { .name = "Voice Call", DEVICES("hw:0,2", "hw:0,2") } },
};

/* A phone whose UCM verb knows no call (as of a tablet): only the devices can tell. */
static struct profile plain = {
	.n_verbs = 1,
	.verb = { [HIFI] = { .name = "HiFi", DEVICES("hw:0,0", "hw:0,3") } },
};

static struct ca_card in(const struct profile *p, int verb, uint64_t devices)
{
	struct ca_card card = {
		.profile = p,
		.route = { .verb = verb, .devices = devices },
		.known = true,
	};

	jacks_set(&card.jacks, "Headphone Jack", false);
	jacks_set(&card.jacks, "Headset Mic Jack", false);
	return card;
}

static struct ca_card plug(struct ca_card card)
{
	jacks_set(&card.jacks, "Headphone Jack", true);
	jacks_set(&card.jacks, "Headset Mic Jack", true);
	return card;
}

/* The wish has to lead to this verb and these devices. */
static void leads_before(struct ca_card card, const struct ca_before *before,
			 struct ca_want want, bool by_device, int verb, uint64_t devices)
{
	struct route r = {};

	assert_int_equal(ca_route(&ca_default_names, &card, before, &want, by_device, &r),
			 CA_OK);
	assert_int_equal(r.verb, verb);
	assert_int_equal(r.devices, devices);
}

static void leads(struct ca_card card, struct ca_want want, int verb, uint64_t devices)
{
	leads_before(card, NULL, want, false, verb, devices);
}

static enum ca_result fails(struct ca_card card, struct ca_want want)
{
	struct route r = { .verb = 77 };
	enum ca_result result =
		ca_route(&ca_default_names, &card, NULL, &want, false, &r);

	assert_int_not_equal(result, CA_OK);
	assert_int_equal(r.verb, 77);
	return result;
}

static const struct ca_want music = {};
static const struct ca_want music_again = { .fresh = true };
static const struct ca_want call = { .call = true, .fresh = true };
static const struct ca_want loud = { .call = true, .speaker = CA_SPEAKER_ON };
static const struct ca_want soft = { .call = true, .speaker = CA_SPEAKER_OFF };

static void a_call_is_heard_in_the_earpiece(void **state)
{
	leads(in(&phone, HIFI, BIT(SPEAKER) | BIT(MIC)), call, CALL,
	      BIT(EARPIECE) | BIT(MIC));
	leads(in(&phone, HIFI, BIT(BLUETOOTH)), call, CALL, BIT(EARPIECE) | BIT(MIC));
}

static void a_call_is_heard_in_the_headset_that_is_plugged(void **state)
{
	leads(plug(in(&phone, HIFI, BIT(SPEAKER) | BIT(MIC))), call, CALL,
	      BIT(HEADPHONES) | BIT(HEADSET));
}

static void the_speaker_replaces_what_conflicts_and_leaves_the_microphone(void **state)
{
	leads(in(&phone, CALL, BIT(EARPIECE) | BIT(MIC)), loud, CALL,
	      BIT(SPEAKER) | BIT(MIC));
	leads(plug(in(&phone, CALL, BIT(HEADPHONES) | BIT(HEADSET))), loud, CALL,
	      BIT(SPEAKER) | BIT(HEADSET));
}

static void without_the_speaker_it_is_the_headset_or_the_earpiece(void **state)
{
	leads(in(&phone, CALL, BIT(SPEAKER) | BIT(MIC)), soft, CALL,
	      BIT(EARPIECE) | BIT(MIC));
	leads(plug(in(&phone, CALL, BIT(SPEAKER) | BIT(MIC))), soft, CALL,
	      BIT(HEADPHONES) | BIT(MIC));
}

static void what_fits_stays(void **state)
{
	struct ca_want mute = { .call = true, .mute = true };

	leads(in(&phone, CALL, BIT(BLUETOOTH) | BIT(MIC)), soft, CALL,
	      BIT(BLUETOOTH) | BIT(MIC));
	leads(in(&phone, CALL, BIT(BLUETOOTH) | BIT(MIC)), mute, CALL,
	      BIT(BLUETOOTH) | BIT(MIC));
	leads(in(&phone, HIFI, BIT(BLUETOOTH)), music, HIFI, BIT(BLUETOOTH) | BIT(MIC));
}

static void what_was_unplugged_does_not_stay(void **state)
{
	struct ca_want as_it_is = { .call = true };

	leads(in(&phone, CALL, BIT(HEADPHONES) | BIT(HEADSET)), as_it_is, CALL,
	      BIT(EARPIECE) | BIT(MIC));
}

static void mute_by_device_leaves_out_what_records(void **state)
{
	struct ca_want mute = { .call = true, .mute = true };

	leads_before(in(&phone, CALL, BIT(EARPIECE) | BIT(MIC)), NULL, mute, true, CALL,
		     BIT(EARPIECE));
	leads_before(in(&phone, CALL, BIT(EARPIECE)), NULL,
		     (struct ca_want){ .call = true }, true, CALL,
		     BIT(EARPIECE) | BIT(MIC));
}

static void music_comes_back_to_where_it_was(void **state)
{
	struct ca_card before_call = in(&phone, HIFI, BIT(BLUETOOTH) | BIT(MIC));
	struct ca_card now = in(&phone, CALL, BIT(EARPIECE) | BIT(MIC));
	struct ca_before before = { true, before_call.route, before_call.jacks };

	leads_before(now, &before, music_again, false, HIFI, BIT(BLUETOOTH) | BIT(MIC));
	/* Plugged meanwhile: there. */
	leads_before(plug(now), &before, music_again, false, HIFI,
		     BIT(HEADPHONES) | BIT(HEADSET));
	/* It was a call, too; or nobody knows. */
	before.route.verb = CALL;
	leads_before(now, &before, music_again, false, HIFI, BIT(SPEAKER) | BIT(MIC));
	leads(now, music_again, HIFI, BIT(SPEAKER) | BIT(MIC));
}

static void a_profile_without_a_call_verb_uses_its_devices(void **state)
{
	struct ca_card playing = in(&plain, HIFI, BIT(SPEAKER) | BIT(MIC));
	struct ca_before before = { true, playing.route, playing.jacks };

	assert_false(ca_has_call_verb(&ca_default_names, &plain));
	leads(playing, call, HIFI, BIT(EARPIECE) | BIT(MIC));
	leads_before(in(&plain, HIFI, BIT(EARPIECE) | BIT(MIC)), &before, music_again,
		     false, HIFI, BIT(SPEAKER) | BIT(MIC));
}

static void a_route_that_is_not_known_is_chosen_anew(void **state)
{
	struct ca_card card = in(&phone, ROUTE_NO_VERB, 0);

	card.known = false;
	leads(card, music, HIFI, BIT(SPEAKER) | BIT(MIC));
	leads(card, call, CALL, BIT(EARPIECE) | BIT(MIC));
}

static void devices_that_neither_play_nor_record_are_left_alone(void **state)
{
	struct profile p = phone;
	unsigned int i = p.verb[CALL].n_devices++;

	p.verb[CALL].device[i] = (struct profile_device){ .name = "Modem" };
	leads(in(&p, CALL, BIT(EARPIECE) | BIT(MIC) | BIT(i)), loud, CALL,
	      BIT(SPEAKER) | BIT(MIC) | BIT(i));
}

static void what_a_profile_does_not_have_is_told(void **state)
{
	struct profile p = phone;
	char text[256];

	p.verb[CALL].n_devices = 1; /* an earpiece */
	assert_int_equal(fails(in(&p, CALL, BIT(0)), loud), CA_NO_SPEAKER);
	p.verb[CALL].device[0] = phone.verb[CALL].device[SPEAKER];
	leads(in(&p, HIFI, BIT(SPEAKER)), call, CALL, BIT(0));
	assert_int_equal(fails(in(&p, CALL, BIT(0)), soft), CA_ONLY_SPEAKER);
	p.verb[CALL].n_devices = 0;
	assert_int_equal(fails(in(&p, HIFI, BIT(SPEAKER)), call), CA_NO_OUTPUT);
	p.n_verbs = 0;
	assert_int_equal(fails(in(&p, ROUTE_NO_VERB, 0), music), CA_NO_VERB);
	for (enum ca_result r = CA_OK; r <= CA_NO_OUTPUT; r++)
		assert_true(strlen(ca_result_text(r, &p, true, text, sizeof(text))) > 3);
}

/* UCM's, OMAP's, and those of phones that number their devices. */
static void names_are_known_however_they_are_written(void **state)
{
	assert_true(ca_same_name("Voice Call", "VoiceCall"));
	assert_true(ca_same_name("Voice Call", "Voice_Call"));
	assert_true(ca_same_name("Speaker", "speaker1"));
	assert_true(ca_same_name("Mic", "Mic 2"));
	assert_true(ca_same_name("Hands-Free", "HandsFree"));
	assert_false(ca_same_name("Voice Call", "Voice Call IP"));
	assert_false(ca_same_name("Voice", "Voice Call"));
	assert_false(ca_same_name("Mic", "Microphone"));
	assert_false(ca_same_name("Speaker", "2"));
	assert_false(ca_same_name("Mic1b", "Mic"));
	assert_false(ca_same_name("", "Mic"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_heard_in_the_earpiece),
		cmocka_unit_test(a_call_is_heard_in_the_headset_that_is_plugged),
		cmocka_unit_test(
			the_speaker_replaces_what_conflicts_and_leaves_the_microphone),
		cmocka_unit_test(without_the_speaker_it_is_the_headset_or_the_earpiece),
		cmocka_unit_test(what_fits_stays),
		cmocka_unit_test(what_was_unplugged_does_not_stay),
		cmocka_unit_test(mute_by_device_leaves_out_what_records),
		cmocka_unit_test(music_comes_back_to_where_it_was),
		cmocka_unit_test(a_profile_without_a_call_verb_uses_its_devices),
		cmocka_unit_test(a_route_that_is_not_known_is_chosen_anew),
		cmocka_unit_test(devices_that_neither_play_nor_record_are_left_alone),
		cmocka_unit_test(what_a_profile_does_not_have_is_told),
		cmocka_unit_test(names_are_known_however_they_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
