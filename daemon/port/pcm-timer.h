/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A substream's own timer: the kernel tells when it starts, stops, pauses, goes on; for any
 * process's stream, without a tick and without polling.
 */
#ifndef TACET_PORT_PCM_TIMER_H
#define TACET_PORT_PCM_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

enum pcm_timer_event {
	PCM_TIMER_START, /* also continue and resume */
	PCM_TIMER_STOP,	 /* also suspend */
	PCM_TIMER_PAUSE,
	PCM_TIMER_LOST, /* the queue overflowed or the timer went away: look for yourself */
};

struct pcm_timer;

/* @at_us: CLOCK_MONOTONIC, as the kernel stamped it. Runs in the event loop. */
typedef void (*pcm_timer_handler)(struct pcm_timer *t, enum pcm_timer_event ev,
				  uint64_t at_us, void *userdata);

/**
 * pcm_timer_new() - watch one substream; it need not be open yet
 *
 * Return: 0 and @ret (pcm_timer_free() releases it), -ENODEV/-ENOENT where the kernel has no
 * PCM timers (then use proc_status()), or another negative errno.
 */
int pcm_timer_new(sd_event *event, int card_index, unsigned int device,
		  unsigned int subdevice, bool capture, pcm_timer_handler handler,
		  void *userdata, struct pcm_timer **ret);

/* Read what is already queued now, without waiting for the loop. Return: events handled. */
int pcm_timer_drain_queue(struct pcm_timer *t);

struct pcm_timer *pcm_timer_free(struct pcm_timer *t);

#endif
