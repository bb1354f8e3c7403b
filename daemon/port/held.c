// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Like pcm-fd.c without alsa-lib: to open "hw:" it would parse all of its configuration while a
 * call waits, and be the largest library of a daemon that calls it for nothing else.
 */
#include "port/held.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sound/asound.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "port/held-params.h"
#include "port/pcm-fd.h"
#include "util/cleanup.h"

struct held {
	int fd;
	uint16_t device;
	uint16_t subdevice;
};

/* The number of a card by its number or id. */
static int find_card(const char *name, int *ret)
{
	char path[64], target[32], *end;
	long v = strtol(name, &end, 10);
	ssize_t n;

	if (name[0] >= '0' && name[0] <= '9' && !*end && v <= INT_MAX) {
		*ret = (int)v;
		return 0;
	}
	if (!name[0] || strchr(name, '/') || name[0] == '.')
		return -EINVAL;
	snprintf(path, sizeof(path), "/proc/asound/%.40s", name);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return errno == ENOENT ? -ENODEV : -errno;
	target[n] = '\0';
	return sscanf(target, "card%d", ret) == 1 ? 0 : -ENODEV;
}

/* "hw:CARD[,DEVICE[,SUBDEVICE]]", each also as "CARD=x". Return: 0 or negative errno. */
static int parse_name(const char *pcm, int *ret_card, unsigned int *ret_device,
		      int *ret_subdevice)
{
	static const char *const key[] = { "CARD=", "DEV=", "SUBDEV=" };
	char text[TACET_NAME_MAX], *part[3] = { "0", "0", "-1" }, *save, *s, *end;
	long device, subdevice;

	if (strncmp(pcm, "hw:", 3) || strlen(pcm) >= sizeof(text))
		return -EINVAL;
	strcpy(text, pcm + 3);
	s = strtok_r(text, ",", &save);
	for (unsigned int i = 0; s; i++, s = strtok_r(NULL, ",", &save)) {
		unsigned int k = i;

		for (unsigned int j = 0; j < ARRAY_SIZE(key); j++) {
			if (!strncmp(s, key[j], strlen(key[j]))) {
				s += strlen(key[j]);
				k = j;
				break;
			}
		}
		if (k >= ARRAY_SIZE(part))
			return -EINVAL;
		part[k] = s;
	}
	device = strtol(part[1], &end, 10);
	if (*end || end == part[1] || device < 0 || device > UINT16_MAX)
		return -EINVAL;
	subdevice = strtol(part[2], &end, 10);
	if (*end || end == part[2] || subdevice < -1 || subdevice > UINT16_MAX)
		return -EINVAL;
	*ret_device = (unsigned int)device;
	*ret_subdevice = (int)subdevice;
	return find_card(part[0], ret_card);
}

/* A subdevice is asked for on a control handle, whose owner's next open gets it. */
static int open_pcm(const struct held_spec *spec)
{
	_cleanup_close_ int ctl = -1;
	unsigned int device;
	int card, subdevice, fd, r;
	char path[64];

	r = parse_name(spec->pcm, &card, &device, &subdevice);
	if (r < 0)
		return r;
	if (subdevice >= 0) {
		snprintf(path, sizeof(path), "/dev/snd/controlC%d", card);
		ctl = open(path, O_RDONLY | O_CLOEXEC);
		if (ctl < 0 ||
		    ioctl(ctl, SNDRV_CTL_IOCTL_PCM_PREFER_SUBDEVICE, &subdevice) < 0)
			return -errno;
	}
	snprintf(path, sizeof(path), "/dev/snd/pcmC%dD%u%c", card, device,
		 spec->capture ? 'c' : 'p');
	/* blocking, an open would wait for a busy substream */
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == EAGAIN ? -EBUSY : -errno;
	return fd;
}

/* Never an xrun, for nobody feeds it; silence where the hardware reads the buffer after all.
 * ULONG_MAX lies beyond any boundary: that is how the kernel knows "never" and "all". */
static int set_sw_params(int fd, bool capture)
{
	struct snd_pcm_sw_params sw = {
		.period_step = 1,
		.avail_min = 1,
		.start_threshold = ULONG_MAX,
		.stop_threshold = ULONG_MAX,
		.silence_size = capture ? 0 : ULONG_MAX,
		.proto = SNDRV_PCM_VERSION,
		.tstamp_type = SNDRV_PCM_TSTAMP_TYPE_MONOTONIC,
	};

	return ioctl(fd, SNDRV_PCM_IOCTL_SW_PARAMS, &sw) < 0 ? -errno : 0;
}

static int start(struct held *h, const struct held_spec *spec, const char **step)
{
	struct pcm_id id;
	int r;

	*step = "open";
	h->fd = open_pcm(spec);
	if (h->fd < 0)
		return h->fd;
	r = pcm_fd_info(h->fd, &id);
	if (r < 0)
		return r;
	h->device = (uint16_t)id.device;
	h->subdevice = (uint16_t)id.subdevice;

	*step = "hw_params";
	r = held_set_params(h->fd, spec);
	if (r >= 0)
		r = set_sw_params(h->fd, spec->capture);
	if (r < 0)
		return r;
	*step = "prepare";
	if (ioctl(h->fd, SNDRV_PCM_IOCTL_PREPARE) < 0)
		return -errno;
	*step = "start";
	return ioctl(h->fd, SNDRV_PCM_IOCTL_START) < 0 ? -errno : 0;
}

static inline void held_closep(struct held **h)
{
	held_close(*h);
}

int held_open(const struct held_spec *spec, struct held **ret, const char **ret_step)
{
	_cleanup_(held_closep) struct held *h = calloc(1, sizeof(*h));
	const char *step = "open";
	int r = -ENOMEM;

	if (h) {
		h->fd = -1;
		r = start(h, spec, &step);
	}
	if (r < 0) {
		*ret_step = step;
		return r;
	}
	*ret = TAKE_PTR(h);
	return 0;
}

struct held *held_close(struct held *h)
{
	if (!h)
		return NULL;
	if (h->fd >= 0) {
		ioctl(h->fd, SNDRV_PCM_IOCTL_DROP);
		close(h->fd);
	}
	free(h);
	return NULL;
}

enum pcm_state held_state(struct held *h)
{
	struct pcm_status status;

	return pcm_fd_status(h->fd, &status) < 0 ? PCM_DISCONNECTED : status.state;
}

void held_id(struct held *h, uint16_t *ret_device, uint16_t *ret_subdevice)
{
	*ret_device = h->device;
	*ret_subdevice = h->subdevice;
}
