/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "json.h"
#include "svg.h"
#include "util/cleanup.h"

static const char paused[] =
	"{\"duration\":6000,\"written\":[{\"name\":\"A\",\"at\":3000}],"
	"\"streams\":[{\"pcm\":\"hw:0,0\",\"method\":\"pause\"},"
	"{\"pcm\":\"hw:0,1\",\"method\":\"none\"},{\"pcm\":\"hw:0,2\",\"method\":"
	"\"live\"}],"
	"\"timeline\":[[0,\"request\",\"\",\"\"],[100,\"plan\",\"\",\"\"],"
	"[200,\"journal\",\"\",\"\"],[1000,\"quiesce\",\"hw:0,0\",\"pause\"],"
	"[2000,\"stopped\",\"hw:0,0\",\"\"],[2500,\"check\",\"\",\"\"],"
	"[3000,\"write\",\"\",\"A\"],[3500,\"write\",\"\",\"B\"],"
	"[4000,\"resume\",\"hw:0,0\",\"\"],[4500,\"resumed\",\"hw:0,0\",\"\"],"
	"[4600,\"slip\",\"hw:0,1\",\"\"],[6000,\"report\",\"\",\"\"]]}";

static void assert_span(const struct svg_span *s, enum span_kind kind, uint64_t from,
			uint64_t to)
{
	assert_int_equal(s->kind, kind);
	assert_int_equal(s->from, from);
	assert_int_equal(s->to, to);
}

static void a_paused_stream_plays_stops_rests_and_goes_on(void **state)
{
	_cleanup_json_ json_object *report = json_tokener_parse(paused);
	struct svg_layout l;
	struct svg_row *row;

	assert_int_equal(svg_layout_make(report, &l), 0);
	assert_int_equal(l.end, 6000);
	assert_int_equal(l.n_rows, 4);
	row = &l.rows[1];
	assert_string_equal(row->pcm, "hw:0,0");
	assert_int_equal(row->n, 5);
	assert_span(&row->spans[0], SPAN_OLD, 0, 1000);
	assert_span(&row->spans[1], SPAN_STOPPING, 1000, 2000);
	assert_span(&row->spans[2], SPAN_SILENT, 2000, 4000);
	assert_span(&row->spans[3], SPAN_RESUMING, 4000, 4500);
	assert_span(&row->spans[4], SPAN_NEW, 4500, 6000);
	assert_true(row->slip == UINT64_MAX);
	assert_int_equal(l.rows[2].n, 1);
	assert_span(&l.rows[2].spans[0], SPAN_IDLE, 0, 6000);
	assert_int_equal(l.rows[2].slip, 4600);
	assert_int_equal(l.rows[3].n, 2);
	assert_span(&l.rows[3].spans[0], SPAN_OLD, 0, 3000);
	assert_span(&l.rows[3].spans[1], SPAN_NEW, 3000, 6000);
	svg_layout_free(&l);
}

static void the_rest_lasts_from_the_last_stop_until_one_goes_on(void **state)
{
	_cleanup_json_ json_object *report = json_tokener_parse(paused);
	struct svg_layout l;

	assert_int_equal(svg_layout_make(report, &l), 0);
	assert_true(l.has_rest);
	assert_int_equal(l.rest_from, 2000);
	assert_int_equal(l.rest_to, 4500);
	assert_false(l.has_zoom);
	svg_layout_free(&l);
}

static void the_phases_follow_each_other_without_a_hole(void **state)
{
	_cleanup_json_ json_object *report = json_tokener_parse(paused);
	struct svg_layout l;
	unsigned int i;

	assert_int_equal(svg_layout_make(report, &l), 0);
	assert_int_equal(l.rows[0].n, 6);
	assert_int_equal(l.rows[0].spans[0].from, 0);
	for (i = 1; i < l.rows[0].n; i++)
		assert_int_equal(l.rows[0].spans[i].from, l.rows[0].spans[i - 1].to);
	assert_int_equal(l.rows[0].spans[i - 1].to, 6000);
	assert_string_equal(l.rows[0].spans[3].label, "write");
	assert_int_equal(l.rows[0].spans[3].from, 2500);
	assert_int_equal(l.rows[0].spans[3].to, 4000);
	svg_layout_free(&l);
}

static void a_short_rest_in_a_long_switch_is_magnified(void **state)
{
	_cleanup_json_ json_object *report = json_tokener_parse(
		"{\"duration\":1000000,\"streams\":[{\"pcm\":\"p\",\"method\":\"drain\"}]"
		","
		"\"timeline\":[[0,\"quiesce\",\"p\",\"\"],[900000,\"stopped\",\"p\",\"\"]"
		","
		"[900100,\"write\",\"\",\"\"],[904000,\"resume\",\"p\",\"\"],"
		"[905000,\"resumed\",\"p\",\"\"]]}");
	struct svg_layout l;

	assert_int_equal(svg_layout_make(report, &l), 0);
	assert_true(l.has_zoom);
	assert_int_equal(l.zoom_from, 898749);
	assert_int_equal(l.zoom_to, 906251);
	svg_layout_free(&l);
}

static void a_stream_that_never_stopped_has_no_rest(void **state)
{
	_cleanup_json_ json_object *report = json_tokener_parse(
		"{\"duration\":500,\"streams\":[{\"pcm\":\"p\",\"method\":\"wait\"},"
		"{\"pcm\":\"q\",\"method\":\"pause\"}],"
		"\"timeline\":[[100,\"quiesce\",\"p\",\"\"],[150,\"stopped\",\"q\",\"\"]]"
		"}");
	struct svg_layout l;

	assert_int_equal(svg_layout_make(report, &l), 0);
	assert_false(l.has_rest);
	assert_int_equal(l.rows[1].n, 2);
	assert_span(&l.rows[1].spans[1], SPAN_STOPPING, 100, 500);
	svg_layout_free(&l);
}

static void both_directions_of_a_device_take_its_events_in_turn(void **state)
{
	_cleanup_json_ json_object *report = json_tokener_parse(
		"{\"duration\":900,\"streams\":[{\"pcm\":\"p\",\"method\":\"close\"},"
		"{\"pcm\":\"p\",\"method\":\"close\"}],"
		"\"timeline\":[[100,\"quiesce\",\"p\",\"\"],[200,\"stopped\",\"p\",\"\"],"
		"[300,\"quiesce\",\"p\",\"\"],[400,\"stopped\",\"p\",\"\"],"
		"[500,\"applied\",\"\",\"\"],[600,\"resumed\",\"p\",\"\"],"
		"[700,\"resumed\",\"p\",\"\"]]}");
	struct svg_layout l;

	assert_int_equal(svg_layout_make(report, &l), 0);
	assert_span(&l.rows[1].spans[1], SPAN_STOPPING, 100, 200);
	assert_span(&l.rows[1].spans[2], SPAN_SILENT, 200, 600);
	assert_span(&l.rows[2].spans[1], SPAN_STOPPING, 300, 400);
	assert_span(&l.rows[2].spans[2], SPAN_SILENT, 400, 700);
	assert_int_equal(l.rest_from, 400);
	assert_int_equal(l.rest_to, 600);
	svg_layout_free(&l);
}

static void nonsense_stays_inside_the_drawing(void **state)
{
	static const char *const reports[] = {
		"{}",
		"3",
		"{\"timeline\":7,\"streams\":\"x\"}",
		"{\"timeline\":[7,[],[\"x\"],[1,2,3,4]],\"streams\":[1,{}]}",
		"{\"duration\":18446744073709551615,\"streams\":[{\"pcm\":\"p\"}],"
		"\"timeline\":[[18446744073709551615,\"stopped\",\"p\",\"\"],"
		"[5,\"check\",\"\",\"\"],[3,\"resume\",\"p\",\"\"]]}",
		"{\"duration\":10,\"streams\":[{\"pcm\":\"p\",\"method\":\"pause\"}],"
		"\"timeline\":[[9,\"quiesce\",\"p\",\"\"],[5,\"stopped\",\"p\",\"\"],"
		"[7,\"check\",\"\",\"\"],[6,\"resumed\",\"p\",\"\"],[8,\"resume\",\"p\","
		"\"\"]]}",
	};
	unsigned int row, span;
	struct svg_layout l;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reports); i++) {
		_cleanup_json_ json_object *report = json_tokener_parse(reports[i]);

		assert_int_equal(svg_layout_make(report, &l), 0);
		assert_true(l.end >= 1);
		assert_true(l.rest_from <= l.rest_to && l.rest_to <= l.end);
		for (row = 0; row < l.n_rows; row++) {
			for (span = 0; span < l.rows[row].n; span++) {
				const struct svg_span *s = &l.rows[row].spans[span];

				assert_true(s->from < s->to && s->to <= l.end);
			}
		}
		svg_layout_free(&l);
	}
}

static void scales_go_in_ones_twos_and_fives(void **state)
{
	assert_float_equal(svg_scale_step(8, 8), 1, 1e-9);
	assert_float_equal(svg_scale_step(9, 8), 2, 1e-9);
	assert_float_equal(svg_scale_step(30, 8), 5, 1e-9);
	assert_float_equal(svg_scale_step(60, 8), 10, 1e-9);
	assert_float_equal(svg_scale_step(0.006, 8), 0.001, 1e-9);
}

static void assert_text(const char *text, unsigned int max, const char *expected)
{
	char *output;
	size_t size;
	FILE *f = open_memstream(&output, &size);

	svg_text(f, text, max);
	fclose(f);
	assert_string_equal(output, expected);
	free(output);
}

#define FFFD "\xef\xbf\xbd"

static void text_cannot_leave_its_element(void **state)
{
	assert_text("<a href=\"x\">&'", 0, "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
	assert_text("ä語😀", 0, "ä語😀");
	assert_text("a\001b\033c\x7f", 0, "a" FFFD "b" FFFD "c" FFFD);
	assert_text("\xff\xc3(", 0, FFFD FFFD "(");
	assert_text("\xc0\xbc", 0, FFFD FFFD); /* an overlong '<' */
	assert_text("\xed\xa0\x80", 0, FFFD);  /* a surrogate */
	assert_text("\xe2\x82", 0, FFFD FFFD); /* cut off */
	assert_text("abcdef", 3, "abc…");
	assert_text("äöü", 3, "äöü");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_paused_stream_plays_stops_rests_and_goes_on),
		cmocka_unit_test(the_rest_lasts_from_the_last_stop_until_one_goes_on),
		cmocka_unit_test(the_phases_follow_each_other_without_a_hole),
		cmocka_unit_test(a_short_rest_in_a_long_switch_is_magnified),
		cmocka_unit_test(a_stream_that_never_stopped_has_no_rest),
		cmocka_unit_test(both_directions_of_a_device_take_its_events_in_turn),
		cmocka_unit_test(nonsense_stays_inside_the_drawing),
		cmocka_unit_test(scales_go_in_ones_twos_and_fives),
		cmocka_unit_test(text_cannot_leave_its_element),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
