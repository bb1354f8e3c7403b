/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between those who want a mode, a speaker or a mute, and tacetd: one wish at a time is made
 * true, and whoever asked is answered when it is.
 */
#ifndef TACET_CALLAUDIO_BRIDGE_H
#define TACET_CALLAUDIO_BRIDGE_H

#include "callaudio/ca-conf.h"
#include "callaudio/tacet.h"

struct bridge;

/* The three properties of org.mobian_project.CallAudio. */
struct bridge_state {
	enum ca_state mode;
	enum ca_state speaker;
	enum ca_state mic;
};

enum bridge_wish {
	BRIDGE_MODE,
	BRIDGE_SPEAKER,
	BRIDGE_MUTE,
};

struct bridge_ops {
	/* The state is another one. */
	void (*changed)(void *userdata);
	/* A wish of bridge_ask() came true, or not. */
	void (*answer)(void *call, bool success, void *userdata);
};

/**
 * bridge_new() - begin with the state that the card is in
 * @system: the system bus, attached to @event
 * @conf: kept by the caller
 * @ret: bridge_free() it; calls that wait are answered with false
 */
int bridge_new(sd_event *event, sd_bus *system, const struct ca_conf *conf,
	       const struct bridge_ops *ops, void *userdata, struct bridge **ret);
struct bridge *bridge_free(struct bridge *b);

/* A client's wish; @call comes back through ops->answer, perhaps at once. */
void bridge_ask(struct bridge *b, enum bridge_wish wish, bool on, void *call);

/* There are calls (held ones too), or none; who follows calls tells of each change. */
void bridge_calls(struct bridge *b, bool calls);

struct bridge_state bridge_state(const struct bridge *b);

#endif
