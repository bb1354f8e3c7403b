// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "worker/worker.h"

struct recorder {
	pthread_t thread;
	struct worker *w;
	int stop;
};

/* Between start and stop the thread alone touches w->ctl and sends on the socket. */
static void *run(void *userdata)
{
	struct recorder *r = userdata;
	struct pollfd pfd[] = {
		{ .fd = r->w->ctl.fd, .events = POLLIN },
		{ .fd = r->stop, .events = POLLIN },
	};

	while (poll(pfd, 2, -1) < 0 || !pfd[1].revents) {
		if (pfd[0].revents & POLLIN)
			events_take(r->w, now_us());
		else if (pfd[0].revents)
			pfd[0].fd = -1; /* the card is gone: only the end can come */
	}
	return NULL;
}

struct recorder *recorder_start(struct worker *w)
{
	struct recorder *r = calloc(1, sizeof(*r));
	pthread_attr_t attr;
	sigset_t all, old;
	int failed;

	if (!r)
		return NULL;
	r->w = w;
	r->stop = eventfd(0, EFD_CLOEXEC);
	if (r->stop < 0) {
		free(r);
		return NULL;
	}
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 * 1024);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&r->thread, &attr, run, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (failed) {
		close(r->stop);
		free(r);
		return NULL;
	}
	return r;
}

void recorder_stop(struct worker *w, struct recorder *r)
{
	const uint64_t one = 1;

	if (r && write(r->stop, &one, sizeof(one)) == (ssize_t)sizeof(one)) {
		pthread_join(r->thread, NULL);
		close(r->stop);
		free(r);
	}
	/* The kernel queues an event before the write that caused it returns: this is all. */
	events_take(w, now_us());
}
