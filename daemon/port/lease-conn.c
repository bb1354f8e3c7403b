/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lease server's sockets: who may connect, and what is said on a connection. Everything
 * that arrives here is a stranger's.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "port/interrupt.h"
#include "port/lease-internal.h"
#include "util/cleanup.h"
#include "util/log.h"

/* What one sendmsg() can carry: to leave room for fewer would let the kernel close the rest
 * in our thread, and a close() may hang.
 */
#define SCM_MAX_FDS 253

static const struct lease_limits default_limits = {
	.connections = 256,
	.connections_uid = 64,
	.handshake_us = 2000000,
};

int lease_server_new(sd_event *event, const struct lease_ops *ops, void *userdata,
		     struct lease_server **ret)
{
	struct lease_server *s;

	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->event = sd_event_ref(event);
	s->ops = ops;
	s->userdata = userdata;
	s->limits = default_limits;
	s->next_number = 1;
	*ret = s;
	return 0;
}

void lease_server_set_limits(struct lease_server *s, const struct lease_limits *limits)
{
	s->limits = default_limits;
	if (limits->connections)
		s->limits.connections = limits->connections;
	if (limits->connections_uid)
		s->limits.connections_uid = limits->connections_uid;
	if (limits->handshake_us)
		s->limits.handshake_us = limits->handshake_us;
}

/* Messages that nobody read may carry sockets that linger: closing us closes them. */
static void close_interrupted(int fd)
{
	int r = interrupt_begin();

	close(fd);
	if (r >= 0)
		interrupt_end();
}

void lease_conn_close(struct lease *l)
{
	l->conn_source = sd_event_source_disable_unref(l->conn_source);
	if (l->conn_fd >= 0)
		close_interrupted(l->conn_fd);
	l->conn_fd = -1;
}

int lease_conn_send(struct lease *l, enum lease_type type, uint32_t serial, int error)
{
	struct lease_msg m;

	lease_msg_init(&m, type);
	m.serial = serial;
	m.error = (uint32_t)error;
	if (send(l->conn_fd, &m, sizeof(m), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

void lease_conn_tell(struct lease *l)
{
	int r;

	r = lease_conn_send(l, l->resting ? LEASE_REST : LEASE_GO, l->serial, 0);
	if (r == -EAGAIN && !l->owed) {
		/* It does not read, stopped perhaps: tell it how things stand when it does. */
		l->owed = true;
		(void)sd_event_source_set_io_events(l->conn_source, EPOLLIN | EPOLLOUT);
	}
}

static int lease_take_pcm(struct lease *l, const struct lease_msg *m, int fd)
{
	int r;

	r = pcm_fd_info(fd, &l->pcm);
	if (r < 0)
		return r;
	for (const struct lease *o = l->server->leases; o; o = o->next)
		if (o != l && o->pcm_fd >= 0 && o->pcm.card == l->pcm.card &&
		    o->pcm.device == l->pcm.device &&
		    o->pcm.subdevice == l->pcm.subdevice &&
		    o->pcm.capture == l->pcm.capture)
			return -EBUSY;
	r = pcm_fd_abilities(fd, &l->can);
	if (r < 0)
		return r;
	lease_read_comm(l);
	l->kind = (enum lease_kind)m->kind;
	l->pcm_fd = fd;
	l->phase = LEASE_PHASE_WAITING;
	l->deadline = sd_event_source_disable_unref(l->deadline);
	return 0;
}

/* HELD: each REST has one answer, which may come late. */
static int lease_take_held(struct lease *l, uint32_t serial)
{
	if (serial - l->held == 0 || serial - l->held > l->serial - l->held)
		/* To an adopted lease it may be the answer to the tacetd before. */
		return l->adopted ? 0 : -EPROTO;
	l->held = serial;
	l->mute = false;
	return 0;
}

static unsigned int take_fds(struct msghdr *mh, int *ret_fds)
{
	unsigned int n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		size_t len;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		len = c->cmsg_len - CMSG_LEN(0);
		memcpy(ret_fds + n, CMSG_DATA(c), len);
		n += (unsigned int)(len / sizeof(int));
	}
	return n;
}

/* One packet. Return: 1 when there was one, 0 when there is none, negative: hang up. */
static int lease_conn_receive(struct lease *l)
{
	union {
		char buf[CMSG_SPACE(SCM_MAX_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	int fds[SCM_MAX_FDS];
	char packet[sizeof(struct lease_msg) + 1]; /* one more, to see what is too long */
	struct iovec iov = { packet, sizeof(packet) };
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct lease_msg m;
	unsigned int n_fds;
	ssize_t n;
	int r;

	n = recvmsg(l->conn_fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	n_fds = take_fds(&mh, fds);
	if (n == 0) /* its end; an empty packet is no word of ours either */
		r = -ECONNRESET;
	else
		r = lease_msg_from_client(packet, (size_t)n, n_fds, l->phase, &m);
	if (r < 0) {
		if (n_fds > 0)
			lease_reap_fds(l->server, l->uid, fds, n_fds);
		return r;
	}

	switch ((enum lease_type)m.type) {
	case LEASE_LEASE:
		r = lease_take_pcm(l, &m, fds[0]);
		if (r < 0) {
			lease_reap_fds(l->server, l->uid, fds, 1);
			(void)lease_conn_send(l, LEASE_DENY, 0, -r);
			return r;
		}
		r = lease_try_grant(l);
		return r < 0 ? r : 1;
	case LEASE_HELD:
		r = lease_take_held(l, m.serial);
		return r < 0 ? r : 1;
	case LEASE_BYE:
		l->phase = LEASE_PHASE_LEAVING;
		return 1;
	case LEASE_GRANT:
	case LEASE_DENY:
	case LEASE_GONE:
	case LEASE_REST:
	case LEASE_GO:
	case LEASE_PARK:
	case LEASE_TYPE_MAX:
		break;
	}
	return -EPROTO;
}

static int on_conn(sd_event_source *es, int fd, uint32_t revents, void *userdata)
{
	struct lease *l = userdata;
	bool was_leaving = l->phase == LEASE_PHASE_LEAVING;
	int r = 1;

	if (revents & EPOLLOUT) {
		l->owed = false;
		(void)sd_event_source_set_io_events(es, EPOLLIN);
		lease_conn_tell(l);
	}
	if (revents & (EPOLLIN | EPOLLHUP | EPOLLERR))
		r = lease_conn_receive(l);
	if (r < 0) {
		log_debug_errno(r, "lease %u: connection of %s (%d) ends: %m", l->number,
				l->comm, (int)l->pid);
		lease_conn_close(l);
		lease_leave(l);
	} else if (l->phase == LEASE_PHASE_LEAVING && !was_leaving) {
		lease_leave(l);
	}
	return 0;
}

uint64_t lease_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

void lease_conn_await_held(struct lease *l, uint64_t deadline)
{
	if (l->kind != LEASE_COPY || l->mute || l->owed)
		return;
	while (l->conn_fd >= 0 && l->held != l->serial &&
	       l->phase != LEASE_PHASE_LEAVING) {
		struct pollfd pfd = { .fd = l->conn_fd, .events = POLLIN };
		uint64_t now = lease_now_us();
		struct timespec ts;
		int r;

		if (now >= deadline)
			return;
		ts = (struct timespec){ .tv_nsec = (long)(deadline - now) * 1000 };
		r = ppoll(&pfd, 1, &ts, NULL);
		if (r < 0 && errno != EINTR)
			return;
		if (r <= 0)
			continue;
		/* Nothing is called back here: the lease is resting. */
		if (lease_conn_receive(l) < 0) {
			lease_conn_close(l);
			lease_leave(l);
		}
	}
}

static int on_handshake_deadline(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct lease *l = userdata;

	log_debug("lease %u: %d connected and said nothing", l->number, (int)l->pid);
	lease_free(l);
	return 0;
}

int lease_conn_watch(struct lease *l)
{
	int r;

	r = sd_event_add_io(l->server->event, &l->conn_source, l->conn_fd, EPOLLIN,
			    on_conn, l);
	if (r < 0)
		return r;
	if (l->phase == LEASE_PHASE_GRANTED)
		return 0;
	r = sd_event_source_set_priority(l->conn_source, LEASE_PRIORITY_STRANGER);
	if (r < 0)
		return r;
	return sd_event_add_time_relative(l->server->event, &l->deadline, CLOCK_MONOTONIC,
					  l->server->limits.handshake_us, 100000,
					  on_handshake_deadline, l);
}

/* -EUSERS when @l is one too many; it counts itself. */
static int check_limits(const struct lease *l)
{
	struct lease_server *s = l->server;
	unsigned int all = 0, mine = 0;

	for (const struct lease *o = s->leases; o; o = o->next) {
		all++;
		mine += o->uid == l->uid;
	}
	mine += lease_reap_pending(s, l->uid);
	return all > s->limits.connections || mine > s->limits.connections_uid ? -EUSERS
									       : 0;
}

static int on_listen_again(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct lease_server *s = userdata;

	s->listen_again = sd_event_source_disable_unref(s->listen_again);
	return sd_event_source_set_enabled(s->listen, SD_EVENT_ON);
}

static int on_listen(sd_event_source *es, int fd, uint32_t revents, void *userdata)
{
	struct lease_server *s = userdata;
	struct lease *l;
	int conn, r;

	conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (conn < 0) {
		if (errno != EMFILE && errno != ENFILE && errno != ENOMEM &&
		    errno != ENOBUFS)
			return 0;
		/* It would be ready again at once: leave it alone for a moment. */
		(void)sd_event_source_set_enabled(es, SD_EVENT_OFF);
		sd_event_source_disable_unref(s->listen_again);
		s->listen_again = NULL;
		return sd_event_add_time_relative(s->event, &s->listen_again,
						  CLOCK_MONOTONIC, 100000, 10000,
						  on_listen_again, s);
	}
	l = lease_new(s, conn);
	if (!l)
		return 0;
	r = check_limits(l);
	if (r >= 0)
		r = lease_conn_watch(l);
	if (r < 0) {
		log_debug_errno(r, "lease: connection of %d refused: %m", (int)l->pid);
		(void)lease_conn_send(l, LEASE_DENY, 0, -r);
		lease_free(l);
	}
	return 0;
}

int lease_server_listen_fd(struct lease_server *s, int fd)
{
	_cleanup_close_ int listen_fd = fd;
	int r;

	r = sd_event_add_io(s->event, &s->listen, listen_fd, EPOLLIN, on_listen, s);
	if (r < 0)
		return r;
	r = sd_event_source_set_io_fd_own(s->listen, true);
	if (r < 0)
		return r;
	TAKE_FD(listen_fd);
	return sd_event_source_set_priority(s->listen, LEASE_PRIORITY_LISTEN);
}

int lease_server_listen_path(struct lease_server *s, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	(void)unlink(path);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || chmod(path, 0666) < 0 ||
	    listen(fd, SOMAXCONN) < 0)
		return -errno;
	return lease_server_listen_fd(s, TAKE_FD(fd));
}
