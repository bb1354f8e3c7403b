/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/outside-msg.h"
#include "ctl-client.h"
#include "util/cleanup.h"

/* tacetd's own deadlines are shorter; this is for one that stands still. */
#define ANSWER_MS 120000

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void ctl_client_close(struct ctl_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

bool ctl_client_lives(struct ctl_client *c)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };

	/* It speaks only when it was asked: what is to be read is its end. */
	return c->fd >= 0 && poll(&pfd, 1, 0) == 0;
}

static int connect_to(struct ctl_client *c)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	strcpy(sa.sun_path, c->socket);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -errno;
	c->fd = TAKE_FD(fd);
	c->pid = getpid();
	return 0;
}

static int say(struct ctl_client *c, int control_fd, const struct outside_msg *m)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct iovec iov = { (void *)m, sizeof(*m) };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cm;

	if (control_fd >= 0) {
		mh.msg_control = control.buf;
		mh.msg_controllen = sizeof(control.buf);
		cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cm), &control_fd, sizeof(int));
	}
	return sendmsg(c->fd, &mh, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Return: 0 and @ret, or a negative errno. */
static int hear(struct ctl_client *c, int64_t deadline, struct outside_msg *ret)
{
	char packet[sizeof(struct outside_msg) + 1];

	for (;;) {
		struct pollfd pfd = { .fd = c->fd, .events = POLLIN };
		int64_t left = deadline - now_ms();
		ssize_t n;

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&pfd, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
		n = recv(c->fd, packet, sizeof(packet), MSG_DONTWAIT);
		if (n > 0)
			return outside_msg_from_server(packet, (size_t)n, ret);
		if (n == 0)
			return -ECONNRESET;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
}

int ctl_client_write(struct ctl_client *c, int control_fd, const struct outside_msg *m)
{
	struct outside_msg answer;
	bool fresh;
	int r;

	if (c->fd >= 0 && c->pid != getpid())
		ctl_client_close(c);
	/* A connection that is there may be one to a tacetd that has ended. */
	for (int i = 0; i < 2; i++) {
		c->again = i > 0;
		fresh = c->fd < 0;
		r = fresh ? connect_to(c) : 0;
		if (r < 0)
			return -ENOTCONN;
		r = say(c, fresh ? control_fd : -1, m);
		if (r >= 0)
			r = hear(c, now_ms() + ANSWER_MS, &answer);
		if (r >= 0)
			return -(int)answer.error;
		ctl_client_close(c);
		if (fresh || r == -ETIMEDOUT)
			break;
	}
	return r == -ETIMEDOUT ? r : -ECONNRESET;
}
