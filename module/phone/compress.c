// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compress FE: its "decoder" takes plain PCM
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Codec SND_AUDIOCODEC_PCM, S16_LE. Unlike in the PCM core, no lock of a stream protects
 * these callbacks from the timer; phone->lock does.
 */
#include <sound/compress_driver.h>

#include "phone.h"

#define TP_FRAGMENT_MIN 256
#define TP_FRAGMENT_MAX (64 * 1024)

static struct tp_stream *tp_compr_of(struct snd_soc_component *component,
				     struct snd_compr_stream *compr)
{
	struct snd_soc_pcm_runtime *rtd = compr->private_data;

	return &tp_from_component(component)
			->fes[snd_soc_rtd_to_cpu(rtd, 0)->id]
			.stream[compr->direction];
}

static int tp_compr_open(struct snd_soc_component *component,
			 struct snd_compr_stream *compr)
{
	struct tp_stream *s = tp_compr_of(component, compr);

	if (tp_fail(TP_FAIL_OPEN, false))
		return -EIO;
	spin_lock_irq(&s->phone->lock);
	s->compr = compr;
	s->buffer = 0;
	spin_unlock_irq(&s->phone->lock);
	return 0;
}

static int tp_compr_free(struct snd_soc_component *component,
			 struct snd_compr_stream *compr)
{
	struct tp_stream *s = tp_compr_of(component, compr);

	tp_stream_quiesce(s);
	spin_lock_irq(&s->phone->lock);
	s->compr = NULL;
	spin_unlock_irq(&s->phone->lock);
	return 0;
}

static void tp_compr_rewind(struct tp_stream *s)
{
	s->frames = 0;
	s->written = 0;
	s->acked = 0;
	s->draining = false;
	s->generation++;
}

static int tp_compr_set_params(struct snd_soc_component *component,
			       struct snd_compr_stream *compr,
			       struct snd_compr_params *params)
{
	struct tp_stream *s = tp_compr_of(component, compr);
	struct snd_compr_runtime *runtime = compr->runtime;
	u32 channels = params->codec.ch_in, frame = channels * 2;

	if (tp_fail(TP_FAIL_HW_PARAMS, false))
		return -EIO;
	if (params->codec.id != SND_AUDIOCODEC_PCM || channels < 1 || channels > 2 ||
	    params->codec.sample_rate < 8000 || params->codec.sample_rate > TP_MAX_RATE)
		return -EINVAL;
	if (runtime->fragment_size % frame)
		return -EINVAL;

	spin_lock_irq(&s->phone->lock);
	s->area = runtime->buffer;
	s->buffer = div_u64(runtime->buffer_size, frame);
	s->period = runtime->fragment_size / frame;
	s->rate = params->codec.sample_rate;
	s->channels = channels;
	s->sample_bytes = 2;
	tp_compr_rewind(s);
	spin_unlock_irq(&s->phone->lock);
	return 0;
}

static int tp_compr_trigger(struct snd_soc_component *component,
			    struct snd_compr_stream *compr, int cmd)
{
	struct tp_stream *s = tp_compr_of(component, compr);
	bool drained = false;
	u64 now = ktime_get_ns();
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&s->phone->lock, flags);
	switch (cmd) {
	case SNDRV_PCM_TRIGGER_START:
	case SNDRV_PCM_TRIGGER_PAUSE_RELEASE:
		if (tp_fail(TP_FAIL_TRIGGER, false)) {
			ret = -EIO;
			break;
		}
		/* The core starts the BEs later; frames until then would be lost. */
		s->armed = true;
		s->armed_ns = now;
		tp_stream_start(s, now);
		break;
	case SNDRV_PCM_TRIGGER_PAUSE_PUSH:
		tp_stream_advance(s, now);
		tp_stream_freeze(s);
		break;
	case SNDRV_PCM_TRIGGER_STOP:
		tp_stream_freeze(s);
		tp_compr_rewind(s);
		break;
	case SND_COMPR_TRIGGER_DRAIN:
	case SND_COMPR_TRIGGER_PARTIAL_DRAIN:
		drained = s->frames == s->written;
		s->draining = !drained;
		break;
	case SND_COMPR_TRIGGER_NEXT_TRACK:
		break;
	default:
		ret = -EINVAL;
	}
	spin_unlock_irqrestore(&s->phone->lock, flags);
	if (drained)
		snd_compr_drain_notify(compr);
	return ret;
}

static int tp_compr_ack(struct snd_soc_component *component,
			struct snd_compr_stream *compr, size_t bytes)
{
	struct tp_stream *s = tp_compr_of(component, compr);
	u32 frame = s->channels * s->sample_bytes;

	/* The decoder works on whole frames, and so must its owner. */
	if (bytes % frame)
		return -EINVAL;
	spin_lock_irq(&s->phone->lock);
	s->written += bytes / frame;
	spin_unlock_irq(&s->phone->lock);
	return 0;
}

static int tp_compr_pointer(struct snd_soc_component *component,
			    struct snd_compr_stream *compr,
			    struct snd_compr_tstamp64 *tstamp)
{
	struct tp_stream *s = tp_compr_of(component, compr);
	u32 offset, frame;

	spin_lock_irq(&s->phone->lock);
	if (s->buffer) {
		frame = s->channels * s->sample_bytes;
		tp_stream_advance(s, ktime_get_ns());
		div_u64_rem(s->frames, s->buffer, &offset);
		tstamp->byte_offset = offset * frame;
		tstamp->copied_total = s->frames * frame;
		tstamp->pcm_frames = s->frames;
		tstamp->pcm_io_frames = s->frames;
		tstamp->sampling_rate = s->rate;
	}
	spin_unlock_irq(&s->phone->lock);
	return 0;
}

static int tp_compr_get_caps(struct snd_soc_component *component,
			     struct snd_compr_stream *compr, struct snd_compr_caps *caps)
{
	caps->num_codecs = 1;
	caps->codecs[0] = SND_AUDIOCODEC_PCM;
	caps->direction = compr->direction;
	caps->min_fragment_size = TP_FRAGMENT_MIN;
	caps->max_fragment_size = TP_FRAGMENT_MAX;
	caps->min_fragments = 2;
	caps->max_fragments = 16;
	return 0;
}

static int tp_compr_get_codec_caps(struct snd_soc_component *component,
				   struct snd_compr_stream *compr,
				   struct snd_compr_codec_caps *codec)
{
	static const u32 rates[] = { 8000, 16000, 32000, 44100, 48000, 96000, 192000 };

	if (codec->codec != SND_AUDIOCODEC_PCM)
		return -EINVAL;
	codec->num_descriptors = 1;
	codec->descriptor[0].max_ch = 2;
	memcpy(codec->descriptor[0].sample_rates, rates, sizeof(rates));
	codec->descriptor[0].num_sample_rates = ARRAY_SIZE(rates);
	codec->descriptor[0].formats = (__force u32)SNDRV_PCM_FORMAT_S16_LE;
	return 0;
}

const struct snd_compress_ops tp_compress_ops = {
	.open = tp_compr_open,
	.free = tp_compr_free,
	.set_params = tp_compr_set_params,
	.trigger = tp_compr_trigger,
	.pointer = tp_compr_pointer,
	.ack = tp_compr_ack,
	.get_caps = tp_compr_get_caps,
	.get_codec_caps = tp_compr_get_codec_caps,
};
