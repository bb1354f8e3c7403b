// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test.h"

#include <errno.h>
#include <unistd.h>

#include "port/kernel.h"
#include "scratch.h"

#define STATE  "sys/module/tacet_dpcm/initstate"
#define ACTIVE "sys/module/tacet_dpcm/parameters/active"

static void a_kernel_without_the_module_is_not_repaired(void **state)
{
	struct scratch *s = *state;
	char repairs[64] = "untouched";

	assert_false(kernel_repaired(s->path, repairs, sizeof(repairs)));
	assert_string_equal(repairs, "untouched");
}

static void a_live_module_that_names_its_repairs_is_trusted(void **state)
{
	struct scratch *s = *state;
	char repairs[64];

	scratch_text(s, STATE, "live\n");
	scratch_text(s, ACTIVE, "link trigger\n");
	assert_true(kernel_repaired(s->path, repairs, sizeof(repairs)));
	assert_string_equal(repairs, "link trigger");
	assert_true(kernel_repaired(s->path, NULL, 0));
}

static void a_module_that_comes_or_goes_or_repairs_nothing_is_not(void **state)
{
	struct scratch *s = *state;
	char repairs[64];

	scratch_text(s, ACTIVE, "link\n");
	scratch_text(s, STATE, "going\n");
	assert_false(kernel_repaired(s->path, repairs, sizeof(repairs)));
	scratch_text(s, STATE, "coming\n");
	assert_false(kernel_repaired(s->path, repairs, sizeof(repairs)));
	scratch_text(s, STATE, "live\n");
	scratch_text(s, ACTIVE, "\n");
	assert_false(kernel_repaired(s->path, repairs, sizeof(repairs)));
	scratch_text(s, ACTIVE, "none\n");
	assert_false(kernel_repaired(s->path, repairs, sizeof(repairs)));
}

static void the_repair_can_be_held_only_where_it_is_in_force(void **state)
{
	struct scratch *s = *state;
	int fd;

	assert_int_equal(kernel_hold_repair(s->path), -ENOENT);
	scratch_text(s, "proc/asound/tacet_dpcm", "link trigger\n");
	fd = kernel_hold_repair(s->path);
	assert_true(fd >= 0);
	close(fd);
}

static void pauses_are_miscounted_since_5_17_and_in_late_5_15(void **state)
{
	static const struct {
		const char *release;
		bool miscounts;
	} known[] = {
		{ "5.10.0-46-amd64\n", false }, { "5.15.148\n", true },
		{ "5.16.9\n", false },		{ "5.17.0\n", true },
		{ "6.1.0-56-arm64\n", true },	{ "7.2.12+deb13-amd64\n", true },
		{ "4.19.0\n", false },		{ "phone\n", false },
	};
	struct scratch *s = *state;

	assert_false(kernel_miscounts_pauses(s->path));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		scratch_text(s, "proc/sys/kernel/osrelease", known[i].release);
		assert_int_equal(kernel_miscounts_pauses(s->path), known[i].miscounts);
	}
}

static void the_release_is_known(void **state)
{
	assert_true(strlen(kernel_release()) > 0);
	assert_string_not_equal(kernel_release(), "unknown");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_kernel_without_the_module_is_not_repaired),
		TEST(a_live_module_that_names_its_repairs_is_trusted),
		TEST(a_module_that_comes_or_goes_or_repairs_nothing_is_not),
		TEST(the_repair_can_be_held_only_where_it_is_in_force),
		TEST(pauses_are_miscounted_since_5_17_and_in_late_5_15),
		cmocka_unit_test(the_release_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
