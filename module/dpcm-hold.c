// SPDX-License-Identifier: GPL-2.0-only
/*
 * Somebody changes routes under running streams: stay until that is done
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Who relies on the repair keeps /proc/asound/tacet_dpcm open meanwhile. It can be opened only
 * while the repair is in force, and leaving waits for those who have it open, for a time: a
 * program that hangs must not keep an administrator from unloading.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/wait.h>
#include <sound/core.h>
#include <sound/info.h>

#include "dpcm.h"

/* Longer than tacetd allows a switch to take. */
#define PATIENCE (20 * HZ)

static struct snd_info_entry *entry;
static atomic_t holders;
/* Written before the holders are counted, read by who has counted itself. */
static bool leaving;
static DECLARE_WAIT_QUEUE_HEAD(let_go);

static void hold_end(void)
{
	if (atomic_dec_and_test(&holders))
		wake_up_all(&let_go);
}

static int hold_open(struct snd_info_entry *unused, unsigned short mode, void **private)
{
	/* Fully ordered: either we see that it leaves, or tacet_hold_leave() sees us. */
	atomic_inc_return(&holders);
	if (*tacet_active())
		return 0;
	hold_end();
	return -ENODEV;
}

static int hold_release(struct snd_info_entry *unused, unsigned short mode, void *private)
{
	hold_end();
	return 0;
}

static ssize_t hold_read(struct snd_info_entry *unused, void *private, struct file *file,
			 char __user *buf, size_t count, loff_t pos)
{
	char text[128];
	int n = scnprintf(text, sizeof(text), "%s\n", tacet_active());

	return simple_read_from_buffer(buf, count, &pos, text, n);
}

static const struct snd_info_entry_ops hold_ops = {
	.open = hold_open,
	.release = hold_release,
	.read = hold_read,
};

/* Is the repair about to leave? Nobody may begin to rely on it then. Context: any. */
bool tacet_is_leaving(void)
{
	return READ_ONCE(leaving);
}

/* The repair comes, or comes back. Context: any. */
void tacet_hold_come(void)
{
	WRITE_ONCE(leaving, false);
}

/* Wait for those who hold the repair, for a while. Context: may sleep. */
void tacet_hold_leave(void)
{
	WRITE_ONCE(leaving, true);
	smp_mb(); /* pairs with atomic_inc_return() in hold_open() */
	if (!wait_event_timeout(let_go, !atomic_read(&holders), PATIENCE))
		pr_warn("given back, though somebody holds /proc/asound/tacet_dpcm\n");
}

/* Return: 0, or -ENOMEM. May sleep. */
int tacet_hold_init(void)
{
	/* Without an owner: who has it open delays the module, and does not keep it. */
	entry = snd_info_create_module_entry(NULL, KBUILD_MODNAME, NULL);
	if (!entry)
		return -ENOMEM;
	entry->content = SNDRV_INFO_CONTENT_DATA;
	entry->mode = S_IFREG | 0444;
	entry->c.ops = &hold_ops;
	if (!snd_info_register(entry))
		return 0;
	snd_info_free_entry(entry);
	return -ENOMEM;
}

/* Who still has it open is let go. May sleep. */
void tacet_hold_exit(void)
{
	snd_info_free_entry(entry);
}
