/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A storm: several front ends start, stop, pause, underrun and close as they like, each in a
 * thread, while one or more threads flip the routes between them and the back ends.
 *
 * dpcm-storm [--flips N] [--seconds S] [--fe D,NAME]... [--be NAME]... [--keep BE] [--seed N]
 *	      [--calm] [--reopen] [--suspend]
 *
 * Ends after N flips or S seconds, whatever comes first. --keep names a BE whose switches stay
 * on, so that there is always somewhere to play to; without --be nothing is flipped. --calm: FEs
 * run and are not stopped; --reopen: they close after every other life; --suspend: the card sleeps
 * and wakes in between. Prints "name value" lines; 1 if nothing could be stirred.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <alsa/asoundlib.h>
/* alsa-lib has its own words for what this header would bring along. */
#define __SOUND_ASOUND_H
#include <sound/compress_offload.h>
#include <sound/compress_params.h>

#define MAX 16

struct fe {
	int device;
	const char *name;
	unsigned int seed;
	pthread_t thread;
};

static struct fe fes[MAX];
static const char *bes[MAX];
static int n_fes, n_bes;
static const char *keep;
static long want_flips = 100000000;
static int seconds = 10;
static bool calm, reopen, suspend;
static atomic_bool over;
static atomic_ulong starts, pauses, closes, xruns, errors, flips, flip_errors,
	compress_starts, suspends, resumes;

/* Held for reading by who is in a system call: the system freezes user space before it sleeps. */
static pthread_rwlock_t awake;

static unsigned int chance(unsigned int *seed, unsigned int n)
{
	return (unsigned int)rand_r(seed) % n;
}

static void sleep_us(unsigned int us)
{
	struct timespec time = { .tv_nsec = us * 1000 };

	nanosleep(&time, NULL);
}

/* A moment in which the card may be put to sleep and woken. */
static void rest(unsigned int us)
{
	pthread_rwlock_unlock(&awake);
	sleep_us(us);
	pthread_rwlock_rdlock(&awake);
}

static snd_pcm_t *open_pcm(int device)
{
	char name[64];
	snd_pcm_t *pcm;

	snprintf(name, sizeof(name), "hw:TacetPhone,%d", device);
	if (snd_pcm_open(&pcm, name, SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK) < 0)
		return NULL;
	if (snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16_LE, SND_PCM_ACCESS_RW_INTERLEAVED,
			       2, 48000, 0, 20000) < 0) {
		snd_pcm_close(pcm);
		return NULL;
	}
	return pcm;
}

/* One life of a stream, from prepare to its end. */
static void live(snd_pcm_t *pcm, unsigned int *seed)
{
	static const short silence[2 * 960];

	if (snd_pcm_prepare(pcm) < 0 || snd_pcm_writei(pcm, silence, 480) < 0 ||
	    (snd_pcm_state(pcm) == SND_PCM_STATE_PREPARED && snd_pcm_start(pcm) < 0)) {
		errors++;
		snd_pcm_drop(pcm);
		return;
	}
	starts++;
	switch (chance(seed, calm ? 1 : 8)) {
	case 0: /* until it runs dry */
		for (int i = 0; i < 100 && snd_pcm_state(pcm) == SND_PCM_STATE_RUNNING;
		     i++)
			rest(500);
		xruns++;
		return;
	case 1:
	case 2:
		if (snd_pcm_pause(pcm, 1) >= 0) {
			pauses++;
			rest(chance(seed, 500));
			if (chance(seed, 2))
				snd_pcm_pause(pcm, 0);
		}
		break;
	case 3:
		rest(chance(seed, 2000));
		break;
	default:
		break;
	}
	if (snd_pcm_state(pcm) == SND_PCM_STATE_SUSPENDED && chance(seed, 2) &&
	    snd_pcm_resume(pcm) >= 0) {
		resumes++;
		rest(chance(seed, 2000));
	}
	snd_pcm_drop(pcm);
}

static void *play(void *userdata)
{
	struct fe *fe = userdata;
	snd_pcm_t *pcm = NULL;

	pthread_rwlock_rdlock(&awake);
	while (!over) {
		if (!pcm)
			pcm = open_pcm(fe->device);
		if (!pcm) {
			errors++;
			rest(1000);
			continue;
		}
		live(pcm, &fe->seed);
		if (chance(&fe->seed, reopen ? 2 : 20) == 0) {
			snd_pcm_close(pcm);
			closes++;
			pcm = NULL;
		}
	}
	if (pcm)
		snd_pcm_close(pcm);
	pthread_rwlock_unlock(&awake);
	return NULL;
}

static int open_compress(int device)
{
	struct snd_compr_params params = {
		.buffer = { .fragment_size = 4096, .fragments = 8 },
		.codec = { .id = SND_AUDIOCODEC_PCM,
			   .ch_in = 2,
			   .ch_out = 2,
			   .sample_rate = 48000,
			   .format = 2 },
	};
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/snd/comprC0D%d", device);
	fd = open(path, O_WRONLY | O_NONBLOCK);
	if (fd >= 0 && ioctl(fd, SNDRV_COMPRESS_SET_PARAMS, &params) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void *play_compress(void *userdata)
{
	static const char silence[4096];
	struct fe *fe = userdata;
	int fd;

	pthread_rwlock_rdlock(&awake);
	while (!over) {
		fd = open_compress(fe->device);
		if (fd < 0) {
			errors++;
			rest(1000);
			continue;
		}
		for (int i = 0; i < 10 && !over; i++) {
			while (write(fd, silence, sizeof(silence)) > 0)
				;
			if (ioctl(fd, SNDRV_COMPRESS_START) < 0) {
				errors++;
				break;
			}
			compress_starts++;
			if (chance(&fe->seed, 3) == 0) {
				ioctl(fd, SNDRV_COMPRESS_PAUSE);
				rest(chance(&fe->seed, 300));
				if (chance(&fe->seed, 2))
					ioctl(fd, SNDRV_COMPRESS_RESUME);
			}
			/* The kernel stops it on close by another way. */
			if (i == 9 && chance(&fe->seed, 2))
				break;
			ioctl(fd, SNDRV_COMPRESS_STOP);
		}
		close(fd);
		closes++;
	}
	pthread_rwlock_unlock(&awake);
	return NULL;
}

static int write_suspend(int fd, const char *text)
{
	if (pwrite(fd, text, 1, 0) == 1)
		return 0;
	perror("dpcm-storm: suspend");
	return -1;
}

/* Puts the card to sleep while everybody rests, streams running, paused or dry. */
static void *sleep_and_wake(void *userdata)
{
	int fd = open("/sys/kernel/debug/tacet-phone/TacetPhone/suspend", O_WRONLY);

	(void)userdata;
	while (fd >= 0 && !over) {
		sleep_us(20000);
		pthread_rwlock_wrlock(&awake);
		if (write_suspend(fd, "1") == 0) {
			sleep_us(500);
			suspends += write_suspend(fd, "0") == 0;
		}
		pthread_rwlock_unlock(&awake);
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static int write_switch(snd_ctl_t *ctl, snd_ctl_elem_value_t *value, const char *name,
			bool on)
{
	/* What was written before left its number in there, which goes before the name. */
	snd_ctl_elem_value_clear(value);
	snd_ctl_elem_value_set_interface(value, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_value_set_name(value, name);
	snd_ctl_elem_value_set_boolean(value, 0, on);
	return snd_ctl_elem_write(ctl, value);
}

static void *flip(void *userdata)
{
	unsigned int seed = (unsigned int)(unsigned long)userdata;
	snd_ctl_elem_value_t *value;
	snd_ctl_t *ctl;
	char name[64];
	const char *be;

	if (snd_ctl_open(&ctl, "hw:TacetPhone", 0) < 0)
		return NULL;
	snd_ctl_elem_value_alloca(&value);
	while (!over) {
		pthread_rwlock_rdlock(&awake);
		be = bes[chance(&seed, (unsigned int)n_bes)];
		snprintf(name, sizeof(name), "%s Mixer %s Switch", be,
			 fes[chance(&seed, (unsigned int)n_fes)].name);
		if (write_switch(ctl, value, name, chance(&seed, 2) != 0) < 0)
			flip_errors++;
		else if ((long)++flips >= want_flips)
			over = true;
		pthread_rwlock_unlock(&awake);
	}
	snd_ctl_close(ctl);
	return NULL;
}

static int keep_routes(void)
{
	snd_ctl_elem_value_t *value;
	snd_ctl_t *ctl;
	char name[64];

	if (snd_ctl_open(&ctl, "hw:TacetPhone", 0) < 0)
		return -1;
	snd_ctl_elem_value_alloca(&value);
	for (int i = 0; keep && i < n_fes; i++) {
		snprintf(name, sizeof(name), "%s Mixer %s Switch", keep, fes[i].name);
		if (write_switch(ctl, value, name, true) < 0)
			return -1;
	}
	snd_ctl_close(ctl);
	return 0;
}

static int add_fe(const char *text)
{
	char *comma = strchr(text, ',');

	if (!comma || n_fes == MAX)
		return -1;
	fes[n_fes].device = atoi(text);
	fes[n_fes++].name = comma + 1;
	return 0;
}

static int parse(int argc, char *argv[], unsigned int *seed)
{
	static const struct option options[] = {
		{ "flips", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 's' },
		{ "fe", required_argument, NULL, 'f' },
		{ "be", required_argument, NULL, 'b' },
		{ "keep", required_argument, NULL, 'k' },
		{ "seed", required_argument, NULL, 'r' },
		{ "calm", no_argument, NULL, 'c' },
		{ "reopen", no_argument, NULL, 'o' },
		{ "suspend", no_argument, NULL, 'u' },
		{},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (c) {
		case 'n':
			want_flips = atol(optarg);
			break;
		case 's':
			seconds = atoi(optarg);
			break;
		case 'f':
			if (add_fe(optarg) < 0)
				return -1;
			break;
		case 'b':
			if (n_bes == MAX)
				return -1;
			bes[n_bes++] = optarg;
			break;
		case 'k':
			keep = optarg;
			break;
		case 'r':
			*seed = (unsigned int)atoi(optarg);
			break;
		case 'c':
			calm = true;
			break;
		case 'o':
			reopen = true;
			break;
		case 'u':
			suspend = true;
			break;
		default:
			return -1;
		}
	}
	return n_fes && (n_bes || keep) ? 0 : -1;
}

/* A stream that finds no back end, or a taken one, is part of the storm. */
static void say_nothing(const char *file, int line, const char *function, int err,
			const char *fmt, ...)
{
	(void)file, (void)line, (void)function, (void)err, (void)fmt;
}

int main(int argc, char *argv[])
{
	unsigned int seed = 1;
	pthread_rwlockattr_t fair;
	pthread_t flipper, sleeper;
	char path[64];

	if (parse(argc, argv, &seed) < 0) {
		fprintf(stderr,
			"usage: dpcm-storm [--flips N] [--seconds S] --fe D,NAME... "
			"--be NAME... [--keep BE] [--seed N] [--calm] [--reopen] "
			"[--suspend]\n");
		return 2;
	}
	pthread_rwlockattr_init(&fair);
	pthread_rwlockattr_setkind_np(&fair,
				      PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&awake, &fair);
	snd_lib_error_set_handler(say_nothing);
	if (keep_routes() < 0) {
		fprintf(stderr, "dpcm-storm: cannot set the routes\n");
		return 1;
	}
	for (int i = 0; i < n_fes; i++) {
		fes[i].seed = seed * 1000 + (unsigned int)i;
		snprintf(path, sizeof(path), "/dev/snd/comprC0D%d", fes[i].device);
		pthread_create(&fes[i].thread, NULL,
			       access(path, F_OK) == 0 ? play_compress : play, &fes[i]);
	}
	if (n_bes)
		pthread_create(&flipper, NULL, flip, (void *)(unsigned long)(seed + 77));
	if (suspend)
		pthread_create(&sleeper, NULL, sleep_and_wake, NULL);
	for (int i = 0; i < seconds * 20 && !over; i++)
		sleep_us(50000);
	over = true;
	if (n_bes)
		pthread_join(flipper, NULL);
	for (int i = 0; i < n_fes; i++)
		pthread_join(fes[i].thread, NULL);
	if (suspend)
		pthread_join(sleeper, NULL);
	printf("flips %lu\nflip_errors %lu\nstarts %lu\ncompress_starts %lu\npauses %lu\n"
	       "xruns %lu\ncloses %lu\nerrors %lu\nsuspends %lu\nresumes %lu\n",
	       flips, flip_errors, starts, compress_starts, pauses, xruns, closes, errors,
	       suspends, resumes);
	return (flips || !n_bes) && (starts || compress_starts) && (suspends || !suspend)
		       ? 0
		       : 1;
}
