/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * systemd's fd store: where a leased PCM and its connection wait if tacetd is killed, so that a
 * paused stream stays paused and one that plays stays a lease. It is emptied before GONE is
 * said: a copy that stays would keep the PCM busy after its application closed it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "port/lease-internal.h"
#include "util/cleanup.h"
#include "util/log.h"

static const char *conn_suffix(enum lease_kind kind)
{
	return kind == LEASE_COPY ? "conn-copy" : "conn";
}

static int store_one(unsigned int number, const char *suffix, int fd)
{
	char state[96];
	int r;

	snprintf(state, sizeof(state), "FDSTORE=1\nFDPOLL=0\nFDNAME=lease-%u-%s", number,
		 suffix);
	r = sd_pid_notify_with_fds(0, 0, state, &fd, 1);
	return r < 0 ? r : 0;
}

int lease_store_add(struct lease *l)
{
	int r;

	if (l->stored)
		return l->store_error;
	/* Without systemd nobody would start us again. */
	if (!getenv("NOTIFY_SOCKET") || l->pcm_fd < 0)
		return 0;
	l->stored = true;
	r = store_one(l->number, "pcm", l->pcm_fd);
	if (r >= 0 && l->conn_fd >= 0)
		r = store_one(l->number, conn_suffix(l->kind), l->conn_fd);
	l->store_error = r;
	return r;
}

void lease_store_remove(struct lease *l)
{
	if (!l->stored)
		return;
	(void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=lease-%u-pcm", l->number);
	(void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=lease-%u-%s", l->number,
			 conn_suffix(l->kind));
	l->stored = false;
	l->store_dirty = true;
}

static int on_barrier(sd_event_source *es, int fd, uint32_t revents, void *userdata)
{
	lease_gone(userdata);
	return 0;
}

static int on_barrier_deadline(sd_event_source *es, uint64_t usec, void *userdata)
{
	lease_gone(userdata);
	return 0;
}

/* sd_notify_barrier() waits; this is the same without waiting: systemd closes its end of a
 * pipe when it has seen everything that came before.
 */
int lease_store_barrier(struct lease *l)
{
	_cleanup_close_ int read_end = -1, write_end = -1;
	int p[2], r;

	if (!l->store_dirty)
		return 0;
	l->store_dirty = false;
	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	read_end = p[0];
	write_end = p[1];
	r = sd_pid_notify_with_fds(0, 0, "BARRIER=1", &write_end, 1);
	if (r <= 0)
		return r;
	r = sd_event_add_io(l->server->event, &l->barrier, read_end, EPOLLHUP, on_barrier,
			    l);
	if (r < 0)
		return r;
	l->barrier_fd = TAKE_FD(read_end);
	r = sd_event_add_time_relative(l->server->event, &l->barrier_deadline,
				       CLOCK_MONOTONIC, LEASE_BARRIER_US, 10000,
				       on_barrier_deadline, l);
	if (r < 0)
		return r;
	/* Whatever else the client says now does not matter any more. */
	l->conn_source = sd_event_source_disable_unref(l->conn_source);
	return 1;
}

static struct lease *find_number(struct lease_server *s, unsigned int number)
{
	for (struct lease *l = s->leases; l; l = l->next)
		if (l->adopted && l->number == number)
			return l;
	return NULL;
}

static int adopt_pcm(struct lease_server *s, unsigned int number, int *fd)
{
	struct pcm_id pcm;
	struct lease *l;
	int r;

	r = pcm_fd_info(*fd, &pcm);
	if (r < 0)
		return r;
	if (find_number(s, number))
		return -EEXIST;
	l = lease_new(s, -1);
	if (!l)
		return -ENOMEM;
	l->number = number;
	l->pcm = pcm;
	l->pcm_fd = TAKE_FD(*fd);
	(void)pcm_fd_abilities(l->pcm_fd, &l->can);
	l->kind = LEASE_DIRECT;
	l->phase = LEASE_PHASE_GRANTED;
	l->adopted = l->resting = l->stored = true;
	/* What its plugin still says to the tacetd before has another number. */
	l->serial = l->held = (uint32_t)lease_now_us();
	if (s->next_number <= number)
		s->next_number = number + 1;
	return 0;
}

static void adopt_conn(struct lease_server *s, struct lease *l, int *fd, bool copy)
{
	struct lease *tmp;

	/* The constructor knows how to ask the peer who it is. */
	tmp = lease_new(s, TAKE_FD(*fd));
	if (!tmp)
		return;
	l->pid = tmp->pid;
	l->uid = tmp->uid;
	lease_read_comm(l);
	l->kind = copy ? LEASE_COPY : LEASE_DIRECT;
	l->conn_fd = TAKE_FD(tmp->conn_fd);
	lease_free(tmp);
	if (lease_conn_watch(l) < 0)
		lease_conn_close(l);
}

int lease_server_adopt(struct lease_server *s, int *fds, char *const *names, int n)
{
	struct lease *next;
	unsigned int number;
	int found = 0, end;

	for (int i = 0; i < n; i++) {
		end = 0;
		if (sscanf(names[i], "lease-%u-pcm%n", &number, &end) == 1 && end > 0 &&
		    names[i][end] == '\0' && adopt_pcm(s, number, &fds[i]) < 0)
			(void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", names[i]);
	}
	for (int i = 0; i < n; i++) {
		struct lease *l;

		if (strncmp(names[i], "lease-", strlen("lease-")) != 0 || fds[i] < 0)
			continue;
		end = 0;
		l = sscanf(names[i], "lease-%u-conn%n", &number, &end) == 1 && end > 0
			    ? find_number(s, number)
			    : NULL;
		if (l && l->conn_fd < 0) {
			adopt_conn(s, l, &fds[i], strcmp(names[i] + end, "-copy") == 0);
			continue;
		}
		(void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", names[i]);
		close(TAKE_FD(fds[i]));
	}
	for (struct lease *l = s->leases; l; l = next) {
		next = l->next;
		if (!l->adopted || l->opened)
			continue;
		found++;
		l->opened = true;
		s->ops->opened(l, s->userdata);
	}
	return found;
}
