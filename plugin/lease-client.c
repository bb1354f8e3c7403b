/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "core/lease-msg.h"
#include "lease-client.h"
#include "util/cleanup.h"

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int lease_client_connect(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Nonblocking: a full queue (-EAGAIN) must not hold the application up. */
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int lease_client_offer(const struct lease_conf *c, enum lease_kind kind, int pcm_fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct lease_msg m;
	struct iovec iov = { &m, sizeof(m) };
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);
	_cleanup_close_ int conn = -1;

	conn = lease_client_connect(c->socket);
	if (conn < 0)
		return conn;
	lease_msg_init(&m, LEASE_LEASE);
	m.kind = kind;
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cm), &pcm_fd, sizeof(int));
	if (sendmsg(conn, &mh, MSG_NOSIGNAL) < 0)
		return -errno;
	return TAKE_FD(conn);
}

int lease_client_receive(int conn, struct lease_msg *ret)
{
	char packet[sizeof(struct lease_msg) + 1];
	ssize_t n;
	int r;

	n = recv(conn, packet, sizeof(packet), MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	r = lease_msg_from_server(packet, (size_t)n, ret);
	return r < 0 ? r : 1;
}

int lease_client_wait(int conn, enum lease_type type, int timeout_ms)
{
	int64_t end = now_ms() + timeout_ms;

	for (;;) {
		struct pollfd pfd = { .fd = conn, .events = POLLIN };
		int64_t left = end - now_ms();
		struct lease_msg m;
		int r;

		r = lease_client_receive(conn, &m);
		if (r < 0)
			return r;
		if (r > 0 && m.type == (uint32_t)type)
			return 0;
		if (r > 0 && m.type == LEASE_DENY)
			return -(int)m.error;
		if (r > 0)
			continue;
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&pfd, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
	}
}

int lease_client_say(int conn, enum lease_type type, uint32_t serial)
{
	struct lease_msg m;

	lease_msg_init(&m, type);
	m.serial = serial;
	return send(conn, &m, sizeof(m), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

void lease_client_leave(const struct lease_conf *c, int conn)
{
	if (lease_client_say(conn, LEASE_BYE, 0) >= 0)
		(void)lease_client_wait(conn, LEASE_GONE, c->gone_ms);
	close(conn);
}
