/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

#define DEADLINE_US 5000000

uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static bool on_granted(int card, void *userdata)
{
	struct bench *b = userdata;

	return !b->gate_closed;
}

static void on_opened(struct lease *l, void *userdata)
{
	struct bench *b = userdata;

	b->opened++;
	b->last = l;
}

static void on_closed(struct lease *l, void *userdata)
{
	struct bench *b = userdata;

	b->closed++;
	if (b->last == l)
		b->last = NULL;
}

static const struct lease_ops ops = {
	.granted = on_granted,
	.opened = on_opened,
	.closed = on_closed,
};

int bench_setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	strcpy(b->path, "/tmp/tacet-test-XXXXXX");
	assert_non_null(mkdtemp(b->path));
	strcat(b->path, "/lease");
	assert_return_code(sd_event_new(&b->event), 0);
	assert_return_code(lease_server_new(b->event, &ops, b, &b->server), 0);
	assert_return_code(lease_server_listen_path(b->server, b->path), 0);
	*state = b;
	return 0;
}

int bench_teardown(void **state)
{
	struct bench *b = *state;

	lease_server_free(b->server);
	sd_event_unref(b->event);
	(void)unlink(b->path);
	*strrchr(b->path, '/') = '\0';
	(void)rmdir(b->path);
	free(b);
	return 0;
}

int fake_pcm(unsigned int device)
{
	int fd = memfd_create("pcm", MFD_CLOEXEC);

	assert_return_code(fd, errno);
	assert_true(dprintf(fd, "fake pcm %u", device) > 0);
	return fd;
}

bool fake_pcm_is_shared(int fd)
{
	struct stat mine, other;
	char path[32];
	int copies = 0;

	assert_return_code(fstat(fd, &mine), errno);
	for (int i = 3; i < 1024; i++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", i);
		copies += stat(path, &other) == 0 && other.st_ino == mine.st_ino &&
			  other.st_dev == mine.st_dev;
	}
	return copies > 1;
}

int client_connect(struct bench *b)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(sa.sun_path, b->path);
	assert_return_code(fd, errno);
	assert_return_code(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), errno);
	return fd;
}

void client_send_raw(int conn, const void *buf, size_t size, const int *fds,
		     unsigned int n)
{
	char control[CMSG_SPACE(256 * sizeof(int))] __attribute__((aligned(8))) = {};
	struct iovec iov = { (void *)buf, size };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n > 0) {
		struct cmsghdr *c;

		mh.msg_control = control;
		mh.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	/* The server may have hung up already: that is for the test to find out. */
	(void)sendmsg(conn, &mh, MSG_NOSIGNAL);
}

void client_say(int conn, enum lease_type type, uint32_t serial)
{
	struct lease_msg m;

	lease_msg_init(&m, type);
	m.serial = serial;
	client_send_raw(conn, &m, sizeof(m), NULL, 0);
}

void client_lease(int conn, enum lease_kind kind, int fd)
{
	struct lease_msg m;

	lease_msg_init(&m, LEASE_LEASE);
	m.kind = kind;
	client_send_raw(conn, &m, sizeof(m), &fd, 1);
}

static int receive(struct bench *b, int conn, struct lease_msg *ret)
{
	uint64_t end = now_us() + DEADLINE_US;
	ssize_t n;

	for (;;) {
		n = recv(conn, ret, sizeof(*ret), 0);
		if (n == (ssize_t)sizeof(*ret))
			return 1;
		if (n >= 0 || errno != EAGAIN)
			return 0;
		assert_true(now_us() < end);
		assert_return_code(sd_event_run(b->event, 50000), 0);
	}
}

struct lease_msg client_expect(struct bench *b, int conn, enum lease_type type)
{
	struct lease_msg m;

	assert_int_equal(receive(b, conn, &m), 1);
	assert_int_equal(m.type, type);
	return m;
}

void client_expect_end(struct bench *b, int conn)
{
	struct lease_msg m;

	while (receive(b, conn, &m) == 1)
		;
}

void bench_settle(struct bench *b)
{
	/* What a deadline or a thread would still do is not waited for. */
	while (sd_event_run(b->event, 0) > 0)
		;
}

void client_expect_nothing(struct bench *b, int conn)
{
	struct lease_msg m;

	bench_settle(b);
	assert_int_equal(recv(conn, &m, sizeof(m), 0), -1);
	assert_int_equal(errno, EAGAIN);
}

void bench_until(struct bench *b, const unsigned int *what, unsigned int value)
{
	uint64_t end = now_us() + DEADLINE_US;

	while (*what != value) {
		assert_true(now_us() < end);
		assert_return_code(sd_event_run(b->event, 50000), 0);
	}
}

int client_granted(struct bench *b, enum lease_kind kind, int fd)
{
	int conn = client_connect(b);

	client_lease(conn, kind, fd);
	client_expect(b, conn, LEASE_GRANT);
	return conn;
}
