// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prepare the BEs of one FE
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Preparing sleeps, so it holds no stream lock. In the core, another FE of the BE that resumes
 * meanwhile starts the hardware, and then the BE's state is overwritten with "prepared": the next
 * start starts it twice, or the last stop does not stop it. Here the BE is marked while it is
 * being prepared. A start that comes in that time is accounted for and leaves the hardware alone;
 * who prepared the BE then starts it.
 */
#include <linux/rwsem.h>

#include "dpcm.h"
#include "dpcm-core.h"

/*
 * Read: a BE is being marked, or is. Write: the marks are over, because the core's own functions
 * are about to run again, which do not know them. Nests inside M.
 */
static DECLARE_RWSEM(marks);

/**
 * tacet_prepare_stop() - wait until no BE is marked, and let none be marked any more
 *
 * Context: may sleep.
 */
void tacet_prepare_stop(void)
{
	down_write(&marks);
	WRITE_ONCE(tacet_armed, false);
	up_write(&marks);
}

/* Another FE that is prepared, runs or rests has had the BE prepared already. Context: M. */
static bool serves_another(struct snd_soc_dpcm *dpcm, int stream)
{
	struct snd_soc_dpcm *other;

	for_each_dpcm_fe(dpcm->be, stream, other) {
		if (other->fe == dpcm->fe)
			continue;
		switch (READ_ONCE(other->fe->dpcm[stream].state)) {
		case SND_SOC_DPCM_STATE_PREPARE:
		case SND_SOC_DPCM_STATE_START:
		case SND_SOC_DPCM_STATE_PAUSED:
			return true;
		default:
			break;
		}
	}
	return false;
}

static bool preparable(enum snd_soc_dpcm_state state)
{
	return state == SND_SOC_DPCM_STATE_HW_PARAMS || state == SND_SOC_DPCM_STATE_STOP ||
	       state == SND_SOC_DPCM_STATE_SUSPEND || state == SND_SOC_DPCM_STATE_PAUSED;
}

/* Is @dpcm's BE to be prepared? Then it is marked, and @before says what it was. Context: M. */
static bool begin(struct snd_soc_dpcm *dpcm, int stream, enum snd_soc_dpcm_state *before)
{
	struct snd_pcm_substream *substream = snd_soc_dpcm_get_substream(dpcm->be, stream);
	struct snd_soc_dpcm_runtime *run = &dpcm->be->dpcm[stream];
	unsigned int started, paused;
	unsigned long flags;
	bool wanted;

	flags = tacet_be_lock(substream);
	*before = run->state;
	wanted = preparable(*before);
	if (wanted && READ_ONCE(tacet_armed)) {
		/* Who has just resumed may not yet say so. */
		tacet_be_count(dpcm, stream, tacet_link_part(dpcm, stream), &started, &paused);
		wanted = !started && !paused;
		if (wanted)
			run->state = TACET_STATE_PREPARING;
	}
	tacet_be_unlock(substream, flags);
	return wanted;
}

/* @dpcm's BE has been prepared, or not: @err. Do what was asked for meanwhile. Context: M. */
static void end(struct snd_soc_dpcm *dpcm, int stream, enum snd_soc_dpcm_state before, int err)
{
	struct snd_pcm_substream *substream = snd_soc_dpcm_get_substream(dpcm->be, stream);
	struct snd_soc_dpcm_runtime *run = &dpcm->be->dpcm[stream];
	unsigned int started, paused;
	enum tacet_part part;
	unsigned long flags;
	bool marked;

	flags = tacet_be_lock(substream);
	marked = run->state == TACET_STATE_PREPARING;
	run->state = err < 0 ? before : SND_SOC_DPCM_STATE_PREPARE;
	if (marked) {
		part = tacet_link_part(dpcm, stream);
		tacet_be_count(dpcm, stream, part, &started, &paused);
		started += part == TACET_STARTED;
		paused += part == TACET_PAUSED;
		if (started)
			tacet_count(dpcm->be->card, TACET_COUNT_START_PUT_OFF);
		if (started && tacet_be_settle(dpcm->be, stream, started, paused) < 0)
			dev_err(dpcm->be->dev, "%s: %s was prepared and did not start\n",
				KBUILD_MODNAME, dpcm->be->dai_link->name);
	}
	tacet_be_unlock(substream, flags);
}

static int prepare_be(struct snd_soc_dpcm *dpcm, int stream)
{
	struct snd_pcm_substream *substream = snd_soc_dpcm_get_substream(dpcm->be, stream);
	enum snd_soc_dpcm_state before;
	int err;

	if (!substream || !tacet_op_concerns(dpcm->fe, dpcm->be, stream) ||
	    serves_another(dpcm, stream) || !begin(dpcm, stream, &before))
		return 0;
	err = tacet_core_pcm_prepare(dpcm->be, substream);
	end(dpcm, stream, before, err);
	if (err < 0)
		dev_err(dpcm->be->dev, "%s: %s cannot be prepared: %d\n", KBUILD_MODNAME,
			dpcm->be->dai_link->name, err);
	return min(err, 0);
}

/**
 * tacet_be_dai_prepare() - prepare the BEs of an FE
 * @fe:	    front end
 * @stream: direction
 *
 * Replaces dpcm_be_dai_prepare(). BEs that serve another FE are left as they are.
 *
 * Context: M, may sleep.
 * Return: 0 or the negative errno of the first BE that could not be prepared.
 */
int tacet_be_dai_prepare(struct snd_soc_pcm_runtime *fe, int stream)
{
	struct snd_soc_dpcm *dpcm;
	int err = 0;

	tacet_card_assert_held(fe->card);

	down_read(&marks);
	for_each_dpcm_be(fe, stream, dpcm) {
		err = prepare_be(dpcm, stream);
		if (err)
			break;
	}
	up_read(&marks);
	return err;
}
