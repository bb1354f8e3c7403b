/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lease server and clients that keep to the rules.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

#define LEASE_WAIT_US 50000 /* for a HELD */

static void a_pcm_is_granted_once_the_manager_knows(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(3), conn = client_granted(b, LEASE_DIRECT, pcm);

	assert_int_equal(b->opened, 1);
	assert_int_equal(lease_device(b->last), 3);
	assert_int_equal(lease_kind(b->last), LEASE_DIRECT);
	assert_true(lease_can_pause(b->last));
	assert_int_equal(lease_pid(b->last), getpid());
	assert_int_equal(lease_uid(b->last), getuid());
	assert_memory_equal(lease_comm(b->last), program_invocation_short_name,
			    strlen(lease_comm(b->last)));
	assert_true(strlen(lease_comm(b->last)) > 0);
	assert_true(fake_pcm_is_shared(pcm));
	close(conn);
	close(pcm);
}

static void a_grant_waits_while_the_gate_is_closed(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_connect(b);

	b->gate_closed = true;
	client_lease(conn, LEASE_DIRECT, pcm);
	client_expect_nothing(b, conn);
	lease_release_grants(b->server, 0);
	client_expect_nothing(b, conn); /* the gate decides, not the word */
	assert_int_equal(b->opened, 0);
	b->gate_closed = false;
	lease_release_grants(b->server, 0);
	assert_int_equal(b->opened, 0); /* from the loop, not from the caller */
	client_expect(b, conn, LEASE_GRANT);
	assert_int_equal(b->opened, 1);
	close(conn);
	close(pcm);
}

static void a_bye_before_the_grant_is_answered(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_connect(b);

	b->gate_closed = true;
	client_lease(conn, LEASE_DIRECT, pcm);
	client_say(conn, LEASE_BYE, 0);
	client_expect(b, conn, LEASE_GONE);
	assert_int_equal(b->opened, 0);
	assert_int_equal(b->closed, 0);
	close(conn);
	close(pcm);
}

static void gone_comes_when_the_duplicate_is_closed(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_DIRECT, pcm);

	client_say(conn, LEASE_BYE, 0);
	client_expect(b, conn, LEASE_GONE);
	assert_false(fake_pcm_is_shared(pcm));
	assert_int_equal(b->closed, 1);
	client_expect_end(b, conn);
	close(conn);

	/* And the PCM can be leased again. */
	conn = client_granted(b, LEASE_DIRECT, pcm);
	close(conn);
	close(pcm);
}

static void a_bye_within_a_switch_is_answered_at_its_end(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_DIRECT, pcm);

	assert_int_equal(lease_switch_begin(b->last), 0);
	client_say(conn, LEASE_BYE, 0);
	client_expect_nothing(b, conn);
	assert_int_equal(b->closed, 0);
	assert_true(fake_pcm_is_shared(pcm));
	assert_int_equal(lease_switch_end(b->last), 0);
	assert_int_equal(b->closed, 0); /* from the loop, not from the caller */
	client_expect(b, conn, LEASE_GONE);
	assert_int_equal(b->closed, 1);
	close(conn);
	close(pcm);
}

static void a_death_within_a_switch_keeps_the_pcm_until_its_end(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_COPY, pcm);

	close(conn);
	/* The manager may begin before it has seen that the client is gone. */
	(void)lease_switch_begin(b->last);
	bench_settle(b);
	assert_int_equal(b->closed, 0);
	assert_true(fake_pcm_is_shared(pcm));
	assert_int_equal(lease_switch_end(b->last), 0);
	bench_until(b, &b->closed, 1);
	assert_false(fake_pcm_is_shared(pcm));
	close(pcm);
}

static void a_settled_death_is_forgotten_when_another_switch_begins(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_DIRECT, pcm);

	(void)lease_switch_begin(b->last);
	close(conn);
	bench_settle(b);
	(void)lease_switch_end(b->last);
	(void)lease_switch_begin(b->last);
	bench_settle(b);
	assert_int_equal(b->closed, 0);
	assert_true(fake_pcm_is_shared(pcm));
	(void)lease_switch_end(b->last);
	bench_until(b, &b->closed, 1);
	close(pcm);
}

static void a_parked_stream_may_go_at_once(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_DIRECT, pcm);

	(void)lease_switch_begin(b->last);
	lease_switch_park(b->last);
	client_expect_nothing(b, conn);
	client_say(conn, LEASE_BYE, 0);
	client_expect(b, conn, LEASE_GONE);
	assert_int_equal(b->closed, 1);
	close(conn);
	close(pcm);
}

static void a_parked_copy_is_told_so_and_goes_on_later(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_COPY, pcm);

	(void)lease_switch_begin(b->last);
	client_say(conn, LEASE_HELD, client_expect(b, conn, LEASE_REST).serial);
	lease_switch_park(b->last);
	assert_int_equal(client_expect(b, conn, LEASE_PARK).serial, 1);
	lease_release_grants(b->server, 0);
	client_expect_nothing(b, conn);
	(void)lease_switch_begin(b->last); /* another switch: nothing new for it */
	client_expect_nothing(b, conn);
	(void)lease_switch_end(b->last);
	client_expect(b, conn, LEASE_GO);
	close(conn);
	close(pcm);
}

/* Answers one REST, as a plugin's thread does. */
static void *answer_rest(void *arg)
{
	int conn = *(int *)arg;
	struct lease_msg m;

	while (recv(conn, &m, sizeof(m), 0) != (ssize_t)sizeof(m))
		if (errno != EAGAIN)
			return NULL;
	client_say(conn, LEASE_HELD, m.serial);
	return NULL;
}

static void a_copy_has_its_hands_off_when_begin_returns(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_COPY, pcm);
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, answer_rest, &conn), 0);
	assert_int_equal(lease_switch_begin(b->last), 0);
	pthread_join(thread, NULL);
	assert_int_equal(lease_switch_begin(b->last), 0); /* twice is once */
	client_expect_nothing(b, conn);
	assert_int_equal(lease_switch_end(b->last), 0);
	assert_int_equal(client_expect(b, conn, LEASE_GO).serial, 1);
	assert_int_equal(lease_switch_end(b->last), 0);
	client_expect_nothing(b, conn);
	close(conn);
	close(pcm);
}

static void the_gate_holds_the_hands_of_copies_that_do_not_move(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_COPY, pcm);
	int pcm2 = fake_pcm(1), conn2 = client_granted(b, LEASE_DIRECT, pcm2);
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, answer_rest, &conn), 0);
	b->gate_closed = true;
	lease_hold_grants(b->server, 1); /* another card's */
	lease_hold_grants(b->server, 0);
	pthread_join(thread, NULL);
	client_expect_nothing(b, conn);
	client_expect_nothing(b, conn2);
	b->gate_closed = false;
	lease_release_grants(b->server, 0);
	assert_int_equal(client_expect(b, conn, LEASE_GO).serial, 1);
	client_expect_nothing(b, conn2);
	close(conn);
	close(conn2);
	close(pcm);
	close(pcm2);
}

static void a_copy_that_is_stopped_behind_the_gate_goes_on_when_resumed(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_COPY, pcm);

	b->gate_closed = true;
	lease_hold_grants(b->server, 0);
	assert_int_equal(client_expect(b, conn, LEASE_REST).serial, 1);
	client_say(conn, LEASE_HELD, 1);
	bench_settle(b);
	assert_int_equal(lease_switch_begin(b->last), 0);
	client_expect_nothing(b, conn);
	assert_int_equal(lease_switch_end(b->last), 0);
	client_expect(b, conn, LEASE_GO);
	b->gate_closed = false;
	lease_release_grants(b->server, 0);
	client_expect_nothing(b, conn);
	close(conn);
	close(pcm);
}

static void a_silent_copy_is_waited_for_only_once(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_COPY, pcm);
	uint64_t start = now_us();

	assert_int_equal(lease_switch_begin(b->last), -ETIMEDOUT);
	assert_in_range(now_us() - start, LEASE_WAIT_US, 2000000);
	(void)lease_switch_end(b->last);
	start = now_us();
	for (int i = 0; i < 20; i++) {
		assert_int_equal(lease_switch_begin(b->last), -ETIMEDOUT);
		(void)lease_switch_end(b->last);
	}
	assert_true(now_us() - start < 20 * LEASE_WAIT_US);

	/* A late answer makes it trusted again. */
	client_say(conn, LEASE_HELD, 21);
	bench_settle(b);
	start = now_us();
	assert_int_equal(lease_switch_begin(b->last), -ETIMEDOUT);
	assert_in_range(now_us() - start, LEASE_WAIT_US, 2000000);
	close(conn);
	close(pcm);
}

static void who_reads_late_hears_how_things_stand(void **state)
{
	struct bench *b = *state;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_COPY, pcm);
	struct lease_msg m = {};
	unsigned int heard = 0;

	/* Stopped by a debugger, say: the socket runs full. */
	for (int i = 0; i < 5000; i++) {
		(void)lease_switch_begin(b->last);
		if (i < 4999)
			(void)lease_switch_end(b->last);
	}
	for (int i = 0; i < 3; i++) {
		bench_settle(b);
		while (recv(conn, &m, sizeof(m), 0) == (ssize_t)sizeof(m))
			heard++;
	}
	assert_true(heard < 9999);
	assert_int_equal(m.type, LEASE_REST);
	assert_int_equal(m.serial, 5000);
	(void)lease_switch_end(b->last);
	client_expect(b, conn, LEASE_GO);
	close(conn);
	close(pcm);
}

static void several_clients_do_not_mix(void **state)
{
	struct bench *b = *state;
	int pcm[8], conn[8];

	for (unsigned int i = 0; i < 8; i++) {
		pcm[i] = fake_pcm(i);
		conn[i] = client_granted(b, i % 2 ? LEASE_COPY : LEASE_DIRECT, pcm[i]);
	}
	assert_int_equal(b->opened, 8);
	client_say(conn[4], LEASE_BYE, 0);
	client_expect(b, conn[4], LEASE_GONE);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(fake_pcm_is_shared(pcm[i]), i != 4);
		close(conn[i]);
		close(pcm[i]);
	}
	bench_until(b, &b->closed, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_pcm_is_granted_once_the_manager_knows,
						bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(a_grant_waits_while_the_gate_is_closed,
						bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(a_bye_before_the_grant_is_answered,
						bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(gone_comes_when_the_duplicate_is_closed,
						bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(
			a_bye_within_a_switch_is_answered_at_its_end, bench_setup,
			bench_teardown),
		cmocka_unit_test_setup_teardown(
			a_death_within_a_switch_keeps_the_pcm_until_its_end, bench_setup,
			bench_teardown),
		cmocka_unit_test_setup_teardown(
			a_settled_death_is_forgotten_when_another_switch_begins,
			bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(
			a_parked_copy_is_told_so_and_goes_on_later, bench_setup,
			bench_teardown),
		cmocka_unit_test_setup_teardown(a_parked_stream_may_go_at_once,
						bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(
			a_copy_has_its_hands_off_when_begin_returns, bench_setup,
			bench_teardown),
		cmocka_unit_test_setup_teardown(
			the_gate_holds_the_hands_of_copies_that_do_not_move, bench_setup,
			bench_teardown),
		cmocka_unit_test_setup_teardown(
			a_copy_that_is_stopped_behind_the_gate_goes_on_when_resumed,
			bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(a_silent_copy_is_waited_for_only_once,
						bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(who_reads_late_hears_how_things_stand,
						bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(several_clients_do_not_mix, bench_setup,
						bench_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
