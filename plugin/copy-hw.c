/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hardware below a copied PCM: frames, pointers, and making it follow what the
 * application wants.
 */
#include <errno.h>
#include <string.h>

#include "copy.h"

/* After a switch a nearly empty buffer may fill a little before the hardware starts. */
#define RESTART_GRACE_MS 20

void copy_forget_frames(struct copy *c)
{
	c->stash_head = c->stash_fill = 0;
	c->appl = c->taken = c->moved = c->last_hw = c->skip = 0;
	c->restart_due = false;
}

static snd_pcm_sframes_t hw_write(struct copy *c, const char *src,
				  snd_pcm_uframes_t frames)
{
	snd_pcm_sframes_t n = c->hw_mmap ? snd_pcm_mmap_writei(c->hw, src, frames)
					 : snd_pcm_writei(c->hw, src, frames);

	if (n > 0)
		sent_note(c, src, (snd_pcm_uframes_t)n);
	return n == -EAGAIN ? 0 : n;
}

static snd_pcm_sframes_t hw_read(struct copy *c, char *dst, snd_pcm_uframes_t frames)
{
	snd_pcm_sframes_t n = c->hw_mmap ? snd_pcm_mmap_readi(c->hw, dst, frames)
					 : snd_pcm_readi(c->hw, dst, frames);

	if (n > 0)
		c->moved += (uint64_t)n;
	return n == -EAGAIN ? 0 : n;
}

static int hw_flush_stash(struct copy *c)
{
	snd_pcm_sframes_t n;
	char *at;

	while (c->stash_fill > 0) {
		snd_pcm_uframes_t piece = stash_piece(c, false, &at);

		n = hw_write(c, at, piece);
		if (n <= 0)
			return (int)n;
		stash_took(c, (snd_pcm_uframes_t)n);
	}
	return 0;
}

/* Frames in hw that wait to be played, or to be read; negative after an underrun that the
 * application's stop_threshold allows. Only where the pointers mean something.
 */
static int hw_level(struct copy *c, snd_pcm_sframes_t *ret)
{
	snd_pcm_sframes_t avail = snd_pcm_avail_update(c->hw);

	if (avail < 0)
		return (int)avail;
	*ret = c->capture ? avail : (snd_pcm_sframes_t)c->buffer_size - avail;
	return 0;
}

/* The pointers stay until prepare. */
snd_pcm_uframes_t copy_unplayed(struct copy *c)
{
	snd_pcm_status_t *status;
	snd_pcm_uframes_t avail;

	if (c->capture || c->voided || c->want < WANT_RUNNING ||
	    copy_hw_state(c) != SND_PCM_STATE_SETUP)
		return 0;
	snd_pcm_status_alloca(&status);
	if (snd_pcm_status(c->hw, status) < 0)
		return 0;
	avail = snd_pcm_status_get_avail(status);
	if (avail >= c->buffer_size)
		return 0;
	avail = c->buffer_size - avail;
	return avail < c->moved ? avail : (snd_pcm_uframes_t)c->moved;
}

/* Captured frames that were promised and then dropped by a switch become silence. */
static void fill_lost(struct copy *c)
{
	if (c->last_hw > c->moved)
		c->moved +=
			stash_put_silence(c, (snd_pcm_uframes_t)(c->last_hw - c->moved));
}

/* Capture that drains has stopped, and the kernel lets nobody read what is left. */
static bool hw_has_frames(struct copy *c, int state)
{
	switch (state) {
	case SND_PCM_STATE_DRAINING:
		return !c->capture;
	case SND_PCM_STATE_PREPARED:
	case SND_PCM_STATE_RUNNING:
	case SND_PCM_STATE_PAUSED:
		return true;
	default:
		return false;
	}
}

int64_t copy_position(struct copy *c)
{
	snd_pcm_sframes_t level = 0;
	int state = copy_hw_state(c), r = 0;
	int64_t pos;

	if (state == SND_PCM_STATE_RUNNING || state == SND_PCM_STATE_DRAINING) {
		r = snd_pcm_hwsync(c->hw);
		state = copy_hw_state(c); /* it may have stopped meanwhile */
	}
	switch (state) {
	case SND_PCM_STATE_XRUN:
		/* Prepared or dropped within a rest, the xrun is over for the application,
		 * although the hardware hears of it only afterwards. */
		if (!c->voided)
			return -EPIPE;
		break;
	case SND_PCM_STATE_SUSPENDED:
		return -ESTRPIPE;
	case SND_PCM_STATE_DISCONNECTED:
		return -ENODEV;
	default:
		break;
	}
	if (c->voided) {
		level = 0;
	} else if (hw_has_frames(c, state)) {
		if (r >= 0)
			r = hw_level(c, &level);
		if (r < 0)
			return r;
		if (state == SND_PCM_STATE_DRAINING && level < 0)
			level = 0; /* hw_ptr stops at a period, not at the last frame */
	} else if (c->capture) {
		fill_lost(c);
	} else {
		level = (snd_pcm_sframes_t)copy_unplayed(c);
	}
	pos = (int64_t)c->moved + (c->capture ? level : -level);
	if (pos > (int64_t)c->last_hw)
		c->last_hw = (uint64_t)pos;
	return (int64_t)c->last_hw;
}

void copy_follow_appl(struct copy *c, snd_pcm_uframes_t appl_ptr)
{
	snd_pcm_sframes_t diff, n;
	snd_pcm_uframes_t back;

	if (c->boundary == 0)
		return;
	diff = (snd_pcm_sframes_t)appl_ptr - (snd_pcm_sframes_t)(c->appl % c->boundary);
	if (diff > (snd_pcm_sframes_t)(c->boundary / 2))
		diff -= (snd_pcm_sframes_t)c->boundary;
	else if (diff < -(snd_pcm_sframes_t)(c->boundary / 2))
		diff += (snd_pcm_sframes_t)c->boundary;
	if (diff == 0)
		return;
	if (c->capture) {
		c->appl += (uint64_t)(int64_t)diff;
		return;
	}
	if (diff > 0) {
		if (c->stash_fill > 0 || c->resting) {
			stash_put_silence(c, (snd_pcm_uframes_t)diff);
		} else {
			n = snd_pcm_forward(c->hw, (snd_pcm_uframes_t)diff);
			c->moved += n > 0 ? (uint64_t)n : 0;
		}
		c->appl += (uint64_t)diff;
		return;
	}
	back = (snd_pcm_uframes_t)-diff;
	c->appl -= back;
	if (back <= c->stash_fill) {
		c->stash_fill -= back;
		return;
	}
	back -= c->stash_fill;
	c->stash_fill = 0;
	n = snd_pcm_rewind(c->hw, back);
	if (n > 0) {
		c->moved -= (uint64_t)n;
		back -= (snd_pcm_uframes_t)n;
	}
	/* What the hardware did not give back is played as it was. */
	c->skip += back;
}

/* A switch stopped the hardware and it was not started again yet. */
static bool hw_is_between(struct copy *c)
{
	int state = copy_hw_state(c);

	return (c->want == WANT_RUNNING || c->want == WANT_PAUSED) &&
	       (state == SND_PCM_STATE_SETUP || state == SND_PCM_STATE_DRAINING);
}

snd_pcm_sframes_t copy_write(struct copy *c, const char *src, snd_pcm_uframes_t frames)
{
	snd_pcm_uframes_t skip = c->skip < frames ? c->skip : frames;
	snd_pcm_sframes_t n = 0;

	c->skip -= skip;
	c->appl += skip;
	src += skip * c->frame_bytes;
	frames -= skip;
	if (frames == 0)
		return (snd_pcm_sframes_t)skip;
	if (c->resting || c->stash_fill > 0 || c->restart_due || hw_is_between(c))
		n = (snd_pcm_sframes_t)stash_put(c, src, frames);
	else
		n = hw_write(c, src, frames);
	if (n > 0)
		c->appl += (uint64_t)n;
	if (!c->resting && c->stash_fill > 0)
		(void)copy_pump(c);
	return n < 0 && skip == 0 ? n : (snd_pcm_sframes_t)skip + (n > 0 ? n : 0);
}

snd_pcm_sframes_t copy_read(struct copy *c, char *dst, snd_pcm_uframes_t frames)
{
	snd_pcm_uframes_t done;
	snd_pcm_sframes_t n;

	if (!hw_has_frames(c, copy_hw_state(c)))
		fill_lost(c);
	done = stash_get(c, dst, frames);
	if (done == frames || !hw_has_frames(c, copy_hw_state(c)))
		return (snd_pcm_sframes_t)done;
	n = hw_read(c, dst + done * c->frame_bytes, frames - done);
	if (n > 0)
		done += (snd_pcm_uframes_t)n;
	if (done < frames && hw_is_between(c)) {
		/* tacetd stopped it between our look and our read */
		fill_lost(c);
		done += stash_get(c, dst + done * c->frame_bytes, frames - done);
		n = 0;
	}
	return n < 0 && done == 0 ? n : (snd_pcm_sframes_t)done;
}

void copy_save_captured(struct copy *c)
{
	snd_pcm_uframes_t room;
	snd_pcm_sframes_t n;
	char *at;

	for (;;) {
		int state = copy_hw_state(c);

		if (state != SND_PCM_STATE_RUNNING && state != SND_PCM_STATE_PAUSED)
			break;
		room = stash_piece(c, true, &at);
		if (room == 0)
			break;
		n = hw_read(c, at, room);
		if (n <= 0)
			break;
		c->stash_fill += (snd_pcm_uframes_t)n;
	}
}

/* Prepare again after a switch had drained or dropped the stream, and fill it. */
static int hw_prepare_again(struct copy *c)
{
	snd_pcm_uframes_t again = copy_unplayed(c);
	int r;

	if (c->capture)
		fill_lost(c);
	r = snd_pcm_prepare(c->hw);
	if (r < 0)
		return r;
	c->restart_at = copy_now_ms() + RESTART_GRACE_MS;
	c->moved -= again;
	while (again > 0) {
		snd_pcm_uframes_t piece = again;
		const char *from = sent_piece(c, &piece);
		snd_pcm_sframes_t n = hw_write(c, from, piece);

		if (n <= 0) {
			c->moved += again; /* nobody can play it any more */
			return (int)n;
		}
		again -= (snd_pcm_uframes_t)n;
	}
	return c->capture ? 0 : hw_flush_stash(c);
}

static int hw_restart(struct copy *c)
{
	snd_pcm_sframes_t fill = 0;
	int r;

	c->restart_due = true;
	if (!c->capture) {
		r = hw_flush_stash(c);
		if (r < 0)
			return r;
		r = hw_level(c, &fill);
		if (r < 0 || fill <= 0)
			return r;
		/* To start with a few frames would be an xrun that is not the application's
		 * fault; but do not wait for long.
		 */
		if ((snd_pcm_uframes_t)fill < c->restart_fill &&
		    copy_now_ms() < c->restart_at) {
			copy_wake_thread(c);
			return 0;
		}
	}
	c->restart_due = false;
	return snd_pcm_start(c->hw);
}

static int pump_running(struct copy *c)
{
	int r;

	switch (copy_hw_state(c)) {
	case SND_PCM_STATE_DRAINING:
		/* A switch ended early: let it play out. Capture has stopped already. */
		if (!c->capture)
			return 0;
		__attribute__((fallthrough));
	case SND_PCM_STATE_SETUP:
		r = hw_prepare_again(c);
		return r < 0 ? r : hw_restart(c);
	case SND_PCM_STATE_PREPARED:
		return hw_restart(c);
	case SND_PCM_STATE_PAUSED:
		/* tacetd died after PAUSE_PUSH. */
		r = snd_pcm_pause(c->hw, 0);
		return r < 0 || c->capture ? r : hw_flush_stash(c);
	case SND_PCM_STATE_RUNNING:
		c->restart_due = false;
		return c->capture ? 0 : hw_flush_stash(c);
	default: /* the application's own xrun, or worse: it will be told */
		return 0;
	}
}

static int pump_drained(struct copy *c)
{
	int r;

	switch (copy_hw_state(c)) {
	case SND_PCM_STATE_SETUP:
		if (c->stash_fill == 0 && copy_unplayed(c) == 0)
			return 0;
		r = hw_prepare_again(c);
		if (r < 0)
			return r;
		break;
	case SND_PCM_STATE_PREPARED:
	case SND_PCM_STATE_RUNNING:
	case SND_PCM_STATE_PAUSED: /* DRAIN releases it */
		r = hw_flush_stash(c);
		if (r < 0)
			return r;
		break;
	default:
		return 0;
	}
	c->restart_due = false;
	r = snd_pcm_drain(c->hw);
	return r == -EAGAIN ? 0 : r;
}

int copy_pump(struct copy *c)
{
	int state;
	int r;

	if (c->resting)
		return 0;
	state = copy_hw_state(c);
	if (c->voided) {
		r = state == SND_PCM_STATE_SETUP ? 0 : snd_pcm_drop(c->hw);
		/* What it holds is not to be played again. */
		if (r >= 0 && c->want >= WANT_RUNNING)
			r = snd_pcm_prepare(c->hw);
		if (r < 0)
			return r;
		c->restart_at = copy_now_ms() + RESTART_GRACE_MS;
		c->voided = false;
		state = copy_hw_state(c);
	}
	switch (c->want) {
	case WANT_NOTHING:
		return 0;
	case WANT_PREPARED:
		if (state == SND_PCM_STATE_PREPARED)
			return c->capture ? 0 : hw_flush_stash(c);
		r = snd_pcm_prepare(c->hw);
		return r < 0 || c->capture ? r : hw_flush_stash(c);
	case WANT_PAUSED:
		if (state == SND_PCM_STATE_RUNNING)
			return snd_pcm_pause(c->hw, 1);
		return 0;
	case WANT_RUNNING:
		return pump_running(c);
	case WANT_DRAINED:
		return pump_drained(c);
	}
	return 0;
}
