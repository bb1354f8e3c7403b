// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replace functions by ftrace, where the kernel has no livepatch (arm64)
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * ftrace calls our handler at the function's first instructions; the handler changes where to go
 * on. One gate serves all functions: they are redirected together or not at all. There is no
 * consistency model here; the owner's settle() has to prove that nobody is left inside the
 * functions of the other side of the gate. It can, where all of them run under locks that it can
 * take.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "hook.h"

struct redirect {
	struct ftrace_ops ops;
	unsigned long to;
	unsigned long to_inside, inside, inside_end; /* for calls from there; none: 0 */
	bool filtered, registered;
};

static struct redirect *redirects;
static bool gate;

static void notrace redirect_call(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops, tacet_ftrace_regs *regs)
{
	struct redirect *redirect = container_of(ops, struct redirect, ops);

	if (!READ_ONCE(gate))
		return;
	if (parent_ip > redirect->inside && parent_ip <= redirect->inside_end)
		tacet_ftrace_set_ip(regs, redirect->to_inside);
	else
		tacet_ftrace_set_ip(regs, redirect->to);
}

/* 5.10 on arm64 knows the place by the call behind the function's first instruction. */
static int set_filter(struct redirect *redirect, unsigned long address)
{
	static const unsigned int offsets[] = { 0, 4, 8 };
	unsigned int i;
	int err = -EINVAL;

	for (i = 0; i < ARRAY_SIZE(offsets) && err; i++)
		err = ftrace_set_filter_ip(&redirect->ops, address + offsets[i], 0, 0);
	redirect->filtered = !err;
	return err;
}

static unsigned int count(const struct tacet_hooks *hooks)
{
	unsigned int n = 0;

	while (hooks->hooks[n].name)
		n++;
	return n;
}

static void set_targets(struct redirect *redirect, const struct tacet_hooks *hooks,
			const struct tacet_hook *hook)
{
	const struct tacet_hook *other;

	redirect->to = (unsigned long)hook->func;
	for (other = hooks->hooks; other->name && hook->inside; other++) {
		if (strcmp(other->name, hook->inside))
			continue;
		redirect->to_inside = (unsigned long)hook->func_inside;
		redirect->inside = other->address;
		redirect->inside_end = tacet_symbol_end(other->address);
	}
}

static void remove_all(const struct tacet_hooks *hooks)
{
	unsigned int i;

	for (i = 0; i < count(hooks); i++) {
		struct redirect *redirect = &redirects[i];

		if (redirect->registered)
			unregister_ftrace_function(&redirect->ops);
		if (redirect->filtered)
			ftrace_set_filter(&redirect->ops, NULL, 0, 1);
	}
	/* A task may have been preempted on its way from the handler into our function. */
	synchronize_rcu_tasks();
	synchronize_rcu();
	kfree(redirects);
	redirects = NULL;
}

int tacet_hooks_arm(struct tacet_hooks *hooks)
{
	unsigned int i, n = count(hooks);
	int err;

	redirects = kcalloc(n, sizeof(*redirects), GFP_KERNEL);
	if (!redirects)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		struct redirect *redirect = &redirects[i];

		set_targets(redirect, hooks, &hooks->hooks[i]);
		redirect->ops.func = redirect_call;
		redirect->ops.flags = TACET_FTRACE_FLAGS;
		err = set_filter(redirect, hooks->hooks[i].address);
		if (!err)
			err = register_ftrace_function(&redirect->ops);
		if (err) {
			pr_err("not loaded: cannot redirect %s (%d)%s\n", hooks->hooks[i].name, err,
			       err == -EBUSY ? ": is it redirected already, or ftrace off?" : "");
			remove_all(hooks);
			return err;
		}
		redirect->registered = true;
	}
	WRITE_ONCE(gate, true);
	synchronize_rcu();
	hooks->settle(false);
	hooks->armed();
	return 0;
}

void tacet_hooks_disarm(struct tacet_hooks *hooks)
{
	hooks->disarm();
	WRITE_ONCE(gate, false);
	synchronize_rcu();
	hooks->settle(true);
	remove_all(hooks);
	hooks->settle(true);
}
