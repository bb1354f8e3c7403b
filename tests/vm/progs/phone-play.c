// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Play a counter: left = low 16 bits of the frame's number n, right = 1 << 12 | bits 16 to 27
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * phone-play [-D PCM] [-r RATE] [-p PERIOD] [-b BUFFER] [-n FRAMES] [-P PAUSES] [-m] [-x] [-RH] [-d | -s]
 *   -P  PAUSE and release so many times on the way    -m  mmap instead of write
 *   -x  go on after an xrun with the next frame    -s  drop at the end, -d drain (default)
 *   -H  stay in the first PAUSE and write "paused" to stdout; without -P: stay at the end
 *   -R  write "running" to stdout once it runs
 * Prints what it did as "name value" lines. Exit status 1 on any error of the PCM.
 */
#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct player {
	snd_pcm_t *pcm;
	snd_pcm_uframes_t period, buffer;
	unsigned int rate;
	uint64_t written, frames, xruns;
	unsigned int pauses, paused;
	bool mmap, go_on, drop, tell, hold;
};

static int complain(const char *what, int err)
{
	fprintf(stderr, "phone-play: %s: %s\n", what, snd_strerror(err));
	return 1;
}

static int setup(struct player *p)
{
	snd_pcm_hw_params_t *hw;
	snd_pcm_sw_params_t *sw;
	int err;

	snd_pcm_hw_params_alloca(&hw);
	snd_pcm_sw_params_alloca(&sw);
	err = snd_pcm_hw_params_any(p->pcm, hw);
	if (err >= 0)
		err = snd_pcm_hw_params_set_access(
			p->pcm, hw,
			p->mmap ? SND_PCM_ACCESS_MMAP_INTERLEAVED
				: SND_PCM_ACCESS_RW_INTERLEAVED);
	if (err >= 0)
		err = snd_pcm_hw_params_set_format(p->pcm, hw, SND_PCM_FORMAT_S16_LE);
	if (err >= 0)
		err = snd_pcm_hw_params_set_channels(p->pcm, hw, 2);
	if (err >= 0)
		err = snd_pcm_hw_params_set_rate(p->pcm, hw, p->rate, 0);
	if (err >= 0)
		err = snd_pcm_hw_params_set_period_size_near(p->pcm, hw, &p->period,
							     NULL);
	if (err >= 0)
		err = snd_pcm_hw_params_set_buffer_size_near(p->pcm, hw, &p->buffer);
	if (err >= 0)
		err = snd_pcm_hw_params(p->pcm, hw);
	if (err < 0)
		return complain("hw_params", err);
	if (p->pauses && !snd_pcm_hw_params_can_pause(hw))
		return complain("pause", -ENOSYS);

	err = snd_pcm_sw_params_current(p->pcm, sw);
	if (err >= 0)
		err = snd_pcm_sw_params_set_start_threshold(p->pcm, sw, p->buffer);
	if (err >= 0)
		err = snd_pcm_sw_params(p->pcm, sw);
	return err < 0 ? complain("sw_params", err) : 0;
}

static int pause_once(struct player *p)
{
	snd_pcm_status_t *before, *after;
	int err;

	snd_pcm_status_alloca(&before);
	snd_pcm_status_alloca(&after);
	if (snd_pcm_state(p->pcm) != SND_PCM_STATE_RUNNING)
		return 0;
	err = snd_pcm_pause(p->pcm, 1);
	if (err < 0)
		return complain("pause", err);
	if (p->hold) {
		puts("paused");
		fflush(stdout);
		pause();
	}
	snd_pcm_status(p->pcm, before);
	usleep(3000);
	snd_pcm_status(p->pcm, after);
	if (snd_pcm_status_get_avail(before) != snd_pcm_status_get_avail(after)) {
		fprintf(stderr, "phone-play: hw_ptr moved while paused\n");
		return 1;
	}
	err = snd_pcm_pause(p->pcm, 0);
	if (err < 0)
		return complain("release", err);
	p->paused++;
	return 0;
}

static int play(struct player *p)
{
	uint16_t *block = malloc(p->period * 4);
	bool told = false;
	int ret = 0;

	while (!ret && p->written < p->frames) {
		snd_pcm_uframes_t n = p->period, i;
		snd_pcm_sframes_t done;

		if (n > p->frames - p->written)
			n = p->frames - p->written;
		for (i = 0; i < n; i++) {
			block[i * 2] = p->written + i;
			block[i * 2 + 1] = 1 << 12 | ((p->written + i) >> 16 & 0xfff);
		}
		done = p->mmap ? snd_pcm_mmap_writei(p->pcm, block, n)
			       : snd_pcm_writei(p->pcm, block, n);
		if (done == -EPIPE && p->go_on) {
			p->xruns++;
			done = snd_pcm_prepare(p->pcm);
		}
		if (done < 0)
			ret = complain("write", done);
		else
			p->written += done;
		if (!ret && p->tell && !told &&
		    snd_pcm_state(p->pcm) == SND_PCM_STATE_RUNNING) {
			puts("running");
			fflush(stdout);
			told = true;
		}
		if (!ret && p->pauses &&
		    p->written / (p->frames / (p->pauses + 1) + 1) > p->paused)
			ret = pause_once(p);
	}
	free(block);
	return ret;
}

int main(int argc, char **argv)
{
	struct player p = {
		.period = 2048, .buffer = 32768, .rate = 48000, .frames = 96000
	};
	const char *name = "hw:TacetPhone,0";
	int option, err, ret;

	while ((option = getopt(argc, argv, "D:r:p:b:n:P:mxdsRH")) != -1) {
		switch (option) {
		case 'D':
			name = optarg;
			break;
		case 'r':
			p.rate = strtoul(optarg, NULL, 0);
			break;
		case 'p':
			p.period = strtoul(optarg, NULL, 0);
			break;
		case 'b':
			p.buffer = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			p.frames = strtoull(optarg, NULL, 0);
			break;
		case 'P':
			p.pauses = strtoul(optarg, NULL, 0);
			break;
		case 'm':
			p.mmap = true;
			break;
		case 'x':
			p.go_on = true;
			break;
		case 'd':
			p.drop = false;
			break;
		case 's':
			p.drop = true;
			break;
		case 'H':
			p.hold = true;
			break;
		case 'R':
			p.tell = true;
			break;
		default:
			return 2;
		}
	}
	err = snd_pcm_open(&p.pcm, name, SND_PCM_STREAM_PLAYBACK, 0);
	if (err < 0)
		return complain(name, err);
	ret = setup(&p);
	if (!ret)
		ret = play(&p);
	if (!ret) {
		/* Short of the threshold it did not start by itself. */
		err = p.written < p.buffer ? snd_pcm_start(p.pcm) : 0;
		if (err < 0)
			ret = complain("start", err);
		else if (p.written < p.buffer && p.tell)
			puts("running");
		fflush(stdout);
	}
	if (!ret) {
		if (p.hold)
			pause();
		err = p.drop ? snd_pcm_drop(p.pcm) : snd_pcm_drain(p.pcm);
		if (err < 0)
			ret = complain("end", err);
	}
	snd_pcm_close(p.pcm);
	printf("written %llu\npauses %u\nxruns %llu\n", (unsigned long long)p.written,
	       p.paused, (unsigned long long)p.xruns);
	return ret;
}
