/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/report.h"

static void times_are_told_from_the_request_on(void **state)
{
	struct report *r = report_new(7, "Phone", 1000000, 500);

	report_event(r, 500, TL_REQUEST, NULL, "client");
	report_event(r, 800, TL_STOPPED, "hw:Phone,0,0", "at %u", 3);
	report_write(r, "Speaker Switch", "off", "on", 900);
	report_end(r, 1500, TACET_OK, REPORT_DONE, NULL);
	assert_int_equal(r->event[0].at, 0);
	assert_int_equal(r->event[1].at, 300);
	assert_string_equal(r->event[1].text, "at 3");
	assert_int_equal(r->write[0].at, 400);
	assert_int_equal(r->duration, 1000);
	assert_int_equal(r->event[2].kind, TL_REPORT);
	assert_string_equal(r->event[2].text, "done");
	assert_string_equal(r->journal, "ok");
	report_free(r);
}

static struct report_stream *ran(struct report *r, uint32_t id, uint64_t quiesce,
				 uint64_t stop, uint64_t resume)
{
	struct report_stream *s = report_stream(r, id);

	s->moved = true;
	s->quiesce_at = quiesce;
	s->stopped_at = stop;
	s->resumed_at = resume;
	return s;
}

static void the_figures_follow_from_the_streams(void **state)
{
	struct report *r = report_new(1, "Phone", 0, 100);

	ran(r, 1, 110, 120, 220);
	ran(r, 2, 110, 150, 210);
	report_write(r, "b", "0", "1", 180);
	report_write(r, "a", "0", "1", 170);
	assert_int_equal(report_stream_quiesce(&r->stream[0]), 10);
	assert_int_equal(report_stream_gap(&r->stream[0]), 100);
	assert_int_equal(report_gap(r), 100);
	/* From the last stop (150) to the first write (170) and to the first resume (210). */
	assert_int_equal(report_to_first_write(r), 20);
	assert_int_equal(report_rest(r), 60);
	report_free(r);
}

static void a_stream_that_did_not_run_has_no_gap_and_ends_no_movement(void **state)
{
	struct report *r = report_new(1, "Phone", 0, 100);

	ran(r, 1, 110, 120, 220)->moved = false;
	report_write(r, "a", "0", "1", 170);
	assert_int_equal(report_gap(r), 0);
	assert_int_equal(report_to_first_write(r), 0);
	assert_int_equal(report_rest(r), 0);
	report_free(r);
}

static void a_stream_has_one_entry(void **state)
{
	struct report *r = report_new(1, "Phone", 0, 0);

	for (uint32_t id = 1; id <= 1000; id++)
		report_stream(r, id)->pid = (pid_t)id;
	for (uint32_t id = 1; id <= 1000; id++)
		assert_int_equal(report_stream(r, id)->pid, id);
	assert_int_equal(r->n_streams, 1000);
	report_free(r);
}

static void slips_are_listed_and_drawn(void **state)
{
	struct report *r = report_new(1, "Phone", 0, 100);

	report_slip(r, 150, "hw:Phone,1,0");
	assert_int_equal(r->n_slipped, 1);
	assert_string_equal(r->slipped[0], "hw:Phone,1,0");
	assert_int_equal(r->event[0].kind, TL_SLIP);
	assert_int_equal(r->event[0].at, 50);
	report_free(r);
}

static void a_route_reads_as_a_person_says_it(void **state)
{
	struct route_names n = {};
	char text[64], small[8];

	assert_string_equal(route_names_text(&n, text, sizeof(text)), "none");
	strcpy(n.verb, "HiFi");
	assert_string_equal(route_names_text(&n, text, sizeof(text)), "HiFi: no device");
	n.n_devices = 2;
	strcpy(n.device[0], "Speaker");
	strcpy(n.device[1], "Mic");
	n.n_modifiers = 1;
	strcpy(n.modifier[0], "Play Ringtone");
	assert_string_equal(route_names_text(&n, text, sizeof(text)),
			    "HiFi: Speaker Mic + Play Ringtone");
	assert_string_equal(route_names_text(&n, small, sizeof(small)), "HiFi: S");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_told_from_the_request_on),
		cmocka_unit_test(the_figures_follow_from_the_streams),
		cmocka_unit_test(
			a_stream_that_did_not_run_has_no_gap_and_ends_no_movement),
		cmocka_unit_test(a_stream_has_one_entry),
		cmocka_unit_test(slips_are_listed_and_drawn),
		cmocka_unit_test(a_route_reads_as_a_person_says_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
