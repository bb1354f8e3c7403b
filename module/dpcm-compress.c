// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compress FEs, inside the same rules
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Since 5.17 route changes hold card->pcm_mutex, but some operations of a compress FE walk its
 * links under card->mutex alone. Here everything that touches links holds both, in the order in
 * which the core takes them when such an FE is opened: card->mutex, then card->pcm_mutex.
 */
#include "dpcm.h"

#if TACET_COMPRESS

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <sound/compress_driver.h>
#include <sound/soc-card.h>
#include <sound/soc-component.h>
#include <sound/soc-link.h>

#include "dpcm-core.h"

/* How many tasks are in our functions; they wait for locks of their own, so no lock tells. */
static atomic_t inside;

static void lock_both(struct snd_soc_card *card)
{
	atomic_inc(&inside);
	mutex_lock_nested(&card->mutex, SND_SOC_CARD_CLASS_RUNTIME);
	tacet_card_lock(card);
}

static void unlock_both(struct snd_soc_card *card)
{
	tacet_card_unlock(card);
	mutex_unlock(&card->mutex);
	atomic_dec(&inside);
}

/**
 * tacet_compr_left() - wait until nobody is inside our functions for compress FEs
 *
 * For ways without a consistency model, when nobody is sent there any more. Who is on the way
 * into a function that counts, or out of it, does not sleep there, so a grace period of tasks is
 * enough on either side.
 *
 * Context: may sleep.
 */
void tacet_compr_left(void)
{
	synchronize_rcu_tasks();
	while (atomic_read(&inside))
		msleep(20);
	synchronize_rcu_tasks();
}

/* As the core does it, which puts the module when the stream is closed. */
static int get_module(struct snd_soc_component *component, struct snd_compr_stream *cstream)
{
	if (component->driver->module_get_upon_open &&
	    !try_module_get(component->dev->driver->owner))
		return -ENODEV;
	component->mark_module = cstream;
	return 0;
}

static void put_module(struct snd_soc_component *component, struct snd_compr_stream *cstream)
{
	if (component->mark_module != cstream)
		return;
	if (component->driver->module_get_upon_open)
		module_put(component->dev->driver->owner);
	component->mark_module = NULL;
}

static int open_components(struct snd_compr_stream *cstream)
{
	struct snd_soc_pcm_runtime *fe = cstream->private_data;
	struct snd_soc_component *component;
	int i, err;

	for_each_rtd_components(fe, i, component) {
		err = get_module(component, cstream);
		if (!err)
			err = snd_soc_component_compr_open(component, cstream);
		if (err < 0)
			return err;
	}
	return 0;
}

static void close_components(struct snd_compr_stream *cstream)
{
	struct snd_soc_pcm_runtime *fe = cstream->private_data;
	struct snd_soc_component *component;
	int i;

	for_each_rtd_components(fe, i, component) {
		snd_soc_component_compr_free(component, cstream, 1);
		put_module(component, cstream);
	}
}

/* Open the DAI, the components and the machine driver's part. Takes back what it did. */
static int open_itself(struct snd_compr_stream *cstream)
{
	struct snd_soc_pcm_runtime *fe = cstream->private_data;
	struct snd_soc_dai *dai = snd_soc_rtd_to_cpu(fe, 0);
	int err;

	err = snd_soc_dai_compr_startup(dai, cstream);
	if (err < 0)
		return err;
	err = open_components(cstream);
	if (err >= 0)
		err = snd_soc_link_compr_startup(cstream);
	if (err < 0) {
		close_components(cstream);
		snd_soc_dai_compr_shutdown(dai, cstream, 1);
	}
	return err;
}

static void drop_links(struct snd_soc_pcm_runtime *fe, int stream)
{
	struct snd_soc_dpcm *dpcm;

	for_each_dpcm_be(fe, stream, dpcm)
		dpcm->state = SND_SOC_DPCM_LINK_STATE_FREE;
	tacet_be_disconnect(fe, stream);
}

static int open_linked(struct snd_compr_stream *cstream, struct snd_soc_dapm_widget_list **list)
{
	struct snd_soc_pcm_runtime *fe = cstream->private_data;
	int stream = cstream->direction;
	int err;

	tacet_core_add_paths(fe, stream, list);
	fe->dpcm[stream].runtime_update = SND_SOC_DPCM_UPDATE_FE;
	err = tacet_core_be_startup(fe, stream);
	if (err < 0) {
		drop_links(fe, stream);
		return err;
	}
	err = open_itself(cstream);
	if (err < 0) {
		tacet_count(fe->card, TACET_COUNT_COMPRESS_UNWOUND);
		tacet_core_be_stop(fe, stream, 0, NULL);
		drop_links(fe, stream);
		return err;
	}
	tacet_core_clear_pending(fe, stream);
	fe->dpcm[stream].state = SND_SOC_DPCM_STATE_OPEN;
	snd_soc_runtime_action(fe, stream, 1);
	return 0;
}

/**
 * tacet_compr_open_fe() - open a compress FE
 * @cstream: the stream
 *
 * Replaces soc_compr_open_fe(), which leaves the links and their users, and on 6.1 the mutex,
 * behind when it fails.
 */
int tacet_compr_open_fe(struct snd_compr_stream *cstream)
{
	struct snd_soc_pcm_runtime *fe = cstream->private_data;
	struct snd_soc_dapm_widget_list *list;
	int stream = cstream->direction;
	int ret;

	lock_both(fe->card);
	ret = tacet_path_get(fe, stream, &list);
	if (ret >= 0) {
		ret = open_linked(cstream, &list);
		snd_soc_dapm_dai_free_widgets(&list);
		fe->dpcm[stream].runtime_update = SND_SOC_DPCM_UPDATE_NO;
	}
	unlock_both(fe->card);
	return ret;
}

static void trigger_itself_stop(struct snd_compr_stream *cstream)
{
	struct snd_soc_pcm_runtime *fe = cstream->private_data;

	snd_soc_component_compr_trigger(cstream, SNDRV_PCM_TRIGGER_STOP);
	snd_soc_dai_compr_trigger(snd_soc_rtd_to_cpu(fe, 0), cstream, SNDRV_PCM_TRIGGER_STOP);
}

static int trigger_bes(struct snd_soc_pcm_runtime *fe, int stream, int cmd)
{
	int err;

	fe->dpcm[stream].runtime_update = SND_SOC_DPCM_UPDATE_FE;
	err = tacet_be_dai_trigger(fe, stream, cmd);
	switch (cmd) {
	case SNDRV_PCM_TRIGGER_START:
	case SNDRV_PCM_TRIGGER_RESUME:
	case SNDRV_PCM_TRIGGER_PAUSE_RELEASE:
		if (!err)
			fe->dpcm[stream].state = SND_SOC_DPCM_STATE_START;
		break;
	case SNDRV_PCM_TRIGGER_STOP:
	case SNDRV_PCM_TRIGGER_SUSPEND:
		fe->dpcm[stream].state = SND_SOC_DPCM_STATE_STOP;
		break;
	case SNDRV_PCM_TRIGGER_PAUSE_PUSH:
		fe->dpcm[stream].state = SND_SOC_DPCM_STATE_PAUSED;
		break;
	}
	fe->dpcm[stream].runtime_update = SND_SOC_DPCM_UPDATE_NO;
	return err;
}

/**
 * tacet_compr_trigger_fe() - start, stop, pause... a compress FE
 * @cstream: the stream
 * @cmd:     SNDRV_PCM_TRIGGER_* or SND_COMPR_TRIGGER_*
 *
 * Replaces soc_compr_trigger_fe(), which does not exclude route changes.
 */
int tacet_compr_trigger_fe(struct snd_compr_stream *cstream, int cmd)
{
	struct snd_soc_pcm_runtime *fe = cstream->private_data;
	int ret;

	/* Drains sleep long, and are the DSP's affair alone. */
	if (cmd == SND_COMPR_TRIGGER_DRAIN || cmd == SND_COMPR_TRIGGER_PARTIAL_DRAIN) {
		atomic_inc(&inside);
		ret = snd_soc_component_compr_trigger(cstream, cmd);
		atomic_dec(&inside);
		return ret;
	}

	lock_both(fe->card);
	ret = snd_soc_dai_compr_trigger(snd_soc_rtd_to_cpu(fe, 0), cstream, cmd);
	if (ret >= 0)
		ret = snd_soc_component_compr_trigger(cstream, cmd);
	if (ret >= 0) {
		ret = trigger_bes(fe, cstream->direction, cmd);
		if (ret < 0 && cmd == SNDRV_PCM_TRIGGER_START)
			trigger_itself_stop(cstream);
	}
	unlock_both(fe->card);
	return ret;
}

/**
 * tacet_compr_be_trigger() - trigger the BEs of a compress FE for the core's old function
 * @fe:     front end
 * @stream: direction
 * @cmd:    SNDRV_PCM_TRIGGER_*
 *
 * snd_compr_free() sends its STOP without a lock. Where the core's function cannot be waited for
 * (hook-ftrace.c), a task that is late in soc_compr_trigger_fe() holds card->mutex alone.
 *
 * Context: card->mutex held by the caller; takes M.
 */
int tacet_compr_be_trigger(struct snd_soc_pcm_runtime *fe, int stream, int cmd)
{
	int ret;

	lockdep_assert_held(&fe->card->mutex);
	tacet_card_lock(fe->card);
	ret = trigger_bes(fe, stream, cmd);
	tacet_card_unlock(fe->card);
	return ret;
}

/* Set up and prepare the BEs. The machine driver fills in what they need. */
static int prepare_bes(struct snd_soc_pcm_runtime *fe, int stream)
{
	int err;

	memset(&fe->dpcm[stream].hw_params, 0, sizeof(fe->dpcm[stream].hw_params));
	fe->dpcm[stream].runtime_update = SND_SOC_DPCM_UPDATE_FE;
	err = tacet_core_be_hw_params(fe, stream);
	if (err >= 0)
		err = tacet_be_dai_prepare(fe, stream);
	fe->dpcm[stream].runtime_update = SND_SOC_DPCM_UPDATE_NO;
	return err;
}

static int set_params_itself(struct snd_compr_stream *cstream, struct snd_compr_params *params)
{
	struct snd_soc_pcm_runtime *fe = cstream->private_data;
	int err;

	err = snd_soc_dai_compr_set_params(snd_soc_rtd_to_cpu(fe, 0), cstream, params);
	if (err >= 0)
		err = snd_soc_component_compr_set_params(cstream, params);
	if (err >= 0)
		err = snd_soc_link_compr_set_params(cstream);
	return err;
}

/**
 * tacet_compr_set_params_fe() - set the parameters of a compress FE, and prepare its BEs
 * @cstream: the stream
 * @params:  from user space
 *
 * Replaces soc_compr_set_params_fe(), which up to 6.3 walks the links under card->mutex alone,
 * and which says only at its end that the FE is prepared: a route that changes before brings a
 * BE that is opened and never prepared.
 */
int tacet_compr_set_params_fe(struct snd_compr_stream *cstream, struct snd_compr_params *params)
{
	struct snd_soc_pcm_runtime *fe = cstream->private_data;
	int stream = cstream->direction;
	int ret;

	lock_both(fe->card);
	ret = prepare_bes(fe, stream);
	if (ret >= 0)
		ret = set_params_itself(cstream, params);
	if (ret >= 0) {
		tacet_core_stream_event(fe, stream, SND_SOC_DAPM_STREAM_START);
		fe->dpcm[stream].state = SND_SOC_DPCM_STATE_PREPARE;
	}
	unlock_both(fe->card);
	return ret;
}

#else

void tacet_compr_left(void)
{
}

#endif
