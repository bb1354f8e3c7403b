/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the running kernel is, and whether its DPCM is repaired. */
#ifndef TACET_PORT_KERNEL_H
#define TACET_PORT_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

/**
 * kernel_repaired() - may routes change under a running stream
 * @root: "" or a directory that stands in for / in tests
 *
 * True only while the module tacet_dpcm is live and its parameter `active` names its repairs.
 * Read at each switch: the module may be unloaded at any time.
 */
bool kernel_repaired(const char *root, char *ret_repairs, size_t size);

/**
 * kernel_hold_repair() - keep the repair in force
 * @root: "" or a directory that stands in for / in tests
 *
 * Unloading tacet_dpcm waits, for a time, until the descriptor is closed.
 *
 * Return: a descriptor, or -errno: -ENODEV or -ENOENT when there is no repair in force
 */
int kernel_hold_repair(const char *root);

/**
 * kernel_miscounts_pauses() - does DPCM count a back end twice that is brought to a paused stream
 * @root: "" or a directory that stands in for / in tests
 *
 * Fault B9, unless tacet_dpcm is there: since 5.17, and in later releases of 5.15.
 */
bool kernel_miscounts_pauses(const char *root);

/* uname's release. */
const char *kernel_release(void);

#endif
