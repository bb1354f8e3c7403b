// SPDX-License-Identifier: GPL-2.0-only
/*
 * The locks of DPCM, in the order in which they nest
 *
 * Copyright (C) 2026 The Tacet developers
 */
#include "dpcm.h"

/*
 * The stream lock of a BE, inside that of an FE. Whether it is a spinlock or a mutex follows
 * from the BE's PCM, which takes over the kind of its FEs (dpcm-join.c). The core's own nested
 * variant uses the level that linked streams use among each other; an FE that is linked to
 * another holds that already.
 */
#define BE_NESTING 2

unsigned long tacet_be_lock(struct snd_pcm_substream *be)
	__acquires(&be->self_group.lock)
{
	unsigned long flags = 0;

	if (be->pcm->nonatomic) {
		mutex_lock_nested(&be->self_group.mutex, BE_NESTING);
		__acquire(&be->self_group.lock);
	} else {
		spin_lock_irqsave_nested(&be->self_group.lock, flags, BE_NESTING);
	}
	return flags;
}

void tacet_be_unlock(struct snd_pcm_substream *be, unsigned long flags)
	__releases(&be->self_group.lock)
{
	if (be->pcm->nonatomic) {
		__release(&be->self_group.lock);
		mutex_unlock(&be->self_group.mutex);
	} else {
		spin_unlock_irqrestore(&be->self_group.lock, flags);
	}
}

/* The stream lock of an FE whose links are to change; counts whether a trigger was inside. */
void tacet_fe_lock(struct snd_soc_card *card, struct snd_pcm_substream *fe)
	__acquires(&fe->self_group.lock)
{
	if (fe->pcm->nonatomic) {
		if (!mutex_trylock(&fe->self_group.mutex)) {
			tacet_count(card, TACET_COUNT_FREE_HELD_BACK);
			mutex_lock(&fe->self_group.mutex);
		}
		__acquire(&fe->self_group.lock);
	} else if (!spin_trylock_irq(&fe->self_group.lock)) {
		tacet_count(card, TACET_COUNT_FREE_HELD_BACK);
		spin_lock_irq(&fe->self_group.lock);
	}
}

void tacet_fe_unlock(struct snd_pcm_substream *fe)
	__releases(&fe->self_group.lock)
{
	if (fe->pcm->nonatomic) {
		__release(&fe->self_group.lock);
		mutex_unlock(&fe->self_group.mutex);
	} else {
		spin_unlock_irq(&fe->self_group.lock);
	}
}

#if TACET_DPCM_OLD_LOCKS

void tacet_card_lock(struct snd_soc_card *card)
{
	mutex_lock_nested(&card->mutex, SND_SOC_CARD_CLASS_RUNTIME);
}

void tacet_card_unlock(struct snd_soc_card *card)
{
	mutex_unlock(&card->mutex);
}

void tacet_card_assert_held(struct snd_soc_card *card)
{
	lockdep_assert_held(&card->mutex);
}

/*
 * Links are published under this lock alone. A trigger, which holds the FE's stream lock, takes
 * it to step to the next link: that orders its reads of the link behind the writes that
 * initialised it, also where the machine is weakly ordered.
 */
void tacet_lists_lock(struct snd_soc_card *card, unsigned long *flags)
{
	spin_lock_irqsave(&card->dpcm_lock, *flags);
}

void tacet_lists_unlock(struct snd_soc_card *card, unsigned long flags)
{
	spin_unlock_irqrestore(&card->dpcm_lock, flags);
}

#else

void tacet_card_lock(struct snd_soc_card *card)
{
	mutex_lock_nested(&card->pcm_mutex, tacet_pcm_subclass(card));
}

void tacet_card_unlock(struct snd_soc_card *card)
{
	mutex_unlock(&card->pcm_mutex);
}

void tacet_card_assert_held(struct snd_soc_card *card)
{
	lockdep_assert_held(&card->pcm_mutex);
}

#endif
