/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The names that Android's audio HALs give to paths. The first that a file has wins.
 */
#include "import/profile.h"

#define MUSIC "HiFi"
#define CALL  "Voice Call"

const struct rule usual_rules[] = {
	{ "speaker", MUSIC, "Speaker", OUTPUT, 200 },
	{ "handset", MUSIC, "Earpiece", OUTPUT, 100 },
	{ "earpiece", MUSIC, "Earpiece", OUTPUT, 100 },
	{ "headphones", MUSIC, "Headphones", OUTPUT, 400 },
	{ "headphone", MUSIC, "Headphones", OUTPUT, 400 },
	{ "headset", MUSIC, "Headphones", OUTPUT, 400 },
	{ "line", MUSIC, "Line", OUTPUT, 350 },
	{ "hdmi", MUSIC, "HDMI", OUTPUT, 350 },
	{ "bt-sco", MUSIC, "Bluetooth", OUTPUT, 300 },
	{ "bt-sco-headset", MUSIC, "Bluetooth", OUTPUT, 300 },
	{ "speaker-mic", MUSIC, "Mic", INPUT, 100 },
	{ "handset-mic", MUSIC, "Mic", INPUT, 100 },
	{ "main-mic", MUSIC, "Mic", INPUT, 100 },
	{ "main_mic", MUSIC, "Mic", INPUT, 100 },
	{ "builtin-mic", MUSIC, "Mic", INPUT, 100 },
	{ "headset-mic", MUSIC, "Headset", INPUT, 200 },
	{ "bt-sco-mic", MUSIC, "BluetoothMic", INPUT, 300 },

	{ "voice-speaker", CALL, "Speaker", OUTPUT, 200 },
	{ "voice-handset", CALL, "Earpiece", OUTPUT, 100 },
	{ "voice-earpiece", CALL, "Earpiece", OUTPUT, 100 },
	{ "voice-headphones", CALL, "Headphones", OUTPUT, 400 },
	{ "voice-headphone", CALL, "Headphones", OUTPUT, 400 },
	{ "voice-headset", CALL, "Headphones", OUTPUT, 400 },
	{ "voice-bt-sco", CALL, "Bluetooth", OUTPUT, 300 },
	{ "voice-handset-mic", CALL, "Mic", INPUT, 100 },
	{ "voice-speaker-mic", CALL, "Mic", INPUT, 100 },
	{ "voice-main-mic", CALL, "Mic", INPUT, 100 },
	{ "voice-headset-mic", CALL, "Headset", INPUT, 200 },
	{ "voice-bt-sco-mic", CALL, "BluetoothMic", INPUT, 300 },

	{ "deep-buffer-playback", MUSIC, NULL, OUTPUT, 0 },
	{ "low-latency-playback", MUSIC, NULL, OUTPUT, 0 },
	{ "compress-offload-playback", MUSIC, NULL, OUTPUT, 0 },
	{ "media-playback", MUSIC, NULL, OUTPUT, 0 },
	{ "ringtone-playback", MUSIC, NULL, OUTPUT, 0 },
	{ "audio-record", MUSIC, NULL, INPUT, 0 },
	{ "low-latency-record", MUSIC, NULL, INPUT, 0 },
	{ "voice-call", CALL, NULL, OUTPUT, 0 },
	{ "voicemmode1-call", CALL, NULL, OUTPUT, 0 },
	{ "voice-call-tx", CALL, NULL, INPUT, 0 },
	{ 0 },
};
