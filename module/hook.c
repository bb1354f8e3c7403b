// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find the functions that are to be replaced, and prove that they can be
 *
 * Copyright (C) 2026 The Tacet developers
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "hook.h"

/* A call may skip the landing pad at a function's start (endbr64, bti). */
#define MAX_PAD 8

/* Parse the "+offset/size" that sprint_symbol() writes behind the name. */
static int symbol_extent(unsigned long address, unsigned long *ret_offset, unsigned long *ret_size)
{
	char *text, *plus;
	int err = -ENOENT;

	text = kmalloc(KSYM_SYMBOL_LEN, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	sprint_symbol(text, address);
	plus = strrchr(text, '+');
	if (plus && sscanf(plus, "+%lx/%lx", ret_offset, ret_size) == 2)
		err = 0;
	kfree(text);
	return err;
}

unsigned long tacet_symbol(const char *object, const char *name)
{
	/* Registered disabled: nothing is written into the text, only the address looked up. */
	struct kprobe probe = { .flags = KPROBE_FLAG_DISABLED };
	unsigned long address, offset, size;
	char *full = NULL;

	if (object) {
		full = kasprintf(GFP_KERNEL, "%s:%s", object, name);
		if (!full)
			return 0;
	}
	probe.symbol_name = full ?: name;
	if (register_kprobe(&probe)) {
		kfree(full);
		return 0;
	}
	address = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	kfree(full);
	/* A kprobe moves itself behind a landing pad; the function begins before it. */
	if (symbol_extent(address, &offset, &size))
		return 0;
	return address - offset;
}

unsigned long tacet_symbol_end(unsigned long address)
{
	unsigned long offset, size;

	return symbol_extent(address, &offset, &size) ? 0 : address - offset + size;
}

/* Where the call at @at goes to, 0 if there is no direct call. */
static unsigned long call_target(const u8 *at)
{
#if defined(CONFIG_X86_64)
	s32 distance;

	/* call, or jmp for a call in tail position */
	if (at[0] != 0xe8 && at[0] != 0xe9)
		return 0;
	memcpy(&distance, at + 1, sizeof(distance));
	return (unsigned long)at + 5 + distance;
#elif defined(CONFIG_ARM64)
	u32 insn;

	memcpy(&insn, at, sizeof(insn));
	/* bl, or b for a call in tail position */
	if ((insn & 0x7c000000) != 0x14000000)
		return 0;
	return (unsigned long)at + sign_extend64((insn & 0x03ffffff) << 2, 27);
#else
	return 0;
#endif
}

static bool calls(unsigned long caller, unsigned long callee)
{
	const unsigned int step = IS_ENABLED(CONFIG_ARM64) ? 4 : 1;
	unsigned long offset, size, at, target;

	if (symbol_extent(caller, &offset, &size) || size < 8)
		return false;
	for (at = caller; at + 5 <= caller + size; at += step) {
		target = call_target((const u8 *)at);
		if (target >= callee && target <= callee + MAX_PAD)
			return true;
	}
	return false;
}

/* The compiler may have given the caller a suffix when it split or specialised it. */
static unsigned long find_caller(const char *object, const char *name)
{
	static const char *const suffixes[] = { "", ".part.0", ".isra.0", ".constprop.0" };
	unsigned long address = 0;
	char full[64];
	int i;

	for (i = 0; i < ARRAY_SIZE(suffixes) && !address; i++) {
		scnprintf(full, sizeof(full), "%s%s", name, suffixes[i]);
		address = tacet_symbol(object, full);
	}
	return address;
}

/* Does @caller call @hook, itself or through its helper? Prints why not. */
static int prove_call(const char *object, const struct tacet_caller *caller,
		      const struct tacet_hook *hook)
{
	unsigned long address = find_caller(object, caller->name);
	unsigned long via;

	if (!address) {
		pr_err("not loaded: %s has no function %s\n", object, caller->name);
		return -ENOENT;
	}
	if (calls(address, hook->address))
		return 0;
	via = caller->via ? find_caller(object, caller->via) : 0;
	if (via && calls(address, via) && calls(via, hook->address))
		return 0;
	pr_err("not loaded: %s does not call %s, is it inlined?\n", caller->name, hook->name);
	return -EXDEV;
}

int tacet_hooks_resolve(struct tacet_hooks *hooks)
{
	struct tacet_hook *hook;
	int i, err;

	for (hook = hooks->hooks; hook->name; hook++) {
		hook->address = tacet_symbol(hooks->object, hook->name);
		if (!hook->address) {
			pr_err("not loaded: %s has no function %s\n", hooks->object, hook->name);
			return -ENOENT;
		}
		for (i = 0; i < TACET_HOOK_CALLERS && hook->callers[i].name; i++) {
			err = prove_call(hooks->object, &hook->callers[i], hook);
			if (err)
				return err;
		}
	}
	return 0;
}
