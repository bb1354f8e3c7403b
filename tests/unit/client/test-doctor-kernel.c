/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "doctor-kernel.h"
#include "util/cleanup.h"

/* The faults of a kernel as "R0 B6 M4?"; '?' marks one that only some releases have. */
static const char *faults_of(const char *release, const char *build)
{
	static char text[256];
	struct kernel_fault_list list;
	struct kernel_version v;
	unsigned int i;

	assert_int_equal(kernel_version_parse(release, build, &v), 0);
	kernel_faults(&v, true, &list);
	text[0] = '\0';
	for (i = 0; i < list.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s%s",
			 i ? " " : "", list.item[i].fault->id,
			 list.item[i].certain ? "" : "?");
	return text;
}

#define MEDIA "M1 M2 M3 M4 M5 M6"

static void each_kernel_has_the_faults_of_its_range(void **state)
{
	static const struct {
		const char *release, *build, *faults;
	} kernels[] = {
		{ "5.10.0-32-amd64", "#1 SMP Debian 5.10.223-1 (2024-08-10)",
		  "R0 B6 B8 " MEDIA },
		{ "5.10.262", NULL, "R0 B6 B8 " MEDIA },
		{ "5.15.111", NULL, "R0 B6 B8 " MEDIA },
		{ "5.15.112", NULL, "B1 B2 B3 B4 B5 B8 B9 " MEDIA },
		{ "5.16.20", NULL, "R0 B6 B8 " MEDIA },
		{ "5.17.0", NULL, "B1 B2 B3 B4 B5 B8 B9 " MEDIA },
		{ "6.1.0-50-amd64",
		  "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-1 (2026-02-01)",
		  "B1 B2 B3 B4 B5 B7 B8 B9 " MEDIA },
		{ "6.12.107+deb13-amd64", "#1 SMP Debian 6.12.107-1",
		  "B1 B2 B3 B4 B5 B8 B9 " MEDIA },
		{ "7.2.12+deb14-amd64", NULL, "B1 B2 B3 B4 B5 B8 B9 " MEDIA },
		{ "7.3.4", NULL, "B1 B2 B3 B4 B5 B8 B9 " MEDIA },
		{ "7.4-rc1", NULL, "B1 B2 B3 B4 B5 B8 B9 " MEDIA },
		{ "4.19.0", NULL, "R0 B6 M6" },
		{ "3.4.113", NULL, "M6" },
		{ "2.6.32", NULL, "" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kernels); i++)
		assert_string_equal(faults_of(kernels[i].release, kernels[i].build),
				    kernels[i].faults);
}

static void a_hidden_patch_level_matters_only_where_it_decides(void **state)
{
	assert_string_equal(faults_of("5.15.0-125-generic", "#135-Ubuntu SMP"),
			    "R0? B1? B2? B3? B4? B5? B6? B8 B9? " MEDIA);
	assert_string_equal(faults_of("5.10.0-32-amd64", NULL), "R0 B6 B8 " MEDIA);
	assert_string_equal(faults_of("6.1.0-50-amd64", NULL),
			    "B1 B2 B3 B4 B5 B7 B8 B9 " MEDIA);
}

static void a_distribution_names_the_release_in_its_build(void **state)
{
	struct kernel_version v;

	assert_int_equal(kernel_version_parse("5.15.0-125-generic",
					      "Ubuntu 5.15.0-125.135-generic 5.15.167",
					      &v),
			 0);
	assert_true(v.patch_known);
	assert_int_equal(v.patch, 167);
	assert_string_equal(faults_of("5.15.0-72-generic",
				      "Ubuntu 5.15.0-72.79-generic 5.15.98"),
			    "R0 B6 B8 " MEDIA);
	/* A build that speaks of another kernel says nothing of this one. */
	assert_int_equal(kernel_version_parse("5.15.0-1-amd64", "Debian 6.1.192-1", &v),
			 0);
	assert_false(v.patch_known);
	assert_int_equal(kernel_version_parse("6.1.0-1-amd64", "Ubuntu", &v), 0);
	assert_false(v.patch_known);
}

static void what_is_no_version_is_refused(void **state)
{
	static const char *const wrong[] = { "", "x", "6", "six.one", "-" };
	struct kernel_version v = { .major = 42 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(kernel_version_parse(wrong[i], NULL, &v), -EINVAL);
	assert_int_equal(v.major, 42);
}

static void kernels_after_the_last_known_one_are_unknown(void **state)
{
	assert_false(kernel_is_unknown(&(struct kernel_version){ 7, 3, 4, true }));
	assert_true(kernel_is_unknown(&(struct kernel_version){ 7, 3, 5, true }));
	assert_true(kernel_is_unknown(&(struct kernel_version){ 8, 0, 0, true }));
	assert_false(kernel_is_unknown(&(struct kernel_version){ 6, 12, 200, true }));
}

static void without_compressed_offload_its_faults_are_absent(void **state)
{
	struct kernel_fault_list with, without;
	struct kernel_version v;
	unsigned int i;

	assert_int_equal(kernel_version_parse("6.1.192", NULL, &v), 0);
	kernel_faults(&v, true, &with);
	kernel_faults(&v, false, &without);
	assert_int_equal(with.n, without.n + 2);
	for (i = 0; i < without.n; i++) {
		assert_string_not_equal(without.item[i].fault->id, "B1");
		assert_string_not_equal(without.item[i].fault->id, "B7");
	}
}

static void a_repair_is_found_as_a_whole_word(void **state)
{
	assert_true(kernel_fault_repaired("R0 B1 B2", "B1"));
	assert_true(kernel_fault_repaired("R0 B1 B2\n", "B2"));
	assert_true(kernel_fault_repaired("R0,B1,B2", "R0"));
	assert_false(kernel_fault_repaired("R0 B12", "B1"));
	assert_false(kernel_fault_repaired("AR0", "R0"));
	assert_false(kernel_fault_repaired("", "R0"));
}

static void a_repair_is_offered_only_where_its_module_loads(void **state)
{
	static const struct {
		struct kernel_version version;
		bool repairable;
	} cases[] = {
		{ { 5, 10, 223, true }, true }, { { 5, 15, 0, true }, false },
		{ { 6, 1, 192, true }, true },	{ { 6, 12, 0, false }, true },
		{ { 7, 2, 12, true }, true },	{ { 7, 3, 0, true }, false },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(kernel_is_repairable(&cases[i].version),
				 cases[i].repairable);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kernel_has_the_faults_of_its_range),
		cmocka_unit_test(a_hidden_patch_level_matters_only_where_it_decides),
		cmocka_unit_test(a_distribution_names_the_release_in_its_build),
		cmocka_unit_test(what_is_no_version_is_refused),
		cmocka_unit_test(kernels_after_the_last_known_one_are_unknown),
		cmocka_unit_test(without_compressed_offload_its_faults_are_absent),
		cmocka_unit_test(a_repair_is_found_as_a_whole_word),
		cmocka_unit_test(a_repair_is_offered_only_where_its_module_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
