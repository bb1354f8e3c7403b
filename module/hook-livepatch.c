// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replace functions by livepatch
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Livepatch changes a task over only while none of the replaced functions is on its stack, so
 * once it is done nobody is inside an old one. While it is under way, old and new ones run side
 * by side; what we replace has to bear that (see dpcm-adopt.c).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/livepatch.h>
#include <linux/module.h>

#include "hook.h"

#define MAX_HOOKS 16

static struct tacet_hooks *patched_hooks;
static struct klp_func funcs[MAX_HOOKS + 1];

static void post_patch(struct klp_object *object)
{
	patched_hooks->armed();
}

static void pre_unpatch(struct klp_object *object)
{
	patched_hooks->disarm();
}

static struct klp_object objects[] = {
	{
		.funcs = funcs,
		.callbacks = {
			.post_patch = post_patch,
			.pre_unpatch = pre_unpatch,
		},
	},
	{}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
};

int tacet_hooks_arm(struct tacet_hooks *hooks)
{
	struct tacet_hook *hook;
	unsigned int n = 0;

	for (hook = hooks->hooks; hook->name; hook++) {
		if (WARN_ON(n == MAX_HOOKS))
			return -E2BIG;
		funcs[n].old_name = hook->name;
		funcs[n++].new_func = hook->func;
	}
	objects[0].name = hooks->object;
	patched_hooks = hooks;
	return klp_enable_patch(&patch);
}

/* Livepatch keeps the module until the patch is disabled and nobody is inside it. */
void tacet_hooks_disarm(struct tacet_hooks *hooks)
{
}
