/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a plug asks for: a jack's change to the requests that follow it. Pure.
 */
#ifndef TACET_CORE_JACK_H
#define TACET_CORE_JACK_H

#include "core/profile.h"

#define JACKS_MAX     16
#define JACK_REQUESTS 2 /* an output and an input may share one socket */

struct jack {
	char control[TACET_NAME_MAX];
	bool plugged;
	char before
		[2]
		[TACET_NAME_MAX]; /* what was in use, [0] output, [1] input; "" = none */
};

struct jacks {
	unsigned int n;
	struct jack jack[JACKS_MAX];
};

/* Remember a state. Return: true when it is news. More than JACKS_MAX are not kept. */
bool jacks_set(struct jacks *j, const char *control, bool plugged);

/**
 * jack_decide() - the requests that follow the change of one jack
 * @r: the route in force, or the one that will be once what waits is done
 * @j: all jacks, the change included
 * @control: the one that changed
 *
 * Plugged: `to` each device of the verb that this jack tells of; what it displaces is
 * remembered in @j. Unplugged: where such a device is on, `to` what was in use before it, else
 * the device of the same direction with the highest priority, as long as its own jack, if it
 * has one, is plugged; the direction is left alone when there is none.
 *
 * Return: the number of requests in @ret.
 */
unsigned int jack_decide(const struct profile *p, const struct route *r, struct jacks *j,
			 const char *control, struct request ret[JACK_REQUESTS]);

#endif
