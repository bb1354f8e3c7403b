/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/outside-msg.h"

static struct outside_msg write_of(uint32_t type, uint32_t count)
{
	struct outside_msg m;

	outside_msg_init(&m, OUTSIDE_WRITE);
	m.numid = 7;
	m.elem_type = type;
	m.count = count;
	return m;
}

static int hear(const struct outside_msg *m, unsigned int n_fds, bool first, bool waiting)
{
	struct outside_msg ret;

	return outside_msg_from_client(m, sizeof(*m), n_fds, first, waiting, &ret);
}

static void the_first_write_brings_one_fd_and_the_next_none(void **state)
{
	struct outside_msg m = write_of(OUTSIDE_BOOLEAN, 1);

	assert_int_equal(hear(&m, 1, true, false), 0);
	assert_int_equal(hear(&m, 0, true, false), -EPROTO);
	assert_int_equal(hear(&m, 2, true, false), -EPROTO);
	assert_int_equal(hear(&m, 0, false, false), 0);
	assert_int_equal(hear(&m, 1, false, false), -EPROTO);
}

static void a_write_waits_for_the_answer_to_the_one_before(void **state)
{
	struct outside_msg m = write_of(OUTSIDE_BOOLEAN, 1);

	assert_int_equal(hear(&m, 0, false, true), -EPROTO);
}

static void counts_are_those_that_the_kernel_has(void **state)
{
	static const struct {
		uint32_t type, count;
	} most[] = {
		{ OUTSIDE_BOOLEAN, 128 },    { OUTSIDE_INTEGER, 128 },
		{ OUTSIDE_ENUMERATED, 128 }, { OUTSIDE_BYTE, 512 },
		{ OUTSIDE_INTEGER64, 64 },
	};

	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		struct outside_msg m = write_of(most[i].type, most[i].count);

		assert_int_equal(hear(&m, 1, true, false), 0);
		m.count++;
		assert_int_equal(hear(&m, 1, true, false), -EBADMSG);
		m.count = 0;
		assert_int_equal(hear(&m, 1, true, false), -EBADMSG);
	}
}

static void what_is_no_message_is_told_apart(void **state)
{
	struct outside_msg good = write_of(OUTSIDE_BYTE, 1), m, ret;

	for (size_t size = 0; size <= sizeof(m); size += 16)
		assert_int_equal(outside_msg_from_client(&good, size, 1, true, false,
							 &ret),
				 size == sizeof(m) ? 0 : -EBADMSG);
	m = good;
	m.magic++;
	assert_int_equal(hear(&m, 1, true, false), -EBADMSG);
	m = good;
	m.version++;
	assert_int_equal(hear(&m, 1, true, false), -EPROTONOSUPPORT);
	m = good;
	m.reserved = 1;
	assert_int_equal(hear(&m, 1, true, false), -EBADMSG);
	m = good;
	m.numid = 0;
	assert_int_equal(hear(&m, 1, true, false), -EBADMSG);
	m = good;
	m.error = 1;
	assert_int_equal(hear(&m, 1, true, false), -EBADMSG);
	m = good;
	m.elem_type = 5; /* IEC958 */
	assert_int_equal(hear(&m, 1, true, false), -EBADMSG);
	outside_msg_init(&m, OUTSIDE_DONE);
	assert_int_equal(hear(&m, 1, true, false), -EBADMSG);
	assert_int_equal(outside_msg_from_server(&m, sizeof(m), &ret), 0);
	m.error = 4096;
	assert_int_equal(outside_msg_from_server(&m, sizeof(m), &ret), -EBADMSG);
	assert_int_equal(outside_msg_from_server(&good, sizeof(good), &ret), -EBADMSG);
}

static void values_become_the_kernels_own(void **state)
{
	struct outside_msg m = write_of(OUTSIDE_INTEGER, 2);
	long integers[OUTSIDE_INTEGERS];
	unsigned int items[OUTSIDE_INTEGERS];
	long long large[OUTSIDE_INTEGERS_64];
	unsigned char bytes[OUTSIDE_BYTES];

	m.value.integer[0] = -3;
	m.value.integer[1] = 99;
	assert_int_equal(outside_msg_native(&m, integers), 2 * sizeof(long));
	assert_int_equal(integers[0], -3);
	assert_int_equal(integers[1], 99);
	m.elem_type = OUTSIDE_ENUMERATED;
	assert_int_equal(outside_msg_native(&m, items), -ERANGE);
	m.value.integer[0] = (int64_t)UINT_MAX + 1;
	assert_int_equal(outside_msg_native(&m, items), -ERANGE);
	m.value.integer[0] = 2;
	assert_int_equal(outside_msg_native(&m, items), 2 * sizeof(unsigned int));
	assert_int_equal(items[0], 2);
	assert_int_equal(items[1], 99);
	m.elem_type = OUTSIDE_INTEGER64;
	m.value.integer[0] = INT64_MIN;
	assert_int_equal(outside_msg_native(&m, large), 2 * sizeof(long long));
	assert_true(large[0] == INT64_MIN);
	m = write_of(OUTSIDE_BYTE, 3);
	memcpy(m.value.bytes, "\x01\xff\x03", 3);
	assert_int_equal(outside_msg_native(&m, bytes), 3);
	assert_memory_equal(bytes, "\x01\xff\x03", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_write_brings_one_fd_and_the_next_none),
		cmocka_unit_test(a_write_waits_for_the_answer_to_the_one_before),
		cmocka_unit_test(counts_are_those_that_the_kernel_has),
		cmocka_unit_test(what_is_no_message_is_told_apart),
		cmocka_unit_test(values_become_the_kernels_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
