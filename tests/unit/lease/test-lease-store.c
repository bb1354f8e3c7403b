/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lease server and systemd's fd store; the test is systemd.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"

struct store {
	struct bench *b;
	int notify; /* NOTIFY_SOCKET */
	char path[80];
};

static int store_setup(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct store *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_int_equal(bench_setup((void **)&s->b), 0);
	snprintf(s->path, sizeof(s->path), "%s-notify", s->b->path);
	memcpy(sa.sun_path, s->path, sizeof(s->path));
	s->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_return_code(s->notify, errno);
	assert_return_code(bind(s->notify, (struct sockaddr *)&sa, sizeof(sa)), errno);
	assert_return_code(setenv("NOTIFY_SOCKET", s->path, 1), errno);
	*state = s;
	return 0;
}

static int store_teardown(void **state)
{
	struct store *s = *state;

	close(s->notify);
	(void)unlink(s->path);
	unsetenv("NOTIFY_SOCKET");
	bench_teardown((void **)&s->b);
	free(s);
	return 0;
}

/* What systemd was told next: exactly @text, with @ret_fd if not NULL. */
static void expect_told(struct store *s, const char *text, int *ret_fd)
{
	char buf[256] = "",
	     control[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))]
		__attribute__((aligned(8)));
	struct iovec iov = { buf, sizeof(buf) - 1 };
	struct msghdr mh = { .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control) };
	int fd = -1;

	assert_true(recvmsg(s->notify, &mh, MSG_CMSG_CLOEXEC) > 0);
	assert_string_equal(buf, text);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&mh); c; c = CMSG_NXTHDR(&mh, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	assert_int_equal(fd >= 0, ret_fd != NULL);
	if (ret_fd)
		*ret_fd = fd;
}

static void expect_told_nothing(struct store *s)
{
	char buf[256] = "";

	assert_int_equal(recv(s->notify, buf, sizeof(buf) - 1, 0), -1);
	assert_string_equal(buf, "");
}

static bool same_file(int a, int b)
{
	struct stat sa, sb;

	assert_return_code(fstat(a, &sa), errno);
	assert_return_code(fstat(b, &sb), errno);
	return sa.st_ino == sb.st_ino && sa.st_dev == sb.st_dev;
}

static void a_pcm_is_in_the_store_from_its_grant_to_its_end(void **state)
{
	struct store *s = *state;
	struct bench *b = s->b;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_DIRECT, pcm), fd, fd2;

	expect_told(s, "FDSTORE=1\nFDPOLL=0\nFDNAME=lease-1-pcm", &fd);
	assert_true(same_file(fd, pcm));
	expect_told(s, "FDSTORE=1\nFDPOLL=0\nFDNAME=lease-1-conn", &fd2);
	/* Nothing of that is said while a switch wants to be quick. */
	assert_int_equal(lease_switch_begin(b->last), 0);
	assert_int_equal(lease_switch_end(b->last), 0);
	expect_told_nothing(s);
	close(fd);
	close(fd2);
	close(conn);
	bench_until(b, &b->closed, 1);
	expect_told(s, "FDSTOREREMOVE=1\nFDNAME=lease-1-pcm", NULL);
	expect_told(s, "FDSTOREREMOVE=1\nFDNAME=lease-1-conn", NULL);
	expect_told_nothing(s);
	close(pcm);
}

static void gone_waits_until_systemd_let_go(void **state)
{
	struct store *s = *state;
	struct bench *b = s->b;
	int pcm = fake_pcm(0), conn = client_granted(b, LEASE_DIRECT, pcm), barrier, fd;

	expect_told(s, "FDSTORE=1\nFDPOLL=0\nFDNAME=lease-1-pcm", &fd);
	close(fd);
	expect_told(s, "FDSTORE=1\nFDPOLL=0\nFDNAME=lease-1-conn", &fd);
	close(fd);
	client_say(conn, LEASE_BYE, 0);
	client_expect_nothing(b, conn);
	assert_int_equal(b->closed, 1);
	expect_told(s, "FDSTOREREMOVE=1\nFDNAME=lease-1-pcm", NULL);
	expect_told(s, "FDSTOREREMOVE=1\nFDNAME=lease-1-conn", NULL);
	expect_told(s, "BARRIER=1", &barrier);
	close(barrier);
	client_expect(b, conn, LEASE_GONE);
	close(conn);
	close(pcm);
}

static void a_lease_that_was_never_stored_is_gone_at_once(void **state)
{
	struct store *s = *state;
	int pcm = fake_pcm(0), conn;

	/* Not started by systemd. */
	unsetenv("NOTIFY_SOCKET");
	conn = client_granted(s->b, LEASE_DIRECT, pcm);
	client_say(conn, LEASE_BYE, 0);
	client_expect(s->b, conn, LEASE_GONE);
	expect_told_nothing(s);
	close(conn);
	close(pcm);
}

static void adopted_leases_are_within_a_switch(void **state)
{
	struct store *s = *state;
	struct bench *b = s->b;
	int pcm = fake_pcm(4), ours[2], fds[3];
	char *names[] = { (char *)"lease-7-conn-copy", (char *)"socket",
			  (char *)"lease-7-pcm" };

	assert_return_code(socketpair(AF_UNIX,
				      SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
				      ours),
			   errno);
	fds[0] = ours[1];
	fds[1] = 0;
	fds[2] = dup(pcm);
	assert_int_equal(lease_server_adopt(b->server, fds, names, 3), 1);
	assert_int_equal(fds[0], -1);
	assert_int_equal(fds[1], 0);
	assert_int_equal(fds[2], -1);
	assert_int_equal(b->opened, 1);
	assert_true(lease_adopted(b->last));
	assert_int_equal(lease_kind(b->last), LEASE_COPY);
	assert_int_equal(lease_device(b->last), 4);
	assert_int_equal(lease_pid(b->last), getpid());

	assert_int_equal(lease_switch_end(b->last), 0);
	assert_false(lease_adopted(b->last));
	client_expect(b, ours[0], LEASE_GO);
	expect_told_nothing(s);

	/* From here on it is a lease as any other, under its own number. */
	(void)lease_switch_begin(b->last);
	client_say(ours[0], LEASE_HELD, client_expect(b, ours[0], LEASE_REST).serial);
	(void)lease_switch_end(b->last);
	close(ours[0]);
	close(pcm);
	bench_until(b, &b->closed, 1);
	expect_told(s, "FDSTOREREMOVE=1\nFDNAME=lease-7-pcm", NULL);
	expect_told(s, "FDSTOREREMOVE=1\nFDNAME=lease-7-conn-copy", NULL);
}

/* It may have been playing when tacetd was killed: its plugin's hands are on. */
static void an_adopted_copy_is_told_to_rest_before_it_is_stopped(void **state)
{
	struct store *s = *state;
	struct bench *b = s->b;
	int pcm = fake_pcm(4), ours[2], fds[2];
	char *names[] = { (char *)"lease-7-conn-copy", (char *)"lease-7-pcm" };
	uint32_t serial;

	assert_return_code(socketpair(AF_UNIX,
				      SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
				      ours),
			   errno);
	fds[0] = ours[1];
	fds[1] = dup(pcm);
	assert_int_equal(lease_server_adopt(b->server, fds, names, 2), 1);
	/* What it still had to say to the tacetd before is no offence, and no answer. */
	client_say(ours[0], LEASE_HELD, 1);
	bench_settle(b);
	assert_int_equal(lease_switch_begin(b->last), -ETIMEDOUT);
	serial = client_expect(b, ours[0], LEASE_REST).serial;
	client_say(ours[0], LEASE_HELD, serial);
	bench_settle(b);
	assert_int_equal(lease_switch_begin(b->last), 0);
	assert_int_equal(lease_switch_end(b->last), 0);
	assert_int_equal(client_expect(b, ours[0], LEASE_GO).serial, serial);
	assert_int_equal(b->closed, 0);

	/* The same for one that does not move, when a switch begins. */
	lease_hold_grants(b->server, 0);
	client_expect(b, ours[0], LEASE_REST);
	close(ours[0]);
	close(pcm);
	lease_release_grants(b->server, 0);
	bench_until(b, &b->closed, 1);
}

static void a_pcm_without_its_client_is_adopted_and_let_go(void **state)
{
	struct store *s = *state;
	struct bench *b = s->b;
	int pcm = fake_pcm(4), fds[1] = { dup(pcm) };
	char *names[] = { (char *)"lease-3-pcm" };

	assert_int_equal(lease_server_adopt(b->server, fds, names, 1), 1);
	assert_true(lease_adopted(b->last));
	assert_true(fake_pcm_is_shared(pcm));
	(void)lease_switch_end(b->last);
	bench_until(b, &b->closed, 1);
	assert_false(fake_pcm_is_shared(pcm));
	close(pcm);
}

static void leftovers_without_a_pcm_are_removed(void **state)
{
	struct store *s = *state;
	int ours[2], fds[3];
	char *names[] = { (char *)"lease-9-conn", (char *)"lease-nonsense",
			  (char *)"lease-2-pcm" };

	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ours),
			   errno);
	fds[0] = ours[1];
	fds[1] = dup(0);
	fds[2] = dup(0); /* no PCM any more */
	assert_int_equal(lease_server_adopt(s->b->server, fds, names, 3), 0);
	assert_int_equal(fds[0], -1);
	assert_int_equal(fds[1], -1);
	assert_int_equal(fds[2], -1);
	assert_int_equal(s->b->opened, 0);
	expect_told(s, "FDSTOREREMOVE=1\nFDNAME=lease-2-pcm", NULL);
	expect_told(s, "FDSTOREREMOVE=1\nFDNAME=lease-9-conn", NULL);
	expect_told(s, "FDSTOREREMOVE=1\nFDNAME=lease-nonsense", NULL);
	expect_told(s, "FDSTOREREMOVE=1\nFDNAME=lease-2-pcm", NULL);
	close(ours[0]);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, store_setup, store_teardown)
	const struct CMUnitTest tests[] = {
		T(a_pcm_is_in_the_store_from_its_grant_to_its_end),
		T(gone_waits_until_systemd_let_go),
		T(a_lease_that_was_never_stored_is_gone_at_once),
		T(adopted_leases_are_within_a_switch),
		T(an_adopted_copy_is_told_to_rest_before_it_is_stopped),
		T(a_pcm_without_its_client_is_adopted_and_let_go),
		T(leftovers_without_a_pcm_are_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
