/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A copied PCM and tacetd: the connection, the thread that listens to it, and when the
 * application's poll() wakes up.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "copy.h"

int64_t copy_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void event_set(int fd)
{
	(void)eventfd_write(fd, 1);
}

static void event_clear(int fd)
{
	eventfd_t value;

	(void)eventfd_read(fd, &value);
}

void copy_wake_thread(struct copy *c)
{
	event_set(c->wake_fd);
}

/* While a switch has the hardware stopped, its file is in error for poll(): not the
 * application's business.
 */
static bool hw_fd_tells(struct copy *c, int state)
{
	if (c->resting || c->voided)
		return false;
	if (state != SND_PCM_STATE_SETUP && state != SND_PCM_STATE_DRAINING)
		return !c->restart_due;
	return c->want != WANT_RUNNING && c->want != WANT_PAUSED;
}

static bool frames_enough(struct copy *c)
{
	int64_t pos = copy_position(c);
	int64_t avail;

	if (pos < 0)
		return true; /* let it look, and see its xrun */
	avail = c->capture ? pos - (int64_t)c->appl
			   : pos + (int64_t)c->buffer_size - (int64_t)c->appl;
	return avail >= (int64_t)c->avail_min;
}

void copy_update_poll(struct copy *c)
{
	struct epoll_event ev = { .events = c->capture ? EPOLLIN : EPOLLOUT };
	bool watch = hw_fd_tells(c, copy_hw_state(c));
	bool ready = !watch && frames_enough(c);

	if (watch != c->watching)
		(void)epoll_ctl(c->epoll_fd, watch ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
				c->hw_fd, &ev);
	c->watching = watch;
	if (ready && !c->ready)
		event_set(c->ready_fd);
	else if (!ready && c->ready)
		event_clear(c->ready_fd);
	c->ready = ready;
}

static void rest_begin(struct copy *c, uint32_t serial)
{
	int64_t pos;

	if (!c->resting) {
		pos = copy_position(c);
		c->restart_fill = c->period_size;
		if (pos >= 0 && c->appl - (uint64_t)pos < c->restart_fill)
			c->restart_fill = (snd_pcm_uframes_t)(c->appl - (uint64_t)pos);
		if (c->capture)
			copy_save_captured(c);
	}
	c->resting = true;
	c->parked = false;
	/* We hold the lock, so no call of ours on the hardware is under way. */
	(void)lease_client_say(c->conn, LEASE_HELD, serial);
}

static void rest_end(struct copy *c)
{
	c->resting = c->parked = false;
	/* An error shows in the hardware's state, where the application will find it. */
	(void)copy_pump(c);
	pthread_cond_broadcast(&c->changed);
}

static void conn_lost(struct copy *c)
{
	close(c->conn);
	c->conn = -1;
	if (c->resting)
		rest_end(c); /* nobody is there who would say GO */
	pthread_cond_broadcast(&c->changed);
}

void copy_service(struct copy *c)
{
	struct lease_msg m;
	int r;

	while (c->conn >= 0) {
		r = lease_client_receive(c->conn, &m);
		if (r == 0)
			return;
		if (r < 0 || m.type == LEASE_DENY || m.type == LEASE_GONE)
			conn_lost(c);
		else if (m.type == LEASE_REST)
			rest_begin(c, m.serial);
		else if (m.type == LEASE_GO && c->resting)
			rest_end(c);
		else if (m.type == LEASE_PARK && c->resting) {
			c->parked = true;
			pthread_cond_broadcast(&c->changed);
		}
	}
}

void copy_offer(struct copy *c)
{
	if (c->conn >= 0)
		return;
	c->conn = lease_client_offer(&c->conf, LEASE_COPY, c->hw_fd);
	if (c->conn >= 0)
		copy_wake_thread(c);
}

/* When the hardware moves by itself and hw_fd does not tell the application. */
static int thread_timeout(struct copy *c, int state)
{
	int64_t left;

	if (c->restart_due && !c->resting && c->appl > c->last_hw) {
		left = c->restart_at - copy_now_ms();
		return left > 0 ? (int)left : 0;
	}
	/* Draining frees room for frames that go to the stash. */
	if (state == SND_PCM_STATE_DRAINING && !c->watching && !c->ready)
		return 10;
	return -1;
}

static void *copy_thread(void *arg)
{
	struct copy *c = arg;

	pthread_mutex_lock(&c->lock);
	while (!c->thread_stop) {
		int state;
		struct pollfd pfd[3];
		int timeout;

		copy_service(c);
		if (c->restart_due ||
		    (c->want == WANT_RUNNING &&
		     copy_hw_state(c) == SND_PCM_STATE_SETUP) ||
		    (c->want == WANT_DRAINED &&
		     (c->stash_fill > 0 || copy_unplayed(c) > 0)))
			(void)copy_pump(c);
		copy_update_poll(c);
		state = copy_hw_state(c);
		timeout = thread_timeout(c, state);
		pfd[0] = (struct pollfd){ .fd = c->wake_fd, .events = POLLIN };
		pfd[1] = (struct pollfd){ .fd = c->conn, .events = POLLIN };
		/* Quiet while it drains, in error as soon as it is SETUP. */
		pfd[2] = (struct pollfd){
			.fd = state == SND_PCM_STATE_DRAINING && !c->capture ? c->hw_fd
									     : -1,
			.events = POLLOUT,
		};
		pthread_mutex_unlock(&c->lock);
		(void)poll(pfd, 3, timeout);
		pthread_mutex_lock(&c->lock);
		if (pfd[0].revents & POLLIN)
			event_clear(c->wake_fd);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

int copy_start_thread(struct copy *c)
{
	sigset_t all, old;
	int r;

	if (c->thread_runs)
		return 0;
	c->thread_stop = false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are the application's */
	r = pthread_create(&c->thread, NULL, copy_thread, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	c->thread_runs = r == 0;
	c->thread_pid = getpid();
	return -r;
}

void copy_stop_thread(struct copy *c)
{
	/* A child of the application has our memory, but not our thread. */
	if (!c->thread_runs || c->thread_pid != getpid())
		return;
	pthread_mutex_lock(&c->lock);
	c->thread_stop = true;
	event_set(c->wake_fd);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	c->thread_runs = false;
}
