/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What triggers of a front end and changes of its routes cost
 *
 * dpcm-cost [--count N] [--on SWITCH]... [--play D]... --fe D --flip SWITCH
 *
 * Turns each --on SWITCH on, starts the PCM of each --play, then opens that of --fe and starts,
 * pauses, releases and stops it N times, and, while it runs, turns the --flip SWITCH on and off N
 * times. Prints "start NS", the median time of such a call, for each of them; ends with the
 * switches off again.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <alsa/asoundlib.h>

#define MAX	  64
#define MAX_COUNT 1000

enum call { START, PAUSE, RELEASE, STOP, CONNECT, DISCONNECT, CALLS };

static const char *const names[CALLS] = {
	[START] = "start", [PAUSE] = "pause",	  [RELEASE] = "release",
	[STOP] = "stop",   [CONNECT] = "connect", [DISCONNECT] = "disconnect",
};

static long long spent[CALLS][MAX_COUNT];
static snd_ctl_t *ctl;

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "dpcm-cost: %s: %s\n", what, snd_strerror(r));
	exit(1);
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void turn(const char *name, bool on)
{
	snd_ctl_elem_value_t *value;

	snd_ctl_elem_value_alloca(&value);
	snd_ctl_elem_value_set_interface(value, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_value_set_name(value, name);
	snd_ctl_elem_value_set_boolean(value, 0, on);
	must(snd_ctl_elem_write(ctl, value), name);
}

/* Runs freely over a buffer of silence, with few interrupts. */
static snd_pcm_t *open_pcm(int device)
{
	snd_pcm_sw_params_t *sw;
	snd_pcm_uframes_t boundary;
	char name[64];
	snd_pcm_t *pcm;

	snprintf(name, sizeof(name), "hw:TacetPhone,%d", device);
	must(snd_pcm_open(&pcm, name, SND_PCM_STREAM_PLAYBACK, 0), name);
	must(snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16_LE, SND_PCM_ACCESS_RW_INTERLEAVED,
				1, 8000, 0, 500000),
	     "set_params");
	snd_pcm_sw_params_alloca(&sw);
	must(snd_pcm_sw_params_current(pcm, sw), "sw_params");
	must(snd_pcm_sw_params_get_boundary(sw, &boundary), "boundary");
	must(snd_pcm_sw_params_set_start_threshold(pcm, sw, boundary), "start");
	must(snd_pcm_sw_params_set_stop_threshold(pcm, sw, boundary), "stop");
	must(snd_pcm_sw_params(pcm, sw), "sw_params");
	return pcm;
}

static void ready(snd_pcm_t *pcm)
{
	static const short silence[800];

	must(snd_pcm_prepare(pcm), "prepare");
	must((int)snd_pcm_writei(pcm, silence, 800), "write");
}

static void measure_triggers(snd_pcm_t *pcm, int count)
{
	long long at[5];

	for (int i = 0; i < count; i++) {
		ready(pcm);
		at[0] = now();
		must(snd_pcm_start(pcm), "start");
		at[1] = now();
		must(snd_pcm_pause(pcm, 1), "pause");
		at[2] = now();
		must(snd_pcm_pause(pcm, 0), "release");
		at[3] = now();
		must(snd_pcm_drop(pcm), "stop");
		at[4] = now();
		for (enum call call = START; call <= STOP; call++)
			spent[call][i] = at[call + 1] - at[call];
	}
}

static void measure_routes(snd_pcm_t *pcm, const char *name, int count)
{
	long long at[3];

	ready(pcm);
	must(snd_pcm_start(pcm), "start");
	for (int i = 0; i < count; i++) {
		at[0] = now();
		turn(name, true);
		at[1] = now();
		turn(name, false);
		at[2] = now();
		spent[CONNECT][i] = at[1] - at[0];
		spent[DISCONNECT][i] = at[2] - at[1];
	}
	must(snd_pcm_drop(pcm), "stop");
}

static int by_value(const void *a, const void *b)
{
	const long long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'n' },
		{ "on", required_argument, NULL, 'o' },
		{ "play", required_argument, NULL, 'p' },
		{ "fe", required_argument, NULL, 'f' },
		{ "flip", required_argument, NULL, 'r' },
		{},
	};
	int c, count = 50, fe = -1, n_on = 0, n_players = 0, players[MAX];
	const char *on[2 * MAX], *flip = NULL;
	snd_pcm_t *pcm, *playing[MAX];

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (c == 'n')
			count = atoi(optarg);
		else if (c == 'o' && n_on < 2 * MAX)
			on[n_on++] = optarg;
		else if (c == 'p' && n_players < MAX)
			players[n_players++] = atoi(optarg);
		else if (c == 'f')
			fe = atoi(optarg);
		else if (c == 'r')
			flip = optarg;
		else
			return 2;
	}
	if (fe < 0 || !flip || count < 1 || count > MAX_COUNT)
		return 2;

	must(snd_ctl_open(&ctl, "hw:TacetPhone", 0), "control");
	for (int i = 0; i < n_on; i++)
		turn(on[i], true);
	for (int i = 0; i < n_players; i++) {
		playing[i] = open_pcm(players[i]);
		ready(playing[i]);
		must(snd_pcm_start(playing[i]), "start");
	}
	pcm = open_pcm(fe);
	measure_triggers(pcm, count);
	measure_routes(pcm, flip, count);
	snd_pcm_close(pcm);
	for (int i = 0; i < n_players; i++)
		snd_pcm_close(playing[i]);
	for (int i = 0; i < n_on; i++)
		turn(on[i], false);
	snd_ctl_close(ctl);

	for (enum call call = START; call < CALLS; call++) {
		qsort(spent[call], (size_t)count, sizeof(spent[call][0]), by_value);
		printf("%s %lld\n", names[call], spent[call][count / 2]);
	}
	return 0;
}
