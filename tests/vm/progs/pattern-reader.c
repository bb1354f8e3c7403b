/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Record the counter that pattern-writer plays, or that the phone's capture brings, and check
 * that each frame comes once and in order.
 *
 * pattern-reader [--mode rw|mmap] [--seconds S] [--idle S] [--rate HZ] [--period FRAMES]
 *                [--buffer FRAMES] [--jumps] [--restarts] [--tag T] PCM
 *
 * Frames of silence, or of another tag, are passed over. A gap or a repetition is an error,
 * unless --jumps allows gaps: what passes during a rest is recorded by nobody; --restarts allows the
 * counter to begin anew at 0, as the phone's does at each prepare. Ends after S seconds,
 * or after --idle seconds without a frame that counts. Prints "frames", "gaps", "repeats",
 * "first" and "last"; exit 1 on an ALSA error or a wrong order.
 */
#include <alsa/asoundlib.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	snd_pcm_t *pcm;
	bool mmap, jumps, restarts;
	unsigned int rate, tag;
	double seconds, idle;
	snd_pcm_uframes_t period, buffer;
	uint64_t total, idle_frames;
	uint64_t frames, gaps, missing, repeats, began, first, last;
};

static int failed(const char *what, long error)
{
	fprintf(stderr, "pattern-reader: %s: %s\n", what, snd_strerror((int)error));
	return (int)error;
}

static int set_params(struct reader *r)
{
	snd_pcm_hw_params_t *hw;
	snd_pcm_sw_params_t *sw;
	int e;

	snd_pcm_hw_params_alloca(&hw);
	snd_pcm_sw_params_alloca(&sw);
	if ((e = snd_pcm_hw_params_any(r->pcm, hw)) < 0 ||
	    (e = snd_pcm_hw_params_set_access(r->pcm, hw,
					      r->mmap ? SND_PCM_ACCESS_MMAP_INTERLEAVED
						      : SND_PCM_ACCESS_RW_INTERLEAVED)) <
		    0 ||
	    (e = snd_pcm_hw_params_set_format(r->pcm, hw, SND_PCM_FORMAT_S16_LE)) < 0 ||
	    (e = snd_pcm_hw_params_set_channels(r->pcm, hw, 2)) < 0 ||
	    (e = snd_pcm_hw_params_set_rate(r->pcm, hw, r->rate, 0)) < 0 ||
	    (e = snd_pcm_hw_params_set_period_size_near(r->pcm, hw, &r->period, NULL)) <
		    0 ||
	    (e = snd_pcm_hw_params_set_buffer_size_near(r->pcm, hw, &r->buffer)) < 0 ||
	    (e = snd_pcm_hw_params(r->pcm, hw)) < 0)
		return failed("hw_params", e);
	if ((e = snd_pcm_sw_params_current(r->pcm, sw)) < 0 ||
	    (e = snd_pcm_sw_params_set_avail_min(r->pcm, sw, r->period)) < 0 ||
	    (e = snd_pcm_sw_params(r->pcm, sw)) < 0)
		return failed("sw_params", e);
	return 0;
}

static void judge(struct reader *r, const uint16_t *at, snd_pcm_uframes_t n)
{
	for (snd_pcm_uframes_t i = 0; i < n; i++, at += 2) {
		uint64_t value = (uint64_t)(at[1] & 0xfff) << 16 | at[0];

		r->total++;
		if (at[1] >> 12 != r->tag) {
			r->idle_frames++;
			continue;
		}
		r->idle_frames = 0;
		if (r->frames == 0) {
			r->first = value;
		} else if (r->restarts && value == 0) {
			r->began++;
		} else if (value <= r->last) {
			if (r->repeats++ < 5)
				fprintf(stderr, "repeat: %llu after %llu\n",
					(unsigned long long)value,
					(unsigned long long)r->last);
		} else if (value != r->last + 1) {
			r->gaps++;
			r->missing += value - r->last - 1;
			if (r->gaps <= 5 && !r->jumps)
				fprintf(stderr, "gap: %llu after %llu\n",
					(unsigned long long)value,
					(unsigned long long)r->last);
		}
		r->last = value;
		r->frames++;
	}
}

static int read_some(struct reader *r)
{
	static uint16_t buf[2 * 65536];
	const snd_pcm_channel_area_t *areas;
	snd_pcm_uframes_t offset, frames;
	snd_pcm_sframes_t n;
	int e;

	if (!r->mmap) {
		n = snd_pcm_readi(r->pcm, buf, r->period < 65536 ? r->period : 65536);
		if (n < 0)
			return failed("readi", n);
		judge(r, buf, (snd_pcm_uframes_t)n);
		return 0;
	}
	n = snd_pcm_avail_update(r->pcm);
	if (n < 0)
		return failed("avail_update", n);
	if ((snd_pcm_uframes_t)n < r->period) {
		e = snd_pcm_wait(r->pcm, 20000);
		return e <= 0 ? failed("wait", e < 0 ? e : -ETIMEDOUT) : 0;
	}
	frames = (snd_pcm_uframes_t)n;
	e = snd_pcm_mmap_begin(r->pcm, &areas, &offset, &frames);
	if (e < 0)
		return failed("mmap_begin", e);
	/* Commit less than was offered now and then: what is left has to come again. */
	if (frames > 16 && frames % 3 == 0)
		frames -= 16;
	judge(r, (const uint16_t *)areas[0].addr + 2 * offset, frames);
	n = snd_pcm_mmap_commit(r->pcm, offset, frames);
	if (n < 0 || (snd_pcm_uframes_t)n != frames)
		return failed("mmap_commit", n < 0 ? n : -EPIPE);
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: pattern-reader [--mode rw|mmap] [--seconds S] [--idle S] "
			"[--rate HZ] [--period F] [--buffer F] [--jumps] [--restarts] "
			"[--tag T] PCM\n");
	return 2;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "mode", required_argument, NULL, 'm' },
		{ "seconds", required_argument, NULL, 's' },
		{ "idle", required_argument, NULL, 'i' },
		{ "rate", required_argument, NULL, 'r' },
		{ "period", required_argument, NULL, 'p' },
		{ "buffer", required_argument, NULL, 'b' },
		{ "jumps", no_argument, NULL, 'j' },
		{ "restarts", no_argument, NULL, 'R' },
		{ "tag", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct reader r = {
		.tag = 1, .rate = 48000, .seconds = 5, .period = 1024, .buffer = 16384
	};
	int opt, e;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'm':
			r.mmap = strcmp(optarg, "mmap") == 0;
			break;
		case 's':
			r.seconds = atof(optarg);
			break;
		case 'i':
			r.idle = atof(optarg);
			break;
		case 'r':
			r.rate = (unsigned int)atoi(optarg);
			break;
		case 'p':
			r.period = (snd_pcm_uframes_t)atol(optarg);
			break;
		case 'b':
			r.buffer = (snd_pcm_uframes_t)atol(optarg);
			break;
		case 'j':
			r.jumps = true;
			break;
		case 'R':
			r.restarts = true;
			break;
		case 't':
			r.tag = (unsigned int)atoi(optarg) & 0xf;
			break;
		default:
			return usage();
		}
	}
	if (optind + 1 != argc)
		return usage();
	e = snd_pcm_open(&r.pcm, argv[optind], SND_PCM_STREAM_CAPTURE, 0);
	if (e < 0)
		return failed("open", e) < 0;
	e = set_params(&r);
	if (e >= 0 && r.mmap) {
		e = snd_pcm_start(r.pcm);
		if (e < 0)
			(void)failed("start", e);
	}
	while (e >= 0 && (double)r.total < r.seconds * r.rate &&
	       (r.idle <= 0 || r.frames == 0 || (double)r.idle_frames < r.idle * r.rate))
		e = read_some(&r);
	snd_pcm_close(r.pcm);
	printf("frames %llu\ngaps %llu\nmissing %llu\nrepeats %llu\nrestarts %llu\n"
	       "first %llu\nlast "
	       "%llu\n",
	       (unsigned long long)r.frames, (unsigned long long)r.gaps,
	       (unsigned long long)r.missing, (unsigned long long)r.repeats,
	       (unsigned long long)r.began, (unsigned long long)r.first,
	       (unsigned long long)r.last);
	return e < 0 || r.repeats > 0 || (r.gaps > 0 && !r.jumps);
}
