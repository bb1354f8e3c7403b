// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Record short clips over and over, as a program does that knows nothing of tacetd
 *
 * clip-recorder [--frames N] [--pause MS] PCM
 *
 * Opens the PCM, reads N frames (1200), closes it, pauses (20 ms), and begins again until it is
 * terminated. A clip whose PCM cannot be opened or read is counted as failed, with its error on
 * stderr. Prints "clips" and "failed" at the end.
 */
#include <alsa/asoundlib.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RATE 48000

static volatile sig_atomic_t over;

static void end(int sig __attribute__((unused)))
{
	over = 1;
}

static int failed(const char *name, const char *what, int error)
{
	if (error != -EINTR)
		fprintf(stderr, "clip-recorder: %s: %s: %s\n", name, what,
			snd_strerror(error));
	return error;
}

/* Short periods for short clips. A read that waits for longer than the buffer lasts is an error to
 * newer kernels, and a busy host may stand still: so the buffer is long. */
static int set_params(snd_pcm_t *pcm)
{
	snd_pcm_uframes_t period = 600, buffer = RATE;
	snd_pcm_hw_params_t *hw;
	int e;

	snd_pcm_hw_params_alloca(&hw);
	if ((e = snd_pcm_hw_params_any(pcm, hw)) < 0 ||
	    (e = snd_pcm_hw_params_set_access(pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED)) <
		    0 ||
	    (e = snd_pcm_hw_params_set_format(pcm, hw, SND_PCM_FORMAT_S16_LE)) < 0 ||
	    (e = snd_pcm_hw_params_set_channels(pcm, hw, 2)) < 0 ||
	    (e = snd_pcm_hw_params_set_rate(pcm, hw, RATE, 0)) < 0 ||
	    (e = snd_pcm_hw_params_set_period_size_near(pcm, hw, &period, NULL)) < 0 ||
	    (e = snd_pcm_hw_params_set_buffer_size_near(pcm, hw, &buffer)) < 0)
		return e;
	return snd_pcm_hw_params(pcm, hw);
}

/* One clip. Return: 0 or negative errno, told on stderr but for an interruption. */
static int record(const char *name, snd_pcm_sframes_t frames, int16_t *buffer)
{
	snd_pcm_sframes_t n, have = 0;
	snd_pcm_t *pcm;
	int e = snd_pcm_open(&pcm, name, SND_PCM_STREAM_CAPTURE, 0);

	if (e < 0)
		return failed(name, "open", e);
	e = set_params(pcm);
	if (e < 0)
		failed(name, "set_params", e);
	while (e >= 0 && have < frames) {
		n = snd_pcm_readi(pcm, buffer, (snd_pcm_uframes_t)(frames - have));
		/* an overrun is no fault of the route: a busy host looks late */
		if (n == -EPIPE)
			n = snd_pcm_prepare(pcm);
		if (n < 0)
			e = failed(name, "read", (int)n);
		else
			have += n;
	}
	snd_pcm_close(pcm);
	return e;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "frames", 1, NULL, 'f' },
						 { "pause", 1, NULL, 'p' },
						 { 0 } };
	const struct sigaction action = { .sa_handler = end };
	long frames = 1200, pause_ms = 20;
	unsigned long clips = 0, bad = 0;
	struct timespec pause;
	int16_t *buffer;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'f')
			frames = strtol(optarg, NULL, 10);
		else if (c == 'p')
			pause_ms = strtol(optarg, NULL, 10);
		else
			return 2;
	}
	if (argc - optind != 1 || frames <= 0 || pause_ms < 0)
		return 2;
	buffer = calloc((size_t)frames, 2 * sizeof(*buffer));
	if (!buffer)
		return 1;
	sigaction(SIGTERM, &action, NULL);
	pause = (struct timespec){ pause_ms / 1000, pause_ms % 1000 * 1000000 };
	while (!over) {
		int e = record(argv[optind], frames, buffer);

		if (e >= 0)
			clips++;
		else if (e != -EINTR)
			bad++;
		nanosleep(&pause, NULL);
	}
	printf("clips %lu\nfailed %lu\n", clips, bad);
	free(buffer);
	return bad ? 1 : 0;
}
