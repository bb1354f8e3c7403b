// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way into the running kernel, once more: an object belongs to one module
 *
 * Copyright (C) 2026 The Tacet developers
 */
#include "hook.c"
#ifdef CONFIG_LIVEPATCH
#include "hook-livepatch.c"
#else
#include "hook-ftrace.c"
#endif
