// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Open and prepare a PCM, say "prepared", and hold it so until killed
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * phone-hold PCM
 */
#include <alsa/asoundlib.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	snd_pcm_t *pcm;
	int err;

	if (argc != 2)
		return 2;
	err = snd_pcm_open(&pcm, argv[1], SND_PCM_STREAM_PLAYBACK, 0);
	if (err >= 0)
		err = snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16_LE,
					 SND_PCM_ACCESS_RW_INTERLEAVED, 2, 48000, 0,
					 100000);
	if (err < 0) {
		fprintf(stderr, "phone-hold: %s: %s\n", argv[1], snd_strerror(err));
		return 1;
	}
	puts("prepared");
	fflush(stdout);
	pause();
	return 0;
}
