/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leases: their life, and what a switch does to them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "port/lease-internal.h"
#include "util/cleanup.h"
#include "util/log.h"

void lease_read_comm(struct lease *l)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[64];

	/* For people only: the process may have changed since it connected. */
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)l->pid);
	f = fopen(path, "re");
	if (!f || !fgets(l->comm, sizeof(l->comm), f))
		return;
	l->comm[strcspn(l->comm, "\n")] = '\0';
}

struct lease *lease_new(struct lease_server *s, int conn_fd)
{
	struct ucred cred = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(cred);
	struct lease *l;

	l = calloc(1, sizeof(*l));
	if (!l) {
		if (conn_fd >= 0)
			close(conn_fd);
		return NULL;
	}
	l->server = s;
	l->uid = (uid_t)-1;
	l->conn_fd = conn_fd;
	l->pcm_fd = -1;
	l->barrier_fd = -1;
	l->number = s->next_number++;
	l->next = s->leases;
	s->leases = l;
	if (conn_fd >= 0 &&
	    getsockopt(conn_fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0) {
		l->pid = cred.pid;
		l->uid = cred.uid;
	}
	return l;
}

static void lease_close_pcm(struct lease *l)
{
	if (l->pcm_fd >= 0)
		close(l->pcm_fd);
	l->pcm_fd = -1;
}

struct lease *lease_free(struct lease *l)
{
	if (!l)
		return NULL;
	for (struct lease **p = &l->server->leases; *p; p = &(*p)->next)
		if (*p == l) {
			*p = l->next;
			break;
		}
	lease_conn_close(l);
	lease_close_pcm(l);
	sd_event_source_disable_unref(l->deadline);
	sd_event_source_disable_unref(l->settle);
	sd_event_source_disable_unref(l->barrier);
	sd_event_source_disable_unref(l->barrier_deadline);
	if (l->barrier_fd >= 0)
		close(l->barrier_fd);
	free(l);
	return NULL;
}

int lease_try_grant(struct lease *l)
{
	struct lease_server *s = l->server;

	if (l->phase != LEASE_PHASE_WAITING)
		return 0;
	if (s->ops->granted && !s->ops->granted(l->pcm.card, s->userdata))
		return 0;
	l->phase = LEASE_PHASE_GRANTED;
	l->deadline = sd_event_source_disable_unref(l->deadline);
	(void)sd_event_source_set_priority(l->conn_source, SD_EVENT_PRIORITY_NORMAL);
	log_debug("lease %u: hw:%d,%u,%u %s of %s (%d), %s", l->number, l->pcm.card,
		  l->pcm.device, l->pcm.subdevice,
		  l->pcm.capture ? "capture" : "playback", l->comm, (int)l->pid,
		  l->kind == LEASE_COPY ? "copy" : "direct");
	/* First the store and the manager, then the application: it may start at once. That it
	 * would not survive a crash is told with the first switch. */
	(void)lease_store_add(l);
	l->opened = true;
	s->ops->opened(l, s->userdata);
	return lease_conn_send(l, LEASE_GRANT, 0, 0);
}

void lease_gone(struct lease *l)
{
	if (l->conn_fd >= 0)
		(void)lease_conn_send(l, LEASE_GONE, 0, 0);
	lease_free(l);
}

static void lease_settle_now(struct lease *l)
{
	struct lease_server *s = l->server;

	if (l->opened) {
		l->opened = false;
		s->ops->closed(l, s->userdata);
	}
	lease_store_remove(l);
	lease_close_pcm(l);
	/* The store's copy keeps the PCM busy: only its removal makes GONE true. */
	if (l->conn_fd >= 0 && lease_store_barrier(l) > 0)
		return;
	lease_gone(l);
}

static int on_settle(sd_event_source *es, void *userdata)
{
	struct lease *l = userdata;

	l->settle = sd_event_source_disable_unref(l->settle);
	if (!l->resting || l->parked) /* else another switch began; it ends, too */
		lease_settle_now(l);
	return 0;
}

/* Not at once: the caller may be walking over its streams. */
static int lease_settle_later(struct lease *l)
{
	if (l->settle || (l->conn_fd >= 0 && l->phase != LEASE_PHASE_LEAVING))
		return 0;
	return sd_event_add_defer(l->server->event, &l->settle, on_settle, l);
}

void lease_leave(struct lease *l)
{
	if (l->phase == LEASE_PHASE_GRANTED || l->phase == LEASE_PHASE_WAITING)
		l->phase = LEASE_PHASE_LEAVING;
	/* Within a switch our duplicate keeps the stream as it is: closing it could be the
	 * last close, which stops the stream, in the middle of the writes.
	 */
	if (l->resting && !l->parked)
		return;
	lease_settle_now(l);
}

/* Return: 0, or -ETIMEDOUT when its plugin has not said that its hands are off. */
static int lease_check_held(struct lease *l)
{
	if (l->kind != LEASE_COPY || l->conn_fd < 0 || l->held == l->serial)
		return 0;
	l->mute = true;
	return -ETIMEDOUT;
}

static void lease_rest(struct lease *l)
{
	l->resting = l->told = true;
	l->serial++;
	if (l->kind == LEASE_COPY && l->conn_fd >= 0)
		lease_conn_tell(l);
}

int lease_switch_begin(struct lease *l)
{
	uint64_t deadline = lease_now_us() + LEASE_HELD_WAIT_US;
	int r, k;

	l->parked = l->gated = false;
	r = lease_store_add(l);
	if (!l->told) {
		lease_rest(l);
		lease_conn_await_held(l, deadline);
	}
	k = lease_check_held(l);
	return r < 0 ? r : k;
}

void lease_hold_grants(struct lease_server *s, int card)
{
	uint64_t deadline = lease_now_us() + LEASE_HELD_WAIT_US;

	/* First tell all of them, then wait for all of them. */
	for (struct lease *l = s->leases; l; l = l->next) {
		if (l->phase != LEASE_PHASE_GRANTED || l->kind != LEASE_COPY || l->told ||
		    l->pcm.card != card)
			continue;
		l->gated = true;
		lease_rest(l);
	}
	for (struct lease *l = s->leases; l; l = l->next)
		if (l->gated) {
			lease_conn_await_held(l, deadline);
			(void)lease_check_held(l);
		}
}

int lease_switch_end(struct lease *l)
{
	if (!l->resting)
		return 0;
	l->resting = l->told = l->parked = l->gated = false;
	if ((l->kind == LEASE_COPY || l->adopted) && l->conn_fd >= 0)
		lease_conn_tell(l);
	l->adopted = false;
	return lease_settle_later(l);
}

void lease_switch_park(struct lease *l)
{
	if (!l->resting)
		return;
	l->parked = true;
	l->gated = false;
	/* So that its application can close it without waiting for a GO. */
	if (l->kind == LEASE_COPY && l->conn_fd >= 0)
		(void)lease_conn_send(l, LEASE_PARK, l->serial, 0);
	(void)lease_settle_later(l);
}

static int on_release(sd_event_source *es, void *userdata)
{
	struct lease_server *s = userdata;
	struct lease *next;

	s->release = sd_event_source_disable_unref(s->release);
	for (struct lease *l = s->leases; l; l = next) {
		next = l->next;
		if (l->gated &&
		    (!s->ops->granted || s->ops->granted(l->pcm.card, s->userdata)))
			(void)lease_switch_end(l);
		else if (lease_try_grant(l) < 0)
			lease_leave(l);
	}
	return 0;
}

void lease_release_grants(struct lease_server *s, int card)
{
	/* From the loop, for ops->opened() would surprise the caller. granted() is asked again
	 * for each, so which card it was does not matter.
	 */
	if (!s->release)
		(void)sd_event_add_defer(s->event, &s->release, on_release, s);
}

struct lease_server *lease_server_free(struct lease_server *s)
{
	if (!s)
		return NULL;
	while (s->leases)
		lease_free(s->leases);
	lease_reap_forget(s);
	sd_event_source_disable_unref(s->listen);
	sd_event_source_disable_unref(s->listen_again);
	sd_event_source_disable_unref(s->release);
	sd_event_unref(s->event);
	free(s);
	return NULL;
}

int lease_card(const struct lease *l)
{
	return l->pcm.card;
}

unsigned int lease_device(const struct lease *l)
{
	return l->pcm.device;
}

unsigned int lease_subdevice(const struct lease *l)
{
	return l->pcm.subdevice;
}

bool lease_capture(const struct lease *l)
{
	return l->pcm.capture;
}

enum lease_kind lease_kind(const struct lease *l)
{
	return l->kind;
}

bool lease_can_pause(const struct lease *l)
{
	return l->can.pause;
}

bool lease_is_coarse(const struct lease *l)
{
	return l->can.coarse;
}

bool lease_adopted(const struct lease *l)
{
	return l->adopted;
}

pid_t lease_pid(const struct lease *l)
{
	return l->pid;
}

uid_t lease_uid(const struct lease *l)
{
	return l->uid;
}

const char *lease_comm(const struct lease *l)
{
	return l->comm;
}

int lease_pcm_fd(const struct lease *l)
{
	return l->pcm_fd;
}

void lease_set_userdata(struct lease *l, void *userdata)
{
	l->userdata = userdata;
}

void *lease_get_userdata(const struct lease *l)
{
	return l->userdata;
}
