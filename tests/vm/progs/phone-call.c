// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Hold a hostless PCM in both directions, as the daemon of a phone's modem does
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * phone-call [--seconds S] PCM
 * Opens, prepares and starts both directions and transfers nothing. Fails if a stream stops by
 * itself or its hw_ptr does not move.
 */
#include <alsa/asoundlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int complain(const char *what, int err)
{
	fprintf(stderr, "phone-call: %s: %s\n", what, snd_strerror(err));
	return 1;
}

static int start(const char *name, snd_pcm_stream_t direction, snd_pcm_t **ret_pcm)
{
	int err;

	err = snd_pcm_open(ret_pcm, name, direction, 0);
	if (err >= 0)
		err = snd_pcm_set_params(*ret_pcm, SND_PCM_FORMAT_S16_LE,
					 SND_PCM_ACCESS_RW_INTERLEAVED, 2, 16000, 0,
					 200000);
	/* set_params sets thresholds after it prepared; the phone reads them at prepare. */
	if (err >= 0)
		err = snd_pcm_prepare(*ret_pcm);
	if (err >= 0)
		err = snd_pcm_start(*ret_pcm);
	return err < 0 ? complain(direction ? "capture" : "playback", err) : 0;
}

static int check(snd_pcm_t *pcm, const char *direction)
{
	snd_pcm_status_t *status;

	snd_pcm_status_alloca(&status);
	snd_pcm_status(pcm, status);
	if (snd_pcm_status_get_state(status) != SND_PCM_STATE_RUNNING) {
		fprintf(stderr, "phone-call: %s is %s\n", direction,
			snd_pcm_state_name(snd_pcm_status_get_state(status)));
		return 1;
	}
	if (snd_pcm_status_get_avail(status) < 1000) {
		fprintf(stderr, "phone-call: %s does not move\n", direction);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	snd_pcm_t *playback, *capture;
	const char *name = NULL;
	int seconds = 1, ret;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--seconds") && i + 1 < argc)
			seconds = atoi(argv[++i]);
		else
			name = argv[i];
	}
	if (!name)
		return 2;
	if (start(name, SND_PCM_STREAM_PLAYBACK, &playback) ||
	    start(name, SND_PCM_STREAM_CAPTURE, &capture))
		return 1;
	sleep(seconds);
	ret = check(playback, "playback") | check(capture, "capture");
	snd_pcm_drop(playback);
	snd_pcm_drop(capture);
	snd_pcm_close(playback);
	snd_pcm_close(capture);
	return ret;
}
