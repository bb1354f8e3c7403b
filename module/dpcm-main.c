// SPDX-License-Identifier: GPL-2.0-only
/*
 * tacet_dpcm: repairs DPCM in a running, unmodified kernel
 *
 * Copyright (C) 2026 The Tacet developers
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "dpcm.h"
#include "dpcm-core.h"
#include "hook.h"

/* What is replaced, and where. A function without callers is called by pointer. */
static struct tacet_hook hook_table[] = {
	{
		.name = "dpcm_be_dai_trigger",
		.func = tacet_be_dai_trigger,
		.callers = { { "dpcm_dai_trigger_fe_be" },
			     { "soc_dpcm_fe_runtime_update", "dpcm_run_update_startup" },
			     { "soc_dpcm_fe_runtime_update", "dpcm_run_update_shutdown" } },
#if TACET_COMPRESS
		.inside = "soc_compr_trigger_fe",
		.func_inside = tacet_compr_be_trigger,
#endif
	},
	{
		.name = "dpcm_be_disconnect",
		.func = tacet_be_disconnect,
		.callers = { { "dpcm_fe_dai_close", "dpcm_fe_dai_cleanup" },
			     { "soc_dpcm_fe_runtime_update" } },
	},
	{
		.name = "dpcm_be_dai_prepare",
		.func = tacet_be_dai_prepare,
		.callers = { { "dpcm_fe_dai_prepare" },
			     { "soc_dpcm_fe_runtime_update", "dpcm_run_update_startup" } },
	},
	{
		.name = "dpcm_path_get",
		.func = tacet_path_get,
		.callers = { { "dpcm_fe_dai_open" }, { "soc_dpcm_fe_runtime_update" } },
	},
#if TACET_COMPRESS
	{
		.name = "soc_compr_open_fe",
		.func = tacet_compr_open_fe,
	},
	{
		.name = "soc_compr_trigger_fe",
		.func = tacet_compr_trigger_fe,
	},
	{
		.name = "soc_compr_set_params_fe",
		.func = tacet_compr_set_params_fe,
	},
#endif
	{}
};

static struct tacet_hooks hooks = {
	.object = TACET_CORE,
	.hooks = hook_table,
	.armed = tacet_adopt_start,
	.disarm = tacet_adopt_stop,
	.settle = tacet_adopt_settle,
};

/* The kernels that the repair was proven on, and what it repairs there. */
static const char *known_kernel(void)
{
	switch (TACET_KERNEL_SERIES) {
	case TACET_SERIES(5, 10):
		return "R0 B6 B8";
	case TACET_SERIES(6, 1):
		return TACET_COMPRESS ? "B1 B2 B3 B4 B5 B7 B8 B9" : "B2 B3 B4 B5 B8 B9";
	case TACET_SERIES(6, 12):
	case TACET_SERIES(7, 2):
		return TACET_COMPRESS ? "B1 B2 B3 B4 B5 B8 B9" : "B2 B3 B4 B5 B8 B9";
	default:
		return NULL;
	}
}

/* Names of the repairs that are in force, empty while none is. */
const char *tacet_active(void)
{
	return READ_ONCE(tacet_armed) && !tacet_is_leaving() ? known_kernel() : "";
}

static int active_get(char *buffer, const struct kernel_param *param)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n", tacet_active());
}

static const struct kernel_param_ops active_ops = { .get = active_get };
module_param_cb(active, &active_ops, NULL, 0444);
MODULE_PARM_DESC(active, "the repairs that are in force (read only)");

static int __init tacet_dpcm_init(void)
{
	int err;

	if (!known_kernel()) {
		pr_err("not loaded: not proven on kernel %d.%d\n", TACET_KERNEL_SERIES >> 8,
		       TACET_KERNEL_SERIES & 0xff);
		return -EOPNOTSUPP;
	}
	err = tacet_core_resolve();
	if (!err)
		err = tacet_hooks_resolve(&hooks);
	if (err)
		return err;
	err = tacet_count_init();
	if (err)
		return err;
	err = tacet_hold_init();
	if (err)
		goto uncounted;
	err = tacet_hooks_arm(&hooks);
	if (!err)
		return 0;
	tacet_hold_exit();
uncounted:
	tacet_count_exit();
	return err;
}

static void __exit tacet_dpcm_exit(void)
{
	tacet_hooks_disarm(&hooks);
	tacet_hold_exit();
	tacet_count_exit();
}

module_init(tacet_dpcm_init);
module_exit(tacet_dpcm_exit);

MODULE_DESCRIPTION("Repairs the races of ASoC's dynamic PCM in a running kernel");
MODULE_AUTHOR("The Tacet developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
#ifdef CONFIG_LIVEPATCH
MODULE_INFO(livepatch, "Y");
#endif
