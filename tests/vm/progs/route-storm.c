/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Start and stop a PCM on one CPU while another CPU flips routes under it: what a phone does
 * when a headset is plugged in at the wrong moment, many thousand times a second.
 *
 * route-storm [--card ID] [--device N] [--seconds S] [--keep CONTROL] [CONTROL...]
 * route-storm --play-only [--pause] [--pcm NAME] [--seconds S]
 *
 * The CONTROLs (switches of the routes) are flipped; --keep is one that stays on, so that the
 * PCM always has a back end. With --play-only somebody else changes the routes; with --pause the PCM
 * runs, and is paused and released instead: that takes the stream's lock alone, so it never
 * waits for a route change. Prints "name value" lines; exits 1 when nothing could be stirred.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <alsa/asoundlib.h>

#define RATE	48000
#define PERIOD	480
#define PERIODS 4

struct storm {
	const char *card;
	int device;
	int seconds;
	const char *keep;
	const char *pcm;
	bool play_only, pause;
	char **controls;
	int n_controls;

	atomic_bool over;
	atomic_ulong starts, start_errors;
	atomic_ulong flips, flip_errors;
};

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	/* Without a second CPU the storm is only weaker. */
	(void)pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static int write_switch(snd_ctl_t *ctl, const char *name, bool on)
{
	snd_ctl_elem_value_t *value;

	snd_ctl_elem_value_alloca(&value);
	snd_ctl_elem_value_set_interface(value, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_value_set_name(value, name);
	snd_ctl_elem_value_set_boolean(value, 0, on);
	return snd_ctl_elem_write(ctl, value);
}

static void *flip_routes(void *userdata)
{
	struct storm *storm = userdata;
	char name[64];
	snd_ctl_t *ctl;
	bool on = true;

	pin(1);
	snprintf(name, sizeof(name), "hw:%s", storm->card);
	if (snd_ctl_open(&ctl, name, 0) < 0)
		return NULL;
	while (!storm->over) {
		for (int i = 0; i < storm->n_controls; i++) {
			if (write_switch(ctl, storm->controls[i], on) < 0)
				storm->flip_errors++;
			else
				storm->flips++;
		}
		on = !on;
	}
	snd_ctl_close(ctl);
	return NULL;
}

static int open_pcm(struct storm *storm, snd_pcm_t **ret_pcm)
{
	snd_pcm_t *pcm;
	char name[64];
	int r;

	snprintf(name, sizeof(name), "hw:%s,%d", storm->card, storm->device);
	r = snd_pcm_open(&pcm, storm->pcm ? storm->pcm : name, SND_PCM_STREAM_PLAYBACK,
			 SND_PCM_NONBLOCK);
	if (r < 0)
		return r;
	r = snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16_LE, SND_PCM_ACCESS_RW_INTERLEAVED,
			       2, RATE, 0, PERIODS * PERIOD * 1000000LL / RATE);
	if (r < 0) {
		snd_pcm_close(pcm);
		return r;
	}
	*ret_pcm = pcm;
	return 0;
}

/* Begin anew, as a player does whose PCM fails: while no route leads anywhere, the FE cannot be
 * prepared, and old kernels do not mend it when one comes back. */
static int reopen(struct storm *storm, snd_pcm_t **pcm)
{
	int r;

	snd_pcm_close(*pcm);
	do {
		r = open_pcm(storm, pcm);
	} while (r < 0 && !storm->over);
	return r;
}

/* Let it run for ever, whether somebody writes or not. */
static int run_freely(snd_pcm_t *pcm)
{
	static const short silence[2 * PERIOD];
	snd_pcm_sw_params_t *sw;
	snd_pcm_uframes_t boundary;
	int r;

	snd_pcm_sw_params_alloca(&sw);
	if ((r = snd_pcm_sw_params_current(pcm, sw)) < 0 ||
	    (r = snd_pcm_sw_params_get_boundary(sw, &boundary)) < 0 ||
	    (r = snd_pcm_sw_params_set_start_threshold(pcm, sw, boundary)) < 0 ||
	    (r = snd_pcm_sw_params_set_stop_threshold(pcm, sw, boundary)) < 0 ||
	    (r = snd_pcm_sw_params(pcm, sw)) < 0)
		return r;
	r = (int)snd_pcm_writei(pcm, silence, PERIOD);
	return r < 0 ? r : snd_pcm_start(pcm);
}

static void *pause_and_release(void *userdata)
{
	struct storm *storm = userdata;
	bool running = false;
	snd_pcm_t *pcm;
	int r;

	pin(0);
	r = open_pcm(storm, &pcm);
	while (r >= 0 && !storm->over) {
		if (!running)
			r = run_freely(pcm);
		if (r >= 0)
			r = snd_pcm_pause(pcm, 1);
		if (r >= 0)
			r = snd_pcm_pause(pcm, 0);
		running = r >= 0;
		if (running) {
			storm->starts++;
		} else {
			storm->start_errors++;
			r = reopen(storm, &pcm);
		}
	}
	if (r < 0)
		fprintf(stderr, "route-storm: cannot open the PCM: %s\n",
			snd_strerror(r));
	else
		snd_pcm_close(pcm);
	return NULL;
}

static void *start_and_stop(void *userdata)
{
	static const short silence[2 * PERIOD];
	struct storm *storm = userdata;
	snd_pcm_t *pcm;
	int r;

	pin(0);
	r = open_pcm(storm, &pcm);
	if (r < 0) {
		fprintf(stderr, "route-storm: cannot open PCM %d: %s\n", storm->device,
			snd_strerror(r));
		return NULL;
	}
	while (!storm->over) {
		r = snd_pcm_prepare(pcm);
		if (r >= 0)
			r = (int)snd_pcm_writei(pcm, silence, PERIOD);
		if (r >= 0 && snd_pcm_state(pcm) == SND_PCM_STATE_PREPARED)
			r = snd_pcm_start(pcm);
		if (r < 0)
			storm->start_errors++;
		else
			storm->starts++;
		snd_pcm_drop(pcm);
		if (r < 0 && reopen(storm, &pcm) < 0)
			return NULL;
	}
	snd_pcm_close(pcm);
	return NULL;
}

static int keep_one_route(const struct storm *storm)
{
	char name[64];
	snd_ctl_t *ctl;
	int r;

	snprintf(name, sizeof(name), "hw:%s", storm->card);
	r = snd_ctl_open(&ctl, name, 0);
	if (r < 0)
		return r;
	r = write_switch(ctl, storm->keep, true);
	snd_ctl_close(ctl);
	return r < 0 ? r : 0;
}

static int parse(struct storm *storm, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "card", required_argument, NULL, 'c' },
		{ "device", required_argument, NULL, 'd' },
		{ "seconds", required_argument, NULL, 's' },
		{ "keep", required_argument, NULL, 'k' },
		{ "pcm", required_argument, NULL, 'p' },
		{ "play-only", no_argument, NULL, 'o' },
		{ "pause", no_argument, NULL, 'P' },
		{},
	};
	static char *usual[] = { (char *)"Speaker Mixer Media Switch",
				 (char *)"Headphones Mixer Media Switch" };
	int c;

	while ((c = getopt_long(argc, argv, "c:d:s:k:p:oP", options, NULL)) >= 0) {
		switch (c) {
		case 'c':
			storm->card = optarg;
			break;
		case 'd':
			storm->device = atoi(optarg);
			break;
		case 's':
			storm->seconds = atoi(optarg);
			break;
		case 'k':
			storm->keep = optarg;
			break;
		case 'p':
			storm->pcm = optarg;
			break;
		case 'o':
			storm->play_only = true;
			break;
		case 'P':
			storm->pause = true;
			break;
		default:
			return -EINVAL;
		}
	}
	storm->controls = optind < argc ? argv + optind : usual;
	storm->n_controls = optind < argc ? argc - optind : 2;
	return 0;
}

int main(int argc, char *argv[])
{
	struct storm storm = {
		.card = "TacetPhone",
		.seconds = 30,
		.keep = "Earpiece Mixer Media Switch",
	};
	pthread_t player, flipper;
	struct timespec rest;
	int r;

	if (parse(&storm, argc, argv) < 0)
		return 2;
	r = storm.play_only ? 0 : keep_one_route(&storm);
	if (r < 0) {
		fprintf(stderr, "route-storm: cannot switch %s on: %s\n", storm.keep,
			snd_strerror(r));
		return 1;
	}
	rest = (struct timespec){ .tv_sec = storm.seconds };
	pthread_create(&player, NULL, storm.pause ? pause_and_release : start_and_stop,
		       &storm);
	if (!storm.play_only)
		pthread_create(&flipper, NULL, flip_routes, &storm);
	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		;
	storm.over = true;
	pthread_join(player, NULL);
	if (!storm.play_only)
		pthread_join(flipper, NULL);

	printf("starts %lu\nstart_errors %lu\nflips %lu\nflip_errors %lu\n", storm.starts,
	       storm.start_errors, storm.flips, storm.flip_errors);
	return storm.starts > 0 && (storm.play_only || storm.flips > 0) ? 0 : 1;
}
