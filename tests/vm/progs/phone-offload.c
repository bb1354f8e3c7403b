// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Play the counter of phone-play through a compress device, as plain PCM
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * phone-offload [-D /dev/snd/comprC0D5] [-n FRAMES] [-P PAUSES]
 * 48 kHz, S16, stereo. Ends with a drain. Prints "written N" and "played N", in frames.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <sound/compress_offload.h>
#include <sound/compress_params.h>

#define FRAGMENT 4096
#define FRAME	 4

static int call(int fd, unsigned long request, const char *name, void *argument)
{
	if (ioctl(fd, request, argument) >= 0)
		return 0;
	fprintf(stderr, "phone-offload: %s: %s\n", name, strerror(errno));
	exit(1);
}
#define CALL(fd, request, argument) call(fd, request, #request, argument)

static void set_params(int fd)
{
	struct snd_compr_params params = {
		.buffer = { .fragment_size = FRAGMENT, .fragments = 8 },
		.codec = {
			.id = SND_AUDIOCODEC_PCM,
			.ch_in = 2,
			.ch_out = 2,
			.sample_rate = 48000,
			.format = 2, /* SNDRV_PCM_FORMAT_S16_LE */
		},
	};

	CALL(fd, SNDRV_COMPRESS_SET_PARAMS, &params);
}

static void fill(uint16_t *block, uint64_t number, size_t frames)
{
	for (size_t i = 0; i < frames; i++, number++) {
		block[i * 2] = number;
		block[i * 2 + 1] = 1 << 12 | (number >> 16 & 0xfff);
	}
}

static uint64_t play(int fd, uint64_t frames, unsigned int pauses)
{
	uint16_t block[FRAGMENT / 2];
	uint64_t written = 0;
	unsigned int paused = 0;
	int started = 0;

	while (written < frames) {
		size_t n = FRAGMENT / FRAME;
		ssize_t done;

		if (n > frames - written)
			n = frames - written;
		fill(block, written, n);
		done = write(fd, block, n * FRAME);
		if (done < 0 && errno != EAGAIN) {
			perror("phone-offload: write");
			exit(1);
		}
		written += done > 0 ? done / FRAME : 0;
		if (!started && (written >= 4 * FRAGMENT / FRAME || written == frames)) {
			CALL(fd, SNDRV_COMPRESS_START, NULL);
			started = 1;
		}
		if (started && pauses && written / (frames / (pauses + 1) + 1) > paused) {
			CALL(fd, SNDRV_COMPRESS_PAUSE, NULL);
			usleep(3000);
			CALL(fd, SNDRV_COMPRESS_RESUME, NULL);
			paused++;
		}
		if (done <= 0) {
			struct pollfd pfd = { .fd = fd, .events = POLLOUT };

			if (poll(&pfd, 1, 5000) != 1) {
				fprintf(stderr, "phone-offload: nothing moves\n");
				exit(1);
			}
		}
	}
	return written;
}

int main(int argc, char **argv)
{
	const char *device = "/dev/snd/comprC0D5";
	struct snd_compr_caps caps = {};
	struct snd_compr_tstamp stamp = {};
	uint64_t frames = 96000, written;
	unsigned int pauses = 0;
	int option, fd;

	while ((option = getopt(argc, argv, "D:n:P:")) != -1) {
		switch (option) {
		case 'D':
			device = optarg;
			break;
		case 'n':
			frames = strtoull(optarg, NULL, 0);
			break;
		case 'P':
			pauses = strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	fd = open(device, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "phone-offload: %s: %s\n", device, strerror(errno));
		return 1;
	}
	CALL(fd, SNDRV_COMPRESS_GET_CAPS, &caps);
	set_params(fd);
	written = play(fd, frames, pauses);
	CALL(fd, SNDRV_COMPRESS_TSTAMP, &stamp);
	CALL(fd, SNDRV_COMPRESS_DRAIN, NULL);
	close(fd);
	printf("written %llu\nplayed %u\n", (unsigned long long)written,
	       stamp.pcm_io_frames);
	return 0;
}
