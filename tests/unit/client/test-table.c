/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "table.h"
#include "util/cleanup.h"

static char *output;
static size_t output_size;

static FILE *capture(void)
{
	return open_memstream(&output, &output_size);
}

static void assert_output(FILE *f, const char *expected)
{
	fclose(f);
	assert_string_equal(output, expected);
	free(output);
}

static const char *const titles[] = { "PCM", ">TOOK", "OUTCOME" };

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	_cleanup_table_ struct table *t = table_new(3, titles);
	FILE *f = capture();

	table_add(t, "hw:0,0");
	table_add_us(t, 1500);
	table_add(t, "resumed");
	table_add(t, "x");
	table_add_us(t, 0);
	table_addf(t, "%s", "left");
	assert_int_equal(table_rows(t), 2);
	table_print(t, f, 2, false);
	assert_output(f, "  PCM        TOOK  OUTCOME\n"
			 "  hw:0,0  1.50 ms  resumed\n"
			 "  x             -  left\n");
}

static void an_empty_table_prints_nothing(void **state)
{
	_cleanup_table_ struct table *t = table_new(3, titles);
	FILE *f = capture();

	table_print(t, f, 0, true);
	assert_output(f, "");
}

static void wide_characters_count_as_columns(void **state)
{
	_cleanup_table_ struct table *t = table_new(2, titles + 1);
	FILE *f = capture();

	table_add(t, "語ä");
	table_add(t, "x");
	table_add(t, "12345");
	table_add(t, "y");
	table_print(t, f, 0, false);
	assert_output(f, " TOOK  OUTCOME\n"
			 "  語ä  x\n"
			 "12345  y\n");
}

static void colour_surrounds_the_text_and_not_the_padding(void **state)
{
	_cleanup_table_ struct table *t = table_new(2, titles + 1);
	FILE *f = capture();

	table_add(t, "1");
	table_add(t, "failed");
	table_style(t, STYLE_BAD);
	table_print(t, f, 0, true);
	assert_output(f, "\033[2mTOOK\033[0m  \033[2mOUTCOME\033[0m\n"
			 "   1  \033[1;31mfailed\033[0m\n");
}

static void control_characters_and_broken_text_become_question_marks(void **state)
{
	FILE *f = capture();

	text_put(f, "a\033[31m\x7f"
		    "b\xc2\x9b"
		    "c\xff"
		    "d\tä");
	assert_output(f, "a?[31m?b?c?d?ä");
	assert_int_equal(text_width("a\033b\xffä"), 5);
}

static void text_is_wrapped_between_its_margins(void **state)
{
	FILE *f = capture();

	text_wrap(f, "one two three  four\nfive", 2, 12);
	assert_output(f, "  one two\n  three four\n  five\n");
	f = capture();
	text_wrap(f, "incomprehensibilities x", 2, 8);
	assert_output(f, "  incomprehensibilities\n  x\n");
	f = capture();
	text_wrap(f, "", 2, 8);
	assert_output(f, "");
}

static void durations_have_a_unit_that_suits_them(void **state)
{
	static const struct {
		uint64_t us;
		const char *text;
	} durations[] = { { 0, "0 us" },	 { 99, "99 us" },
			  { 100, "0.10 ms" },	 { 9999, "10.00 ms" },
			  { 10000, "10.0 ms" },	 { 999900, "999.9 ms" },
			  { 5000800, "5.00 s" }, { 600000000, "600.00 s" } };
	char buf[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(durations); i++) {
		text_duration(buf, sizeof(buf), durations[i].us);
		assert_string_equal(buf, durations[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(an_empty_table_prints_nothing),
		cmocka_unit_test(wide_characters_count_as_columns),
		cmocka_unit_test(colour_surrounds_the_text_and_not_the_padding),
		cmocka_unit_test(
			control_characters_and_broken_text_become_question_marks),
		cmocka_unit_test(text_is_wrapped_between_its_margins),
		cmocka_unit_test(durations_have_a_unit_that_suits_them),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
