/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Raw operations on a PCM's file, of which an application holds another descriptor.
 *
 * Not through alsa-lib: it would want to own the stream. None of these changes a flag of the
 * open file, because O_NONBLOCK and the rest are shared with the owner.
 */
#ifndef TACET_PORT_PCM_FD_H
#define TACET_PORT_PCM_FD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/world.h"

struct pcm_id {
	int card;
	unsigned int device;
	unsigned int subdevice;
	bool capture;
	char id[64];
	char name[80];
};

struct pcm_status {
	enum pcm_state state;
	uint64_t hw_ptr;	    /* frames, modulo the boundary */
	uint64_t appl_ptr;	    /* frames, modulo the boundary */
	uint64_t avail;		    /* frames */
	int64_t delay;		    /* frames */
	uint64_t tstamp_us;	    /* of hw_ptr, in the stream's own clock */
	uint64_t trigger_tstamp_us; /* last start, stop or pause */
};

/**
 * pcm_fd_info() - is this an open PCM, and which
 *
 * Safe with a descriptor from a stranger: asks no file system that could keep the answer
 * back. Return: 0, -ENOTTY when it is not an ALSA PCM, another negative errno of the ioctl.
 */
int pcm_fd_info(int fd, struct pcm_id *ret);

/* State and pointers now; hw_ptr is brought up to date. A capture stream that drains counts
 * as PCM_SETUP: it has stopped, and what is left is its reader's. Return: 0 or a negative
 * errno.
 */
int pcm_fd_status(int fd, struct pcm_status *ret);

struct pcm_abilities {
	bool pause;  /* the hardware can PAUSE */
	bool coarse; /* hw_ptr tells where it is to a period only (SNDRV_PCM_INFO_BATCH) */
};

/* What the hardware can, in whatever configuration. Return: 0 or a negative errno, and @ret is
 * as it was.
 */
int pcm_fd_abilities(int fd, struct pcm_abilities *ret);

/* PAUSE_PUSH or PAUSE_RELEASE. -EBADFD: not running (push) or not paused (release);
 * -ENOSYS: the hardware cannot.
 */
int pcm_fd_pause(int fd, bool push);

/**
 * pcm_fd_drain_start() - begin to drain; what was written is played, then SETUP
 *
 * Does not wait for the end, whether or not the file is O_NONBLOCK. Return: 0, also when
 * nothing was left to drain; or a negative errno.
 */
int pcm_fd_drain_start(int fd);

/* Stop now; what was written and not played is lost. */
int pcm_fd_drop(int fd);

#endif
