/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hostless PCMs that tacetd itself keeps open while a verb or device is on (a voice call's):
 * opened and started after the route, closed before the route changes.
 */
#ifndef TACET_PORT_HELD_H
#define TACET_PORT_HELD_H

#include "core/request.h"
#include "core/world.h"

struct held_spec {
	char pcm[TACET_NAME_MAX]; /* "hw:TacetPhone,2", "hw:0,2,0"; no other kind of PCM */
	bool capture;
	unsigned int
		rate; /* 0: the nearest that the hardware has to 48000, as all below */
	unsigned int channels; /* 0 */
	char format[16];       /* "" = S16_LE or what there is */
};

struct held;

/**
 * held_open() - open, set parameters, prepare and start
 *
 * Never blocks on a busy device (-EBUSY). Return: 0 and @ret, or a negative errno with
 * @ret_step telling which call failed ("open", "hw_params", "prepare", "start").
 */
int held_open(const struct held_spec *spec, struct held **ret, const char **ret_step);

/* Stop and close. Returns NULL. */
struct held *held_close(struct held *h);

/* State now; PCM_XRUN and PCM_DISCONNECTED are faults of a held stream. */
enum pcm_state held_state(struct held *h);

/* Device and subdevice numbers, as the kernel gave them. */
void held_id(struct held *h, uint16_t *ret_device, uint16_t *ret_subdevice);

#endif
