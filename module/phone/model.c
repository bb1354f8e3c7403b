// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model: which FEs and BEs a phone of this load has
 *
 * Copyright (C) 2026 The Tacet developers
 */
#include "phone.h"

/* The order of the FEs is their PCM device number. */
static const struct tp_fe_model tp_common_fes[] = {
	{ "Media", 0, true, false },
	{ "Ringtone", 0, true, false },
	{ "Voice", TP_FE_HOSTLESS, true, true },
	{ "Record", 0, false, true },
	{ "Nonatomic", TP_FE_NONATOMIC, true, false },
#if IS_ENABLED(CONFIG_SND_SOC_COMPRESS)
	{ "Offload", TP_FE_COMPRESS, true, false },
#endif
};

static const struct tp_be_model tp_common_bes[] = {
	{ "Earpiece", SNDRV_PCM_STREAM_PLAYBACK, 48000 },
	{ "Speaker", SNDRV_PCM_STREAM_PLAYBACK, 48000 },
	{ "Headphones", SNDRV_PCM_STREAM_PLAYBACK, 48000 },
	{ "Bluetooth", SNDRV_PCM_STREAM_PLAYBACK, 48000 },
	{ "Modem Up", SNDRV_PCM_STREAM_PLAYBACK, 16000 },
	{ "Mic", SNDRV_PCM_STREAM_CAPTURE, 48000 },
	{ "Headset Mic", SNDRV_PCM_STREAM_CAPTURE, 48000 },
	{ "Bluetooth Mic", SNDRV_PCM_STREAM_CAPTURE, 16000 },
	{ "Modem Down", SNDRV_PCM_STREAM_CAPTURE, 16000 },
};

struct tp_model tp_model;

/* Fills tp_model from the parameters. Once, before the first device. */
void tp_model_init(void)
{
	unsigned int i, n;

	memcpy(tp_model.fes, tp_common_fes, sizeof(tp_common_fes));
	tp_model.num_fes = ARRAY_SIZE(tp_common_fes);
	n = min_t(unsigned int, tp_param_fes(), TP_MAX_FES - tp_model.num_fes);
	for (i = 0; i < n; i++) {
		struct tp_fe_model *fe = &tp_model.fes[tp_model.num_fes];

		snprintf(fe->name, sizeof(fe->name), "Extra %u", tp_model.num_fes++);
		fe->playback = true;
	}

	memcpy(tp_model.bes, tp_common_bes, sizeof(tp_common_bes));
	tp_model.num_bes = ARRAY_SIZE(tp_common_bes);
	n = min_t(unsigned int, tp_param_bes(), TP_MAX_BES - tp_model.num_bes);
	for (i = 0; i < n; i++) {
		struct tp_be_model *be = &tp_model.bes[tp_model.num_bes];

		snprintf(be->name, sizeof(be->name), "Extra Out %u", tp_model.num_bes++);
		be->direction = SNDRV_PCM_STREAM_PLAYBACK;
		be->rate = 48000;
	}
}
