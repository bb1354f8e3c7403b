/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tacet_dpcm: what its files share
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * locking.md says which lock protects what, and why. In short, outermost first:
 *
 *  M: the card's DPCM mutex (card->mutex up to 5.16, card->pcm_mutex since): opening, closing,
 *     preparing, and every route change of the card
 *  F: the FE's stream lock: triggers of that FE, and every change of its list of links
 *  B: the BE's stream lock: triggers of that BE, its runtime, its list of links, and what each
 *     link contributes to it
 *  D: card->dpcm_lock, only up to 5.16, a spinlock around list changes
 */
#ifndef TACET_DPCM_H
#define TACET_DPCM_H

#include <linux/build_bug.h>
#include <linux/types.h>
#include <sound/pcm.h>
#include <sound/soc.h>

#include "compat.h"
#include "tacet/dpcm-link.h"

struct snd_compr_stream;
struct snd_compr_params;
struct snd_soc_dapm_widget_list;

enum tacet_count {
	TACET_COUNT_FREE_HELD_BACK,
	TACET_COUNT_STRAY_STOP,
	TACET_COUNT_REPEATED_START,
	TACET_COUNT_REFUSED_START,
	TACET_COUNT_RUNTIME_HANDED_OVER,
	TACET_COUNT_LEFTOVER_STOPPED,
	TACET_COUNT_LINK_WITHOUT_USER,
	TACET_COUNT_MIX_REFUSED,
	TACET_COUNT_FULL_REFUSED,
	TACET_COUNT_START_TAKEN_BACK,
	TACET_COUNT_START_PUT_OFF,
	TACET_COUNT_HARDWARE_REFUSED,
	TACET_COUNT_COMPRESS_UNWOUND,
	TACET_COUNTS
};

/*
 * What a link contributes is kept in four bytes that every 64-bit kernel leaves unused between
 * its field state and the list heads behind it; they are zero (TACET_IDLE) when the link is made.
 * B: read and written under the BE's stream lock.
 */
static inline u32 *tacet_part_of(struct snd_soc_dpcm *dpcm)
{
	BUILD_BUG_ON(offsetof(struct snd_soc_dpcm, list_be) -
			     offsetofend(struct snd_soc_dpcm, state) < sizeof(u32));
	BUILD_BUG_ON(sizeof(dpcm->state) != sizeof(u32));
	return (u32 *)((char *)dpcm + offsetofend(struct snd_soc_dpcm, state));
}

/* Set in the word of a link that the present trigger call has started. */
#define TACET_PART_MASK	 0x0f
#define TACET_PART_FRESH 0x10

/*
 * In place of a BE's state while it is being prepared. Only triggers look at the state without M,
 * and they are ours then. B
 */
#define TACET_STATE_PREPARING (SND_SOC_DPCM_STATE_CLOSE + 1)

/* dpcm-adopt.c: are the words of all links right, or do we have to infer them? */
extern bool tacet_armed;

/* dpcm-lock.c */
unsigned long tacet_be_lock(struct snd_pcm_substream *be) __acquires(&be->self_group.lock);
void tacet_be_unlock(struct snd_pcm_substream *be, unsigned long flags)
	__releases(&be->self_group.lock);
void tacet_fe_lock(struct snd_soc_card *card, struct snd_pcm_substream *fe)
	__acquires(&fe->self_group.lock);
void tacet_fe_unlock(struct snd_pcm_substream *fe) __releases(&fe->self_group.lock);
void tacet_card_lock(struct snd_soc_card *card);
void tacet_card_unlock(struct snd_soc_card *card);
void tacet_card_assert_held(struct snd_soc_card *card);
#if TACET_DPCM_OLD_LOCKS
void tacet_lists_lock(struct snd_soc_card *card, unsigned long *flags);
void tacet_lists_unlock(struct snd_soc_card *card, unsigned long flags);
#else
/* Links are published under the FE's stream lock, which everybody holds who walks them. */
static inline void tacet_lists_lock(struct snd_soc_card *card, unsigned long *flags)
{
	*flags = 0;
}

static inline void tacet_lists_unlock(struct snd_soc_card *card, unsigned long flags)
{
}
#endif

/* dpcm-link.c */
enum tacet_part tacet_link_part(struct snd_soc_dpcm *dpcm, int stream);
int tacet_link_apply(struct snd_soc_dpcm *dpcm, int stream, enum tacet_op op);
void tacet_link_take_back(struct snd_soc_dpcm *dpcm, int stream, enum tacet_op op);
void tacet_be_count(struct snd_soc_dpcm *dpcm, int stream, enum tacet_part part,
		    unsigned int *started, unsigned int *paused);
void tacet_be_store(struct snd_soc_pcm_runtime *be, int stream, unsigned int started,
		    unsigned int paused);
int tacet_be_settle(struct snd_soc_pcm_runtime *be, int stream, unsigned int started,
		    unsigned int paused);
void tacet_be_adopt(struct snd_soc_pcm_runtime *be, int stream, unsigned int started,
		    unsigned int paused);

/* dpcm-trigger.c */
bool tacet_op_concerns(struct snd_soc_pcm_runtime *fe, struct snd_soc_pcm_runtime *be, int stream);

/* dpcm-prepare.c */
void tacet_prepare_stop(void);

/* What replaces functions of snd_soc_core. */
int tacet_be_dai_trigger(struct snd_soc_pcm_runtime *fe, int stream, int cmd);
int tacet_be_dai_prepare(struct snd_soc_pcm_runtime *fe, int stream);
void tacet_be_disconnect(struct snd_soc_pcm_runtime *fe, int stream);
int tacet_path_get(struct snd_soc_pcm_runtime *fe, int stream,
		   struct snd_soc_dapm_widget_list **list);
int tacet_compr_open_fe(struct snd_compr_stream *cstream);
int tacet_compr_trigger_fe(struct snd_compr_stream *cstream, int cmd);
int tacet_compr_set_params_fe(struct snd_compr_stream *cstream, struct snd_compr_params *params);
int tacet_compr_be_trigger(struct snd_soc_pcm_runtime *fe, int stream, int cmd);

/* dpcm-compress.c */
void tacet_compr_left(void);

/* dpcm-adopt.c */
void tacet_adopt_start(void);
void tacet_adopt_stop(void);
void tacet_adopt_settle(bool leaving);

/* dpcm-main.c */
const char *tacet_active(void);

/* dpcm-hold.c */
bool tacet_is_leaving(void);
void tacet_hold_come(void);
void tacet_hold_leave(void);
int tacet_hold_init(void);
void tacet_hold_exit(void);

/* dpcm-count.c */
int tacet_count_init(void);
void tacet_count_exit(void);
void tacet_count_meet(struct snd_soc_card *card);
void tacet_count(struct snd_soc_card *card, enum tacet_count what);

#endif
