// SPDX-License-Identifier: GPL-2.0-only
/*
 * One link and its BE: apply a decision of tacet/dpcm-link.h to the hardware and to the books
 *
 * Copyright (C) 2026 The Tacet developers
 */
#include "dpcm.h"
#include "dpcm-core.h"
#include "tacet/trace-dpcm.h"

static enum tacet_be be_state(enum snd_soc_dpcm_state state)
{
	switch ((int)state) {
	case SND_SOC_DPCM_STATE_PREPARE:
	case SND_SOC_DPCM_STATE_STOP:
		return TACET_BE_READY;
	case SND_SOC_DPCM_STATE_START:
		return TACET_BE_RUNNING;
	case SND_SOC_DPCM_STATE_PAUSED:
		return TACET_BE_PAUSED;
	case SND_SOC_DPCM_STATE_SUSPEND:
		return TACET_BE_SUSPENDED;
	case TACET_STATE_PREPARING:
		return TACET_BE_PREPARING;
	default:
		return TACET_BE_CLOSED;
	}
}

/* The core's word for a state; one that did not change keeps its own (PREPARE is not STOP). */
static enum snd_soc_dpcm_state core_state(enum tacet_be be, enum snd_soc_dpcm_state before)
{
	if (be == be_state(before))
		return before;
	switch (be) {
	case TACET_BE_READY:
		return SND_SOC_DPCM_STATE_STOP;
	case TACET_BE_RUNNING:
		return SND_SOC_DPCM_STATE_START;
	case TACET_BE_PAUSED:
		return SND_SOC_DPCM_STATE_PAUSED;
	case TACET_BE_SUSPENDED:
		return SND_SOC_DPCM_STATE_SUSPEND;
	case TACET_BE_PREPARING:
	case TACET_BE_CLOSED:
		break;
	}
	return before;
}

static int core_cmd(enum tacet_op op)
{
	switch (op) {
	case TACET_OP_START:
		return SNDRV_PCM_TRIGGER_START;
	case TACET_OP_PAUSE:
		return SNDRV_PCM_TRIGGER_PAUSE_PUSH;
	case TACET_OP_RELEASE:
		return SNDRV_PCM_TRIGGER_PAUSE_RELEASE;
	case TACET_OP_SUSPEND:
		return SNDRV_PCM_TRIGGER_SUSPEND;
	case TACET_OP_RESUME:
		return SNDRV_PCM_TRIGGER_RESUME;
	case TACET_OP_STOP:
	case TACET_OP_NONE:
		break;
	}
	return SNDRV_PCM_TRIGGER_STOP;
}

/* What a link should contribute, going by the FE: before and while we take over. */
static enum tacet_part infer_part(struct snd_soc_dpcm *dpcm, int stream)
{
	if (be_state(READ_ONCE(dpcm->be->dpcm[stream].state)) == TACET_BE_CLOSED)
		return TACET_IDLE;
	switch (READ_ONCE(dpcm->fe->dpcm[stream].state)) {
	case SND_SOC_DPCM_STATE_START:
		return TACET_STARTED;
	case SND_SOC_DPCM_STATE_PAUSED:
		return TACET_PAUSED;
	default:
		return TACET_IDLE;
	}
}

/**
 * tacet_link_part() - what a link contributes
 * @dpcm:   the link
 * @stream: direction
 *
 * Context: B (the caller holds the BE's stream lock).
 */
enum tacet_part tacet_link_part(struct snd_soc_dpcm *dpcm, int stream)
{
	if (likely(READ_ONCE(tacet_armed)))
		return *tacet_part_of(dpcm) & TACET_PART_MASK;
	return infer_part(dpcm, stream);
}

#if TACET_DPCM_OLD_LOCKS

/* This kernel keeps no counts: look at the BE's other links. Context: B. */
void tacet_be_count(struct snd_soc_dpcm *dpcm, int stream, enum tacet_part part,
		    unsigned int *started, unsigned int *paused)
{
	struct snd_soc_dpcm *other;
	unsigned long flags;

	*started = 0;
	*paused = 0;
	tacet_lists_lock(dpcm->be->card, &flags);
	for_each_dpcm_fe(dpcm->be, stream, other) {
		if (other == dpcm)
			continue;
		switch (tacet_link_part(other, stream)) {
		case TACET_STARTED:
			(*started)++;
			break;
		case TACET_PAUSED:
			(*paused)++;
			break;
		case TACET_IDLE:
		case TACET_SUSPENDED:
			break;
		}
	}
	tacet_lists_unlock(dpcm->be->card, flags);
}

void tacet_be_store(struct snd_soc_pcm_runtime *be, int stream, unsigned int started,
		    unsigned int paused)
{
}

static void mark_fe_paused(struct snd_soc_dpcm *dpcm, int stream, enum tacet_part part)
{
}

#else

/* The core's counts, without the @part that @dpcm contributes. Context: B. */
void tacet_be_count(struct snd_soc_dpcm *dpcm, int stream, enum tacet_part part,
		    unsigned int *started, unsigned int *paused)
{
	const struct snd_soc_dpcm_runtime *run = &dpcm->be->dpcm[stream];

	*started = max(run->be_start - (part == TACET_STARTED), 0);
	*paused = max(run->be_pause - (part == TACET_PAUSED), 0);
}

void tacet_be_store(struct snd_soc_pcm_runtime *be, int stream, unsigned int started,
		    unsigned int paused)
{
	be->dpcm[stream].be_start = started;
	be->dpcm[stream].be_pause = paused;
}

/* For the core's own functions, should we be unloaded while the FE is paused. */
static void mark_fe_paused(struct snd_soc_dpcm *dpcm, int stream, enum tacet_part part)
{
	if (dpcm->fe->dpcm[stream].runtime_update == SND_SOC_DPCM_UPDATE_FE)
		dpcm->fe->dpcm[stream].fe_pause = part == TACET_PAUSED;
}

#endif

static void note(struct snd_soc_dpcm *dpcm, enum tacet_note what)
{
	static const enum tacet_count counts[] = {
		[TACET_NOTE_STRAY] = TACET_COUNT_STRAY_STOP,
		[TACET_NOTE_REPEATED] = TACET_COUNT_REPEATED_START,
		[TACET_NOTE_DYING] = TACET_COUNT_REFUSED_START,
		[TACET_NOTE_UNREADY] = TACET_COUNT_REFUSED_START,
	};

	if (what != TACET_NOTE_NONE)
		tacet_count(dpcm->be->card, counts[what]);
}

/* Do an operation to a link that contributes @part. */
static int apply(struct snd_soc_dpcm *dpcm, int stream, enum tacet_op op, enum tacet_part part)
{
	struct snd_soc_pcm_runtime *fe = dpcm->fe, *be = dpcm->be;
	struct snd_pcm_substream *substream;
	bool updating = fe->dpcm[stream].runtime_update == SND_SOC_DPCM_UPDATE_BE;
	enum snd_soc_dpcm_state before = be->dpcm[stream].state;
	struct tacet_view view = {
		.part = part,
		.be = be_state(before),
		.dying = READ_ONCE(dpcm->state) == SND_SOC_DPCM_LINK_STATE_FREE,
		.rests = updating && fe->dpcm[stream].state == SND_SOC_DPCM_STATE_PAUSED,
	};
	struct tacet_step step;
	int err = 0;

	/* Where there are no counts to keep, a start need not look at the other links. */
	if (!TACET_DPCM_OLD_LOCKS || !tacet_op_is_start(op))
		tacet_be_count(dpcm, stream, view.part, &view.started, &view.paused);
	step = tacet_link_step(view, op);
	note(dpcm, step.note);
	if (step.hw != TACET_OP_NONE) {
		substream = snd_soc_dpcm_get_substream(be, stream);
		err = tacet_core_pcm_trigger(substream, core_cmd(step.hw));
		if (err < 0) {
			step = tacet_link_failed(view, op, step);
			tacet_count(be->card, TACET_COUNT_HARDWARE_REFUSED);
			if (step.hw != TACET_OP_NONE)
				tacet_core_pcm_trigger(substream, core_cmd(step.hw));
		} else {
			err = 0;
		}
	}
	be->dpcm[stream].state = core_state(step.be, before);
	if (step.part != view.part) {
		tacet_be_store(be, stream, view.started + (step.part == TACET_STARTED),
			       view.paused + (step.part == TACET_PAUSED));
		mark_fe_paused(dpcm, stream, step.part);
		trace_tacet_dpcm_link(dpcm, stream, op, view.part, step.part, step.hw, err);
	}
	*tacet_part_of(dpcm) = step.part;
	if (tacet_op_is_start(op) && step.part != view.part)
		*tacet_part_of(dpcm) |= TACET_PART_FRESH;
	return err;
}

/**
 * tacet_link_apply() - do an operation to a link and, where it matters, to its BE
 * @dpcm:   the link
 * @stream: direction
 * @op:	    what to do
 *
 * Context: B, and F or M so that the link stays.
 * Return: 0, or the hardware's negative errno; then a start or pause did not happen, a stop did.
 */
int tacet_link_apply(struct snd_soc_dpcm *dpcm, int stream, enum tacet_op op)
{
	enum tacet_part part = tacet_link_part(dpcm, stream);

	/* Nothing to infer: a start in a route change is of a link that is new. */
	if (unlikely(!READ_ONCE(tacet_armed)) && op == TACET_OP_START &&
	    dpcm->fe->dpcm[stream].runtime_update == SND_SOC_DPCM_UPDATE_BE)
		part = TACET_IDLE;
	return apply(dpcm, stream, op, part);
}

/**
 * tacet_link_take_back() - undo what the same trigger call did to a link, if it started it
 * @dpcm:   the link
 * @stream: direction
 * @op:	    the start
 *
 * What it contributes is known even where it is otherwise inferred: the FE does not say yet.
 *
 * Context: B, and F or M.
 */
void tacet_link_take_back(struct snd_soc_dpcm *dpcm, int stream, enum tacet_op op)
{
	u32 part = *tacet_part_of(dpcm);

	if (!(part & TACET_PART_FRESH))
		return;
	tacet_count(dpcm->be->card, TACET_COUNT_START_TAKEN_BACK);
	apply(dpcm, stream, tacet_op_undo(op), part & TACET_PART_MASK);
}

/**
 * tacet_be_settle() - let a BE do what its links contribute
 * @be:	     the BE
 * @stream:  direction
 * @started: links that contribute "started"
 * @paused:  links that contribute "paused"
 *
 * Context: M, B.
 * Return: 0 if it did already, 1 if it does now, or the hardware's negative errno.
 */
int tacet_be_settle(struct snd_soc_pcm_runtime *be, int stream, unsigned int started,
		    unsigned int paused)
{
	struct snd_pcm_substream *substream = snd_soc_dpcm_get_substream(be, stream);
	enum snd_soc_dpcm_state before = be->dpcm[stream].state;
	struct tacet_step step = tacet_be_mend(be_state(before), started, paused);
	int err;

	if (step.hw == TACET_OP_NONE)
		return 0;
	err = tacet_core_pcm_trigger(substream, core_cmd(step.hw));
	if (err < 0)
		return err;
	be->dpcm[stream].state = core_state(step.be, before);
	return 1;
}

/**
 * tacet_be_adopt() - account for what a BE's links contribute, and mend the BE by it
 * @be:	     the BE
 * @stream:  direction
 * @started: links that contribute "started"
 * @paused:  links that contribute "paused"
 *
 * Context: M, B.
 */
void tacet_be_adopt(struct snd_soc_pcm_runtime *be, int stream, unsigned int started,
		    unsigned int paused)
{
	tacet_be_store(be, stream, started, paused);
	if (be->dpcm[stream].users && tacet_be_settle(be, stream, started, paused))
		dev_info(be->dev, "%s: %s was left %s, mended\n", KBUILD_MODNAME,
			 be->dai_link->name, started ? "silent" : "running");
}
