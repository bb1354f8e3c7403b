// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA: carries frames from the FEs to the BEs and back, in interrupt context
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * It looks at the phone's own registers (tp_be.routes, tp_phone.source) and at the
 * triggers that the BEs really got, never at the lists of the kernel: those are on trial
 * here.
 */
#include "phone.h"

static void tp_pattern(const struct tp_stream *s, void *to, u32 frames,
		       unsigned int source)
{
	u64 n = s->frames;
	u32 i;

	for (i = 0; i < frames; i++, n++) {
		u16 left = source ? TACET_PHONE_PATTERN_LEFT(n) : 0;
		u16 right = source ? TACET_PHONE_PATTERN_RIGHT(source, n) : 0;

		if (s->sample_bytes == 4) {
			u32 *p = (u32 *)to + i * s->channels;

			p[0] = (u32)left << 16;
			if (s->channels == 2)
				p[1] = (u32)right << 16;
		} else {
			u16 *p = (u16 *)to + i * s->channels;

			p[0] = left;
			if (s->channels == 2)
				p[1] = right;
		}
	}
}

static void *tp_dma_at(const struct tp_stream *s, u32 *room)
{
	u32 offset;

	div_u64_rem(s->frames, s->buffer, &offset);
	*room = s->buffer - offset;
	return s->area + (size_t)offset * s->channels * s->sample_bytes;
}

/* How many of the next @frames frames user space has written. */
static u32 tp_dma_valid(const struct tp_stream *s, u32 frames)
{
	u64 written;

	if ((s->fe->flags & TP_FE_HOSTLESS) || s->compr)
		return frames;
	/* Who does not stop at an underrun wants the ring played round and round. */
	if (s->runtime->stop_threshold > s->buffer)
		return frames;
	written = s->appl_base + READ_ONCE(s->runtime->control->appl_ptr);
	/* Pairs with the system call or the barrier after which appl_ptr was moved. */
	smp_rmb();
	if (written <= s->frames)
		return 0;
	return min_t(u64, frames, written - s->frames);
}

static void tp_dma_play(struct tp_stream *s, const void *samples, u32 frames,
			unsigned int flags)
{
	struct tp_phone *phone = s->phone;
	bool heard = false;
	unsigned int i;

	for (i = 0; i < phone->num_bes; i++) {
		struct tp_be *be = &phone->bes[i];

		if (!be->triggered || !(be->routes & BIT_ULL(s->fe->id)))
			continue;
		tp_log_append(be, s, samples, frames, s->frames, flags);
		tp_mix_add(be, s, samples, frames, s->frames, NULL);
		be->heard += frames;
		tp_count(phone, TP_BE_FRAMES, frames);
		heard = true;
	}
	if (heard) {
		s->heard += frames;
	} else {
		s->unheard += frames;
		tp_count(phone, TP_FE_UNHEARD_FRAMES, frames);
	}
}

static void tp_dma_playback(struct tp_stream *s, u32 frames)
{
	struct tp_phone *phone = s->phone;
	u32 room, valid;
	void *from;

	if (s->fe->flags & TP_FE_HOSTLESS) {
		tp_pattern(s, phone->piece, frames, phone->modem_down->source);
		tp_dma_play(s, phone->piece, frames, TACET_PHONE_LOG_HOSTLESS);
		s->frames += frames;
		return;
	}

	valid = tp_dma_valid(s, frames);
	/* The end of a drain is silence, but no underrun. */
	if (valid < frames && tacet_pcm_state(s->runtime) != SNDRV_PCM_STATE_DRAINING)
		tp_count(phone, TP_FE_UNDERRUN_FRAMES, frames - valid);
	frames -= valid;
	while (valid) {
		u32 part;

		from = tp_dma_at(s, &room);
		part = min(valid, room);
		tp_dma_play(s, from, part, 0);
		s->frames += part;
		valid -= part;
	}
	s->frames += frames;
}

static struct tp_be *tp_dma_source(const struct tp_stream *s)
{
	unsigned int source = s->phone->source[s->fe->id];
	unsigned int i;

	for (i = 0; source && i < s->phone->num_bes; i++)
		if (s->phone->bes[i].source == source)
			return &s->phone->bes[i];
	return NULL;
}

/* In a call the DSP itself hands the microphone to the modem, triggered or not. */
static void tp_dma_to_modem(struct tp_stream *s, const void *samples, u32 frames)
{
	struct tp_be *modem = s->phone->modem_up;

	tp_log_append(modem, s, samples, frames, s->frames,
		      TACET_PHONE_LOG_HOSTLESS | TACET_PHONE_LOG_CAPTURE);
	tp_mix_add(modem, s, samples, frames, s->frames, tp_dma_source(s));
	modem->heard += frames;
}

static void tp_dma_capture(struct tp_stream *s, u32 frames)
{
	struct tp_be *be = tp_dma_source(s);
	unsigned int source = be && be->triggered ? be->source : 0;
	u32 room, part;
	void *to;

	if (source) {
		s->heard += frames;
		be->heard += frames;
		tp_count(s->phone, TP_BE_FRAMES, frames);
	} else {
		s->unheard += frames;
		tp_count(s->phone, TP_FE_UNHEARD_FRAMES, frames);
	}
	while (frames) {
		to = tp_dma_at(s, &room);
		part = min(frames, room);
		tp_pattern(s, to, part, source);
		if (s->fe->flags & TP_FE_HOSTLESS)
			tp_dma_to_modem(s, to, part);
		s->frames += part;
		frames -= part;
	}
}

/**
 * tp_dma_move - carry the next frames of a stream to or from its BEs
 * @s:	    stream
 * @frames: at most TP_PIECE
 */
void tp_dma_move(struct tp_stream *s, u32 frames)
{
	lockdep_assert_held(&s->phone->lock);
	tp_count(s->phone, TP_FE_FRAMES, frames);
	if (s->direction == SNDRV_PCM_STREAM_PLAYBACK)
		tp_dma_playback(s, frames);
	else
		tp_dma_capture(s, frames);
}

/*
 * May the stream be in a trigger that has not come to its BEs yet? One that cannot sleep keeps
 * this CPU's interrupts off, and so the timer in which we look.
 */
static bool tp_dma_in_trigger(const struct tp_stream *s)
{
#if IS_ENABLED(CONFIG_SND_SOC_COMPRESS)
	if (s->compr)
		return mutex_is_locked(&s->compr->device->lock);
#endif
	return (s->fe->flags & TP_FE_NONATOMIC) &&
	       mutex_is_locked(&s->substream->self_group.mutex);
}

/**
 * tp_dma_judge - one sample of "does each BE sound that should?"
 * @s:	 a stream
 * @now: CLOCK_MONOTONIC
 *
 * A BE may lag behind its running FE while somebody is at it: between START of the two, and
 * between the write of the route's register and the BE's trigger, which lie in one call, there
 * are locks to wait for and the BE's own open, hw_params and prepare. However long that takes
 * on a busy machine, it is late and not silent. When nobody is at it, every look counts that
 * comes TP_SILENT_NS after it fell silent.
 */
void tp_dma_judge(struct tp_stream *s, u64 now)
{
	struct tp_phone *phone = s->phone;
	unsigned int source = phone->source[s->fe->id];
	unsigned int i;

	lockdep_assert_held(&phone->lock);
	for (i = 0; s->running && i < phone->num_bes; i++) {
		struct tp_be *be = &phone->bes[i];
		bool routed = s->direction == SNDRV_PCM_STREAM_PLAYBACK
				      ? be->routes & BIT_ULL(s->fe->id)
				      : be->source && be->source == source;

		if (!routed || be->triggered)
			s->silent_since[i] = 0;
		else if (!s->silent_since[i])
			s->silent_since[i] = now;
		else if (now - s->silent_since[i] <= TP_SILENT_NS)
			continue;
		else if (s->writes[i] || tp_dma_in_trigger(s))
			tp_count(phone, TP_BE_LATE, 1);
		else
			tp_count(phone, TP_BE_SILENT, 1);
	}
}
