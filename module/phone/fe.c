// SPDX-License-Identifier: GPL-2.0-only
/*
 * The front ends' PCM operations
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * The component serves FEs and BEs; BEs have no samples of their own and are passed over.
 */
#include "phone.h"

static const struct snd_pcm_hardware tp_hardware = {
	.info = SNDRV_PCM_INFO_MMAP | SNDRV_PCM_INFO_MMAP_VALID |
		SNDRV_PCM_INFO_INTERLEAVED | SNDRV_PCM_INFO_BLOCK_TRANSFER |
		SNDRV_PCM_INFO_RESUME,
	.formats = SNDRV_PCM_FMTBIT_S16_LE | SNDRV_PCM_FMTBIT_S32_LE,
	.period_bytes_min = 64,
	.period_bytes_max = 256 * 1024,
	.periods_min = 2,
	.periods_max = 1024,
	.buffer_bytes_max = 512 * 1024,
};

/* NULL for a BE. */
static struct tp_stream *tp_stream_of(struct snd_soc_component *component,
				      struct snd_pcm_substream *substream)
{
	struct snd_soc_pcm_runtime *rtd = snd_soc_substream_to_rtd(substream);

	if (rtd->dai_link->no_pcm)
		return NULL;
	return &tp_from_component(component)
			->fes[snd_soc_rtd_to_cpu(rtd, 0)->id]
			.stream[substream->stream];
}

static int tp_pcm_new(struct snd_soc_component *component,
		      struct snd_soc_pcm_runtime *rtd)
{
	if (rtd->dai_link->no_pcm)
		return 0;
	return tacet_pcm_managed_buffers(rtd->pcm);
}

/* Whoever uses this runtime from here on uses freed memory: see tp_be_judge_runtime. */
static void tp_runtime_freed(struct snd_pcm_runtime *runtime)
{
	struct tp_stream *s = runtime->private_data;
	unsigned long flags;

	spin_lock_irqsave(&s->phone->lock, flags);
	if (s->runtime == runtime)
		s->runtime = NULL;
	spin_unlock_irqrestore(&s->phone->lock, flags);
}

static int tp_pcm_open(struct snd_soc_component *component,
		       struct snd_pcm_substream *substream)
{
	struct tp_stream *s = tp_stream_of(component, substream);
	struct snd_pcm_runtime *runtime = substream->runtime;
	int err;

	if (!s)
		return 0;
	if (tp_fail(TP_FAIL_OPEN, false))
		return -EIO;
	snd_soc_set_runtime_hwparams(substream, &tp_hardware);
	if (!tp_no_pause())
		runtime->hw.info |= SNDRV_PCM_INFO_PAUSE;
	err = snd_pcm_hw_constraint_integer(runtime, SNDRV_PCM_HW_PARAM_PERIODS);
	if (err < 0)
		return err;
	/* A call's microphone is heard by the modem. */
	if (s->direction == SNDRV_PCM_STREAM_CAPTURE && (s->fe->flags & TP_FE_HOSTLESS)) {
		err = tp_log_alloc(s->phone->modem_up);
		if (!err)
			err = tp_mix_alloc(s->phone->modem_up);
		if (err)
			return err;
	}
	runtime->private_data = s;
	runtime->private_free = tp_runtime_freed;

	spin_lock_irq(&s->phone->lock);
	s->substream = substream;
	s->runtime = runtime;
	spin_unlock_irq(&s->phone->lock);
	return 0;
}

static int tp_pcm_close(struct snd_soc_component *component,
			struct snd_pcm_substream *substream)
{
	struct tp_stream *s = tp_stream_of(component, substream);

	if (!s)
		return 0;
	tp_stream_quiesce(s);
	spin_lock_irq(&s->phone->lock);
	s->substream = NULL;
	spin_unlock_irq(&s->phone->lock);
	return 0;
}

static int tp_pcm_hw_params(struct snd_soc_component *component,
			    struct snd_pcm_substream *substream,
			    struct snd_pcm_hw_params *params)
{
	if (tp_stream_of(component, substream) && tp_fail(TP_FAIL_HW_PARAMS, false))
		return -EIO;
	return 0;
}

/* A hostless stream needs no data, so running out of it must not stop it. */
static void tp_pcm_free_run(struct tp_stream *s)
{
	if (s->fe->flags & TP_FE_HOSTLESS)
		s->runtime->stop_threshold = s->runtime->boundary;
}

static int tp_pcm_prepare(struct snd_soc_component *component,
			  struct snd_pcm_substream *substream)
{
	struct tp_stream *s = tp_stream_of(component, substream);
	struct snd_pcm_runtime *runtime = substream->runtime;

	if (!s)
		return 0;
	if (tp_fail(TP_FAIL_PREPARE, false))
		return -EIO;
	tp_stream_quiesce(s);
	spin_lock_irq(&s->phone->lock);
	s->area = runtime->dma_area;
	s->buffer = runtime->buffer_size;
	s->period = runtime->period_size;
	s->rate = runtime->rate;
	s->channels = runtime->channels;
	s->sample_bytes = snd_pcm_format_physical_width(runtime->format) / 8;
	s->frames = 0;
	s->seen = 0;
	s->acked = 0;
	s->appl_base = 0;
	s->generation++;
	spin_unlock_irq(&s->phone->lock);
	tp_pcm_free_run(s);
	return 0;
}

static int tp_pcm_trigger(struct snd_soc_component *component,
			  struct snd_pcm_substream *substream, int cmd)
{
	struct tp_stream *s = tp_stream_of(component, substream);
	unsigned long flags;
	int ret = 0;

	if (!s)
		return 0;
	spin_lock_irqsave(&s->phone->lock, flags);
	switch (cmd) {
	case SNDRV_PCM_TRIGGER_START:
	case SNDRV_PCM_TRIGGER_RESUME:
	case SNDRV_PCM_TRIGGER_PAUSE_RELEASE:
		if (tp_fail(TP_FAIL_TRIGGER, false)) {
			ret = -EIO;
			break;
		}
		tp_pcm_free_run(s);
		tp_stream_start(s, ktime_get_ns());
		break;
	case SNDRV_PCM_TRIGGER_STOP:
	case SNDRV_PCM_TRIGGER_SUSPEND:
	case SNDRV_PCM_TRIGGER_PAUSE_PUSH:
		tp_stream_freeze(s);
		break;
	default:
		ret = -EINVAL;
	}
	spin_unlock_irqrestore(&s->phone->lock, flags);
	return ret;
}

static snd_pcm_uframes_t tp_pcm_pointer(struct snd_soc_component *component,
					struct snd_pcm_substream *substream)
{
	struct tp_stream *s = tp_stream_of(component, substream);
	unsigned long flags;
	u32 position = 0;

	if (!s)
		return 0;
	spin_lock_irqsave(&s->phone->lock, flags);
	tp_stream_advance(s, ktime_get_ns());
	s->seen = s->frames;
	if (s->buffer)
		div_u64_rem(s->frames, s->buffer, &position);
	spin_unlock_irqrestore(&s->phone->lock, flags);
	return position;
}

static int tp_pcm_sync_stop(struct snd_soc_component *component,
			    struct snd_pcm_substream *substream)
{
	struct tp_stream *s = tp_stream_of(component, substream);

	if (s)
		tp_stream_quiesce(s);
	return 0;
}

/* SNDRV_PCM_IOCTL_RESET takes whole buffers out of hw_ptr; the position keeps them. */
static int tp_pcm_ioctl(struct snd_soc_component *component,
			struct snd_pcm_substream *substream, unsigned int cmd, void *arg)
{
	struct tp_stream *s = tp_stream_of(component, substream);
	snd_pcm_uframes_t before = substream->runtime->status->hw_ptr;
	unsigned long flags;
	int ret;

	ret = snd_pcm_lib_ioctl(substream, cmd, arg);
	if (s && cmd == SNDRV_PCM_IOCTL1_RESET) {
		spin_lock_irqsave(&s->phone->lock, flags);
		if (s->running)
			s->appl_base += before - substream->runtime->status->hw_ptr;
		spin_unlock_irqrestore(&s->phone->lock, flags);
	}
	return ret;
}

const struct snd_soc_component_driver tp_pcm_driver = {
	.name = TP_DRIVER,
	.probe = tp_topology_probe,
	.read = tp_component_read,
	.write = tp_component_write,
	.TACET_PCM_NEW = tp_pcm_new,
	.open = tp_pcm_open,
	.close = tp_pcm_close,
	.hw_params = tp_pcm_hw_params,
	.prepare = tp_pcm_prepare,
	.trigger = tp_pcm_trigger,
	.pointer = tp_pcm_pointer,
	.sync_stop = tp_pcm_sync_stop,
	.ioctl = tp_pcm_ioctl,
#if IS_ENABLED(CONFIG_SND_SOC_COMPRESS)
	.compress_ops = &tp_compress_ops,
#endif
	/* Otherwise the card would hold the module that it comes from for ever. */
	.module_get_upon_open = 1,
	TACET_DAI_NAMING,
};
