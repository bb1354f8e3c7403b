// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The ioctls are used as they are: snd_timer_open() would parse all of alsa-lib's
 * configuration for each stream that is watched, while a switch waits.
 */
#include "port/pcm-timer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sound/asound.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"

struct pcm_timer {
	int fd;
	sd_event_source *source;
	pcm_timer_handler handler;
	void *userdata;
	bool *freed; /* set while handlers run: they may free us */
	bool gone;
};

#define QUEUE_SIZE 128

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* snd_timer.timer_tstamp_monotonic=0 gives wall-clock stamps; those lie in our future. */
static uint64_t stamp_us(const struct snd_timer_tread *e)
{
	uint64_t now = now_us();
	uint64_t at =
		(uint64_t)e->tstamp.tv_sec * 1000000 + (uint64_t)e->tstamp.tv_nsec / 1000;

	return at && at <= now ? at : now;
}

static int translate(int event)
{
	switch (event) {
	case SNDRV_TIMER_EVENT_MSTART:
	case SNDRV_TIMER_EVENT_MCONTINUE:
	case SNDRV_TIMER_EVENT_MRESUME:
		return PCM_TIMER_START;
	case SNDRV_TIMER_EVENT_MSTOP:
	case SNDRV_TIMER_EVENT_MSUSPEND:
		return PCM_TIMER_STOP;
	case SNDRV_TIMER_EVENT_MPAUSE:
		return PCM_TIMER_PAUSE;
	default:
		return -1;
	}
}

/* The handler may free the timer: then true, and @t must not be touched. */
static bool emit(struct pcm_timer *t, enum pcm_timer_event ev, uint64_t at_us)
{
	bool freed = false;

	t->freed = &freed;
	t->handler(t, ev, at_us, t->userdata);
	if (freed)
		return true;
	t->freed = NULL;
	return false;
}

/* Return: events handled. @ret_freed: a handler freed @t. */
static int take_events(struct pcm_timer *t, bool *ret_freed)
{
	struct snd_timer_tread ev[16];
	size_t queued = 0;
	int handled = 0;

	while (!t->gone) {
		ssize_t n = read(t->fd, ev, sizeof(ev));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		queued += (size_t)n / sizeof(ev[0]);
		for (size_t i = 0; i < (size_t)n / sizeof(ev[0]); i++) {
			int kind = translate(ev[i].event);

			if (kind < 0)
				continue;
			handled++;
			*ret_freed =
				emit(t, (enum pcm_timer_event)kind, stamp_us(&ev[i]));
			if (*ret_freed)
				return handled;
		}
	}
	/* the kernel drops what a full queue has no room for, and tells nobody */
	if (queued >= QUEUE_SIZE) {
		*ret_freed = emit(t, PCM_TIMER_LOST, now_us());
		handled++;
	}
	return handled;
}

int pcm_timer_drain_queue(struct pcm_timer *t)
{
	bool freed = false;

	return take_events(t, &freed);
}

static int on_readable(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct pcm_timer *t = userdata;
	bool freed = false;

	take_events(t, &freed);
	if (freed || !(revents & (EPOLLERR | EPOLLHUP)))
		return 0;
	/* The card is gone, and with it the timer. A non-blocking read says EAGAIN for ever. */
	t->gone = true;
	sd_event_source_set_enabled(t->source, SD_EVENT_OFF);
	emit(t, PCM_TIMER_LOST, now_us());
	return 0;
}

static int setup(int fd, int card_index, unsigned int device, unsigned int subdevice,
		 bool capture)
{
	struct snd_timer_select select = {
		.id = {
			.dev_class = SNDRV_TIMER_CLASS_PCM,
			.dev_sclass = SNDRV_TIMER_SCLASS_NONE,
			.card = card_index,
			.device = (int)device,
			/* snd_pcm_timer_init() numbers both directions in one */
			.subdevice = (int)(subdevice << 1 | (capture ? 1 : 0)),
		},
	};
	struct snd_timer_params params = {
		/* so many periods that no tick ever expires; the filter keeps them out too */
		.ticks = INT_MAX,
		.queue_size = QUEUE_SIZE,
		.filter =
			1 << SNDRV_TIMER_EVENT_MSTART | 1 << SNDRV_TIMER_EVENT_MSTOP |
			1 << SNDRV_TIMER_EVENT_MCONTINUE | 1 << SNDRV_TIMER_EVENT_MPAUSE |
			1 << SNDRV_TIMER_EVENT_MSUSPEND | 1 << SNDRV_TIMER_EVENT_MRESUME,
	};
	int tread = 1;

	if (ioctl(fd, SNDRV_TIMER_IOCTL_TREAD, &tread) < 0 ||
	    ioctl(fd, SNDRV_TIMER_IOCTL_SELECT, &select) < 0 ||
	    ioctl(fd, SNDRV_TIMER_IOCTL_PARAMS, &params) < 0 ||
	    ioctl(fd, SNDRV_TIMER_IOCTL_START) < 0)
		return -errno;
	return 0;
}

int pcm_timer_new(sd_event *event, int card_index, unsigned int device,
		  unsigned int subdevice, bool capture, pcm_timer_handler handler,
		  void *userdata, struct pcm_timer **ret)
{
	_cleanup_close_ int fd =
		open("/dev/snd/timer", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ struct pcm_timer *t = NULL;
	int r;

	if (fd < 0)
		return -errno;
	r = setup(fd, card_index, device, subdevice, capture);
	if (r < 0)
		return r;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->handler = handler;
	t->userdata = userdata;
	r = sd_event_add_io(event, &t->source, fd, EPOLLIN, on_readable, t);
	if (r < 0)
		return r;
	t->fd = TAKE_FD(fd);
	*ret = TAKE_PTR(t);
	return 0;
}

struct pcm_timer *pcm_timer_free(struct pcm_timer *t)
{
	if (!t)
		return NULL;
	if (t->freed)
		*t->freed = true;
	sd_event_source_disable_unref(t->source);
	close(t->fd);
	free(t);
	return NULL;
}
