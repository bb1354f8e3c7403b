/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "port/interrupt.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* One for each thread that needs it, made at its first use and then only set. */
static _Thread_local timer_t interrupt_timer;
static _Thread_local bool interrupt_ready;

static int interrupt_signal(void)
{
	return SIGRTMIN + 7;
}

static void interrupt_handler(int sig)
{
}

static int interrupt_init(void)
{
	/* No SA_RESTART, that is the point. */
	struct sigaction sa = { .sa_handler = interrupt_handler };
	struct sigevent ev = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = interrupt_signal(),
		.sigev_notify_thread_id = gettid(),
	};
	sigset_t set;

	if (sigaction(interrupt_signal(), &sa, NULL) < 0)
		return -errno;
	if (timer_create(CLOCK_MONOTONIC, &ev, &interrupt_timer) < 0)
		return -errno;
	sigemptyset(&set);
	sigaddset(&set, interrupt_signal());
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	interrupt_ready = true;
	return 0;
}

int interrupt_begin(void)
{
	/* Again and again: the first one may come before the call has been entered. */
	static const struct itimerspec every = { { 0, 200000 }, { 0, 200000 } };
	int r;

	if (!interrupt_ready) {
		r = interrupt_init();
		if (r < 0)
			return r;
	}
	return timer_settime(interrupt_timer, 0, &every, NULL) < 0 ? -errno : 0;
}

void interrupt_end(void)
{
	static const struct itimerspec never = {};

	/* A last signal may still come, on the way out of this call; it does nothing. */
	(void)timer_settime(interrupt_timer, 0, &never, NULL);
}
