// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/ucm-profile.h"

static struct profile *profile;
static struct ucm_loss loss;

static int setup(void **state)
{
	profile = calloc(1, sizeof(*profile));
	loss = (struct ucm_loss){};
	return !profile;
}

static int teardown(void **state)
{
	free(profile);
	return 0;
}

/* tell("device", "Speaker", "hw:0", ...): what ucm_profile_add() makes of it */
#define tell(...) tell_list((const char *const[]){ __VA_ARGS__, NULL })

static int tell_list(const char *const *s)
{
	struct strv_msg m;

	strv_msg_begin(&m, *s);
	for (s++; *s; s++)
		strv_msg_add(&m, *s);
	return ucm_profile_add(profile, strv_msg_next(&m), &m, &loss);
}

static int device(const char *name)
{
	return tell("device", name, "", "", "", "", "", "", "");
}

static void a_profile_is_built_verb_by_verb(void **state)
{
	const struct profile_device *d;

	assert_int_equal(tell("verb", "HiFi", "", ""), 1);
	assert_int_equal(
		tell("device", "Speaker", "hw:Phone,0", "", "", "100", "", "", ""), 1);
	assert_int_equal(tell("device", "Head set", "hw:Phone,0", "hw:Phone,3",
			      "Headphone Jack", "200", "50", "Head Switch", "Head"),
			 1);
	assert_int_equal(tell("modifier", "Play Tone", "hw:Phone,1", ""), 1);
	assert_int_equal(tell("verb", "Voice/Call", "hw:Phone,2", "hw:Phone,2"), 1);
	assert_int_equal(tell("ready"), 0);

	assert_int_equal(profile->n_verbs, 2);
	assert_int_equal(profile->verb[0].n_devices, 2);
	assert_int_equal(profile->verb[0].n_modifiers, 1);
	assert_int_equal(profile->verb[1].n_devices, 0);
	d = &profile->verb[0].device[1];
	assert_string_equal(d->name, "Head set");
	assert_string_equal(d->playback_pcm, "hw:Phone,0");
	assert_string_equal(d->capture_pcm, "hw:Phone,3");
	assert_string_equal(d->jack_control, "Headphone Jack");
	assert_int_equal(d->playback_priority, 200);
	assert_int_equal(d->capture_priority, 50);
	assert_string_equal(profile->verb[1].name, "Voice/Call");
	assert_int_equal(loss.n, 0);
}

static void a_conflict_named_by_one_side_binds_both(void **state)
{
	const struct profile_verb *v = &profile->verb[0];

	tell("verb", "HiFi", "", "");
	device("A");
	device("B");
	device("C");
	assert_int_equal(tell("conflicts", "device", "A", "B", "A", "unknown"), 1);
	assert_int_equal(tell("supported", "device", "C", "A"), 1);
	assert_true(v->device[0].conflicts == 2);
	assert_true(v->device[1].conflicts == 1);
	assert_true(v->device[2].conflicts == 0);
	assert_true(v->device[2].supported == 1);
	assert_true(v->device[0].supported == 0);
}

static void a_modifier_keeps_its_relations(void **state)
{
	tell("verb", "HiFi", "", "");
	device("A");
	device("B");
	tell("modifier", "M", "", "");
	assert_int_equal(tell("conflicts", "modifier", "M", "B"), 1);
	assert_int_equal(tell("supported", "modifier", "M", "A", "B"), 1);
	assert_true(profile->verb[0].modifier[0].conflicts == 2);
	assert_true(profile->verb[0].modifier[0].supported == 3);
	assert_true(profile->verb[0].device[1].conflicts == 0);
}

static void what_does_not_fit_is_left_out_and_told(void **state)
{
	char name[TACET_NAME_MAX + 1], text[32];

	tell("verb", "HiFi", "", "");
	memset(name, 'x', TACET_NAME_MAX);
	name[TACET_NAME_MAX] = '\0';
	assert_int_equal(device(name), 1);
	assert_int_equal(profile->verb[0].n_devices, 0);
	assert_int_equal(loss.n, 1);
	assert_non_null(strstr(loss.first, "name too long"));
	name[TACET_NAME_MAX - 1] = '\0';
	assert_int_equal(device(name), 1);
	assert_int_equal(profile->verb[0].n_devices, 1);

	for (unsigned int i = 0; i < PROFILE_DEVICES + 3; i++) {
		snprintf(text, sizeof(text), "D%u", i);
		assert_int_equal(device(text), 1);
		assert_int_equal(tell("modifier", text, "", ""), 1);
	}
	assert_int_equal(profile->verb[0].n_devices, PROFILE_DEVICES);
	assert_int_equal(profile->verb[0].n_modifiers, PROFILE_MODIFIERS);
	/* relations of what was left out change nothing */
	assert_int_equal(tell("conflicts", "device", "D66", "D0"), 1);
	for (unsigned int i = 0; i < PROFILE_VERBS + 2; i++) {
		snprintf(text, sizeof(text), "V%u", i);
		assert_int_equal(tell("verb", text, "", ""), 1);
	}
	assert_int_equal(profile->n_verbs, PROFILE_VERBS);
	assert_int_equal(loss.n, 1 + 4 + 3 + 3);
}

static void broken_messages_are_refused(void **state)
{
	assert_int_equal(device("Speaker"), -EBADMSG); /* of which verb? */
	assert_int_equal(tell("verb"), -EBADMSG);
	assert_int_equal(tell("verb", "HiFi", ""), -EBADMSG);
	assert_int_equal(profile->n_verbs, 0);
	tell("verb", "HiFi", "", "");
	assert_int_equal(tell("device", "Speaker", "", ""), -EBADMSG);
	assert_int_equal(tell("modifier"), -EBADMSG);
	assert_int_equal(tell("conflicts", "device"), -EBADMSG);
	assert_int_equal(tell("conflicts", "verb", "HiFi"), -EBADMSG);
	assert_int_equal(profile->verb[0].n_devices, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_profile_is_built_verb_by_verb),
		TEST(a_conflict_named_by_one_side_binds_both),
		TEST(a_modifier_keeps_its_relations),
		TEST(what_does_not_fit_is_left_out_and_told),
		TEST(broken_messages_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
