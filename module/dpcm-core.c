// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions of snd_soc_core that are not exported, found at load
 *
 * Copyright (C) 2026 The Tacet developers
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/printk.h>

#include "dpcm-core.h"
#include "hook.h"

int (*tacet_core_pcm_trigger)(struct snd_pcm_substream *substream, int cmd);
unsigned long tacet_core_pcm_pointer;
unsigned long tacet_core_compr_trigger_fe;

static unsigned long find(const char *name, int *err)
{
	unsigned long address = tacet_symbol(TACET_CORE, name);

	if (!address) {
		pr_err("not loaded: %s has no function %s\n", TACET_CORE, name);
		*err = -ENOENT;
	}
	return address;
}

#if TACET_DPCM_OLD_LOCKS

int (*tacet_core_connected_widgets)(struct snd_soc_dai *dai, int stream,
				    struct snd_soc_dapm_widget_list **list, tacet_walk_end end);
tacet_walk_end tacet_core_end_walk_at_be;
int (*tacet_soc_pcm_prepare)(struct snd_pcm_substream *substream);

static void find_by_age(int *err)
{
	tacet_soc_pcm_prepare = (void *)find("soc_pcm_prepare", err);
	tacet_core_connected_widgets =
		(void *)find("snd_soc_dapm_dai_get_connected_widgets", err);
	tacet_core_end_walk_at_be = (void *)find("dpcm_end_walk_at_be", err);
}

#else

DEFINE_STATIC_CALL_NULL(tacet_pcm_prepare, tacet_soc_pcm_prepare);

static void find_by_age(int *err)
{
	static_call_update(tacet_pcm_prepare,
			   (typeof(tacet_soc_pcm_prepare) *)find("__soc_pcm_prepare", err));
}

#endif

#if TACET_COMPRESS

#if TACET_DPCM_ADD_PATHS
#define ADD_PATHS dpcm_add_paths
#else
#define ADD_PATHS dpcm_process_paths
#endif

DEFINE_STATIC_CALL_NULL(tacet_add_paths, ADD_PATHS);
DEFINE_STATIC_CALL_NULL(tacet_be_startup, dpcm_be_dai_startup);
DEFINE_STATIC_CALL_NULL(tacet_be_stop, dpcm_be_dai_stop);
DEFINE_STATIC_CALL_NULL(tacet_clear_pending, dpcm_clear_pending_state);
DEFINE_STATIC_CALL_NULL(tacet_be_hw_params, dpcm_be_dai_hw_params);
DEFINE_STATIC_CALL_NULL(tacet_stream_event, dpcm_dapm_stream_event);

#define FIND_CALL(call, function) \
	static_call_update(call, (typeof(function) *)find(__stringify(function), err))

static void find_compress(int *err)
{
	tacet_core_compr_trigger_fe = find("soc_compr_trigger_fe", err);
	FIND_CALL(tacet_add_paths, ADD_PATHS);
	FIND_CALL(tacet_be_startup, dpcm_be_dai_startup);
	FIND_CALL(tacet_be_stop, dpcm_be_dai_stop);
	FIND_CALL(tacet_clear_pending, dpcm_clear_pending_state);
	FIND_CALL(tacet_be_hw_params, dpcm_be_dai_hw_params);
	FIND_CALL(tacet_stream_event, dpcm_dapm_stream_event);
}

#else

/* Only to recognise such streams: where compress is not built in, there are none. */
static void find_compress(int *err)
{
	tacet_core_compr_trigger_fe = tacet_symbol(TACET_CORE, "soc_compr_trigger_fe");
}

#endif

int tacet_core_resolve(void)
{
	int err = 0;

	tacet_core_pcm_trigger = (void *)find("soc_pcm_trigger", &err);
	tacet_core_pcm_pointer = find("soc_pcm_pointer", &err);
	find_by_age(&err);
	find_compress(&err);
	return err;
}
