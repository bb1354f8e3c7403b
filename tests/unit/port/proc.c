// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test.h"

#include <errno.h>

#include "port/proc.h"
#include "scratch.h"

#define CARD "proc/asound/card1/"

static const char running[] = "state: RUNNING\n"
			      "owner_pid   : 4712\n"
			      "trigger_time: 123.456789012\n"
			      "tstamp      : 124.000000000\n"
			      "delay       : 1024\n"
			      "avail       : 7168\n"
			      "avail_max   : 7168\n"
			      "-----\n"
			      "hw_ptr      : 480000\n"
			      "appl_ptr    : 481024\n";

static const char params[] = "access: RW_INTERLEAVED\n"
			     "format: S16_LE\n"
			     "subformat: STD\n"
			     "channels: 2\n"
			     "rate: 48000 (48000/1)\n"
			     "period_size: 1024\n"
			     "buffer_size: 8192\n";

/* card 1: pcm0p runs, pcm2c is open without parameters, pcm10p and pcm2p are closed */
static void make_card(struct scratch *s)
{
	scratch_text(s, "proc/asound/pcm", "01-00: Media (*) :  : playback 1\n");
	scratch_text(s, CARD "id", "TacetPhone\n");
	scratch_text(s, CARD "pcm0p/info", "card: 1\n");
	scratch_text(s, CARD "pcm0p/sub0/status", running);
	scratch_text(s, CARD "pcm0p/sub0/hw_params", params);
	scratch_text(s, CARD "pcm2c/sub1/status",
		     "state: OPEN\nowner_pid   : 99\nhw_ptr      : 0\nappl_ptr    : 0\n");
	scratch_text(s, CARD "pcm2c/sub1/hw_params", "no setup\n");
	scratch_text(s, CARD "pcm2p/sub0/status", "closed\n");
	scratch_text(s, CARD "pcm10p/sub0/status", "closed\n");
	/* the owner is a thread of process 4711 */
	scratch_text(s, "proc/4712/status",
		     "Name:\tplay back\nTgid:\t4711\nPid:\t4712\n");
	scratch_text(s, "proc/4711/comm", "aplay\n");
}

static void open_substreams_are_listed_with_their_process(void **state)
{
	struct scratch *s = *state;
	struct proc_stream list[8];
	unsigned int n = 0, media;

	make_card(s);
	assert_int_equal(proc_scan(s->path, 1, list, 8, &n), 0);
	assert_int_equal(n, 2);
	media = list[0].device == 0 ? 0 : 1;
	assert_int_equal(list[media].state, PCM_RUNNING);
	assert_false(list[media].capture);
	assert_int_equal(list[media].owner, 4711);
	assert_string_equal(list[media].process, "aplay");
	assert_int_equal(list[media].hw_ptr, 480000);
	assert_int_equal(list[media].appl_ptr, 481024);
	assert_int_equal(list[media].rate, 48000);
	assert_int_equal(list[media].channels, 2);
	assert_int_equal(list[!media].device, 2);
	assert_int_equal(list[!media].subdevice, 1);
	assert_true(list[!media].capture);
	assert_int_equal(list[!media].state, PCM_OPEN);
	assert_int_equal(list[!media].rate, 0);
}

static void an_owner_that_cannot_be_seen_is_told_by_its_thread(void **state)
{
	struct scratch *s = *state;
	struct proc_stream one;

	make_card(s);
	assert_int_equal(proc_status(s->path, 1, 2, 1, true, &one), 0);
	assert_int_equal(one.owner, 99);
	assert_string_equal(one.process, "");
}

static void more_streams_than_room_are_counted(void **state)
{
	struct scratch *s = *state;
	struct proc_stream list[1];
	unsigned int n = 0;

	make_card(s);
	assert_int_equal(proc_scan(s->path, 1, list, 1, &n), 0);
	assert_int_equal(n, 2);
}

static void a_closed_substream_is_no_error(void **state)
{
	struct scratch *s = *state;
	struct proc_stream one;

	make_card(s);
	assert_int_equal(proc_status(s->path, 1, 10, 0, false, &one), 0);
	assert_int_equal(one.state, PCM_CLOSED);
	assert_int_equal(one.device, 10);
}

static void a_card_that_is_gone_and_a_kernel_that_tells_nothing_differ(void **state)
{
	struct scratch *s = *state;
	struct proc_stream list[1];
	unsigned int n = 7;

	assert_int_equal(proc_scan(s->path, 1, list, 1, &n), -EOPNOTSUPP);
	make_card(s);
	assert_int_equal(proc_scan(s->path, 5, list, 1, &n), -ENOENT);
	assert_int_equal(proc_status(s->path, 1, 7, 0, false, list), -ENOENT);
	assert_int_equal(n, 7);
	/* a card with PCMs, of which procfs has no folders */
	scratch_text(s, "proc/asound/card0/id", "Quiet\n");
	scratch_text(s, "proc/asound/pcm", "00-00: Media : : playback 1\n");
	assert_int_equal(proc_scan(s->path, 0, list, 1, &n), -EOPNOTSUPP);
	/* a card that has none */
	scratch_text(s, "proc/asound/pcm", "01-00: Media : : playback 1\n");
	assert_int_equal(proc_scan(s->path, 0, list, 1, &n), 0);
	assert_int_equal(n, 0);
}

static void every_state_is_understood(void **state)
{
	static const char *const name[] = { "OPEN",    "SETUP",	    "PREPARED",
					    "RUNNING", "XRUN",	    "DRAINING",
					    "PAUSED",  "SUSPENDED", "DISCONNECTED" };
	struct scratch *s = *state;
	struct proc_stream one;
	char text[64];

	for (int i = 0; i < PCM_CLOSED; i++) {
		snprintf(text, sizeof(text), "state: %s\n", name[i]);
		scratch_text(s, CARD "pcm0p/sub0/status", text);
		assert_int_equal(proc_status(s->path, 1, 0, 0, false, &one), 0);
		assert_int_equal(one.state, i);
	}
}

static void a_driver_that_fails_to_answer_is_an_error(void **state)
{
	struct scratch *s = *state;
	struct proc_stream one;

	scratch_text(s, CARD "pcm0p/sub0/status", "error -5\n");
	assert_int_equal(proc_status(s->path, 1, 0, 0, false, &one), -EIO);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(open_substreams_are_listed_with_their_process),
		TEST(an_owner_that_cannot_be_seen_is_told_by_its_thread),
		TEST(more_streams_than_room_are_counted),
		TEST(a_closed_substream_is_no_error),
		TEST(a_card_that_is_gone_and_a_kernel_that_tells_nothing_differ),
		TEST(every_state_is_understood),
		TEST(a_driver_that_fails_to_answer_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
