/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * The lease server and up to six clients that say anything at any time, honest words among it,
 * while switches come and go. Whatever they do: what was opened is closed once, and when all
 * have left nothing of theirs is kept, no file above all. Time stands still unless somebody waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "port/lease-internal.h"
#include "util/cleanup.h"

#define CLIENTS 6
#define PCMS	4

static struct {
	sd_event *event;
	struct lease_server *server;
	char path[64];
	int pcm[PCMS];
	int null_fd;
	int conn[CLIENTS];
	bool gate_closed;
	struct lease *open[CLIENTS + PCMS];
	unsigned int n_open;
	struct timespec ahead; /* of the real time */
} f;

int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		 const sigset_t *mask);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int r = __real_clock_gettime(clock, ts);

	ts->tv_sec += f.ahead.tv_sec;
	ts->tv_nsec += f.ahead.tv_nsec;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_nsec -= 1000000000;
		ts->tv_sec++;
	}
	return r;
}

/* Nobody will say anything while the server waits: the time is over at once. */
int __wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		 const sigset_t *mask)
{
	int r = poll(fds, n, 0);

	if (r == 0 && timeout) {
		f.ahead.tv_sec += timeout->tv_sec;
		f.ahead.tv_nsec += timeout->tv_nsec;
		if (f.ahead.tv_nsec >= 1000000000) {
			f.ahead.tv_nsec -= 1000000000;
			f.ahead.tv_sec++;
		}
	}
	return r;
}

static bool on_granted(int card, void *userdata)
{
	return !f.gate_closed;
}

static void on_opened(struct lease *l, void *userdata)
{
	CHECK(f.n_open < ARRAY_SIZE(f.open));
	for (unsigned int i = 0; i < f.n_open; i++)
		CHECK(f.open[i] != l && lease_device(f.open[i]) != lease_device(l));
	CHECK(lease_pcm_fd(l) >= 0);
	f.open[f.n_open++] = l;
}

static void on_closed(struct lease *l, void *userdata)
{
	for (unsigned int i = 0; i < f.n_open; i++) {
		if (f.open[i] != l)
			continue;
		f.open[i] = f.open[--f.n_open];
		return;
	}
	CHECK(!"closed what was never opened");
}

static const struct lease_ops ops = {
	.granted = on_granted,
	.opened = on_opened,
	.closed = on_closed,
};

static void remove_socket(void)
{
	(void)unlink(f.path);
	*strrchr(f.path, '/') = '\0';
	(void)rmdir(f.path);
}

static void set_up(void)
{
	CHECK(sd_event_new(&f.event) >= 0);
	CHECK(lease_server_new(f.event, &ops, NULL, &f.server) == 0);
	strcpy(f.path, "/tmp/tacet-fuzz-lease-XXXXXX");
	CHECK(mkdtemp(f.path));
	strcat(f.path, "/lease");
	CHECK(lease_server_listen_path(f.server, f.path) == 0);
	atexit(remove_socket);
	for (int i = 0; i < PCMS; i++) {
		f.pcm[i] = memfd_create("pcm", MFD_CLOEXEC);
		CHECK(f.pcm[i] >= 0 && dprintf(f.pcm[i], "fake pcm %d", i) > 0);
	}
	f.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	CHECK(f.null_fd >= 0);
	for (int i = 0; i < CLIENTS; i++)
		f.conn[i] = -1;
}

static void settle(void)
{
	/* A loop that never comes to rest is a fault, too. */
	for (unsigned int i = 0; sd_event_run(f.event, 0) > 0; i++)
		CHECK(i < 10000);
}

static void hang_up(unsigned int i)
{
	if (f.conn[i] >= 0)
		close(f.conn[i]);
	f.conn[i] = -1;
}

static void dial(unsigned int i)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	if (f.conn[i] >= 0)
		return;
	f.conn[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK(f.conn[i] >= 0);
	strcpy(sa.sun_path, f.path);
	if (connect(f.conn[i], (struct sockaddr *)&sa, sizeof(sa)) < 0)
		hang_up(i);
}

static void post(int conn, const void *data, size_t size, const int *fds, unsigned int n)
{
	char control[CMSG_SPACE(4 * sizeof(int))] __attribute__((aligned(8))) = {};
	struct iovec iov = { (void *)data, size };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n) {
		struct cmsghdr *c;

		mh.msg_control = control;
		mh.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	(void)sendmsg(conn, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void say(struct input *in, int conn)
{
	struct lease_msg m;
	uint8_t how = input_byte(in);
	int fds[4] = { f.pcm[how >> 6], f.null_fd, conn, f.pcm[0] };
	const uint8_t *bytes;
	size_t n;

	lease_msg_init(&m, (enum lease_type)input_below(in, LEASE_TYPE_MAX + 1));
	m.serial = input_byte(in);
	if (m.type == LEASE_LEASE)
		m.kind = 1 + (how & 1);
	if (how & 2)
		m.error = input_byte(in);
	n = how & 4 ? input_bytes(in, sizeof(m), &bytes) : 0;
	if (n)
		memcpy((char *)&m + input_below(in, (unsigned int)(sizeof(m) - n) + 1),
		       bytes, n);
	post(conn, &m, how & 8 ? input_below(in, sizeof(m)) : sizeof(m), fds,
	     how & 16 ? input_below(in, 5) : m.type == LEASE_LEASE);
}

/* The server's words arrive whole and in its own voice. */
static void hear(int conn, bool honest)
{
	char buf[256];
	struct lease_msg m;
	ssize_t n;

	while ((n = recv(conn, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		CHECK(lease_msg_from_server(buf, (size_t)n, &m) == 0);
		if (!honest || m.type != LEASE_REST)
			continue;
		lease_msg_init(&m, LEASE_HELD);
		memcpy(&m.serial, buf + offsetof(struct lease_msg, serial),
		       sizeof(m.serial));
		post(conn, &m, sizeof(m), NULL, 0);
	}
}

static void step(struct input *in)
{
	uint8_t op = input_byte(in);
	unsigned int i = (op >> 4) % CLIENTS;
	struct lease *l = f.n_open ? f.open[(op >> 4) % f.n_open] : NULL;

	switch (op & 15) {
	case 0:
	case 1:
	case 2:
		dial(i);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		if (f.conn[i] >= 0)
			say(in, f.conn[i]);
		break;
	case 7:
		hang_up(i);
		break;
	case 8:
	case 9:
		if (f.conn[i] >= 0)
			hear(f.conn[i], op & 1);
		break;
	case 10:
		f.gate_closed = true;
		lease_hold_grants(f.server, 0);
		break;
	case 11:
		f.gate_closed = false;
		lease_release_grants(f.server, 0);
		break;
	case 12:
		if (l)
			(void)lease_switch_begin(l);
		break;
	case 13:
		if (l)
			(void)lease_switch_end(l);
		break;
	case 14:
		if (l)
			lease_switch_park(l);
		break;
	case 15:
		settle();
		break;
	}
}

/* Every switch ends and everybody leaves. */
static void part(void)
{
	f.gate_closed = false;
	for (unsigned int i = 0; i < f.n_open; i++)
		(void)lease_switch_end(f.open[i]);
	lease_release_grants(f.server, 0);
	settle();
	for (unsigned int i = 0; i < CLIENTS; i++)
		hang_up(i);
	settle();
	CHECK(f.n_open == 0);
	CHECK(!f.server->leases);
	/* Threads close what strangers sent. */
	while (lease_reap_pending(f.server, getuid()))
		(void)usleep(50);
}

static int lowest_fd(void)
{
	int fd = fcntl(f.null_fd, F_DUPFD_CLOEXEC, 0);

	CHECK(fd >= 0);
	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	int before;

	if (!f.event)
		set_up();
	before = lowest_fd();
	while (in.left)
		step(&in);
	part();
	CHECK(lowest_fd() == before);
	return 0;
}
