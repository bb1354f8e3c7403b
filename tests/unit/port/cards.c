// SPDX-License-Identifier: LGPL-2.1-or-later
/* Cards under a udev that umockdev plays: runs with its preload library. */
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <umockdev.h>
#include <unistd.h>

#include "port/cards.h"

#define SECONDS UINT64_C(1000000)

static bool udevd_runs;
static UMockdevTestbed *testbed;
static sd_event *event;
static struct cards *cards;
static bool free_in_callback;
static char told[256];

int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);

int __wrap_access(const char *path, int mode)
{
	if (!strcmp(path, "/run/udev/control"))
		return udevd_runs ? 0 : -1;
	return __real_access(path, mode);
}

static void tell(const char *text)
{
	assert_true(strlen(told) + strlen(text) < sizeof(told));
	strcat(told, text);
	if (free_in_callback)
		cards = cards_free(cards);
}

static void on_added(const struct card_info *card, void *userdata)
{
	char text[64];

	snprintf(text, sizeof(text), "+%d:%s ", card->index, card->id);
	tell(text);
}

static void on_removed(int index, void *userdata)
{
	char text[32];

	snprintf(text, sizeof(text), "-%d ", index);
	tell(text);
}

static const struct cards_ops ops = { .added = on_added, .removed = on_removed };

static int setup(void **state)
{
	udevd_runs = true;
	free_in_callback = false;
	told[0] = '\0';
	testbed = umockdev_testbed_new();
	return sd_event_new(&event) < 0;
}

static int teardown(void **state)
{
	cards = cards_free(cards);
	event = sd_event_unref(event);
	g_clear_object(&testbed);
	return 0;
}

/* A card as the kernel makes it; ready: as udev's rules leave it. */
static char *add_card(int index, const char *id, bool ready)
{
	char name[32], number[16];

	snprintf(name, sizeof(name), "card%d", index);
	snprintf(number, sizeof(number), "%d", index);
	return umockdev_testbed_add_device(testbed, "sound", name, NULL, "id", id,
					   "number", number, NULL, "SOUND_INITIALIZED",
					   ready ? "1" : "", NULL);
}

static void start(void)
{
	assert_int_equal(cards_new(event, &ops, NULL, &cards), 0);
}

static void wait_for(const char *expected)
{
	while (strcmp(told, expected)) {
		assert_true(strlen(told) < strlen(expected));
		assert_int_not_equal(sd_event_run(event, 10 * SECONDS), 0);
	}
}

static void cards_that_are_there_are_told_at_once(void **state)
{
	g_free(add_card(0, "TacetPhone", true));
	g_free(add_card(12, "Loopback", true));
	start();
	assert_string_equal(told, "+0:TacetPhone +12:Loopback ");
}

static void a_card_is_told_once_udev_has_finished_it(void **state)
{
	char *card = add_card(0, "TacetPhone", false);

	start();
	assert_string_equal(told, "");
	umockdev_testbed_uevent(testbed, card, "add");
	umockdev_testbed_set_property(testbed, card, "SOUND_INITIALIZED", "1");
	umockdev_testbed_uevent(testbed, card, "change");
	/* rules are triggered again at any time */
	umockdev_testbed_uevent(testbed, card, "change");
	wait_for("+0:TacetPhone ");
	umockdev_testbed_uevent(testbed, card, "remove");
	wait_for("+0:TacetPhone -0 ");
	g_free(card);
}

static void other_devices_of_a_card_are_none(void **state)
{
	char *card = add_card(1, "Phone", true);
	char *pcm = umockdev_testbed_add_device(testbed, "sound", "pcmC1D0p", card, NULL,
						"SOUND_INITIALIZED", "1", NULL);

	start();
	umockdev_testbed_uevent(testbed, pcm, "add");
	umockdev_testbed_uevent(testbed, pcm, "remove");
	umockdev_testbed_uevent(testbed, card, "remove");
	wait_for("+1:Phone -1 ");
	g_free(pcm);
	g_free(card);
}

static void a_card_that_was_never_told_does_not_go(void **state)
{
	char *early = add_card(0, "Early", false), *card = add_card(1, "Phone", true);

	start();
	umockdev_testbed_uevent(testbed, early, "remove");
	umockdev_testbed_uevent(testbed, card, "remove");
	wait_for("+1:Phone -1 ");
	g_free(early);
	g_free(card);
}

/* What follows then is the kernel's own events, which only the tests in a guest can have. */
static void without_udevd_nothing_is_waited_for(void **state)
{
	udevd_runs = false;
	g_free(add_card(0, "TacetPhone", false));
	start();
	assert_string_equal(told, "+0:TacetPhone ");
}

static void it_may_be_freed_in_its_callback(void **state)
{
	char *card = add_card(0, "TacetPhone", true);

	start();
	free_in_callback = true;
	umockdev_testbed_uevent(testbed, card, "remove");
	umockdev_testbed_uevent(testbed, card, "add");
	wait_for("+0:TacetPhone -0 ");
	assert_null(cards);
	g_free(card);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cards_that_are_there_are_told_at_once),
		TEST(a_card_is_told_once_udev_has_finished_it),
		TEST(other_devices_of_a_card_are_none),
		TEST(a_card_that_was_never_told_does_not_go),
		TEST(without_udevd_nothing_is_waited_for),
		TEST(it_may_be_freed_in_its_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
