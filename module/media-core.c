// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mc does not export, found at load
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Functions are found through kprobes, as everywhere in Tacet (hook.c). mc's list of media
 * devices and its lock are data: kallsyms knows them where it knows data (KALLSYMS_ALL, as on
 * amd64), and only livepatch needs them: there, functions are replaced one task at a time. With
 * ftrace all functions change at once, and a lock of our own does; devices from before us are
 * then met when their drivers let go of them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/lockdep.h>
#include <linux/printk.h>
#include <linux/static_call.h>

#include "hook.h"
#include "media.h"

tacet_media_fn tacet_media_core_fn[TACET_MEDIA_IOCTLS];

/* All of them are called through a table of mc's, so calling them by pointer is allowed. */
static const char *const fn_names[TACET_MEDIA_IOCTLS] = {
	[TACET_MEDIA_DEVICE_INFO] = "media_device_get_info",
	[TACET_MEDIA_ENUM_ENTITIES] = "media_device_enum_entities",
	[TACET_MEDIA_ENUM_LINKS] = "media_device_enum_links",
	[TACET_MEDIA_SETUP_LINK] = "media_device_setup_link",
	[TACET_MEDIA_G_TOPOLOGY] = "media_device_get_topology",
	[TACET_MEDIA_REQUEST_ALLOC] = "media_device_request_alloc",
};

static DEFINE_MUTEX(own_lock);

static struct mutex *lock = &own_lock;
static struct list_head *blocks;

#ifdef CONFIG_LIVEPATCH

/* Nobody takes its address, so with IBT it may only be called directly. */
DEFINE_STATIC_CALL_NULL(tacet_lookup, kallsyms_lookup_name);

static int find_list(void)
{
	unsigned long lookup = tacet_symbol(NULL, "kallsyms_lookup_name");

	if (!lookup) {
		pr_err("not loaded: the kernel has no kallsyms_lookup_name\n");
		return -ENOENT;
	}
	static_call_update(tacet_lookup, (typeof(kallsyms_lookup_name) *)lookup);
	lock = (void *)static_call(tacet_lookup)(TACET_MC ":media_device_lock");
	blocks = (void *)static_call(tacet_lookup)(TACET_MC ":media_device_list");
	if (!lock || !blocks) {
		pr_err("not loaded: %s's list of media devices is not known\n", TACET_MC);
		return -ENOENT;
	}
	return 0;
}

#else

static int find_list(void)
{
	return 0;
}

#endif

/* Find all. Return: 0, or -ENOENT after a line that says what is missing. */
int tacet_media_core_resolve(void)
{
	int i;

	for (i = 0; i < TACET_MEDIA_IOCTLS; i++) {
		tacet_media_core_fn[i] =
			(tacet_media_fn)tacet_symbol(TACET_MC, fn_names[i]);
		if (!tacet_media_core_fn[i]) {
			pr_err("not loaded: %s has no function %s\n", TACET_MC,
			       fn_names[i]);
			return -ENOENT;
		}
	}
	return find_list();
}

/* The allocator's lock: devices are found, counted and let go under it. */
void tacet_media_lock(void)
{
	mutex_lock(lock);
}

void tacet_media_unlock(void)
{
	mutex_unlock(lock);
}

void tacet_media_assert_locked(void)
{
	lockdep_assert_held(lock);
}

/* mc's list of all blocks that can be found, NULL if it is not known. */
struct list_head *tacet_media_blocks(void)
{
	tacet_media_assert_locked();
	return blocks;
}
