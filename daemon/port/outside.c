/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/outside-msg.h"
#include "port/control-fd.h"
#include "port/lease-internal.h"
#include "port/outside.h"
#include "util/cleanup.h"
#include "util/log.h"

#define SCM_MAX_FDS	253
#define CLIENTS_MAX	64
#define CLIENTS_UID_MAX 32
#define HANDSHAKE_US	2000000

struct outside_server {
	sd_event *event;
	const struct outside_ops *ops;
	struct lease_server *leases;
	void *userdata;
	sd_event_source *listen;
	sd_event_source *listen_again; /* after EMFILE */
	struct outside_client *clients;
};

struct outside_client {
	struct outside_server *server;
	struct outside_client *next;
	int fd;
	sd_event_source *source;
	sd_event_source *deadline; /* of the first word */
	pid_t pid;
	uid_t uid;
	char comm[17];
	int card; /* -1: it has not shown one yet */
	bool waiting;
	struct outside_msg msg;
};

static struct outside_client *client_free(struct outside_client *o)
{
	for (struct outside_client **p = &o->server->clients; *p; p = &(*p)->next)
		if (*p == o) {
			*p = o->next;
			break;
		}
	sd_event_source_disable_unref(o->source);
	sd_event_source_disable_unref(o->deadline);
	if (o->fd >= 0)
		close(o->fd);
	free(o);
	return NULL;
}

static void client_gone(struct outside_client *o)
{
	o->server->ops->gone(o, o->server->userdata);
	client_free(o);
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

/* One packet into o->msg. Return: 1, 0 if there is none, negative: hang up. */
static int receive(struct outside_client *o)
{
	union {
		char buf[CMSG_SPACE(SCM_MAX_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	int fds[SCM_MAX_FDS];
	char packet[sizeof(struct outside_msg) +
		    1]; /* one more, to see what is too long */
	struct iovec iov = { packet, sizeof(packet) };
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	unsigned int n_fds;
	ssize_t n;
	int r;

	n = recvmsg(o->fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	n_fds = take_fds(&mh, fds);
	if (n == 0) /* its end; an empty packet is no word of ours either */
		r = -ECONNRESET;
	else
		r = outside_msg_from_client(packet, (size_t)n, n_fds, o->card < 0,
					    o->waiting, &o->msg);
	if (r >= 0 && n_fds)
		r = o->card = control_fd_card(fds[0]);
	if (n_fds)
		lease_reap_fds(o->server->leases, o->uid, fds, n_fds);
	return r < 0 ? r : 1;
}

static int on_readable(sd_event_source *es, int fd, uint32_t revents, void *userdata)
{
	struct outside_client *o = userdata;
	int r = receive(o);

	if (r < 0) {
		log_debug_errno(r, "outside: connection of %s (%d) ends: %m", o->comm,
				(int)o->pid);
		client_gone(o);
	} else if (r > 0) {
		o->deadline = sd_event_source_disable_unref(o->deadline);
		o->waiting = true;
		o->server->ops->write(o, &o->msg, o->server->userdata);
	}
	return 0;
}

void outside_answer(struct outside_client *o, int error)
{
	struct outside_msg m;

	if (!o->waiting)
		return;
	o->waiting = false;
	outside_msg_init(&m, OUTSIDE_DONE);
	m.error = (uint32_t)-error;
	/* Who does not read its answers has none; its end is seen by the loop. */
	(void)send(o->fd, &m, sizeof(m), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int on_silent(sd_event_source *es, uint64_t usec, void *userdata)
{
	client_gone(userdata);
	return 0;
}

static void read_comm(struct outside_client *o)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)o->pid);
	f = fopen(path, "re");
	if (f && fgets(o->comm, sizeof(o->comm), f))
		o->comm[strcspn(o->comm, "\n")] = '\0';
}

static int client_new(struct outside_server *s, int fd)
{
	struct outside_client *o = calloc(1, sizeof(*o));
	struct ucred cred = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(cred);
	unsigned int all = 0, mine = 0;
	int r;

	if (!o) {
		close(fd);
		return -ENOMEM;
	}
	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	*o = (struct outside_client){
		.server = s,
		.next = s->clients,
		.fd = fd,
		.pid = cred.pid,
		.uid = cred.uid,
		.card = -1,
	};
	s->clients = o;
	read_comm(o);
	for (const struct outside_client *k = s->clients; k; k = k->next) {
		all++;
		mine += k->uid == o->uid;
	}
	r = all > CLIENTS_MAX || mine > CLIENTS_UID_MAX ? -EUSERS : 0;
	if (r >= 0)
		r = sd_event_add_io(s->event, &o->source, fd, EPOLLIN, on_readable, o);
	if (r >= 0)
		r = sd_event_source_set_priority(o->source, LEASE_PRIORITY_STRANGER);
	if (r >= 0)
		r = sd_event_add_time_relative(s->event, &o->deadline, CLOCK_MONOTONIC,
					       HANDSHAKE_US, 100000, on_silent, o);
	if (r < 0)
		client_free(o);
	return r;
}

static int on_listen_again(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct outside_server *s = userdata;

	s->listen_again = sd_event_source_disable_unref(s->listen_again);
	return sd_event_source_set_enabled(s->listen, SD_EVENT_ON);
}

static int on_listen(sd_event_source *es, int fd, uint32_t revents, void *userdata)
{
	struct outside_server *s = userdata;
	int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), r;

	if (conn >= 0) {
		r = client_new(s, conn);
		if (r < 0)
			log_debug_errno(r, "outside: connection refused: %m");
		return 0;
	}
	if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
		return 0;
	/* It would be ready again at once: leave it alone for a moment. */
	(void)sd_event_source_set_enabled(es, SD_EVENT_OFF);
	sd_event_source_disable_unref(s->listen_again);
	s->listen_again = NULL;
	return sd_event_add_time_relative(s->event, &s->listen_again, CLOCK_MONOTONIC,
					  100000, 10000, on_listen_again, s);
}

int outside_server_new(sd_event *event, const struct outside_ops *ops,
		       struct lease_server *leases, void *userdata,
		       struct outside_server **ret)
{
	struct outside_server *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->event = sd_event_ref(event);
	s->ops = ops;
	s->leases = leases;
	s->userdata = userdata;
	*ret = s;
	return 0;
}

int outside_server_listen_fd(struct outside_server *s, int fd)
{
	_cleanup_close_ int listen_fd = fd;
	int r;

	r = sd_event_add_io(s->event, &s->listen, listen_fd, EPOLLIN, on_listen, s);
	if (r >= 0)
		r = sd_event_source_set_io_fd_own(s->listen, true);
	if (r < 0)
		return r;
	TAKE_FD(listen_fd);
	return sd_event_source_set_priority(s->listen, LEASE_PRIORITY_LISTEN);
}

struct outside_server *outside_server_free(struct outside_server *s)
{
	if (!s)
		return NULL;
	while (s->clients)
		client_free(s->clients);
	sd_event_source_disable_unref(s->listen);
	sd_event_source_disable_unref(s->listen_again);
	sd_event_unref(s->event);
	free(s);
	return NULL;
}

int outside_card(const struct outside_client *o)
{
	return o->card;
}

pid_t outside_pid(const struct outside_client *o)
{
	return o->pid;
}

const char *outside_comm(const struct outside_client *o)
{
	return o->comm;
}
