/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way into a running kernel: functions of one module are replaced by ours
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Livepatch where the kernel has it (hook-livepatch.c), ftrace with IPMODIFY where not
 * (hook-ftrace.c). Before anything is replaced, hook.c proves that each function is there and
 * that those who should call it do call it, instead of having it inlined.
 */
#ifndef TACET_HOOK_H
#define TACET_HOOK_H

#include <linux/types.h>

#define TACET_HOOK_CALLERS 3

/**
 * struct tacet_caller - a function that calls one that is replaced
 * @name: of the caller
 * @via:  helper of the caller that holds the call where the compiler has not inlined it, as in
 *	  kernels with checkers; NULL if there is none
 */
struct tacet_caller {
	const char *name;
	const char *via;
};

/**
 * struct tacet_hook - one function that is replaced
 * @name:     of the function
 * @func:     ours
 * @callers:  those that have to call @name out of line; empty if it is called by pointer
 * @inside:   another function of the table, or NULL. A call of @name from its old body, in which a
 *	      task may be left for a while, goes to @func_inside. For ways without a consistency
 *	      model; livepatch leaves nobody there
 * @func_inside: ours
 * @address:  set by tacet_hooks_resolve()
 */
struct tacet_hook {
	const char *name;
	void *func;
	struct tacet_caller callers[TACET_HOOK_CALLERS];
	const char *inside;
	void *func_inside;
	unsigned long address;
};

/**
 * struct tacet_hooks - all functions that are replaced together
 * @object:  module that they are in, as in /proc/modules
 * @hooks:   the functions, ended by one without name
 * @armed:   all of them are replaced, and everybody uses ours; may sleep
 * @disarm:  they are about to be given back; may sleep
 * @settle:  returns once no old function runs (leaving: none of ours); for ways without a
 *	     consistency model of their own; may sleep
 */
struct tacet_hooks {
	const char *object;
	struct tacet_hook *hooks;
	void (*armed)(void);
	void (*disarm)(void);
	void (*settle)(bool leaving);
};

/**
 * tacet_symbol() - address of a function of a module
 * @object: module
 * @name:   function, exported or not
 *
 * Return: the function's first byte, 0 if there is none. May sleep.
 */
unsigned long tacet_symbol(const char *object, const char *name);

/**
 * tacet_symbol_end() - the first byte behind a function
 * @address: the function's
 *
 * Return: 0 if it is not known. May sleep.
 */
unsigned long tacet_symbol_end(unsigned long address);

/**
 * tacet_hooks_resolve() - find the functions and prove that they can be replaced
 *
 * Prints one line that says what is missing, if something is. May sleep.
 *
 * Return: 0, -ENOENT (no such function), -EXDEV (inlined into one that calls it)
 */
int tacet_hooks_resolve(struct tacet_hooks *hooks);

/**
 * tacet_hooks_arm() - replace the functions; resolve first
 *
 * Call from module_init. With livepatch, &tacet_hooks.armed comes later, when every task has
 * changed over, and the module cannot be removed before the patch is disabled in sysfs.
 *
 * Return: 0, or what the kernel says: -EBUSY (somebody else replaces one of them, or ftrace is
 * off), -EINVAL ...
 */
int tacet_hooks_arm(struct tacet_hooks *hooks);

/* Give the functions back; call from module_exit. */
void tacet_hooks_disarm(struct tacet_hooks *hooks);

#endif
