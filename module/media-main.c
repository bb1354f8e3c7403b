// SPDX-License-Identifier: GPL-2.0-only
/*
 * tacet_media: media devices that cannot be freed under their users, in an unmodified kernel
 *
 * Copyright (C) 2026 The Tacet developers
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/rcupdate.h>

#include "hook.h"
#include "media.h"

/* What is replaced, and where. A function without callers is called by pointer. */
static struct tacet_hook hook_table[] = {
	{
		.name = "media_device_usb_allocate",
		.func = tacet_usb_allocate,
	},
	{
		.name = "media_device_delete",
		.func = tacet_media_delete,
	},
	{
		.name = "media_devnode_unregister_prepare",
		.func = tacet_media_unregister_prepare,
		.callers = { { "media_device_unregister" },
			     { "__media_device_register" } },
	},
	{
		.name = "media_device_ioctl",
		.func = tacet_media_ioctl,
	},
#ifdef CONFIG_COMPAT
	{
		.name = "media_device_compat_ioctl",
		.func = tacet_media_compat_ioctl,
	},
#endif
#if TACET_MEDIA_REQUESTS
	{
		.name = "media_request_ioctl",
		.func = tacet_request_ioctl,
	},
#endif
	{}
};

static void in_force(void)
{
	tacet_media_arm();
	pr_info("armed: %s\n", tacet_media_active());
}

static struct tacet_hooks hooks = {
	.object = TACET_MC,
	.hooks = hook_table,
	.armed = in_force,
	.disarm = tacet_media_disarm,
	.settle = tacet_media_settle,
};

/* The kernels that the repair was proven on, and what it was seen to repair there. */
static const char *known_kernel(void)
{
	switch (TACET_KERNEL_SERIES) {
	case TACET_SERIES(5, 10):
		/* Its snd-usb-audio gives no device a media device that could be tried. */
		return TACET_MEDIA_REQUESTS ? "M4 M6" : "M6";
	case TACET_SERIES(6, 1):
	case TACET_SERIES(6, 12):
	case TACET_SERIES(7, 2):
		return TACET_MEDIA_REQUESTS ? "M1 M2 M3 M4 M6" : "M1 M2 M3 M6";
	default:
		return NULL;
	}
}

/* Names of the repairs that are in force, empty while none is. */
const char *tacet_media_active(void)
{
	return tacet_media_is_armed() ? known_kernel() : "";
}

static int active_get(char *buffer, const struct kernel_param *param)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n", tacet_media_active());
}

static const struct kernel_param_ops active_ops = { .get = active_get };
module_param_cb(active, &active_ops, NULL, 0444);
MODULE_PARM_DESC(active, "the repairs that are in force (read only)");

static int __init tacet_media_module_init(void)
{
	int err;

	if (!known_kernel()) {
		pr_err("not loaded: not proven on kernel %d.%d\n",
		       TACET_KERNEL_SERIES >> 8, TACET_KERNEL_SERIES & 0xff);
		return -EOPNOTSUPP;
	}
	err = tacet_media_core_resolve();
	if (!err)
		err = tacet_hooks_resolve(&hooks);
	if (!err)
		err = tacet_requests_init();
	if (err)
		return err;
	tacet_media_ioctl_init();
	tacet_media_show_init();
	err = tacet_hooks_arm(&hooks);
	if (err) {
		tacet_media_show_exit();
		tacet_requests_exit();
	}
	return err;
}

static void __exit tacet_media_module_exit(void)
{
	tacet_hooks_disarm(&hooks);
	tacet_media_show_exit();
	tacet_requests_exit();
	/* Who dropped the last reference to us may still be on its way out. */
	synchronize_rcu_tasks();
}

module_init(tacet_media_module_init);
module_exit(tacet_media_module_exit);

MODULE_DESCRIPTION("Repairs the races of media devices in a running kernel");
MODULE_AUTHOR("The Tacet developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
#ifdef CONFIG_LIVEPATCH
MODULE_INFO(livepatch, "Y");
#endif
