// SPDX-License-Identifier: GPL-2.0-only
/*
 * Triggers of the BEs of one FE
 *
 * Copyright (C) 2026 The Tacet developers
 */
#include "dpcm.h"

static enum tacet_op op_of(int cmd)
{
	switch (cmd) {
	case SNDRV_PCM_TRIGGER_START:
		return TACET_OP_START;
	case SNDRV_PCM_TRIGGER_STOP:
		return TACET_OP_STOP;
	case SNDRV_PCM_TRIGGER_PAUSE_PUSH:
		return TACET_OP_PAUSE;
	case SNDRV_PCM_TRIGGER_PAUSE_RELEASE:
		return TACET_OP_RELEASE;
	case SNDRV_PCM_TRIGGER_SUSPEND:
		return TACET_OP_SUSPEND;
	case SNDRV_PCM_TRIGGER_RESUME:
		return TACET_OP_RESUME;
	default:
		return TACET_OP_NONE;
	}
}

/**
 * tacet_op_concerns() - is the present operation of an FE meant for a BE?
 * @fe:	    front end
 * @be:	    back end
 * @stream: direction
 *
 * A route change is for some of them only.
 *
 * Context: F or M.
 */
bool tacet_op_concerns(struct snd_soc_pcm_runtime *fe, struct snd_soc_pcm_runtime *be, int stream)
{
	switch (fe->dpcm[stream].runtime_update) {
	case SND_SOC_DPCM_UPDATE_FE:
		return true;
	case SND_SOC_DPCM_UPDATE_BE:
		return be->dpcm[stream].runtime_update != SND_SOC_DPCM_UPDATE_NO;
	default:
		return false;
	}
}

/* The link behind @dpcm (NULL: the first), NULL at the end. */
static struct snd_soc_dpcm *next_link(struct snd_soc_pcm_runtime *fe, int stream,
				      struct snd_soc_dpcm *dpcm)
{
	struct list_head *head = &fe->dpcm[stream].be_clients;
	struct list_head *next;
	unsigned long flags;

	tacet_lists_lock(fe->card, &flags);
	next = dpcm ? dpcm->list_be.next : head->next;
	tacet_lists_unlock(fe->card, flags);
	return next == head ? NULL : list_entry(next, struct snd_soc_dpcm, list_be);
}

/* Take back what this call has started, up to the link that @refused. */
static void take_back(struct snd_soc_pcm_runtime *fe, int stream, enum tacet_op op,
		      struct snd_soc_dpcm *refused)
{
	struct snd_soc_dpcm *dpcm = NULL;
	struct snd_pcm_substream *be;
	unsigned long flags;

	while ((dpcm = next_link(fe, stream, dpcm)) && dpcm != refused) {
		be = snd_soc_dpcm_get_substream(dpcm->be, stream);
		if (!be || !tacet_op_concerns(fe, dpcm->be, stream))
			continue;
		flags = tacet_be_lock(be);
		tacet_link_take_back(dpcm, stream, op);
		tacet_be_unlock(be, flags);
	}
}

/**
 * tacet_be_dai_trigger() - start, stop, pause... the BEs of an FE
 * @fe:	    front end
 * @stream: direction
 * @cmd:    SNDRV_PCM_TRIGGER_*
 *
 * Replaces dpcm_be_dai_trigger(). A BE is started by its first contributing link and stopped by
 * its last. When a start fails, what this call had started before is taken back.
 *
 * Context: F (a trigger of the FE), or M (a route change, a compress FE); may be an interrupt.
 * Return: 0 or the negative errno of the first BE that refused.
 */
int tacet_be_dai_trigger(struct snd_soc_pcm_runtime *fe, int stream, int cmd)
{
	enum tacet_op op = op_of(cmd);
	struct snd_soc_dpcm *dpcm = NULL;
	struct snd_pcm_substream *be;
	unsigned long flags;
	int ret = 0, err;

	if (op == TACET_OP_NONE)
		return 0;
	while ((dpcm = next_link(fe, stream, dpcm))) {
		be = snd_soc_dpcm_get_substream(dpcm->be, stream);
		if (!be || !tacet_op_concerns(fe, dpcm->be, stream))
			continue;
		flags = tacet_be_lock(be);
		err = tacet_link_apply(dpcm, stream, op);
		tacet_be_unlock(be, flags);
		if (!err)
			continue;
		dev_err(dpcm->be->dev, "%s: %s refused a trigger (%d): %d\n", KBUILD_MODNAME,
			dpcm->be->dai_link->name, cmd, err);
		ret = ret ?: err;
		if (tacet_op_is_start(op)) {
			take_back(fe, stream, op, dpcm);
			break;
		}
		/* All are to stop, whatever one of them says. */
	}
	return ret;
}
