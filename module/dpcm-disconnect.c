// SPDX-License-Identifier: GPL-2.0-only
/*
 * Take links down
 *
 * Copyright (C) 2026 The Tacet developers
 */
#include <linux/debugfs.h>
#include <linux/slab.h>

#include "dpcm.h"
#include "tacet/trace-dpcm.h"

static struct snd_pcm_runtime *fe_runtime(struct snd_soc_pcm_runtime *fe, int stream)
{
	struct snd_pcm_substream *substream = snd_soc_dpcm_get_substream(fe, stream);

	return substream ? substream->runtime : NULL;
}

/*
 * A BE has no runtime of its own, it borrows that of an FE. When the lender leaves, another FE
 * lends its own; one without (compress) only if there is no better. Context: M, B.
 */
static bool hand_over(struct snd_soc_dpcm *leaving, int stream, struct snd_pcm_substream *be)
{
	struct snd_pcm_runtime *runtime = NULL;
	struct snd_soc_dpcm *other;
	bool found = false;

	if (be->runtime && be->runtime != fe_runtime(leaving->fe, stream))
		return false;
	for_each_dpcm_fe(leaving->be, stream, other) {
		if (other->fe == leaving->fe || other->state == SND_SOC_DPCM_LINK_STATE_FREE)
			continue;
		found = true;
		runtime = fe_runtime(other->fe, stream);
		if (runtime)
			break;
	}
	if (!found || runtime == be->runtime)
		return false;
	be->runtime = runtime;
	tacet_count(leaving->be->card, TACET_COUNT_RUNTIME_HANDED_OVER);
	return true;
}

/*
 * Every link in place has one of its BE's users. A route change that failed halfway, or a BE
 * that had no room, leaves links without; since all others were in balance before, it is ours
 * that is. Context: M.
 */
static bool without_user(struct snd_soc_dpcm *dpcm, int stream)
{
	struct snd_soc_dpcm *other;
	int live = 0;

	if (!READ_ONCE(tacet_armed))
		return false;
	for_each_dpcm_fe(dpcm->be, stream, other)
		live += other->state != SND_SOC_DPCM_LINK_STATE_FREE;
	return live > dpcm->be->dpcm[stream].users;
}

/* Take @dpcm out of both lists. Context: M, F. */
static void unlink(struct snd_soc_dpcm *dpcm, int stream, struct list_head *gone)
{
	struct snd_soc_pcm_runtime *be = dpcm->be;
	struct snd_pcm_substream *substream = snd_soc_dpcm_get_substream(be, stream);
	unsigned int started, paused;
	unsigned long flags, lists;
	enum tacet_part part;
	bool heir = false;

	flags = tacet_be_lock(substream);
	part = tacet_link_part(dpcm, stream);
	if (be->dpcm[stream].users) {
		/* Open for others: what this link still contributes would never be stopped. */
		if (READ_ONCE(tacet_armed) && (part == TACET_STARTED || part == TACET_PAUSED)) {
			tacet_count(be->card, TACET_COUNT_LEFTOVER_STOPPED);
			tacet_link_apply(dpcm, stream, TACET_OP_STOP);
		}
		heir = hand_over(dpcm, stream, substream);
	} else if (READ_ONCE(tacet_armed)) {
		tacet_be_count(dpcm, stream, part, &started, &paused);
		tacet_be_store(be, stream, started, paused);
	}
	*tacet_part_of(dpcm) = TACET_IDLE;
	/* An FE that could not open leaves its BEs marked, and the next route change would open
	 * them once more.
	 */
	be->dpcm[stream].runtime_update = SND_SOC_DPCM_UPDATE_NO;
	trace_tacet_dpcm_unlink(dpcm, stream, part, heir);
	tacet_lists_lock(be->card, &lists);
	list_del(&dpcm->list_fe);
	list_move(&dpcm->list_be, gone);
	tacet_lists_unlock(be->card, lists);
	tacet_be_unlock(substream, flags);
}

/**
 * tacet_be_disconnect() - free the links of an FE that are marked to be taken down
 * @fe:	    front end
 * @stream: direction
 *
 * Replaces dpcm_be_disconnect(). Whoever walks the FE's list holds F or M, whoever walks the
 * BE's holds B or M; all are held here, so after the locks are dropped nobody can stand on the
 * link any more, and it is freed without a grace period.
 *
 * Context: M.
 */
void tacet_be_disconnect(struct snd_soc_pcm_runtime *fe, int stream)
{
	struct snd_pcm_substream *substream = snd_soc_dpcm_get_substream(fe, stream);
	struct snd_soc_dpcm *dpcm, *next;
	LIST_HEAD(gone);

	tacet_card_assert_held(fe->card);

	tacet_fe_lock(fe->card, substream);
	for_each_dpcm_be_safe(fe, stream, dpcm, next) {
		if (dpcm->state != SND_SOC_DPCM_LINK_STATE_FREE) {
			if (!without_user(dpcm, stream))
				continue;
			tacet_count(fe->card, TACET_COUNT_LINK_WITHOUT_USER);
		}
		unlink(dpcm, stream, &gone);
	}
	tacet_fe_unlock(substream);

	list_for_each_entry_safe(dpcm, next, &gone, list_be) {
#ifdef CONFIG_DEBUG_FS
		debugfs_remove_recursive(dpcm->debugfs_state);
#endif
		kfree(dpcm);
	}
}
