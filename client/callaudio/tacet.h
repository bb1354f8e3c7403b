/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tacetd as this client sees it: one card, and a switch at a time. */
#ifndef TACET_CALLAUDIO_TACET_H
#define TACET_CALLAUDIO_TACET_H

#include <systemd/sd-bus.h>

#include "callaudio/route.h"

struct tacet;

struct tacet_outcome {
	bool done;
	bool passes; /* the same request may succeed later: something was busy or away */
	const char *error; /* the bus name, "" when done */
	const char *message;
};

struct tacet_ops {
	/* The card came, went, or has another route or jack. */
	void (*changed)(void *userdata);
	/* The answer to tacet_switch(). */
	void (*switched)(const struct tacet_outcome *o, void *userdata);
};

/**
 * tacet_new() - look for a card of tacetd, now and whenever tacetd starts
 * @bus: the system's, attached to an event loop
 * @card_id: "" is the only card that is managed; kept by the caller
 * @ret: tacet_free() it
 */
int tacet_new(sd_bus *bus, const char *card_id, const struct tacet_ops *ops,
	      void *userdata, struct tacet **ret);
struct tacet *tacet_free(struct tacet *t);

/* The card, or NULL while there is none that is managed. */
const struct ca_card *tacet_card(const struct tacet *t);
int tacet_card_index(const struct tacet *t); /* ALSA's number, -1 without a card */

/* Why there is no card: a sentence, or NULL while that is not known yet. @ret_passes: tacetd
 * is there, so that the card may come. */
const char *tacet_missing(const struct tacet *t, bool *ret_passes);

/* Look again; the bus starts tacetd if it does not run. */
int tacet_find(struct tacet *t);

/**
 * tacet_switch() - ask for a route, also for the present one, whose held PCMs are then opened
 *
 * ops->switched comes, whatever happens. It is not done, and passes, when the route is set but
 * a PCM that tacetd is to hold could not be opened. One at a time.
 */
int tacet_switch(struct tacet *t, const struct route *to);

#endif
