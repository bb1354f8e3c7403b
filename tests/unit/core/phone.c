/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include "phone.h"

#define OUT(n, pcm, not )                                                 \
	{                                                                 \
		.name = n, .playback_pcm = pcm, .playback_priority = 100, \
		.conflicts = (not )                                       \
	}
#define IN(n, pcm, not )                                                \
	{                                                               \
		.name = n, .capture_pcm = pcm, .capture_priority = 100, \
		.conflicts = (not )                                     \
	}

const struct profile phone = {
	.n_verbs = 2,
	.verb = {
		[HIFI] = {
			.name = "HiFi",
			.n_devices = 5,
			.device = {
				[SPEAKER] = OUT("Speaker", "hw:TacetPhone,0", BIT(EARPIECE)),
				[EARPIECE] = OUT("Earpiece", "hw:TacetPhone,0",
						 BIT(SPEAKER) | BIT(HEADPHONES)),
				[HEADPHONES] = OUT("Headphones", "hw:TacetPhone,0",
						   BIT(EARPIECE)),
				[MIC] = IN("Mic", "hw:TacetPhone,3", BIT(HEADSET)),
				[HEADSET] = IN("Headset", "hw:TacetPhone,3", BIT(MIC)),
			},
			.n_modifiers = 1,
			.modifier = {
				[RINGTONE] = {
					.name = "Play Ringtone",
					.playback_pcm = "hw:TacetPhone,1",
					.supported = BIT(SPEAKER),
				},
			},
		},
		[VOICE] = {
			.name = "Voice Call",
			.n_devices = 5,
			.device = {
				[SPEAKER] = OUT("Speaker", "hw:TacetPhone,2", BIT(EARPIECE)),
				[EARPIECE] = OUT("Earpiece", "hw:TacetPhone,2",
						 BIT(SPEAKER) | BIT(HEADPHONES)),
				[HEADPHONES] = OUT("Headphones", "hw:TacetPhone,2",
						   BIT(EARPIECE)),
				[MIC] = IN("Mic", "hw:TacetPhone,2", BIT(HEADSET)),
				[HEADSET] = IN("Headset", "hw:TacetPhone,2", BIT(MIC)),
			},
		},
	},
};
