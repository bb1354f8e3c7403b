// SPDX-License-Identifier: GPL-2.0-only
/*
 * tacet_events: the trace events of tacet_dpcm
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * A module of their own, because the kernel registers no trace events of a module that is a live
 * patch. tacet_dpcm needs it, so modprobe loads it along.
 */
#include <linux/module.h>
#include <sound/pcm.h>
#include <sound/soc.h>

#define CREATE_TRACE_POINTS
#include "tacet/trace-dpcm.h"

EXPORT_TRACEPOINT_SYMBOL_GPL(tacet_dpcm_link);
EXPORT_TRACEPOINT_SYMBOL_GPL(tacet_dpcm_unlink);
EXPORT_TRACEPOINT_SYMBOL_GPL(tacet_dpcm_refuse);

MODULE_DESCRIPTION("Trace events of tacet_dpcm");
MODULE_AUTHOR("The Tacet developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
