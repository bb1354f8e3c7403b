// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/strv-msg.h"

static int setup(void **state)
{
	static int pair[2];

	*state = pair;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int teardown(void **state)
{
	int *pair = *state;

	close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
	return 0;
}

static void strings_arrive_as_they_were_sent(void **state)
{
	int *pair = *state, number = 0;
	struct strv_msg m;
	uint64_t big = 0;

	strv_msg_begin(&m, "kind");
	strv_msg_add(&m, "");
	strv_msg_add(&m, "two words/and more");
	strv_msg_addf(&m, "%d", -17);
	strv_msg_addf(&m, "%llu", 18446744073709551615ull);
	assert_int_equal(strv_msg_send(pair[0], &m, 0), 0);
	assert_int_equal(strv_msg_recv(pair[1], &m, 0), 1);
	assert_string_equal(strv_msg_next(&m), "kind");
	assert_string_equal(strv_msg_next(&m), "");
	assert_string_equal(strv_msg_next(&m), "two words/and more");
	assert_int_equal(strv_msg_next_int(&m, &number), 0);
	assert_int_equal(number, -17);
	assert_int_equal(strv_msg_next_u64(&m, &big), 0);
	assert_true(big == UINT64_MAX);
	assert_null(strv_msg_next(&m));
	assert_int_equal(strv_msg_next_int(&m, &number), -ENODATA);
}

static void a_message_of_full_size_fits_and_one_byte_more_is_refused(void **state)
{
	static char text[STRV_MSG_MAX];
	int *pair = *state;
	struct strv_msg m;

	memset(text, 'x', sizeof(text));
	text[STRV_MSG_MAX - 3] = '\0';
	strv_msg_begin(&m, "k");
	strv_msg_add(&m, text);
	assert_int_equal(m.size, STRV_MSG_MAX);
	assert_int_equal(strv_msg_send(pair[0], &m, 0), 0);
	assert_int_equal(strv_msg_recv(pair[1], &m, 0), 1);

	text[STRV_MSG_MAX - 3] = 'x';
	text[STRV_MSG_MAX - 2] = '\0';
	strv_msg_begin(&m, "k");
	strv_msg_add(&m, text);
	assert_int_equal(strv_msg_send(pair[0], &m, 0), -EMSGSIZE);
	/* and stays refused, whatever small thing comes next */
	strv_msg_addf(&m, "%d", 1);
	assert_int_equal(strv_msg_send(pair[0], &m, 0), -EMSGSIZE);
}

static void garbage_is_refused_and_the_next_message_is_read(void **state)
{
	static char large[STRV_MSG_MAX + 1];
	int *pair = *state;
	struct strv_msg m;

	assert_int_equal(send(pair[0], "no end", 6, 0), 6);
	assert_int_equal(send(pair[0], large, sizeof(large), 0), (int)sizeof(large));
	assert_int_equal(send(pair[0], "good", 5, 0), 5);
	assert_int_equal(strv_msg_recv(pair[1], &m, 0), -EBADMSG);
	assert_int_equal(strv_msg_recv(pair[1], &m, 0), -EBADMSG);
	assert_int_equal(strv_msg_recv(pair[1], &m, 0), 1);
	assert_string_equal(strv_msg_next(&m), "good");
	assert_int_equal(strv_msg_recv(pair[1], &m, MSG_DONTWAIT), -EAGAIN);
}

static void words_are_not_numbers(void **state)
{
	static const char *const bad[] = { "", "x", "1x", "99999999999", " ", "--1" };
	struct strv_msg m;
	uint64_t big = 7;
	int number = 7;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strv_msg_begin(&m, bad[i]);
		assert_int_equal(strv_msg_next_int(&m, &number), -EBADMSG);
		assert_int_equal(number, 7);
	}
	strv_msg_begin(&m, "-1");
	assert_int_equal(strv_msg_next_u64(&m, &big), -EBADMSG);
	strv_msg_begin(&m, "18446744073709551616");
	assert_int_equal(strv_msg_next_u64(&m, &big), -EBADMSG);
	assert_true(big == 7);
}

static void the_end_of_the_other_side_is_told_without_a_signal(void **state)
{
	int *pair = *state;
	struct strv_msg m;

	close(pair[1]);
	pair[1] = -1;
	strv_msg_begin(&m, "kind");
	assert_int_equal(strv_msg_send(pair[0], &m, 0), -EPIPE);
	assert_int_equal(strv_msg_recv(pair[0], &m, 0), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(strings_arrive_as_they_were_sent),
		TEST(a_message_of_full_size_fits_and_one_byte_more_is_refused),
		TEST(garbage_is_refused_and_the_next_message_is_read),
		TEST(words_are_not_numbers),
		TEST(the_end_of_the_other_side_is_told_without_a_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
