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

static timer_t interrupt_timer;

static int interrupt_signal(void)
{
	return SIGRTMIN + 7;
}

static void interrupt_handler(int sig)
{
}

int interrupt_begin(void)
{
	/* Again and again: the first one may come before the call has been entered. */
	static const struct itimerspec every = { { 0, 200000 }, { 0, 200000 } };
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
	if (timer_settime(interrupt_timer, 0, &every, NULL) < 0) {
		int r = -errno;

		timer_delete(interrupt_timer);
		return r;
	}
	return 0;
}

void interrupt_end(void)
{
	/* The handler stays: a last signal may still be pending, and does nothing. */
	timer_delete(interrupt_timer);
}
