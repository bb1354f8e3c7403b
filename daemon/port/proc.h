/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open substreams of a card, as /proc/asound tells: the only view of foreign streams that needs
 * neither their fd nor a second open.
 */
#ifndef TACET_PORT_PROC_H
#define TACET_PORT_PROC_H

#include "core/world.h"

/* One open substream, as the kernel's procfs describes it. */
struct proc_stream {
	uint16_t device;
	uint16_t subdevice;
	bool capture;
	enum pcm_state state; /* never PCM_CLOSED */
	pid_t owner; /* process; its thread where /proc hides it; 0 where that is unknown too */
	char process[32]; /* comm of the owner, or "" */
	uint64_t hw_ptr;  /* frames, as printed (wraps at the runtime's boundary) */
	uint64_t appl_ptr;
	unsigned int rate;     /* 0 before hw_params */
	unsigned int channels; /* 0 before hw_params */
};

/**
 * proc_scan() - list the open substreams of a card
 * @root: "" or a directory that stands in for / in tests
 * @ret: array of @max entries; @ret_n may be larger than @max when more are open
 *
 * Reads .../status of every substream: that takes each PCM's open mutex and asks its driver
 * for a position. Call it for a switch or for a person, never periodically.
 *
 * Return: 0, -ENOENT when the card is gone, -EOPNOTSUPP without verbose procfs, or another
 * negative errno. Blocks briefly.
 */
int proc_scan(const char *root, int card_index, struct proc_stream *ret, unsigned int max,
	      unsigned int *ret_n);

/* State and pointers of one substream; state PCM_CLOSED when nobody has it open. */
int proc_status(const char *root, int card_index, unsigned int device,
		unsigned int subdevice, bool capture, struct proc_stream *ret);

#endif
