// SPDX-License-Identifier: GPL-2.0-only
/*
 * Take over links that live, and give them back
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * While functions are being replaced, the core's own and ours run side by side. The core keeps
 * no account of what each link contributes, so for that time ours do not trust their own either:
 * they infer it from the FE's state (tacet_link_part()). Both sides write the same fields of the
 * core, so nothing has to be translated.
 *
 * Once only ours run, the account of every link is set right with the DPCM mutexes of all cards
 * held, so that no route change is under way, and each FE's stream lock, so that none of its
 * triggers is. From then on it is trusted.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/module.h>
#include <linux/workqueue.h>
#include <sound/compress_driver.h>
#include <sound/core.h>

#include "dpcm.h"
#include "dpcm-core.h"

bool tacet_armed;

static DEFINE_MUTEX(adopting);

static bool same_function(const void *pointer, unsigned long function)
{
	return function && (unsigned long)pointer == function;
}

/* The ASoC runtime behind a device of a sound card, NULL if it is not one of DPCM's FEs. */
static struct snd_soc_pcm_runtime *rtd_of(struct snd_device *device)
{
	struct snd_pcm_substream *substream;
	struct snd_pcm *pcm;
	int stream;

	if (device->type == SNDRV_DEV_PCM) {
		pcm = device->device_data;
		for_each_pcm_streams(stream) {
			substream = pcm->streams[stream].substream;
			if (substream && substream->ops &&
			    same_function(substream->ops->pointer, tacet_core_pcm_pointer))
				return pcm->private_data;
		}
	} else if (device->type == SNDRV_DEV_COMPRESS) {
		struct snd_compr *compr = device->device_data;

		if (compr->ops && same_function(compr->ops->trigger, tacet_core_compr_trigger_fe))
			return compr->private_data;
	}
	return NULL;
}

static struct snd_soc_card *soc_card_of(struct snd_card *card)
{
	struct snd_soc_pcm_runtime *rtd;
	struct snd_device *device;

	list_for_each_entry(device, &card->devices, list) {
		rtd = rtd_of(device);
		if (rtd)
			return rtd->card;
	}
	return NULL;
}

struct held_cards {
	struct snd_card *card[SNDRV_CARDS];
	struct snd_soc_card *soc[SNDRV_CARDS];
	int n;
};

/*
 * A card's devices are stable while its parent is locked: neither probe nor remove runs.
 *
 * Return: false if somebody holds it, who may be waiting for us.
 */
static bool hold_card(struct held_cards *held, struct snd_card *card)
{
	struct snd_soc_card *soc;

	if (!card->dev || card->shutdown)
		return true;
	if (!device_trylock(card->dev))
		return false;
	soc = card->shutdown ? NULL : soc_card_of(card);
	if (!soc) {
		device_unlock(card->dev);
		return true;
	}
	get_device(&card->card_dev);
	held->card[held->n] = card;
	held->soc[held->n++] = soc;
	return true;
}

static void let_go(struct held_cards *held)
{
	while (held->n--) {
		device_unlock(held->card[held->n]->dev);
		put_device(&held->card[held->n]->card_dev);
	}
}

static bool hold_cards(struct held_cards *held)
{
	struct snd_card *card;
	bool ok = true;
	int i;

	held->n = 0;
	for (i = 0; i < SNDRV_CARDS && ok; i++) {
		card = snd_card_ref(i);
		if (!card)
			continue;
		ok = hold_card(held, card);
		snd_card_unref(card);
	}
	if (!ok)
		let_go(held);
	return ok;
}

static struct mutex *dpcm_mutex(struct snd_soc_card *card)
{
#if TACET_DPCM_OLD_LOCKS
	return &card->mutex;
#else
	return &card->pcm_mutex;
#endif
}

static void adopt_link(struct snd_soc_dpcm *dpcm, int stream)
{
	struct snd_pcm_substream *be = snd_soc_dpcm_get_substream(dpcm->be, stream);
	unsigned long flags;

	flags = tacet_be_lock(be);
	*tacet_part_of(dpcm) = tacet_link_part(dpcm, stream);
	tacet_be_unlock(be, flags);
}

static void adopt_fe(struct snd_soc_pcm_runtime *fe)
{
	struct snd_pcm_substream *substream;
	struct snd_soc_dpcm *dpcm;
	int stream;

	for_each_pcm_streams(stream) {
		substream = fe->pcm ? snd_soc_dpcm_get_substream(fe, stream) : NULL;
		if (!substream)
			continue;
		snd_pcm_stream_lock_irq(substream);
		for_each_dpcm_be(fe, stream, dpcm)
			adopt_link(dpcm, stream);
		snd_pcm_stream_unlock_irq(substream);
	}
}

/* Recount what a BE's links contribute; the core may have lost count, or the BE, before. */
static void adopt_be(struct snd_soc_pcm_runtime *be, int stream)
{
	struct snd_pcm_substream *substream = snd_soc_dpcm_get_substream(be, stream);
	unsigned int started = 0, paused = 0;
	struct snd_soc_dpcm *dpcm;
	unsigned long flags;
	int links = 0;

	if (!substream)
		return;
	flags = tacet_be_lock(substream);
	for_each_dpcm_fe(be, stream, dpcm) {
		u32 part = *tacet_part_of(dpcm) & TACET_PART_MASK;

		links++;
		started += part == TACET_STARTED;
		paused += part == TACET_PAUSED;
	}
	if (links)
		tacet_be_adopt(be, stream, started, paused);
	tacet_be_unlock(substream, flags);
	if (links && be->dpcm[stream].users && be->dpcm[stream].users != links) {
		dev_info(be->dev, "%s: %s has %d links and %d users, mended\n", KBUILD_MODNAME,
			 be->dai_link->name, links, be->dpcm[stream].users);
		be->dpcm[stream].users = links;
	}
}

static void adopt_card(struct snd_soc_card *card)
{
	struct snd_soc_pcm_runtime *rtd;
	int stream;

	tacet_count_meet(card);
	for_each_card_rtds(card, rtd) {
		if (rtd->dai_link->dynamic)
			adopt_fe(rtd);
	}
	for_each_card_rtds(card, rtd) {
		if (!rtd->dai_link->no_pcm || !rtd->pcm)
			continue;
		for_each_pcm_streams(stream)
			adopt_be(rtd, stream);
	}
}

/*
 * Do @what to every card with no route change under way on any, after @before.
 *
 * Return: false to try again.
 */
static bool with_all_cards(void (*before)(struct held_cards *held),
			   void (*what)(struct held_cards *held))
{
	struct held_cards *held;
	int i;

	held = kmalloc(sizeof(*held), GFP_KERNEL);
	if (!held)
		return false;
	mutex_lock(&adopting);
	if (!hold_cards(held)) {
		mutex_unlock(&adopting);
		kfree(held);
		return false;
	}
	if (before)
		before(held);
	for (i = 0; i < held->n; i++)
		mutex_lock_nest_lock(dpcm_mutex(held->soc[i]), &adopting);
	what(held);
	for (i = held->n; i--;)
		mutex_unlock(dpcm_mutex(held->soc[i]));
	let_go(held);
	mutex_unlock(&adopting);
	kfree(held);
	return true;
}

static void adopt_all(struct held_cards *held)
{
	int i;

	for (i = 0; i < held->n; i++)
		adopt_card(held->soc[i]);
	/* A trigger that runs now has inferred what adopt_fe() wrote, and writes what it did. */
	WRITE_ONCE(tacet_armed, true);
}

static void adopt_work(struct work_struct *work)
{
	if (!with_all_cards(NULL, adopt_all))
		schedule_delayed_work(to_delayed_work(work), msecs_to_jiffies(50));
	else
		pr_info("armed: %s\n", tacet_active());
}

static DECLARE_DELAYED_WORK(work, adopt_work);

/* Only our functions run now. Adopts in the background, because it waits for locks. */
void tacet_adopt_start(void)
{
	tacet_hold_come();
	schedule_delayed_work(&work, 0);
}

/* The core's functions are about to run again; ours stop trusting their account. */
void tacet_adopt_stop(void)
{
	tacet_hold_leave();
	cancel_delayed_work_sync(&work);
	tacet_prepare_stop();
}

static void pass_fe(struct snd_soc_pcm_runtime *fe)
{
	struct snd_pcm_substream *substream;
	int stream;

	for_each_pcm_streams(stream) {
		substream = fe->pcm ? snd_soc_dpcm_get_substream(fe, stream) : NULL;
		if (!substream)
			continue;
		snd_pcm_stream_lock_irq(substream);
		snd_pcm_stream_unlock_irq(substream);
	}
}

static void pass_all(struct held_cards *held)
{
	struct snd_soc_pcm_runtime *rtd;
	int i;

	for (i = 0; i < held->n; i++) {
		for_each_card_rtds(held->soc[i], rtd) {
			if (rtd->dai_link->dynamic)
				pass_fe(rtd);
		}
	}
}

/* The locks around everything that compress does with links: those of its devices, and C. */
static void pass_compress(struct held_cards *held)
{
	struct snd_device *device;
	int i;

	for (i = 0; i < held->n; i++) {
		list_for_each_entry(device, &held->card[i]->devices, list) {
			struct snd_compr *compr = device->device_data;

			if (device->type != SNDRV_DEV_COMPRESS || !rtd_of(device))
				continue;
			mutex_lock(&compr->lock);
			mutex_unlock(&compr->lock);
		}
		mutex_lock_nested(&held->soc[i]->mutex, SND_SOC_CARD_CLASS_RUNTIME);
		mutex_unlock(&held->soc[i]->mutex);
	}
}

/*
 * Wait until nobody is inside a function of the other side of the gate (hook-ftrace.c). All
 * callers of the functions of dpcm_be_*() and dpcm_path_get() that are replaced hold the card's
 * DPCM mutex or the FE's stream lock around the call, so having held each of them once is proof;
 * for those of compress it is the device's lock. The one caller without it is snd_compr_free();
 * see tacet_compr_be_trigger() for its old function, and tacet_compr_left() for ours.
 */
void tacet_adopt_settle(bool leaving)
{
	while (!with_all_cards(pass_compress, pass_all))
		msleep(20);
	if (leaving)
		tacet_compr_left();
}
