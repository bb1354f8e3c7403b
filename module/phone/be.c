// SPDX-License-Identifier: GPL-2.0-only
/*
 * The back ends: what the kernel tells them, and whether it makes sense
 *
 * Copyright (C) 2026 The Tacet developers
 */
#include <sound/pcm_params.h>

#include "phone.h"

static struct tp_be *tp_be_from_dai(struct snd_soc_dai *dai)
{
	struct tp_phone *phone = tp_from_component(dai->component);

	return &phone->bes[dai->id - phone->num_fes];
}

const char *tp_be_state_name(enum tp_be_state state)
{
	static const char *const names[] = {
		[TP_BE_CLOSED] = "closed",	 [TP_BE_OPEN] = "open",
		[TP_BE_HW_PARAMS] = "hw_params", [TP_BE_PREPARED] = "prepared",
		[TP_BE_TRIGGERED] = "triggered", [TP_BE_PAUSED] = "paused",
		[TP_BE_STOPPED] = "stopped",
	};

	return names[state];
}

static void tp_be_set_state(struct tp_be *be, enum tp_be_state state)
{
	unsigned long flags;

	spin_lock_irqsave(&be->phone->lock, flags);
	if (!be->triggered || state == TP_BE_CLOSED)
		be->state = state;
	spin_unlock_irqrestore(&be->phone->lock, flags);
}

static int tp_be_startup(struct snd_pcm_substream *substream, struct snd_soc_dai *dai)
{
	struct tp_be *be = tp_be_from_dai(dai);
	int err;

	if (tp_fail(TP_FAIL_OPEN, true))
		return -EIO;
	err = tp_log_alloc(be);
	if (!err)
		err = tp_mix_alloc(be);
	if (err)
		return err;
	tp_be_set_state(be, TP_BE_OPEN);
	return 0;
}

static void tp_be_shutdown(struct snd_pcm_substream *substream, struct snd_soc_dai *dai)
{
	struct tp_be *be = tp_be_from_dai(dai);
	unsigned long flags;

	spin_lock_irqsave(&be->phone->lock, flags);
	if (be->triggered) {
		tp_stream_sync_all(be->phone);
		tp_count(be->phone, TP_BE_CLOSE_TRIGGERED, 1);
	}
	be->triggered = false;
	be->state = TP_BE_CLOSED;
	spin_unlock_irqrestore(&be->phone->lock, flags);

	/*
	 * The kernel makes a BE nonatomic for good as soon as one nonatomic FE joins it,
	 * and then refuses all atomic FEs. This hardware works with both, so it forgets.
	 */
	substream->pcm->nonatomic = 0;
}

static int tp_be_hw_params(struct snd_pcm_substream *substream,
			   struct snd_pcm_hw_params *params, struct snd_soc_dai *dai)
{
	if (tp_fail(TP_FAIL_HW_PARAMS, true))
		return -EIO;
	tp_be_set_state(tp_be_from_dai(dai), TP_BE_HW_PARAMS);
	return 0;
}

static int tp_be_hw_free(struct snd_pcm_substream *substream, struct snd_soc_dai *dai)
{
	struct tp_be *be = tp_be_from_dai(dai);
	unsigned long flags;

	spin_lock_irqsave(&be->phone->lock, flags);
	if (be->triggered)
		tp_count(be->phone, TP_BE_HW_FREE_TRIGGERED, 1);
	else
		be->state = TP_BE_OPEN;
	spin_unlock_irqrestore(&be->phone->lock, flags);
	return 0;
}

static int tp_be_prepare(struct snd_pcm_substream *substream, struct snd_soc_dai *dai)
{
	if (tp_fail(TP_FAIL_PREPARE, true))
		return -EIO;
	tp_be_set_state(tp_be_from_dai(dai), TP_BE_PREPARED);
	tp_delay_prepare();
	return 0;
}

/* Does @runtime belong to a PCM that is open, seen from the core's side? */
static bool tp_be_runtime_is_owned(struct tp_be *be, struct snd_soc_card *card,
				   const struct snd_pcm_runtime *runtime)
{
	struct snd_pcm_substream *substream;
	struct snd_soc_pcm_runtime *rtd;

	for_each_card_rtds(card, rtd) {
		if (!rtd->dai_link->dynamic || !rtd->pcm)
			continue;
		substream = rtd->pcm->streams[be->direction].substream;
		if (substream && READ_ONCE(substream->runtime) == runtime)
			return true;
	}
	return false;
}

/*
 * The kernel lends a BE the runtime of one of its FEs. Compares addresses only: a runtime
 * that no FE owns any more must not be looked into.
 */
static void tp_be_judge_runtime(struct tp_be *be, struct snd_soc_card *card,
				const struct snd_pcm_runtime *runtime)
{
	struct tp_phone *phone = be->phone;
	bool compress = false;
	unsigned int i;

	lockdep_assert_held(&phone->lock);
	for (i = 0; i < phone->num_fes; i++)
		compress |= !!phone->fes[i].stream[be->direction].compr;
	/* A compress FE has no runtime to lend. */
	if (!runtime && !compress)
		tp_count(phone, TP_RUNTIME_NULL, 1);
	else if (runtime && !tp_be_runtime_is_owned(be, card, runtime))
		tp_count(phone, TP_RUNTIME_AFTER_FREE, 1);
}

static void tp_be_start(struct tp_be *be)
{
	struct tp_phone *phone = be->phone;
	unsigned int i;

	if (be->triggered)
		tp_count(phone, TP_BE_DOUBLE_START, 1);
	be->triggered = true;
	be->state = TP_BE_TRIGGERED;
	be->starts++;
	for (i = 0; i < phone->num_fes; i++)
		if (be->routes & BIT_ULL(i))
			phone->fes[i].stream[SNDRV_PCM_STREAM_PLAYBACK].armed = false;
}

static void tp_be_stop(struct tp_be *be, enum tp_be_state state)
{
	if (!be->triggered && (be->state != TP_BE_PAUSED || state == TP_BE_PAUSED))
		tp_count(be->phone, TP_BE_STRAY_STOP, 1);
	be->triggered = false;
	be->state = state;
	be->stops++;
}

static int tp_be_trigger(struct snd_pcm_substream *substream, int cmd,
			 struct snd_soc_dai *dai)
{
	struct tp_be *be = tp_be_from_dai(dai);
	/* As a driver does: what it was given at the start has to last to the end. */
	const struct snd_pcm_runtime *runtime = READ_ONCE(substream->runtime);
	const struct snd_soc_pcm_runtime *rtd = snd_soc_substream_to_rtd(substream);
	struct tp_phone *phone = be->phone;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&phone->lock, flags);
	tp_be_judge_runtime(be, rtd->card, runtime);
	spin_unlock_irqrestore(&phone->lock, flags);
	tp_delay_trigger();

	spin_lock_irqsave(&phone->lock, flags);
	tp_be_judge_runtime(be, rtd->card, runtime);
	tp_stream_sync_all(phone);
	switch (cmd) {
	case SNDRV_PCM_TRIGGER_START:
	case SNDRV_PCM_TRIGGER_RESUME:
	case SNDRV_PCM_TRIGGER_PAUSE_RELEASE:
		if (tp_fail(TP_FAIL_TRIGGER, true))
			ret = -EIO;
		else
			tp_be_start(be);
		break;
	case SNDRV_PCM_TRIGGER_STOP:
	case SNDRV_PCM_TRIGGER_SUSPEND:
		tp_be_stop(be, TP_BE_STOPPED);
		break;
	case SNDRV_PCM_TRIGGER_PAUSE_PUSH:
		tp_be_stop(be, TP_BE_PAUSED);
		break;
	default:
		ret = -EINVAL;
	}
	spin_unlock_irqrestore(&phone->lock, flags);
	return ret;
}

const struct snd_soc_dai_ops tp_be_dai_ops = {
	.startup = tp_be_startup,
	.shutdown = tp_be_shutdown,
	.hw_params = tp_be_hw_params,
	.hw_free = tp_be_hw_free,
	.prepare = tp_be_prepare,
	.trigger = tp_be_trigger,
};

/* A BE has one format; the FE's DSP converts. For a compress FE nothing else is known. */
int tp_be_fixup(struct snd_soc_pcm_runtime *rtd, struct snd_pcm_hw_params *params)
{
	struct tp_be *be = tp_be_from_dai(snd_soc_rtd_to_cpu(rtd, 0));
	struct snd_interval *rate = hw_param_interval(params, SNDRV_PCM_HW_PARAM_RATE);
	struct snd_interval *channels =
		hw_param_interval(params, SNDRV_PCM_HW_PARAM_CHANNELS);
	struct snd_mask *format = hw_param_mask(params, SNDRV_PCM_HW_PARAM_FORMAT);

	rate->min = be->rate;
	rate->max = be->rate;
	channels->min = 2;
	channels->max = 2;
	snd_mask_none(format);
	snd_mask_set_format(format, SNDRV_PCM_FORMAT_S16_LE);
	return 0;
}
