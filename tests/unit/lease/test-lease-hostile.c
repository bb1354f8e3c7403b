/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lease server and clients that lie, flood, fall silent or send what hangs. After each,
 * an honest client is served as ever, and nothing of the liar's is left open.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

static void expect_honest_client_served(struct bench *b)
{
	int pcm = fake_pcm(77), conn = client_granted(b, LEASE_DIRECT, pcm);

	client_say(conn, LEASE_BYE, 0);
	client_expect(b, conn, LEASE_GONE);
	close(conn);
	close(pcm);
}

static void expect_denied(struct bench *b, int fd)
{
	int conn = client_connect(b);

	assert_return_code(fd, errno);
	client_lease(conn, LEASE_DIRECT, fd);
	assert_int_not_equal(client_expect(b, conn, LEASE_DENY).error, 0);
	client_expect_end(b, conn);
	close(conn);
	close(fd);
}

static void what_is_no_pcm_is_denied(void **state)
{
	struct bench *b = *state;
	int p[2];

	expect_denied(b, open("/dev/null", O_RDWR | O_CLOEXEC));
	expect_denied(b, open("/dev/null", O_PATH | O_CLOEXEC));
	expect_denied(b, open("/", O_RDONLY | O_CLOEXEC));
	expect_denied(b, memfd_create("x", MFD_CLOEXEC));
	expect_denied(b, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	assert_return_code(pipe2(p, O_CLOEXEC), errno);
	expect_denied(b, p[0]);
	expect_denied(b, p[1]);
	expect_denied(b, client_connect(b));
	assert_int_equal(b->opened, 0);
	expect_honest_client_served(b);
}

static void a_pcm_that_is_leased_already_is_denied(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(5), conn = client_granted(b, LEASE_DIRECT, pcm);
	int again = client_connect(b);

	client_lease(again, LEASE_DIRECT, pcm);
	assert_int_equal(client_expect(b, again, LEASE_DENY).error, EBUSY);
	client_expect_end(b, again);
	client_expect_nothing(b, conn);
	assert_int_equal(b->closed, 0);
	close(again);
	close(conn);
	close(pcm);
}

static void garbage_ends_its_own_connection_only(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(1), good = client_granted(b, LEASE_DIRECT, pcm);
	unsigned char packet[65536];
	unsigned int seed = 1;

	for (int i = 0; i < 300; i++) {
		int conn = client_connect(b);
		size_t size = (size_t)rand_r(&seed) % (i % 10 ? 129 : sizeof(packet));

		for (size_t k = 0; k < size; k++)
			packet[k] = (unsigned char)rand_r(&seed);
		client_send_raw(conn, packet, size, NULL, 0);
		client_expect_end(b, conn);
		close(conn);
	}
	client_expect_nothing(b, good);
	assert_int_equal(b->closed, 0);
	expect_honest_client_served(b);
	close(good);
	close(pcm);
}

static void words_out_of_turn_end_the_lease(void **state)
{
	static const enum lease_type words[] = { LEASE_LEASE, LEASE_GRANT, LEASE_GONE,
						 LEASE_REST,  LEASE_GO,	   LEASE_HELD };
	struct bench *b = *state;
	int pcm = fake_pcm(1);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		int conn = client_granted(b, LEASE_COPY, pcm);

		client_say(conn, words[i], 1);
		client_expect_end(b, conn);
		bench_until(b, &b->closed, (unsigned int)i + 1);
		assert_false(fake_pcm_is_shared(pcm));
		close(conn);
	}
	expect_honest_client_served(b);
	close(pcm);
}

static void answers_that_nobody_asked_for_end_the_lease(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(1), conn = client_granted(b, LEASE_COPY, pcm);

	(void)lease_switch_begin(b->last);
	client_say(conn, LEASE_HELD, 1);
	client_say(conn, LEASE_HELD, 1);
	bench_settle(b);
	assert_int_equal(b->closed, 0); /* within the switch */
	(void)lease_switch_end(b->last);
	bench_until(b, &b->closed, 1);
	close(conn);
	close(pcm);
}

static void descriptors_in_the_wrong_place_are_closed(void **state)
{
	struct bench *b = *state;
	int probe = fake_pcm(9), fds[253], conn;
	struct lease_msg m;

	for (int i = 0; i < 253; i++)
		fds[i] = probe;
	lease_msg_init(&m, LEASE_LEASE);
	m.kind = LEASE_DIRECT;
	for (unsigned int n = 2; n <= 253;
	     n = n * 5 / 2 < 253 || n == 253 ? n * 5 / 2 : 253) {
		conn = client_connect(b);
		client_send_raw(conn, &m, sizeof(m), fds, n);
		client_expect_end(b, conn);
		close(conn);
	}
	conn = client_connect(b);
	client_send_raw(conn, "x", 1, fds, 253);
	client_expect_end(b, conn);
	close(conn);
	/* The thread that closes them may need a moment. */
	for (uint64_t end = now_us() + 5000000; fake_pcm_is_shared(probe);)
		assert_true(now_us() < end);
	expect_honest_client_served(b);
	close(probe);
}

/* A TCP connection whose close() waits for a peer that does not read. */
static int lingering_socket(int *ret_peer)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct linger linger = { .l_onoff = 1, .l_linger = 60 };
	socklen_t len = sizeof(sa);
	int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	char block[65536] = {};

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_return_code(l, errno);
	assert_return_code(bind(l, (struct sockaddr *)&sa, len), errno);
	assert_return_code(getsockname(l, (struct sockaddr *)&sa, &len), errno);
	assert_return_code(listen(l, 1), errno);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_return_code(fd, errno);
	assert_return_code(connect(fd, (struct sockaddr *)&sa, len), errno);
	*ret_peer = accept4(l, NULL, NULL, SOCK_CLOEXEC);
	assert_return_code(*ret_peer, errno);
	close(l);
	while (send(fd, block, sizeof(block), MSG_DONTWAIT) > 0)
		;
	assert_return_code(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)),
			   errno);
	return fd;
}

static void a_descriptor_whose_close_hangs_holds_up_nobody(void **state)
{
	struct bench *b = *state;
	uint64_t start = now_us();
	int peer, fd = lingering_socket(&peer), conn = client_connect(b);

	client_lease(conn, LEASE_DIRECT, fd);
	close(fd); /* the server's is the last */
	client_expect(b, conn, LEASE_DENY);
	client_expect_end(b, conn);
	expect_honest_client_served(b);
	assert_true(now_us() - start < 5000000);
	close(conn);
	close(peer);
}

static void a_hanging_close_in_an_unread_message_holds_up_nobody(void **state)
{
	struct bench *b = *state;
	uint64_t start = now_us();
	int peer, fd = lingering_socket(&peer), conn = client_connect(b);

	client_send_raw(conn, "garbage", 7, NULL, 0);
	client_lease(conn, LEASE_DIRECT,
		     fd); /* never read: the first ends the connection */
	close(fd);
	client_expect_end(b, conn);
	expect_honest_client_served(b);
	assert_true(now_us() - start < 5000000);
	close(conn);
	close(peer);
}

static void silence_after_the_connect_is_not_waited_for(void **state)
{
	const struct lease_limits limits = { .handshake_us = 50000 };
	struct bench *b = *state;
	int conn;

	lease_server_set_limits(b->server, &limits);
	conn = client_connect(b);
	client_expect_end(b, conn);
	close(conn);
	expect_honest_client_served(b);
}

static void silence_after_the_lease_is_allowed(void **state)
{
	const struct lease_limits limits = { .handshake_us = 50000 };
	struct bench *b = *state;
	uint64_t end = now_us() + 200000;
	int pcm = fake_pcm(0), conn;

	lease_server_set_limits(b->server, &limits);
	b->gate_closed = true;
	conn = client_connect(b);
	client_lease(conn, LEASE_DIRECT, pcm);
	while (now_us() < end)
		assert_return_code(sd_event_run(b->event, 10000), 0);
	client_expect_nothing(b, conn);
	close(conn);
	close(pcm);
}

static void one_connection_too_many_is_refused(void **state)
{
	const struct lease_limits limits = { .connections_uid = 4 };
	struct bench *b = *state;
	int pcm = fake_pcm(0), good, conn[4];

	lease_server_set_limits(b->server, &limits);
	good = client_granted(b, LEASE_DIRECT, pcm);
	for (int i = 0; i < 4; i++)
		conn[i] = client_connect(b);
	assert_int_equal(client_expect(b, conn[3], LEASE_DENY).error, EUSERS);
	client_expect_end(b, conn[3]);
	client_expect_nothing(b, conn[2]);
	client_expect_nothing(b, good);
	for (int i = 0; i < 4; i++)
		close(conn[i]);
	bench_settle(b);
	expect_honest_client_served(b);
	close(good);
	close(pcm);
}

static void thousands_of_connections_leave_no_descriptor(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), good = client_granted(b, LEASE_COPY, pcm), before, after;

	before = dup(0);
	for (int i = 0; i < 3000; i++) {
		int conn = client_connect(b);

		if (i % 3 == 0)
			client_send_raw(conn, "x", 1, NULL, 0);
		if (i % 3 == 1)
			client_lease(conn, LEASE_DIRECT, 0);
		close(conn);
		if (i % 50 == 0)
			bench_settle(b);
	}
	bench_settle(b);
	expect_honest_client_served(b);
	client_expect_nothing(b, good);
	for (uint64_t end = now_us() + 5000000;; close(after)) {
		after = dup(0);
		if (after <= before + 1)
			break;
		assert_true(now_us() < end);
	}
	close(before);
	close(after);
	close(good);
	close(pcm);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
	const struct CMUnitTest tests[] = {
		T(what_is_no_pcm_is_denied),
		T(a_pcm_that_is_leased_already_is_denied),
		T(garbage_ends_its_own_connection_only),
		T(words_out_of_turn_end_the_lease),
		T(answers_that_nobody_asked_for_end_the_lease),
		T(descriptors_in_the_wrong_place_are_closed),
		T(a_descriptor_whose_close_hangs_holds_up_nobody),
		T(a_hanging_close_in_an_unread_message_holds_up_nobody),
		T(silence_after_the_connect_is_not_waited_for),
		T(silence_after_the_lease_is_allowed),
		T(one_connection_too_many_is_refused),
		T(thousands_of_connections_leave_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
