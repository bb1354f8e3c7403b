/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/lease-msg.h"

static struct lease_msg message(enum lease_type type)
{
	struct lease_msg m;

	lease_msg_init(&m, type);
	if (type == LEASE_LEASE)
		m.kind = LEASE_DIRECT;
	if (type == LEASE_DENY)
		m.error = ENOTTY;
	return m;
}

static int from_client(const struct lease_msg *m, unsigned int n_fds,
		       enum lease_phase phase)
{
	struct lease_msg out;

	return lease_msg_from_client(m, sizeof(*m), n_fds, phase, &out);
}

static void a_lease_is_the_first_word_and_brings_one_fd(void **state)
{
	struct lease_msg m = message(LEASE_LEASE), out;

	assert_int_equal(lease_msg_from_client(&m, sizeof(m), 1, LEASE_PHASE_NEW, &out),
			 0);
	assert_memory_equal(&m, &out, sizeof(m));
	assert_int_equal(from_client(&m, 0, LEASE_PHASE_NEW), -EPROTO);
	assert_int_equal(from_client(&m, 2, LEASE_PHASE_NEW), -EPROTO);
}

static void each_word_has_its_turn(void **state)
{
	/* [type][phase]: allowed */
	static const bool turn[LEASE_TYPE_MAX][LEASE_PHASE_MAX] = {
		[LEASE_LEASE] = { [LEASE_PHASE_NEW] = true },
		[LEASE_BYE] = { [LEASE_PHASE_WAITING] = true,
				[LEASE_PHASE_GRANTED] = true },
		[LEASE_HELD] = { [LEASE_PHASE_GRANTED] = true },
	};

	for (int t = LEASE_LEASE; t < LEASE_TYPE_MAX; t++)
		for (int p = LEASE_PHASE_NEW; p < LEASE_PHASE_MAX; p++) {
			struct lease_msg m = message((enum lease_type)t);

			assert_int_equal(from_client(&m, t == LEASE_LEASE,
						     (enum lease_phase)p),
					 turn[t][p] ? 0 : -EPROTO);
		}
}

static void a_packet_of_another_size_is_refused(void **state)
{
	struct lease_msg m[2] = { message(LEASE_BYE) }, out;

	for (size_t size = 0; size < sizeof(m); size++)
		assert_int_equal(lease_msg_from_client(m, size, 0, LEASE_PHASE_GRANTED,
						       &out),
				 size == sizeof(m[0]) ? 0 : -EBADMSG);
}

static void another_version_is_told_apart_from_garbage(void **state)
{
	struct lease_msg m = message(LEASE_BYE);

	m.version++;
	assert_int_equal(from_client(&m, 0, LEASE_PHASE_GRANTED), -EPROTONOSUPPORT);
	m.magic++;
	assert_int_equal(from_client(&m, 0, LEASE_PHASE_GRANTED), -EBADMSG);
}

static void what_is_reserved_must_be_zero(void **state)
{
	for (size_t i = 0; i < 10; i++) {
		struct lease_msg m = message(LEASE_BYE);

		m.reserved[i] = 1;
		assert_int_equal(from_client(&m, 0, LEASE_PHASE_GRANTED), -EBADMSG);
	}
}

static void a_kind_belongs_to_a_lease_alone(void **state)
{
	struct lease_msg m = message(LEASE_LEASE);

	m.kind = 0;
	assert_int_equal(from_client(&m, 1, LEASE_PHASE_NEW), -EBADMSG);
	m.kind = LEASE_KIND_MAX;
	assert_int_equal(from_client(&m, 1, LEASE_PHASE_NEW), -EBADMSG);
	m = message(LEASE_BYE);
	m.kind = LEASE_COPY;
	assert_int_equal(from_client(&m, 0, LEASE_PHASE_GRANTED), -EBADMSG);
}

static void a_client_hears_only_what_a_server_says(void **state)
{
	for (int t = LEASE_LEASE; t < LEASE_TYPE_MAX; t++) {
		struct lease_msg m = message((enum lease_type)t), out;
		bool servers = t != LEASE_LEASE && t != LEASE_BYE && t != LEASE_HELD;

		assert_int_equal(lease_msg_from_server(&m, sizeof(m), &out),
				 servers ? 0 : -EBADMSG);
	}
}

static void a_failure_leaves_the_output_alone(void **state)
{
	struct lease_msg m = message(LEASE_BYE), out, before;

	memset(&out, 0x5a, sizeof(out));
	before = out;
	assert_int_equal(lease_msg_from_client(&m, sizeof(m), 1, LEASE_PHASE_GRANTED,
					       &out),
			 -EPROTO);
	assert_int_equal(lease_msg_from_server(&m, sizeof(m), &out), -EBADMSG);
	assert_memory_equal(&out, &before, sizeof(out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lease_is_the_first_word_and_brings_one_fd),
		cmocka_unit_test(each_word_has_its_turn),
		cmocka_unit_test(a_packet_of_another_size_is_refused),
		cmocka_unit_test(another_version_is_told_apart_from_garbage),
		cmocka_unit_test(what_is_reserved_must_be_zero),
		cmocka_unit_test(a_kind_belongs_to_a_lease_alone),
		cmocka_unit_test(a_client_hears_only_what_a_server_says),
		cmocka_unit_test(a_failure_leaves_the_output_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
