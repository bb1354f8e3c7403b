/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Play a counter, so that every frame can be told from every other one.
 *
 * pattern-writer [--mode rw|rw-poll|rw-nonblock|mmap|mmap-poll|mmap-timer] [--seconds S] [--rate HZ]
 *                [--period FRAMES] [--buffer FRAMES] [--tag T] [--pause MS] [--reopen N] PCM
 *
 * Frame n is: left the low 16 bits of n, right the tag in the upper 4 bits and bits 16 to 27
 * of n below; the tag is 1 unless told otherwise, so that no frame is silence. Stops at the
 * first ALSA error and says which call failed. Ends with a drain and prints "frames N" and how
 * often poll() woke up. --pause MS pauses and releases once a second, as a player does;
 * --reopen N does it all N times, closing in between. SIGTERM ends it
 * early and in good order.
 */
#include <alsa/asoundlib.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum mode {
	MODE_RW,
	MODE_RW_POLL,
	MODE_RW_NONBLOCK,
	MODE_MMAP,
	MODE_MMAP_POLL,
	MODE_MMAP_TIMER,
};

static const char *const mode_names[] = { "rw",	  "rw-poll",   "rw-nonblock",
					  "mmap", "mmap-poll", "mmap-timer" };

struct writer {
	const char *name;
	enum mode mode;
	unsigned int rate, tag, pause_ms, reopen;
	double seconds;
	snd_pcm_uframes_t period, buffer;
	snd_pcm_t *pcm;
	uint64_t n, end;
	uint64_t polls; /* wake-ups of poll(), to see a busy loop */
	struct pollfd pfd[4];
	int n_pfd;
};

static volatile sig_atomic_t over;

static void on_term(int sig __attribute__((unused)))
{
	over = 1;
}

static int failed(const char *what, long error)
{
	fprintf(stderr, "pattern-writer: %s: %s\n", what, snd_strerror((int)error));
	return (int)error;
}

static void fill(const struct writer *w, uint16_t *at, uint64_t n,
		 snd_pcm_uframes_t frames)
{
	for (snd_pcm_uframes_t i = 0; i < frames; i++, n++) {
		*at++ = (uint16_t)n;
		*at++ = (uint16_t)(w->tag << 12 | ((n >> 16) & 0xfff));
	}
}

static int set_params(struct writer *w)
{
	bool mmap = w->mode >= MODE_MMAP;
	snd_pcm_hw_params_t *hw;
	snd_pcm_sw_params_t *sw;
	int r;

	snd_pcm_hw_params_alloca(&hw);
	snd_pcm_sw_params_alloca(&sw);
	if ((r = snd_pcm_hw_params_any(w->pcm, hw)) < 0 ||
	    (r = snd_pcm_hw_params_set_access(w->pcm, hw,
					      mmap ? SND_PCM_ACCESS_MMAP_INTERLEAVED
						   : SND_PCM_ACCESS_RW_INTERLEAVED)) <
		    0 ||
	    (r = snd_pcm_hw_params_set_format(w->pcm, hw, SND_PCM_FORMAT_S16_LE)) < 0 ||
	    (r = snd_pcm_hw_params_set_channels(w->pcm, hw, 2)) < 0 ||
	    (r = snd_pcm_hw_params_set_rate(w->pcm, hw, w->rate, 0)) < 0 ||
	    (r = snd_pcm_hw_params_set_period_size_near(w->pcm, hw, &w->period, NULL)) <
		    0 ||
	    (r = snd_pcm_hw_params_set_buffer_size_near(w->pcm, hw, &w->buffer)) < 0 ||
	    (r = snd_pcm_hw_params(w->pcm, hw)) < 0)
		return failed("hw_params", r);
	if ((r = snd_pcm_sw_params_current(w->pcm, sw)) < 0 ||
	    (r = snd_pcm_sw_params_set_start_threshold(w->pcm, sw, w->buffer)) < 0 ||
	    (r = snd_pcm_sw_params_set_avail_min(w->pcm, sw, w->period)) < 0 ||
	    (r = snd_pcm_sw_params(w->pcm, sw)) < 0)
		return failed("sw_params", r);
	w->n_pfd = snd_pcm_poll_descriptors_count(w->pcm);
	if (w->n_pfd < 1 || w->n_pfd > 4)
		return failed("poll_descriptors_count",
			      w->n_pfd < 0 ? w->n_pfd : -EINVAL);
	r = snd_pcm_poll_descriptors(w->pcm, w->pfd, (unsigned int)w->n_pfd);
	return r < 0 ? failed("poll_descriptors", r) : 0;
}

/* The way of a program that has a loop of its own. */
static int wait_by_poll(struct writer *w)
{
	unsigned short revents;
	int r;

	for (;;) {
		r = poll(w->pfd, (nfds_t)w->n_pfd, 20000);
		if (r < 0)
			return failed("poll", -errno);
		if (r == 0)
			return failed("poll", -ETIMEDOUT);
		w->polls++;
		r = snd_pcm_poll_descriptors_revents(w->pcm, w->pfd,
						     (unsigned int)w->n_pfd, &revents);
		if (r < 0)
			return failed("poll_descriptors_revents", r);
		if (revents & POLLERR)
			return failed("poll", -EIO);
		if (revents & POLLOUT)
			return 0;
	}
}

static int write_rw(struct writer *w)
{
	static uint16_t buf[2 * 65536];
	snd_pcm_uframes_t want = w->period < 65536 ? w->period : 65536, done = 0;
	snd_pcm_sframes_t n;
	int r;

	if (want > w->end - w->n)
		want = (snd_pcm_uframes_t)(w->end - w->n);
	fill(w, buf, w->n, want);
	while (done < want) {
		if (w->mode == MODE_RW_POLL &&
		    snd_pcm_state(w->pcm) == SND_PCM_STATE_RUNNING) {
			r = wait_by_poll(w);
			if (r < 0)
				return r;
		}
		n = snd_pcm_writei(w->pcm, buf + 2 * done, want - done);
		if (n == -EAGAIN && w->mode != MODE_RW) {
			r = snd_pcm_wait(w->pcm, 20000);
			if (r <= 0)
				return failed("wait", r < 0 ? r : -ETIMEDOUT);
			continue;
		}
		if (n < 0)
			return failed("writei", n);
		done += (snd_pcm_uframes_t)n;
		w->n += (uint64_t)n;
	}
	return 0;
}

/* A sound server's wake-up: how far is it, and second thoughts. */
static int tick(struct writer *w)
{
	snd_pcm_status_t *st;
	snd_pcm_sframes_t n;
	int r;

	snd_pcm_status_alloca(&st);
	poll(NULL, 0, (int)(w->period * 1000 / w->rate / 2));
	r = snd_pcm_status(w->pcm, st);
	if (r < 0)
		return failed("status", r);
	if (snd_pcm_status_get_state(st) == SND_PCM_STATE_XRUN)
		return failed("status", -EPIPE);
	n = snd_pcm_avail(w->pcm);
	if (n < 0)
		return failed("avail", n);
	if (w->polls++ % 4 == 0) {
		n = snd_pcm_rewindable(w->pcm);
		if (n > (snd_pcm_sframes_t)w->buffer / 2) {
			n = snd_pcm_rewind(w->pcm, 480);
			if (n < 0)
				return failed("rewind", n);
			w->n -= (uint64_t)n;
		}
	}
	return 0;
}

static int write_mmap(struct writer *w)
{
	const snd_pcm_channel_area_t *areas;
	snd_pcm_uframes_t offset, frames;
	snd_pcm_sframes_t avail, n;
	int r;

	avail = snd_pcm_avail_update(w->pcm);
	if (avail < 0)
		return failed("avail_update", avail);
	if ((snd_pcm_uframes_t)avail < w->period && (uint64_t)avail < w->end - w->n) {
		if (snd_pcm_state(w->pcm) == SND_PCM_STATE_PREPARED) {
			r = snd_pcm_start(w->pcm);
			return r < 0 ? failed("start", r) : 0;
		}
		if (w->mode == MODE_MMAP_POLL)
			return wait_by_poll(w);
		if (w->mode == MODE_MMAP_TIMER)
			return tick(w);
		r = snd_pcm_wait(w->pcm, 20000);
		return r <= 0 ? failed("wait", r < 0 ? r : -ETIMEDOUT) : 0;
	}
	frames = (snd_pcm_uframes_t)avail;
	if (frames > w->end - w->n)
		frames = (snd_pcm_uframes_t)(w->end - w->n);
	r = snd_pcm_mmap_begin(w->pcm, &areas, &offset, &frames);
	if (r < 0)
		return failed("mmap_begin", r);
	fill(w, (uint16_t *)areas[0].addr + 2 * offset, w->n, frames);
	n = snd_pcm_mmap_commit(w->pcm, offset, frames);
	if (n < 0 || (snd_pcm_uframes_t)n != frames)
		return failed("mmap_commit", n < 0 ? n : -EPIPE);
	w->n += frames;
	return 0;
}

static int pause_for_a_moment(struct writer *w)
{
	int r = snd_pcm_pause(w->pcm, 1);

	if (r < 0)
		return failed("pause", r);
	poll(NULL, 0, (int)w->pause_ms);
	r = snd_pcm_pause(w->pcm, 0);
	return r < 0 ? failed("pause release", r) : 0;
}

static int play(struct writer *w)
{
	uint64_t next_pause = w->rate;
	int r;

	r = snd_pcm_open(&w->pcm, w->name, SND_PCM_STREAM_PLAYBACK,
			 w->mode == MODE_RW_NONBLOCK ? SND_PCM_NONBLOCK : 0);
	if (r < 0)
		return failed("open", r);
	r = set_params(w);
	w->end = w->n + (uint64_t)(w->seconds * w->rate);
	while (r >= 0 && w->n < w->end && !over) {
		r = w->mode >= MODE_MMAP ? write_mmap(w) : write_rw(w);
		if (r >= 0 && w->pause_ms && w->n >= next_pause) {
			next_pause += w->rate;
			if (snd_pcm_state(w->pcm) == SND_PCM_STATE_RUNNING)
				r = pause_for_a_moment(w);
		}
	}
	if (r >= 0) {
		snd_pcm_nonblock(w->pcm, 0);
		r = snd_pcm_drain(w->pcm);
		if (r < 0)
			(void)failed("drain", r);
	}
	if (r >= 0) {
		r = snd_pcm_close(w->pcm);
		return r < 0 ? failed("close", r) : 0;
	}
	snd_pcm_close(w->pcm);
	return r;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: pattern-writer [--mode M] [--seconds S] [--rate HZ] "
		"[--period F] [--buffer F] [--tag T] [--pause MS] [--reopen N] PCM\n");
	return 2;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "mode", required_argument, NULL, 'm' },
		{ "seconds", required_argument, NULL, 's' },
		{ "rate", required_argument, NULL, 'r' },
		{ "period", required_argument, NULL, 'p' },
		{ "buffer", required_argument, NULL, 'b' },
		{ "tag", required_argument, NULL, 't' },
		{ "pause", required_argument, NULL, 'P' },
		{ "reopen", required_argument, NULL, 'R' },
		{ NULL, 0, NULL, 0 },
	};
	struct writer w = { .rate = 48000,
			    .tag = 1,
			    .seconds = 5,
			    .period = 2400,
			    .buffer = 24000,
			    .reopen = 1 };
	int opt, r = 0;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'm':
			while (w.mode <= MODE_MMAP_TIMER &&
			       strcmp(optarg, mode_names[w.mode]) != 0)
				w.mode++;
			if (w.mode > MODE_MMAP_TIMER)
				return usage();
			break;
		case 's':
			w.seconds = atof(optarg);
			break;
		case 'r':
			w.rate = (unsigned int)atoi(optarg);
			break;
		case 'p':
			w.period = (snd_pcm_uframes_t)atol(optarg);
			break;
		case 'b':
			w.buffer = (snd_pcm_uframes_t)atol(optarg);
			break;
		case 't':
			w.tag = (unsigned int)atoi(optarg) & 0xf;
			break;
		case 'P':
			w.pause_ms = (unsigned int)atoi(optarg);
			break;
		case 'R':
			w.reopen = (unsigned int)atoi(optarg);
			break;
		default:
			return usage();
		}
	}
	if (optind + 1 != argc)
		return usage();
	w.name = argv[optind];
	/* Restarts system calls: no ALSA call may see EINTR for it. */
	signal(SIGTERM, on_term);
	for (unsigned int i = 0; i < w.reopen && r >= 0; i++)
		r = play(&w);
	printf("frames %llu\n", (unsigned long long)w.n);
	printf("polls %llu\n", (unsigned long long)w.polls);
	return r < 0;
}
