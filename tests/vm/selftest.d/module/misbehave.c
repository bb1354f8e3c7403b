// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goes wrong on request, for the test of what the harness notices.
 *
 * Copyright (C) 2026 The Tacet developers
 */
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>

static char *how = "";
module_param(how, charp, 0444);
MODULE_PARM_DESC(how, "warn, null or leak");

static noinline void misbehave_null(void)
{
	int *volatile nowhere = NULL;

	*nowhere = 1;
}

static int __init misbehave_init(void)
{
	if (!strcmp(how, "warn")) {
		WARN(1, "asked to warn\n");
	} else if (!strcmp(how, "null")) {
		misbehave_null();
	} else if (!strcmp(how, "leak")) {
		void *lost = kmalloc(64, GFP_KERNEL);

		pr_info("losing %d object\n", !!lost);
	} else {
		return -EINVAL;
	}
	return 0;
}

static void __exit misbehave_exit(void)
{
}

module_init(misbehave_init);
module_exit(misbehave_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The Tacet developers");
MODULE_DESCRIPTION("Goes wrong on request");
