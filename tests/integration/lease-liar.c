/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that a client of the lease socket should not do, at random, again and again.
 *
 * lease-liar [--socket PATH] [--seconds S] [--seed N] [--pcm /dev/snd/pcmC0D1p]
 *            [--patience S]
 *
 * After each blow an honest client asks and must be answered, within --patience (5 s): with
 * a grant for the PCM, or, without one, with a denial of /dev/null. A refusal for want of room
 * (EUSERS) is an answer too: then the liar gives its connections back and asks again.
 * Prints "blows N" and "worst_us N". Exit 1 when the server harms the honest client.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/lease-msg.h"

#define HOARD_MAX 4000

static uint64_t patience_us = 5000000; /* as long as the plugin waits for a grant */
static const char *socket_path = LEASE_SOCKET_PATH;
static const char *pcm_path;
static int hoard[HOARD_MAX], n_hoard; /* connections kept open */

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int dial(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", socket_path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void say(int conn, const void *buf, size_t size, int fd, unsigned int n)
{
	char control[CMSG_SPACE(253 * sizeof(int))] __attribute__((aligned(8))) = {};
	struct iovec iov = { (void *)buf, size };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (n > 0) {
		mh.msg_control = control;
		mh.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		for (unsigned int i = 0; i < n; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
	}
	(void)sendmsg(conn, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void say_word(int conn, enum lease_type type, uint32_t serial, int fd,
		     unsigned int n)
{
	struct lease_msg m;

	lease_msg_init(&m, type);
	m.kind = type == LEASE_LEASE ? LEASE_COPY : 0;
	m.serial = serial;
	say(conn, &m, sizeof(m), fd, n);
}

static void give_back(void)
{
	while (n_hoard > 0)
		close(hoard[--n_hoard]);
}

static void keep(int conn)
{
	if (conn < 0)
		return;
	if (n_hoard == HOARD_MAX)
		give_back();
	hoard[n_hoard++] = conn;
}

static void blow_wrong_fd(void)
{
	static const char *const paths[] = { "/dev/null",
					     "/dev/zero",
					     "/proc/self/mem",
					     "/",
					     "/dev/snd/timer",
					     "/dev/snd/seq",
					     "/dev/snd/controlC0",
					     "/dev/tty",
					     "/sys" };
	int fd = open(paths[rand() % 9], (rand() % 3 ? O_RDONLY : O_PATH) | O_CLOEXEC);
	int conn = dial();

	if (fd < 0)
		fd = memfd_create("x", MFD_CLOEXEC);
	say_word(conn, LEASE_LEASE, 0, fd, 1);
	close(fd);
	keep(conn);
}

static void blow_garbage(void)
{
	static unsigned char buf[100000];
	size_t size = (size_t)rand() % (rand() % 4 ? 130 : sizeof(buf));
	int conn = dial();

	for (size_t i = 0; i < size; i++)
		buf[i] = (unsigned char)rand();
	say(conn, buf, size, 0, rand() % 4 ? 0 : (unsigned int)rand() % 253);
	close(conn);
}

static void blow_words(void)
{
	int conn = dial();

	for (int i = 0; i < 200; i++)
		say_word(conn, (enum lease_type)(rand() % (LEASE_TYPE_MAX + 2)),
			 (uint32_t)rand() % 5, 0, (unsigned int)rand() % 2);
	keep(conn);
}

static void blow_bits(void)
{
	struct lease_msg m;
	int conn = dial();

	lease_msg_init(&m, LEASE_LEASE);
	m.kind = LEASE_DIRECT;
	((unsigned char *)&m)[(size_t)rand() % sizeof(m)] ^=
		(unsigned char)(1 << rand() % 8);
	say(conn, &m, sizeof(m), 0, 1);
	keep(conn);
}

static void blow_silence(void)
{
	for (int i = 0; i < 50; i++)
		keep(dial());
}

static void blow_flood(void)
{
	for (int i = 0; i < 500; i++) {
		int conn = dial();

		if (rand() % 2)
			say_word(conn, LEASE_LEASE, 0, 0, 1);
		close(conn);
	}
}

static void blow_many_fds(void)
{
	int conn = dial();

	for (int i = 0; i < 20; i++)
		say_word(conn, LEASE_LEASE, 0, 2, 253);
	close(conn);
}

/* With a PCM: a lease that is used badly. */
static void blow_bad_lease(void)
{
	int fd = pcm_path ? open(pcm_path, O_WRONLY | O_NONBLOCK | O_CLOEXEC) : -1, conn;

	if (fd < 0)
		return;
	conn = dial();
	say_word(conn, LEASE_LEASE, 0, fd, 1);
	if (rand() % 2) {
		struct pollfd pfd = { .fd = conn, .events = POLLIN };

		poll(&pfd, 1, 500);
	}
	for (int i = 0; i < rand() % 10; i++)
		say_word(conn, rand() % 2 ? LEASE_HELD : LEASE_BYE, (uint32_t)i, 0, 0);
	close(rand() % 2 ? fd : conn);
	close(fd);
	close(conn);
}

/* Return: 0 answered, 1 no room, -1 harmed. */
static int honest(void)
{
	bool want_grant = pcm_path != NULL;
	int fd = open(want_grant ? pcm_path : "/dev/null",
		      O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	int conn = dial(), ret = -1;
	uint64_t end = now_us() + patience_us;
	struct lease_msg m = {};
	ssize_t n;

	if (fd < 0) { /* a lease of the liar's is not forgotten yet */
		close(conn);
		return 1;
	}
	say_word(conn, LEASE_LEASE, 0, fd, 1);
	while (now_us() < end) {
		struct pollfd pfd = { .fd = conn, .events = POLLIN };

		if (poll(&pfd, 1, 50) <= 0)
			continue;
		/* A server that hangs up with our words unread: an error, then its last word. */
		n = recv(conn, &m, sizeof(m), MSG_DONTWAIT);
		if (n < 0 && errno == ECONNRESET)
			continue;
		if (n != (ssize_t)sizeof(m))
			break;
		if (m.type == LEASE_REST || m.type == LEASE_GO)
			continue;
		if (m.type == LEASE_DENY && (m.error == EUSERS || m.error == EBUSY))
			ret = 1;
		else if (want_grant ? m.type == LEASE_GRANT
				    : m.type == LEASE_DENY && m.error == ENOTTY)
			ret = 0;
		break;
	}
	if (ret == 0 && want_grant) {
		say_word(conn, LEASE_BYE, 0, 0, 0);
		while (now_us() < end && recv(conn, &m, sizeof(m), 0) > 0 &&
		       m.type != LEASE_GONE)
			;
		ret = m.type == LEASE_GONE ? 0 : -1;
	}
	close(conn);
	close(fd);
	return ret;
}

static int expect_honest_answered(uint64_t *worst)
{
	uint64_t begin = now_us(), end = begin + 2 * patience_us;
	int r;

	while ((r = honest()) == 1 && now_us() < end) {
		give_back();
		poll(NULL, 0, 5);
	}
	if (now_us() - begin > *worst)
		*worst = now_us() - begin;
	return r;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 'r' },
		{ "pcm", required_argument, NULL, 'p' },
		{ "patience", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct {
		const char *name;
		void (*strike)(void);
	} blows[] = {
		{ "wrong fd", blow_wrong_fd }, { "garbage", blow_garbage },
		{ "words", blow_words },       { "bits", blow_bits },
		{ "silence", blow_silence },   { "flood", blow_flood },
		{ "many fds", blow_many_fds }, { "bad lease", blow_bad_lease },
	};
	struct rlimit files = { 8192, 8192 };
	unsigned int seed = 1;
	uint64_t end, worst = 0;
	unsigned long n = 0;
	double seconds = 5;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 's')
			socket_path = optarg;
		else if (opt == 't')
			seconds = atof(optarg);
		else if (opt == 'r')
			seed = (unsigned int)atoi(optarg);
		else if (opt == 'w')
			patience_us = (uint64_t)(atof(optarg) * 1e6);
		else if (opt == 'p')
			pcm_path = optarg;
		else
			return 2;
	}
	(void)setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	srand(seed);
	end = now_us() + (uint64_t)(seconds * 1e6);
	do {
		size_t i = (size_t)rand() % 8;

		blows[i].strike();
		n++;
		if (expect_honest_answered(&worst) != 0) {
			fprintf(stderr, "lease-liar: no honest answer after %s\n",
				blows[i].name);
			return 1;
		}
	} while (now_us() < end);
	printf("blows %lu\nworst_us %llu\n", n, (unsigned long long)worst);
	return 0;
}
