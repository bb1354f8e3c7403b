// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was prevented, per card: /sys/kernel/debug/tacet-dpcm/<card>/counters
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Nothing is counted on the way that is always taken, only where something was prevented. A card
 * is met in process context before anything of it can be counted; its entry stays until we are
 * unloaded, so that an interrupt may count without a reference.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "dpcm.h"

struct card_counts {
	struct list_head entry;
	const struct snd_soc_card *card; /* only compared */
	char name[64];
	atomic_t count[TACET_COUNTS];
};

static const char *const names[TACET_COUNTS] = {
	[TACET_COUNT_FREE_HELD_BACK] = "free_held_back",
	[TACET_COUNT_STRAY_STOP] = "stray_stop",
	[TACET_COUNT_REPEATED_START] = "repeated_start",
	[TACET_COUNT_REFUSED_START] = "refused_start",
	[TACET_COUNT_RUNTIME_HANDED_OVER] = "runtime_handed_over",
	[TACET_COUNT_LEFTOVER_STOPPED] = "leftover_stopped",
	[TACET_COUNT_LINK_WITHOUT_USER] = "link_without_user",
	[TACET_COUNT_MIX_REFUSED] = "mix_refused",
	[TACET_COUNT_FULL_REFUSED] = "full_refused",
	[TACET_COUNT_START_TAKEN_BACK] = "start_taken_back",
	[TACET_COUNT_START_PUT_OFF] = "start_put_off",
	[TACET_COUNT_HARDWARE_REFUSED] = "hardware_refused",
	[TACET_COUNT_COMPRESS_UNWOUND] = "compress_unwound",
};

static LIST_HEAD(cards);
static DEFINE_SPINLOCK(cards_lock); /* changes of the list; entries are only added */
static struct dentry *root;

static struct card_counts *find(const struct snd_soc_card *card)
{
	struct card_counts *found;

	list_for_each_entry_rcu(found, &cards, entry) {
		if (READ_ONCE(found->card) == card)
			return found;
	}
	return NULL;
}

/* A card that comes back has its old name, and often another address. */
static struct card_counts *find_name(const char *name)
{
	struct card_counts *found;

	list_for_each_entry(found, &cards, entry) {
		if (!strcmp(found->name, name))
			return found;
	}
	return NULL;
}

static int counters_show(struct seq_file *file, void *unused)
{
	struct card_counts *counts = file->private;
	int i;

	for (i = 0; i < TACET_COUNTS; i++)
		seq_printf(file, "%s %d\n", names[i], atomic_read(&counts->count[i]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static void publish(struct card_counts *counts)
{
	struct dentry *dir = debugfs_create_dir(counts->name, root);

	debugfs_create_file("counters", 0444, dir, counts, &counters_fops);
}

/**
 * tacet_count_meet() - know a card from now on
 * @card: the card
 *
 * Context: may sleep. Without memory the card goes uncounted.
 */
void tacet_count_meet(struct snd_soc_card *card)
{
	const char *name = card->name ?: dev_name(card->dev);
	struct card_counts *counts, *known;
	unsigned long flags;
	bool met;

	rcu_read_lock();
	counts = find(card);
	/* The address of a card that is gone may be another's now. */
	met = counts && !strncmp(counts->name, name, sizeof(counts->name) - 1);
	rcu_read_unlock();
	if (met)
		return;

	counts = kzalloc(sizeof(*counts), GFP_KERNEL);
	if (!counts)
		return;
	strscpy(counts->name, name, sizeof(counts->name));
	spin_lock_irqsave(&cards_lock, flags);
	known = find(card);
	if (known)
		WRITE_ONCE(known->card, NULL);
	known = find_name(counts->name);
	if (known) {
		WRITE_ONCE(known->card, card);
	} else {
		counts->card = card;
		list_add_rcu(&counts->entry, &cards);
	}
	spin_unlock_irqrestore(&cards_lock, flags);
	if (known)
		kfree(counts);
	else
		publish(counts);
}

/* Count an event of a card. Context: any. */
void tacet_count(struct snd_soc_card *card, enum tacet_count what)
{
	struct card_counts *counts;

	rcu_read_lock();
	counts = find(card);
	if (counts)
		atomic_inc(&counts->count[what]);
	rcu_read_unlock();
}

int tacet_count_init(void)
{
	root = debugfs_create_dir("tacet-dpcm", NULL);
	return 0;
}

/* Nobody counts any more. */
void tacet_count_exit(void)
{
	struct card_counts *counts, *next;

	debugfs_remove_recursive(root);
	list_for_each_entry_safe(counts, next, &cards, entry)
		kfree(counts);
	INIT_LIST_HEAD(&cards);
}
