/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events of tacet_dpcm: /sys/kernel/tracing/events/tacet_dpcm
 *
 * Copyright (C) 2026 The Tacet developers
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tacet_dpcm

#if !defined(TACET_TRACE_DPCM_H) || defined(TRACE_HEADER_MULTI_READ)
#define TACET_TRACE_DPCM_H

#include <linux/tracepoint.h>
#include <sound/soc.h>

#include "../../compat.h"
#include "dpcm-link.h"

#define tacet_show_part(part)						\
	__print_symbolic(part, { TACET_IDLE, "idle" }, { TACET_STARTED, "started" }, \
			 { TACET_PAUSED, "paused" }, { TACET_SUSPENDED, "suspended" })

#define tacet_show_op(op)						\
	__print_symbolic(op, { TACET_OP_NONE, "none" }, { TACET_OP_START, "start" }, \
			 { TACET_OP_STOP, "stop" }, { TACET_OP_PAUSE, "pause" }, \
			 { TACET_OP_RELEASE, "release" }, { TACET_OP_SUSPEND, "suspend" }, \
			 { TACET_OP_RESUME, "resume" })

/* A link contributes something else than before. */
TRACE_EVENT(tacet_dpcm_link,
	TP_PROTO(struct snd_soc_dpcm *dpcm, int stream, int op, int from, int to, int hw, int err),
	TP_ARGS(dpcm, stream, op, from, to, hw, err),
	TP_STRUCT__entry(
		__string(fe, dpcm->fe->dai_link->name)
		__string(be, dpcm->be->dai_link->name)
		__field(int, stream)
		__field(int, op)
		__field(int, from)
		__field(int, to)
		__field(int, hw)
		__field(int, err)
	),
	TP_fast_assign(
		tacet_assign_str(fe, dpcm->fe->dai_link->name);
		tacet_assign_str(be, dpcm->be->dai_link->name);
		__entry->stream = stream;
		__entry->op = op;
		__entry->from = from;
		__entry->to = to;
		__entry->hw = hw;
		__entry->err = err;
	),
	TP_printk("%s %s %s op=%s from=%s to=%s hw=%s err=%d", __get_str(fe),
		  __entry->stream ? "<-" : "->", __get_str(be), tacet_show_op(__entry->op),
		  tacet_show_part(__entry->from), tacet_show_part(__entry->to),
		  tacet_show_op(__entry->hw), __entry->err)
);

/* A link is taken out of both lists; it is freed after the locks are dropped. */
TRACE_EVENT(tacet_dpcm_unlink,
	TP_PROTO(struct snd_soc_dpcm *dpcm, int stream, int part, bool heir),
	TP_ARGS(dpcm, stream, part, heir),
	TP_STRUCT__entry(
		__string(fe, dpcm->fe->dai_link->name)
		__string(be, dpcm->be->dai_link->name)
		__field(int, stream)
		__field(int, part)
		__field(bool, heir)
	),
	TP_fast_assign(
		tacet_assign_str(fe, dpcm->fe->dai_link->name);
		tacet_assign_str(be, dpcm->be->dai_link->name);
		__entry->stream = stream;
		__entry->part = part;
		__entry->heir = heir;
	),
	TP_printk("%s %s %s left=%s runtime-handed-over=%d", __get_str(fe),
		  __entry->stream ? "<-" : "->", __get_str(be), tacet_show_part(__entry->part),
		  __entry->heir)
);

/* An FE may not join a BE. */
TRACE_EVENT(tacet_dpcm_refuse,
	TP_PROTO(struct snd_soc_pcm_runtime *fe_rtd, struct snd_soc_pcm_runtime *be_rtd, int stream,
		 int err),
	TP_ARGS(fe_rtd, be_rtd, stream, err),
	TP_STRUCT__entry(
		__string(fe, fe_rtd->dai_link->name)
		__string(be, be_rtd->dai_link->name)
		__field(int, stream)
		__field(int, err)
	),
	TP_fast_assign(
		tacet_assign_str(fe, fe_rtd->dai_link->name);
		tacet_assign_str(be, be_rtd->dai_link->name);
		__entry->stream = stream;
		__entry->err = err;
	),
	TP_printk("%s %s %s err=%d", __get_str(fe), __entry->stream ? "<-" : "->", __get_str(be),
		  __entry->err)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH tacet
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace-dpcm
#include <trace/define_trace.h>
