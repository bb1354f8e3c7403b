/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of snd_soc_core that are not exported, found at load
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Processors that check indirect calls (IBT) only let those through whose target the kernel
 * itself takes the address of. The others are called by static calls, which are direct.
 */
#ifndef TACET_DPCM_CORE_H
#define TACET_DPCM_CORE_H

#include <linux/static_call.h>

#include "dpcm.h"

#define TACET_CORE "snd_soc_core"

/* Called through the PCM's operations by the core, so by pointer there too. */
extern int (*tacet_core_pcm_trigger)(struct snd_pcm_substream *substream, int cmd);

/* Addresses alone, to recognise streams of ASoC by. */
extern unsigned long tacet_core_pcm_pointer;
extern unsigned long tacet_core_compr_trigger_fe;

#if TACET_DPCM_OLD_LOCKS
typedef bool (*tacet_walk_end)(struct snd_soc_dapm_widget *widget,
			       enum snd_soc_dapm_direction dir);
extern int (*tacet_core_connected_widgets)(struct snd_soc_dai *dai, int stream,
					   struct snd_soc_dapm_widget_list **list,
					   tacet_walk_end end);
extern tacet_walk_end tacet_core_end_walk_at_be;
extern int (*tacet_soc_pcm_prepare)(struct snd_pcm_substream *substream);
#define tacet_core_pcm_prepare(rtd, substream) tacet_soc_pcm_prepare(substream)
#else
/* Only a type: what static calls are made of. */
int tacet_soc_pcm_prepare(struct snd_soc_pcm_runtime *rtd, struct snd_pcm_substream *substream);
DECLARE_STATIC_CALL(tacet_pcm_prepare, tacet_soc_pcm_prepare);
#define tacet_core_pcm_prepare(rtd, substream) static_call(tacet_pcm_prepare)(rtd, substream)
#define tacet_core_connected_widgets snd_soc_dapm_dai_get_connected_widgets
#define tacet_core_end_walk_at_be    dpcm_end_walk_at_be
#endif

#if TACET_COMPRESS
#if TACET_DPCM_ADD_PATHS
DECLARE_STATIC_CALL(tacet_add_paths, dpcm_add_paths);
#define tacet_core_add_paths(fe, stream, list) static_call(tacet_add_paths)(fe, stream, list)
#else
DECLARE_STATIC_CALL(tacet_add_paths, dpcm_process_paths);
#define tacet_core_add_paths(fe, stream, list) static_call(tacet_add_paths)(fe, stream, list, 1)
#endif
DECLARE_STATIC_CALL(tacet_be_startup, dpcm_be_dai_startup);
DECLARE_STATIC_CALL(tacet_be_stop, dpcm_be_dai_stop);
DECLARE_STATIC_CALL(tacet_clear_pending, dpcm_clear_pending_state);
DECLARE_STATIC_CALL(tacet_be_hw_params, dpcm_be_dai_hw_params);
DECLARE_STATIC_CALL(tacet_stream_event, dpcm_dapm_stream_event);
#define tacet_core_be_startup(fe, stream) static_call(tacet_be_startup)(fe, stream)
#define tacet_core_be_stop(fe, stream, do_hw_free, last) \
	static_call(tacet_be_stop)(fe, stream, do_hw_free, last)
#define tacet_core_clear_pending(fe, stream) static_call(tacet_clear_pending)(fe, stream)
#define tacet_core_be_hw_params(fe, stream)  static_call(tacet_be_hw_params)(fe, stream)
#define tacet_core_stream_event(fe, dir, event) static_call(tacet_stream_event)(fe, dir, event)
#endif

/* Find them all. Return: 0, or -ENOENT after a line that says which is missing. */
int tacet_core_resolve(void);

#endif
