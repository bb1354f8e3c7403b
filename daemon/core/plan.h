/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a request and the world to a list of UCM steps and one fate per stream.
 */
#ifndef TACET_CORE_PLAN_H
#define TACET_CORE_PLAN_H

#include <stddef.h>

#include "core/profile.h"
#include "core/world.h"

/* Everything off, the verb off and on, everything on. */
#define PLAN_STEPS_MAX (2 * (PROFILE_DEVICES + PROFILE_MODIFIERS) + 2)

/* One snd_use_case_set(): what and which (an index into the verb of its route). */
enum plan_op {
	PLAN_DISABLE_MODIFIER,
	PLAN_DISABLE_DEVICE,
	PLAN_SET_VERB,
	PLAN_ENABLE_DEVICE,
	PLAN_ENABLE_MODIFIER,
	PLAN_OP_MAX,
};

struct plan_step {
	enum plan_op op;
	int verb; /* the verb that the index belongs to; for SET_VERB the verb itself or -1 */
	int index;
};

enum stream_method {
	METHOD_NONE,	/* need not be touched */
	METHOD_PAUSE,	/* leased, hardware pauses */
	METHOD_PLAYOUT, /* leased: let what was written be heard, then pause */
	METHOD_DRAIN,	/* leased: drain, the plugin hides it */
	METHOD_DROP,	/* leased: what is queued is lost, as asked for */
	METHOD_HALT,	/* leased: stop, and the plugin plays again what was not heard */
	METHOD_CLOSE,	/* held */
	METHOD_WAIT, /* foreign, or leased and draining by itself: watched until it stops */
	METHOD_LIVE, /* repaired kernel: left running */
	STREAM_METHOD_MAX,
};

enum stream_after {
	AFTER_LEAVE,  /* nothing to do */
	AFTER_RESUME, /* release the pause, or let the plugin refill */
	AFTER_REOPEN, /* held */
	AFTER_PARK,   /* stays paused: the new route gives it no back end */
};

struct plan_stream {
	uint32_t id;
	enum stream_kind kind;
	enum stream_method method;
	enum stream_method fallback; /* when the method is refused; METHOD_NONE = fail */
	enum stream_after after;
	bool ours; /* stopped by an earlier tacetd: ours to resume, whatever comes of it */
	/* METHOD_NONE only: what to do should it start to move before the writes. */
	enum stream_method if_moves;
	enum stream_method if_moves_fallback;
	enum stream_after if_moves_after;
};

struct plan {
	struct route from;
	struct route to;
	bool live;
	bool unchanged; /* nothing to write */
	bool outside;	/* another program writes; what comes of it has no name here */
	unsigned int n_steps;
	unsigned int n_streams;
	struct plan_step step[PLAN_STEPS_MAX];
	struct plan_stream stream[WORLD_STREAMS_MAX];
};

/**
 * plan_route() - the route that a request leads to
 *
 * Checks names, conflicts and supported devices. `to` switches off what stands in its way: the
 * devices of the same direction, and those in conflict with it. A plain `enable` never
 * switches off anything: a conflict is TACET_ERR_CONFLICT and names the device. A new verb
 * starts with no device but those asked for, and so does a restore. The verb "Inactive" is
 * UCM's word for none. A modifier falls with the last device that it works with.
 *
 * Return: 0 and @ret, or -1 and @e.
 */
int plan_route(const struct profile *p, const struct route *from, const struct request *r,
	       struct route *ret, struct tacet_error *e);

/**
 * plan_goal() - where a request leads when its turn has come
 * @known: is the present route known? A restore leaves one that is: it was set while it waited
 *
 * Nobody knows where another program's writes lead; they leave the route too. Everything else is
 * plan_route()'s. Return: 0 and @ret, or -1 and @e.
 */
int plan_goal(const struct profile *p, const struct route *from, bool known,
	      const struct request *r, struct route *ret, struct tacet_error *e);

/**
 * plan_make() - the whole plan
 * @known: false when the present route is not known; then every step is done from the start:
 *         verb off, verb on, devices, modifiers
 *
 * The order: modifiers off, devices off, verb, devices on, modifiers on. Held streams close
 * before and reopen after, as far as @to feeds them.
 *
 * Return: 0 and @ret, or -1 and @e (also TACET_ERR_NOT_REPAIRED for a live request on an
 * unrepaired kernel).
 */
int plan_make(const struct profile *p, const struct route *from, bool known,
	      const struct request *r, const struct world *w, struct plan *ret,
	      struct tacet_error *e);

/* The plan of a stream that appeared after the plan was made. */
void plan_stream_late(const struct profile *p, const struct plan *plan,
		      const struct request *r, const struct world *w,
		      const struct world_stream *s, struct plan_stream *ret);

/**
 * plan_replaces() - does the later request make an earlier one, still queued, pointless
 *
 * As request_same(), but a `to` of an input does not replace a `to` of an output.
 */
bool plan_replaces(const struct profile *p, const struct route *from,
		   const struct request *earlier, const struct request *later);

/* "enable device Speaker", for reports. Return: @buf. */
const char *plan_step_text(const struct profile *p, const struct plan_step *s, char *buf,
			   size_t size);

const char *stream_method_name(enum stream_method m);

#endif
