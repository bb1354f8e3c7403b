// SPDX-License-Identifier: GPL-2.0-only
/*
 * be/<Name>/pcm: the last seconds of a BE as one would hear them
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * All BEs of a card share one time axis, so that the files can be laid side by side: a BE
 * that was silent has silence there.
 */
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "phone.h"

/* A snapshot, taken when the file is opened. */
struct tp_snapshot {
	size_t bytes;
	s16 samples[];
};

/**
 * tp_mix_frame - where on the card's time axis a frame of a stream lies
 * @be:	      its rate is the axis' unit
 * @s:	      stream
 * @fe_frame: a frame since the stream last began to run
 *
 * Exactly linear while a stream runs: frames that follow each other are not torn apart by
 * rounding. Caller holds phone->lock.
 */
u64 tp_mix_frame(const struct tp_be *be, const struct tp_stream *s, u64 fe_frame)
{
	struct tp_phone *phone = be->phone;
	u64 start = 0, since = fe_frame - s->start_frame;

	lockdep_assert_held(&phone->lock);
	if (!phone->epoch_ns)
		phone->epoch_ns = s->start_ns + div_u64(since * NSEC_PER_SEC, s->rate);
	if (s->start_ns >= phone->epoch_ns)
		start = mul_u64_u32_div(s->start_ns - phone->epoch_ns, be->rate,
					NSEC_PER_SEC);
	else
		since -= min(since, mul_u64_u32_div(phone->epoch_ns - s->start_ns,
						    s->rate, NSEC_PER_SEC));
	return start + mul_u64_u32_div(since, be->rate, s->rate);
}

static s32 tp_sample(const struct tp_stream *s, const void *samples, u32 frame,
		     u32 channel)
{
	u32 at = frame * s->channels + min_t(u32, channel, s->channels - 1);

	if (s->sample_bytes == 4)
		return ((const s32 *)samples)[at] >> 16;
	return ((const s16 *)samples)[at];
}

static void tp_mix_clear_to(struct tp_mix *mix, u64 end)
{
	u32 at, part;

	if (end <= mix->head)
		return;
	if (end - mix->head >= mix->frames)
		mix->head = end - mix->frames;
	while (mix->head < end) {
		div_u64_rem(mix->head, mix->frames, &at);
		part = min_t(u64, end - mix->head, mix->frames - at);
		memset(mix->ring + (size_t)at * 2, 0, (size_t)part * 4);
		mix->head += part;
	}
}

/**
 * tp_mix_add - add frames to what the BE sounds like
 * @be:	      BE
 * @s:	      where they come from; its rate is converted by repeating or leaving out
 * @samples:  interleaved
 * @frames:   their number
 * @fe_frame: number of the first
 * @source:   the capture BE that they come from, or NULL
 *
 * Volume and mute apply here, unlike in the log: those of the BE and of the source. Caller
 * holds phone->lock.
 */
void tp_mix_add(struct tp_be *be, const struct tp_stream *s, const void *samples,
		u32 frames, u64 fe_frame, const struct tp_be *source)
{
	struct tp_mix *mix = &be->mix;
	s64 gain = be->on ? tp_gain(be->volume) : 0;
	u64 begin, end;
	u32 n, i, c, at;

	lockdep_assert_held(&be->phone->lock);
	if (!mix->ring)
		return;
	if (source)
		gain = gain * (source->on ? tp_gain(source->volume) : 0) >> 16;
	begin = tp_mix_frame(be, s, fe_frame);
	end = tp_mix_frame(be, s, fe_frame + frames);
	tp_mix_clear_to(mix, end);
	if (!gain || mix->head - begin > mix->frames)
		return;
	n = end - begin;
	div_u64_rem(begin, mix->frames, &at);
	for (i = 0; i < n; i++) {
		u32 from = n == frames ? i : min_t(u32, (u64)i * frames / n, frames - 1);

		for (c = 0; c < 2; c++) {
			s32 sum = mix->ring[at * 2 + c];

			sum += (tp_sample(s, samples, from, c) * gain) >> 16;
			mix->ring[at * 2 + c] = clamp(sum, -32768, 32767);
		}
		if (++at == mix->frames)
			at = 0;
	}
}

static int tp_mix_open(struct inode *inode, struct file *file)
{
	struct tp_be *be = inode->i_private;
	struct tp_mix *mix = &be->mix;
	struct tp_phone *phone = be->phone;
	struct tp_snapshot *snapshot;
	u64 now, end, begin;
	u32 at, n, part;

	snapshot = kvzalloc(struct_size(snapshot, samples, (size_t)mix->frames * 2),
			    GFP_KERNEL);
	if (!snapshot)
		return -ENOMEM;
	spin_lock_irq(&phone->lock);
	if (mix->ring && phone->epoch_ns) {
		tp_stream_sync_all(phone);
		now = ktime_get_ns();
		end = mul_u64_u32_div(now - phone->epoch_ns, be->rate, NSEC_PER_SEC);
		tp_mix_clear_to(mix, end);
		begin = mix->head > mix->frames ? mix->head - mix->frames : 0;
		n = mix->head - begin;
		div_u64_rem(begin, mix->frames, &at);
		part = min(n, mix->frames - at);
		memcpy(snapshot->samples, mix->ring + (size_t)at * 2, (size_t)part * 4);
		memcpy(snapshot->samples + (size_t)part * 2, mix->ring,
		       (size_t)(n - part) * 4);
		snapshot->bytes = (size_t)n * 4;
	}
	spin_unlock_irq(&phone->lock);
	file->private_data = snapshot;
	return 0;
}

static int tp_mix_release(struct inode *inode, struct file *file)
{
	kvfree(file->private_data);
	return 0;
}

static ssize_t tp_mix_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	struct tp_snapshot *snapshot = file->private_data;

	return simple_read_from_buffer(buf, count, ppos, snapshot->samples,
				       snapshot->bytes);
}

const struct file_operations tp_mix_fops = {
	.owner = THIS_MODULE,
	.open = tp_mix_open,
	.release = tp_mix_release,
	.read = tp_mix_read,
	.llseek = default_llseek,
};

void tp_mix_init(struct tp_be *be)
{
	be->mix.frames = tp_param_pcm_seconds() * be->rate;
}

/* Gives a BE its ring, once. Sleeps. */
int tp_mix_alloc(struct tp_be *be)
{
	struct tp_mix *mix = &be->mix;
	s16 *ring;

	if (be->direction != SNDRV_PCM_STREAM_PLAYBACK || !mix->frames ||
	    READ_ONCE(mix->ring))
		return 0;
	ring = vzalloc(array_size(mix->frames, 4));
	if (!ring)
		return -ENOMEM;
	spin_lock_irq(&be->phone->lock);
	mix->ring = ring;
	spin_unlock_irq(&be->phone->lock);
	return 0;
}

void tp_mix_free(struct tp_be *be)
{
	vfree(be->mix.ring);
	be->mix.ring = NULL;
}

/* Begins a new time axis. Caller holds phone->lock. */
void tp_mix_reset(struct tp_be *be)
{
	lockdep_assert_held(&be->phone->lock);
	if (be->mix.ring)
		memset(be->mix.ring, 0, (size_t)be->mix.frames * 4);
	be->mix.head = 0;
}
