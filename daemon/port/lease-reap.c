/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Closing what strangers sent. A close() can take as long as its file system or its socket
 * likes (FUSE, SO_LINGER), so it is done by a thread, and who makes one hang gets no more
 * connections than he has left.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "port/lease-internal.h"
#include "util/cleanup.h"

struct lease_reap {
	struct lease_reap *next;
	uid_t uid;
	/* Two owners, the server and the thread; the second to let go frees. */
	atomic_int owners;
	unsigned int n;
	int fds[];
};

static void reap_unref(struct lease_reap *r)
{
	if (atomic_fetch_sub(&r->owners, 1) == 1)
		free(r);
}

static void *reap_thread(void *arg)
{
	struct lease_reap *r = arg;

	for (unsigned int i = 0; i < r->n; i++)
		close(r->fds[i]);
	reap_unref(r);
	return NULL;
}

static int reap_start(struct lease_reap *r)
{
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;
	int e;

	e = pthread_attr_init(&attr);
	if (e != 0)
		return -e;
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, (size_t)PTHREAD_STACK_MIN + 65536);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are the loop's */
	e = pthread_create(&thread, &attr, reap_thread, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return -e;
}

static void reap_collect(struct lease_server *s)
{
	struct lease_reap **p = &s->reaps;

	while (*p) {
		struct lease_reap *r = *p;

		if (atomic_load(&r->owners) == 1) {
			*p = r->next;
			reap_unref(r);
		} else {
			p = &r->next;
		}
	}
}

void lease_reap_fds(struct lease_server *s, uid_t uid, const int *fds, unsigned int n)
{
	struct lease_reap *r;

	reap_collect(s);
	r = malloc(sizeof(*r) + n * sizeof(*fds));
	if (r) {
		*r = (struct lease_reap){
			.next = s->reaps, .uid = uid, .owners = 2, .n = n
		};
		memcpy(r->fds, fds, n * sizeof(*fds));
		if (reap_start(r) >= 0) {
			s->reaps = r;
			return;
		}
		free(r);
	}
	for (unsigned int i = 0; i < n; i++)
		close(fds[i]);
}

unsigned int lease_reap_pending(struct lease_server *s, uid_t uid)
{
	unsigned int n = 0;

	reap_collect(s);
	for (const struct lease_reap *r = s->reaps; r; r = r->next)
		n += r->uid == uid;
	return n;
}

void lease_reap_forget(struct lease_server *s)
{
	while (s->reaps) {
		struct lease_reap *r = s->reaps;

		s->reaps = r->next;
		reap_unref(r);
	}
}
