/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TACET_CALLAUDIO_BRIDGE_INTERNAL_H
#define TACET_CALLAUDIO_BRIDGE_INTERNAL_H

#include "callaudio/bridge.h"
#include "callaudio/mixer.h"

/* A client that waits for its wish. */
struct waiting {
	struct waiting *next;
	void *call;
	uint64_t serial;
	enum bridge_wish wish;
	bool on;
};

struct bridge {
	sd_event *event;
	const struct ca_conf *conf;
	const struct bridge_ops *ops;
	void *userdata;
	struct tacet *tacet;
	struct mixer *mixer;

	struct ca_want want; /* .call: as clients asked */
	bool calls;	     /* there are some, as those who follow them tell */
	bool calls_told;     /* ... and what they told last, */
	bool calls_seen;     /* which counts once the card is known */
	struct jacks jacks;  /* when the last wish was met */
	struct jacks asked;  /* when tacetd was asked for the route */
	struct ca_before before;
	bool in_force; /* @want is known: somebody asked, or the card told */
	bool dirty;    /* @want is not met, and tacetd was not yet asked for it */
	bool busy;     /* it was */
	bool again;    /* ask even if the route is there: not all that belongs to it is */
	bool muted;    /* by us, or found so */
	bool reassert; /* what is, must not stay: to be tried soon */
	bool had_card;
	bool was_known;
	bool started;	   /* the state that was found has been taken over */
	bool muteable;	   /* that of the microphone too, or a client said */
	bool asked_tacetd; /* to start, for those who wait */

	uint64_t serial; /* of the last wish */
	uint64_t flight; /* of the last one that tacetd was asked for */
	struct waiting *waiting;
	sd_event_source *grace;
	sd_event_source *retry;
	uint64_t retry_us;
	struct bridge_state published;
	char why[384];
};

bool bridge_in_call(const struct bridge *b);

/* bridge-state.c: what is, as opposed to what is wanted. */
void bridge_adopt(struct bridge *b);	  /* want what is */
void bridge_adopt_mute(struct bridge *b); /* as the controls, or the devices, tell */
void bridge_muted_now(struct bridge *b);  /* log when the microphone's state changed */
bool bridge_jacks_differ(const struct jacks *a, const struct jacks *b);
bool bridge_mutes_by_device(struct bridge *b, int verb);
int bridge_mute_controls(struct bridge *b, int verb, bool mute);

#endif
