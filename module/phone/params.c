// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module parameters: the size of the phone, and its misbehaviour on request
 *
 * Copyright (C) 2026 The Tacet developers
 */
#include <linux/delay.h>
#include <linux/log2.h>
#include <linux/module.h>

#include "phone.h"

static unsigned int cards = 1;
module_param(cards, uint, 0444);
MODULE_PARM_DESC(cards, "number of cards, 1 to 8");

static unsigned int fes;
module_param(fes, uint, 0444);
MODULE_PARM_DESC(fes, "extra playback FEs, up to 64 FEs in all");

static unsigned int bes;
module_param(bes, uint, 0444);
MODULE_PARM_DESC(bes, "extra playback BEs, up to 64 BEs in all");

static unsigned int log_kib = 4096;
module_param(log_kib, uint, 0444);
MODULE_PARM_DESC(log_kib, "size of each playback BE's log in KiB, 0 = keep none");

static unsigned int pcm_seconds = 10;
module_param(pcm_seconds, uint, 0444);
MODULE_PARM_DESC(pcm_seconds, "seconds of mix that each playback BE keeps, 0 = none");

static unsigned int slack_ms = 20;
module_param(slack_ms, uint, 0644);
MODULE_PARM_DESC(slack_ms,
		 "a clock that nobody could look at for longer stood still, 0 = never");

static unsigned int be_trigger_us;
module_param(be_trigger_us, uint, 0644);
MODULE_PARM_DESC(be_trigger_us,
		 "microseconds that a BE's trigger takes (at most 1 s)");

static unsigned int be_prepare_us;
module_param(be_prepare_us, uint, 0644);
MODULE_PARM_DESC(be_prepare_us,
		 "microseconds that a BE's prepare takes, ready as it is (at most 1 s)");

static bool no_pause;
module_param(no_pause, bool, 0644);
MODULE_PARM_DESC(no_pause, "FEs opened from now on cannot PAUSE");

static bool ptr_stuck;
module_param(ptr_stuck, bool, 0644);
MODULE_PARM_DESC(ptr_stuck, "hw_ptr does not move");

static bool ptr_runs_on;
module_param(ptr_runs_on, bool, 0644);
MODULE_PARM_DESC(ptr_runs_on, "hw_ptr goes on moving after STOP and PAUSE");

static bool drain_never_ends;
module_param(drain_never_ends, bool, 0644);
MODULE_PARM_DESC(drain_never_ends, "DRAIN stops one frame before its end");

static unsigned int slow_ctl_ms;
module_param(slow_ctl_ms, uint, 0644);
MODULE_PARM_DESC(slow_ctl_ms, "milliseconds that writing a control takes");

static int fail_open;
module_param(fail_open, int, 0644);
MODULE_PARM_DESC(fail_open, "the Nth open from now fails, 0 = never");

static int fail_hw_params;
module_param(fail_hw_params, int, 0644);
MODULE_PARM_DESC(fail_hw_params, "the Nth hw_params from now fails, 0 = never");

static int fail_prepare;
module_param(fail_prepare, int, 0644);
MODULE_PARM_DESC(fail_prepare, "the Nth prepare from now fails, 0 = never");

static int fail_trigger;
module_param(fail_trigger, int, 0644);
MODULE_PARM_DESC(fail_trigger, "the Nth start from now fails, 0 = never");

static unsigned int fail_at = 1;
module_param(fail_at, uint, 0644);
MODULE_PARM_DESC(fail_at, "whose calls fail: 1 = FE (default), 2 = BE, 3 = both");

static int *const fail_after[] = {
	[TP_FAIL_OPEN] = &fail_open,
	[TP_FAIL_HW_PARAMS] = &fail_hw_params,
	[TP_FAIL_PREPARE] = &fail_prepare,
	[TP_FAIL_TRIGGER] = &fail_trigger,
};

static DEFINE_SPINLOCK(fail_lock);

/**
 * tp_fail - must this call fail?
 * @what: the call
 * @be:   made to a BE; otherwise to an FE
 *
 * Counts the parameter down, and answers true once, when it gets to 0. Any context.
 */
bool tp_fail(enum tp_fail what, bool be)
{
	int *after = fail_after[what];
	unsigned long flags;
	bool fail = false;

	if (!(READ_ONCE(fail_at) & (be ? 2 : 1)))
		return false;
	spin_lock_irqsave(&fail_lock, flags);
	if (READ_ONCE(*after) > 0) {
		WRITE_ONCE(*after, *after - 1);
		fail = !*after;
	}
	spin_unlock_irqrestore(&fail_lock, flags);
	return fail;
}

/*
 * Takes as long as a slow DSP. As a driver would, it sleeps where a nonatomic FE is triggered,
 * and else waits busily: an atomic FE's stream lock keeps interrupts off.
 */
void tp_delay_trigger(void)
{
	unsigned int us = min(READ_ONCE(be_trigger_us), 1000000U);

	if (!in_interrupt() && !irqs_disabled()) {
		if (us)
			usleep_range(us, us + us / 8);
		return;
	}
	mdelay(us / 1000);
	udelay(us % 1000);
}

/* Sleeps. */
void tp_delay_prepare(void)
{
	unsigned int us = min(READ_ONCE(be_prepare_us), 1000000U);

	if (us)
		usleep_range(us, us + us / 8);
}

/* Sleeps. */
void tp_delay_control(void)
{
	unsigned int ms = READ_ONCE(slow_ctl_ms);

	if (ms)
		msleep(ms);
}

bool tp_no_pause(void)
{
	return READ_ONCE(no_pause);
}

bool tp_ptr_stuck(void)
{
	return READ_ONCE(ptr_stuck);
}

bool tp_ptr_runs_on(void)
{
	return READ_ONCE(ptr_runs_on);
}

bool tp_drain_never_ends(void)
{
	return READ_ONCE(drain_never_ends);
}

unsigned int tp_param_cards(void)
{
	return clamp(cards, 1U, 8U);
}

unsigned int tp_param_fes(void)
{
	return fes;
}

unsigned int tp_param_bes(void)
{
	return bes;
}

u64 tp_param_slack_ns(void)
{
	return (u64)READ_ONCE(slack_ms) * NSEC_PER_MSEC;
}

/* 0 or a power of two. */
u32 tp_param_log_bytes(void)
{
	if (!log_kib)
		return 0;
	return roundup_pow_of_two(clamp(log_kib, 16U, 1U << 20)) << 10;
}

u32 tp_param_pcm_seconds(void)
{
	return min(pcm_seconds, 600U);
}
