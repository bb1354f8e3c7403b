/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include <stdio.h>
#include <string.h>

#include "phone.h"
#include "test.h"

#define LIST(...)                                                                        \
	{                                                                                \
		.n = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), .name = { \
			__VA_ARGS__                                                      \
		}                                                                        \
	}

static const struct route music = { HIFI, BIT(SPEAKER) | BIT(MIC), 0 };
static const struct route ringing = { HIFI, BIT(SPEAKER) | BIT(MIC), BIT(RINGTONE) };
static const struct route nothing = { .verb = ROUTE_NO_VERB };

static void assert_route(const struct route *from, const struct request *r, int verb,
			 uint64_t devices, uint64_t modifiers)
{
	struct tacet_error e = { 0 };
	struct route to;

	if (plan_route(&phone, from, r, &to, &e) < 0)
		fail_msg("%s", e.message);
	assert_int_equal(to.verb, verb);
	assert_int_equal(to.devices, devices);
	assert_int_equal(to.modifiers, modifiers);
}

static void assert_no_route(const struct route *from, const struct request *r,
			    enum tacet_error_code code, const char *word)
{
	struct tacet_error e = { 0 };
	struct route to = { 42, 42, 42 };

	assert_int_equal(plan_route(&phone, from, r, &to, &e), -1);
	assert_int_equal(e.code, code);
	assert_int_equal(to.verb, 42);
	if (!strstr(e.message, word))
		fail_msg("\"%s\" is not in \"%s\"", word, e.message);
}

static void to_switches_off_the_same_direction_only(void **state)
{
	assert_route(&music, &(struct request){ .to = "Headphones" }, HIFI,
		     BIT(HEADPHONES) | BIT(MIC), 0);
	assert_route(&music, &(struct request){ .to = "Headset" }, HIFI,
		     BIT(SPEAKER) | BIT(HEADSET), 0);
}

static void enable_adds_and_switches_nothing_off(void **state)
{
	assert_route(&music, &(struct request){ .enable = LIST("Headphones") }, HIFI,
		     BIT(SPEAKER) | BIT(HEADPHONES) | BIT(MIC), 0);
}

static void enable_of_a_conflict_names_both_devices(void **state)
{
	const struct request r = { .enable = LIST("Earpiece") };

	assert_no_route(&music, &r, TACET_ERR_CONFLICT, "\"Earpiece\"");
	assert_no_route(&music, &r, TACET_ERR_CONFLICT, "\"Speaker\"");
}

static void enable_and_disable_together_swap(void **state)
{
	assert_route(&music,
		     &(struct request){ .enable = LIST("Earpiece"),
					.disable = LIST("Speaker") },
		     HIFI, BIT(EARPIECE) | BIT(MIC), 0);
}

static void to_beside_an_enabled_rival_is_a_conflict(void **state)
{
	assert_no_route(&music,
			&(struct request){ .to = "Speaker", .enable = LIST("Earpiece") },
			TACET_ERR_CONFLICT, "cannot be on beside");
}

static void disabling_what_is_off_changes_nothing(void **state)
{
	assert_route(&music, &(struct request){ .disable = LIST("Headphones") }, HIFI,
		     music.devices, 0);
}

static void a_new_verb_starts_empty(void **state)
{
	assert_route(&ringing, &(struct request){ .verb = "Voice Call" }, VOICE, 0, 0);
	assert_route(&ringing,
		     &(struct request){ .verb = "Voice Call",
					.enable = LIST("Earpiece", "Mic") },
		     VOICE, BIT(EARPIECE) | BIT(MIC), 0);
}

static void the_same_verb_named_keeps_its_devices(void **state)
{
	assert_route(&music, &(struct request){ .verb = "HiFi", .to = "Headset" }, HIFI,
		     BIT(SPEAKER) | BIT(HEADSET), 0);
}

static void a_restore_is_exactly_what_it_names(void **state)
{
	assert_route(&ringing,
		     &(struct request){ .verb = "HiFi",
					.restore = true,
					.enable = LIST("Earpiece") },
		     HIFI, BIT(EARPIECE), 0);
	assert_route(&ringing, &(struct request){ .restore = true }, ROUTE_NO_VERB, 0, 0);
}

static void inactive_is_no_verb(void **state)
{
	assert_route(&music, &(struct request){ .verb = "Inactive" }, ROUTE_NO_VERB, 0,
		     0);
	assert_no_route(&music, &(struct request){ .verb = "Inactive", .to = "Speaker" },
			TACET_ERR_NO_SUCH_VERB, "no verb is set");
}

static void unknown_names_are_named(void **state)
{
	assert_no_route(&music, &(struct request){ .verb = "Karaoke" },
			TACET_ERR_NO_SUCH_VERB, "Karaoke");
	assert_no_route(&music, &(struct request){ .to = "HDMI" },
			TACET_ERR_NO_SUCH_DEVICE, "HDMI");
	assert_no_route(&music, &(struct request){ .enable = LIST("Mic", "HDMI") },
			TACET_ERR_NO_SUCH_DEVICE, "HDMI");
	assert_no_route(&music, &(struct request){ .disable = LIST("HDMI") },
			TACET_ERR_NO_SUCH_DEVICE, "HDMI");
	assert_no_route(&music, &(struct request){ .enable_modifiers = LIST("Echo") },
			TACET_ERR_NO_SUCH_MODIFIER, "Echo");
	assert_no_route(&nothing, &(struct request){ .to = "Speaker" },
			TACET_ERR_NO_SUCH_VERB, "name a verb");
}

static void a_modifier_needs_its_device(void **state)
{
	const struct request r = { .enable_modifiers = LIST("Play Ringtone") };
	const struct route quiet = { HIFI, BIT(EARPIECE), 0 };

	assert_route(&music, &r, HIFI, music.devices, BIT(RINGTONE));
	assert_no_route(&quiet, &r, TACET_ERR_CONFLICT, "Play Ringtone");
}

static void a_modifier_falls_with_its_device(void **state)
{
	assert_route(&ringing, &(struct request){ .to = "Earpiece" }, HIFI,
		     BIT(EARPIECE) | BIT(MIC), 0);
	assert_route(&ringing, &(struct request){ .disable = LIST("Speaker") }, HIFI,
		     BIT(MIC), 0);
	assert_route(&ringing, &(struct request){ .to = "Headset" }, HIFI,
		     BIT(SPEAKER) | BIT(HEADSET), BIT(RINGTONE));
}

static void a_conflicting_modifier_stops_a_plain_enable(void **state)
{
	static struct profile p;
	const struct request r = { .enable = LIST("Headphones") };
	struct tacet_error e;
	struct route to;

	p = phone;
	p.verb[HIFI].modifier[RINGTONE].conflicts = BIT(HEADPHONES);
	assert_int_equal(plan_route(&p, &ringing, &r, &to, &e), -1);
	assert_int_equal(e.code, TACET_ERR_CONFLICT);
	assert_non_null(strstr(e.message, "Play Ringtone"));
}

static void supported_devices_exclude_all_others(void **state)
{
	static struct profile p;
	struct tacet_error e;
	struct route to;

	p = phone;
	p.verb[HIFI].device[HEADPHONES].supported = BIT(MIC);
	assert_int_equal(plan_route(&p, &music,
				    &(struct request){ .enable = LIST("Headphones") },
				    &to, &e),
			 -1);
	assert_int_equal(e.code, TACET_ERR_CONFLICT);
	assert_int_equal(plan_route(&p, &music, &(struct request){ .to = "Headphones" },
				    &to, &e),
			 0);
	assert_int_equal(to.devices, BIT(HEADPHONES) | BIT(MIC));
}

static void an_odd_route_stays_changeable(void **state)
{
	const struct route odd = { HIFI, BIT(SPEAKER) | BIT(EARPIECE), 0 };

	assert_route(&odd, &(struct request){ .to = "Mic" }, HIFI, odd.devices | BIT(MIC),
		     0);
}

static void assert_steps(const struct route *from, bool known, const struct request *r,
			 const char *expected)
{
	static struct plan plan;
	static struct world w;
	struct tacet_error e = { 0 };
	char text[1024] = "";

	if (plan_make(&phone, from, known, r, &w, &plan, &e) < 0)
		fail_msg("%s", e.message);
	for (unsigned int i = 0; i < plan.n_steps; i++) {
		char one[128];

		if (i)
			strcat(text, ", ");
		strcat(text, plan_step_text(&phone, &plan.step[i], one, sizeof(one)));
	}
	assert_string_equal(text, expected);
}

static void steps_go_off_before_on(void **state)
{
	assert_steps(&ringing, true, &(struct request){ .to = "Earpiece" },
		     "disable modifier Play Ringtone, disable device Speaker, "
		     "enable device Earpiece");
}

static void a_new_verb_comes_between(void **state)
{
	assert_steps(&music, true,
		     &(struct request){ .verb = "Voice Call",
					.enable = LIST("Earpiece", "Mic") },
		     "disable device Speaker, disable device Mic, set verb Voice Call, "
		     "enable device Earpiece, enable device Mic");
}

static void an_unknown_route_is_set_from_the_start(void **state)
{
	assert_steps(&music, false, &(struct request){ .to = "Headphones" },
		     "set verb Inactive, set verb HiFi, enable device Headphones, "
		     "enable device Mic");
	assert_steps(&nothing, false, &(struct request){ .restore = true },
		     "set verb Inactive");
}

static void a_restore_leaves_a_route_that_was_set_before_its_turn(void **state)
{
	const struct request restore = { .verb = "HiFi",
					 .enable = LIST("Headphones"),
					 .restore = true };

	assert_steps(&music, true, &restore, "");
	assert_steps(&music, false, &restore,
		     "set verb Inactive, set verb HiFi, enable device Headphones");
}

static void no_verb_is_reached_by_one_step(void **state)
{
	assert_steps(&music, true, &(struct request){ .verb = "Inactive" },
		     "disable device Speaker, disable device Mic, set verb Inactive");
}

static void nothing_to_change_has_no_steps(void **state)
{
	assert_steps(&music, true, &(struct request){ .to = "Speaker" }, "");
	assert_steps(&music, false, &(struct request){ .to = "Speaker" },
		     "set verb Inactive, set verb HiFi, enable device Speaker, "
		     "enable device Mic");
}

static void the_largest_plan_fits(void **state)
{
	static struct profile p;
	static struct plan plan;
	static struct world w;
	const struct route all = { 0, UINT64_MAX, UINT64_MAX };
	struct request r = { .verb = "B" };
	struct tacet_error e;

	p = (struct profile){ .n_verbs = 2 };
	for (int v = 0; v < 2; v++) {
		strcpy(p.verb[v].name, v ? "B" : "A");
		p.verb[v].n_devices = PROFILE_DEVICES;
		p.verb[v].n_modifiers = PROFILE_MODIFIERS;
		for (int i = 0; i < 64; i++) {
			snprintf(p.verb[v].device[i].name, TACET_NAME_MAX, "d%d", i);
			snprintf(p.verb[v].modifier[i].name, TACET_NAME_MAX, "m%d", i);
		}
	}
	for (; r.enable.n < REQUEST_NAMES; r.enable.n++, r.enable_modifiers.n++) {
		snprintf(r.enable.name[r.enable.n], TACET_NAME_MAX, "d%u", r.enable.n);
		snprintf(r.enable_modifiers.name[r.enable.n], TACET_NAME_MAX, "m%u",
			 r.enable.n);
	}
	assert_int_equal(plan_make(&p, &all, true, &r, &w, &plan, &e), 0);
	assert_int_equal(plan.n_steps, 64 + 64 + 1 + 16 + 16);
	assert_true(plan.n_steps <= PLAN_STEPS_MAX);
}

static void to_replaces_only_its_own_direction(void **state)
{
	const struct request speaker = { .to = "Speaker" }, ear = { .to = "Earpiece" };
	const struct request mic = { .to = "Mic" };

	assert_true(plan_replaces(&phone, &music, &speaker, &ear));
	assert_true(plan_replaces(&phone, &music, &mic, &mic));
	assert_false(plan_replaces(&phone, &music, &speaker, &mic));
	assert_false(plan_replaces(&phone, &nothing, &speaker, &ear));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_switches_off_the_same_direction_only),
		cmocka_unit_test(enable_adds_and_switches_nothing_off),
		cmocka_unit_test(enable_of_a_conflict_names_both_devices),
		cmocka_unit_test(enable_and_disable_together_swap),
		cmocka_unit_test(to_beside_an_enabled_rival_is_a_conflict),
		cmocka_unit_test(disabling_what_is_off_changes_nothing),
		cmocka_unit_test(a_new_verb_starts_empty),
		cmocka_unit_test(the_same_verb_named_keeps_its_devices),
		cmocka_unit_test(a_restore_is_exactly_what_it_names),
		cmocka_unit_test(a_restore_leaves_a_route_that_was_set_before_its_turn),
		cmocka_unit_test(inactive_is_no_verb),
		cmocka_unit_test(unknown_names_are_named),
		cmocka_unit_test(a_modifier_needs_its_device),
		cmocka_unit_test(a_modifier_falls_with_its_device),
		cmocka_unit_test(a_conflicting_modifier_stops_a_plain_enable),
		cmocka_unit_test(supported_devices_exclude_all_others),
		cmocka_unit_test(an_odd_route_stays_changeable),
		cmocka_unit_test(steps_go_off_before_on),
		cmocka_unit_test(a_new_verb_comes_between),
		cmocka_unit_test(an_unknown_route_is_set_from_the_start),
		cmocka_unit_test(no_verb_is_reached_by_one_step),
		cmocka_unit_test(nothing_to_change_has_no_steps),
		cmocka_unit_test(the_largest_plan_fits),
		cmocka_unit_test(to_replaces_only_its_own_direction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
