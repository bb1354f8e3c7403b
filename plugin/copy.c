/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The face of a copied PCM towards alsa-lib. See copy.h.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "copy.h"
#include "util/cleanup.h"

/* Take the lock and hear what tacetd said; give it back with poll() up to date. */
static struct copy *copy_enter(snd_pcm_ioplug_t *io)
{
	struct copy *c = io->private_data;

	pthread_mutex_lock(&c->lock);
	copy_service(c);
	return c;
}

static void copy_leave(struct copy *c)
{
	copy_update_poll(c);
	pthread_mutex_unlock(&c->lock);
}

static int copy_prepare(snd_pcm_ioplug_t *io)
{
	struct copy *c = copy_enter(io);
	int r = 0;

	copy_offer(c); /* if tacetd was restarted, or started, since */
	copy_forget_frames(c);
	c->want = WANT_PREPARED;
	if (c->resting)
		c->voided = true;
	else
		r = snd_pcm_prepare(c->hw);
	copy_leave(c);
	return r;
}

static int copy_start(snd_pcm_ioplug_t *io)
{
	struct copy *c = copy_enter(io);
	int r = 0;

	c->want = WANT_RUNNING;
	c->restart_fill = 0;
	if (c->resting)
		c->restart_due = true;
	else if (copy_hw_state(c) == SND_PCM_STATE_PREPARED && c->stash_fill == 0)
		r = snd_pcm_start(c->hw); /* also to fail as hw does, without a frame */
	else
		r = copy_pump(c);
	if (r < 0)
		c->want = WANT_PREPARED;
	copy_leave(c);
	return r;
}

static int copy_stop(snd_pcm_ioplug_t *io)
{
	struct copy *c = copy_enter(io);
	int r = 0;

	c->want = WANT_NOTHING;
	copy_forget_frames(c);
	if (c->resting)
		c->voided = true;
	else
		r = snd_pcm_drop(c->hw);
	copy_leave(c);
	return r;
}

static int copy_pause(snd_pcm_ioplug_t *io, int enable)
{
	struct copy *c = copy_enter(io);
	int r = 0;

	c->want = enable ? WANT_PAUSED : WANT_RUNNING;
	if (!c->resting && !enable && copy_hw_state(c) == SND_PCM_STATE_PAUSED)
		r = snd_pcm_pause(c->hw, 0);
	else
		r = copy_pump(c);
	if (r < 0)
		c->want = enable ? WANT_RUNNING : WANT_PAUSED;
	copy_leave(c);
	return r;
}

static snd_pcm_sframes_t copy_pointer(snd_pcm_ioplug_t *io)
{
	struct copy *c = copy_enter(io);
	int64_t pos;

	copy_follow_appl(c, io->appl_ptr);
	pos = copy_position(c);
	copy_leave(c);
	if (pos < 0)
		return (snd_pcm_sframes_t)pos;
	return (snd_pcm_sframes_t)((uint64_t)pos % c->boundary);
}

static snd_pcm_sframes_t copy_capture(struct copy *c, char *dst, snd_pcm_uframes_t size)
{
	snd_pcm_uframes_t already = 0;
	snd_pcm_sframes_t n;

	/* mmap_begin asks again for what was not committed: that lies in the area already. */
	if (c->taken > c->appl)
		already = (snd_pcm_uframes_t)(c->taken - c->appl);
	while (c->taken < c->appl) { /* it skipped some */
		char scrap[4096];
		snd_pcm_uframes_t skip = sizeof(scrap) / c->frame_bytes;

		if (skip > c->appl - c->taken)
			skip = (snd_pcm_uframes_t)(c->appl - c->taken);
		n = copy_read(c, scrap, skip);
		if (n <= 0)
			return n;
		c->taken += (uint64_t)n;
	}
	if (already >= size)
		return (snd_pcm_sframes_t)size;
	dst += already * c->frame_bytes;
	size -= already;
	n = copy_read(c, dst, size);
	if (n < 0)
		return n;
	/* alsa-lib takes it that an mmap area holds what was promised: what is not there must
	 * not be what lay there before. */
	if ((snd_pcm_uframes_t)n < size && c->io.access != SND_PCM_ACCESS_RW_INTERLEAVED)
		(void)snd_pcm_format_set_silence(c->io.format, dst + n * c->frame_bytes,
						 (size - (snd_pcm_uframes_t)n) *
							 c->io.channels);
	c->taken += (uint64_t)n;
	return (snd_pcm_sframes_t)already + n;
}

static snd_pcm_sframes_t copy_transfer(snd_pcm_ioplug_t *io,
				       const snd_pcm_channel_area_t *areas,
				       snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
	struct copy *c = copy_enter(io);
	char *at = (char *)areas->addr + (areas->first + areas->step * offset) / 8;
	snd_pcm_sframes_t n;

	copy_follow_appl(c, io->appl_ptr);
	n = c->capture ? copy_capture(c, at, size) : copy_write(c, at, size);
	copy_leave(c);
	return n;
}

/* Called without alsa-lib's lock. */
static int copy_drain(snd_pcm_ioplug_t *io)
{
	struct copy *c = copy_enter(io);
	int r;

	c->want = c->capture ? WANT_NOTHING : WANT_DRAINED;
	for (;;) {
		struct timespec soon;
		struct pollfd pfd = { .fd = c->hw_fd, .events = POLLOUT };

		r = copy_pump(c);
		if (r < 0 || c->capture)
			break;
		if (!c->resting && c->stash_fill == 0 &&
		    copy_hw_state(c) != SND_PCM_STATE_DRAINING)
			break;
		if (io->nonblock) {
			r = -EAGAIN;
			break;
		}
		copy_update_poll(c);
		if (c->resting) {
			/* GO comes through the thread, which says so. */
			clock_gettime(CLOCK_MONOTONIC, &soon);
			soon.tv_sec++;
			(void)pthread_cond_timedwait(&c->changed, &c->lock, &soon);
			copy_service(c);
			continue;
		}
		pthread_mutex_unlock(&c->lock);
		(void)poll(&pfd, 1, 100);
		pthread_mutex_lock(&c->lock);
		copy_service(c);
	}
	copy_leave(c);
	return r;
}

static int copy_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *ret)
{
	struct copy *c = copy_enter(io);
	snd_pcm_sframes_t delay = 0;
	int64_t pos;
	int r = 0;

	switch (c->voided ? SND_PCM_STATE_SETUP : copy_hw_state(c)) {
	case SND_PCM_STATE_RUNNING:
	case SND_PCM_STATE_PAUSED:
	case SND_PCM_STATE_DRAINING:
	case SND_PCM_STATE_PREPARED:
	case SND_PCM_STATE_XRUN:
		r = snd_pcm_delay(c->hw, &delay);
		/* What waits in the stash comes after it, or was captured before it. */
		delay += (snd_pcm_sframes_t)c->stash_fill;
		break;
	default:
		pos = copy_position(c);
		delay = (snd_pcm_sframes_t)(c->capture ? pos - (int64_t)c->appl
						       : (int64_t)c->appl - pos);
		break;
	}
	copy_leave(c);
	if (r >= 0)
		*ret = delay;
	return r;
}

/* Whoever waits gets the errno of the state that alsa-lib knows, and EIO for one that runs. */
static void tell_error(struct copy *c)
{
	int state = copy_hw_state(c);

	if ((state == SND_PCM_STATE_XRUN && !c->voided) ||
	    state == SND_PCM_STATE_SUSPENDED || state == SND_PCM_STATE_DISCONNECTED)
		snd_pcm_ioplug_set_state(&c->io, (snd_pcm_state_t)state);
}

static int copy_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *pfd, unsigned int n,
			     unsigned short *ret)
{
	struct copy *c = copy_enter(io);
	struct pollfd hw = { .fd = c->hw_fd, .events = c->capture ? POLLIN : POLLOUT };

	copy_update_poll(c);
	*ret = 0;
	tell_error(c);
	if (n != 1) {
		copy_leave(c);
		return -EINVAL;
	}
	if (c->watching && poll(&hw, 1, 0) > 0)
		*ret = (unsigned short)hw.revents;
	else if (c->ready)
		*ret = (unsigned short)hw.events;
	copy_leave(c);
	return 0;
}

static int copy_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *params)
{
	struct copy *c = copy_enter(io);
	int conn = -1, r;

	c->want = WANT_NOTHING;
	c->resting = c->voided = false;
	r = copy_set_hw_params(c, params);
	if (r >= 0) {
		copy_offer(c);
		conn = c->conn;
	}
	pthread_mutex_unlock(&c->lock);
	if (r < 0)
		return r;
	/* The thread is not there yet: nobody else reads. A late GRANT finds us playing. */
	if (conn >= 0) {
		r = lease_client_wait(conn, LEASE_GRANT, c->conf.grant_ms);
		if (r < 0 && r != -ETIMEDOUT) {
			close(conn);
			c->conn = -1;
		}
	}
	/* Also without a daemon: it may come, and prepare() would find it. */
	return copy_start_thread(c);
}

static int copy_hw_free(snd_pcm_ioplug_t *io)
{
	struct copy *c = io->private_data;
	struct timespec end;
	int r;

	/* Not in the middle of a switch, if it can be helped: hw_free stops and unroutes. */
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += c->conf.gone_ms / 1000;
	pthread_mutex_lock(&c->lock);
	while (c->resting && !c->parked && c->thread_runs)
		if (pthread_cond_timedwait(&c->changed, &c->lock, &end) == ETIMEDOUT)
			break;
	c->want = WANT_NOTHING;
	/* One that was dropped within the rest, or is parked, still has it before it. */
	if (c->resting)
		(void)snd_pcm_drop(c->hw);
	r = snd_pcm_hw_free(c->hw);
	pthread_mutex_unlock(&c->lock);

	copy_stop_thread(c);
	if (c->conn >= 0)
		lease_client_leave(&c->conf, c->conn);
	c->conn = -1;
	c->resting = c->voided = c->restart_due = false;
	return r;
}

static int copy_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params)
{
	struct copy *c = copy_enter(io);
	int r = copy_set_sw_params(c, params);

	copy_leave(c);
	return r;
}

static void copy_free(struct copy *c)
{
	copy_stop_thread(c);
	if (c->conn >= 0)
		lease_client_leave(&c->conf, c->conn);
	snd_pcm_close(c->hw);
	if (c->epoll_fd >= 0)
		close(c->epoll_fd);
	if (c->ready_fd >= 0)
		close(c->ready_fd);
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
	copy_ring_free(c);
	free(c);
}

static int copy_close(snd_pcm_ioplug_t *io)
{
	copy_free(io->private_data);
	return 0;
}

static snd_pcm_chmap_query_t **copy_query_chmaps(snd_pcm_ioplug_t *io)
{
	struct copy *c = io->private_data;

	return snd_pcm_query_chmaps(c->hw);
}

static snd_pcm_chmap_t *copy_get_chmap(snd_pcm_ioplug_t *io)
{
	struct copy *c = io->private_data;

	return snd_pcm_get_chmap(c->hw);
}

static int copy_set_chmap(snd_pcm_ioplug_t *io, const snd_pcm_chmap_t *map)
{
	struct copy *c = io->private_data;

	return snd_pcm_set_chmap(c->hw, map);
}

/* Two tables, because alsa-lib says "can pause" when there is a pause callback. */
#define COPY_CALLBACKS                                                                 \
	.start = copy_start, .stop = copy_stop, .pointer = copy_pointer,               \
	.transfer = copy_transfer, .close = copy_close, .hw_params = copy_hw_params,   \
	.hw_free = copy_hw_free, .sw_params = copy_sw_params, .prepare = copy_prepare, \
	.drain = copy_drain, .poll_revents = copy_poll_revents, .delay = copy_delay,   \
	.query_chmaps = copy_query_chmaps, .get_chmap = copy_get_chmap,                \
	.set_chmap = copy_set_chmap

static const snd_pcm_ioplug_callback_t copy_callbacks = { COPY_CALLBACKS };
static const snd_pcm_ioplug_callback_t copy_callbacks_pause = { COPY_CALLBACKS,
								.pause = copy_pause };

static int copy_init_fds(struct copy *c)
{
	struct epoll_event ev = { .events = EPOLLIN };

	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	c->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->epoll_fd < 0 || c->ready_fd < 0 || c->wake_fd < 0)
		return -errno;
	if (epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->ready_fd, &ev) < 0)
		return -errno;
	return 0;
}

int copy_wrap(snd_pcm_t **ret, const char *name, snd_pcm_t *hw, snd_pcm_stream_t stream,
	      int mode, const struct lease_conf *conf)
{
	snd_pcm_hw_params_t *any;
	pthread_condattr_t attr;
	struct copy *c;
	int r;

	snd_pcm_hw_params_alloca(&any);
	r = snd_pcm_hw_params_any(hw, any);
	if (r < 0 ||
	    snd_pcm_hw_params_set_access(hw, any, SND_PCM_ACCESS_RW_INTERLEAVED) < 0)
		return -ENOTSUP;

	c = calloc(1, sizeof(*c));
	if (!c) {
		snd_pcm_close(hw);
		return -ENOMEM;
	}
	c->conf = *conf;
	c->hw = hw;
	c->capture = stream == SND_PCM_STREAM_CAPTURE;
	c->conn = c->epoll_fd = c->ready_fd = c->wake_fd = -1;
	c->avail_min = 1;
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->changed, &attr);
	pthread_condattr_destroy(&attr);
	c->hw_fd = plugin_hw_fd(hw);
	r = c->hw_fd < 0 ? c->hw_fd : copy_init_fds(c);
	/* All waiting is done in poll(); also lets tacetd start a DRAIN without waiting. */
	if (r >= 0)
		r = snd_pcm_nonblock(hw, 1);
	if (r < 0) {
		copy_free(c);
		return r;
	}

	c->io.version = SND_PCM_IOPLUG_VERSION;
	c->io.name = "tacet";
	c->io.flags = SND_PCM_IOPLUG_FLAG_MONOTONIC | SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
	c->io.poll_fd = c->epoll_fd;
	c->io.poll_events = POLLIN;
	c->io.callback = snd_pcm_hw_params_can_pause(any) ? &copy_callbacks_pause
							  : &copy_callbacks;
	c->io.private_data = c;
	r = snd_pcm_ioplug_create(&c->io, name, stream, mode);
	if (r < 0) {
		copy_free(c);
		return r;
	}
	r = copy_constrain(c, any);
	if (r < 0) {
		snd_pcm_ioplug_delete(&c->io); /* closes, and so frees */
		return r == -ENOTSUP ? -EINVAL : r;
	}
	*ret = c->io.pcm;
	return 0;
}
