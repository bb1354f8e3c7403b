/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * The streams of a switch: from moving to rest and back.
 */
#include <string.h>

#include "core/switch-internal.h"

struct sw_action *sw_push(struct sw_actions *out, enum sw_action_type type)
{
	struct sw_action *a = &out->action[out->n++];

	memset(a, 0, sizeof(*a));
	a->type = type;
	return a;
}

struct sw_stream *switch_find_stream(struct sw *s, uint32_t id)
{
	for (unsigned int i = 0; i < s->n_streams; i++)
		if (s->stream[i].id == id)
			return &s->stream[i];
	return NULL;
}

static void stream_init(struct sw_stream *st, const struct plan_stream *ps)
{
	*st = (struct sw_stream){
		.id = ps->id,
		.kind = (uint8_t)ps->kind,
		.method = (uint8_t)ps->method,
		.fallback = (uint8_t)ps->fallback,
		.after = (uint8_t)ps->after,
		.phase = ps->method == METHOD_NONE ? SS_RESTED : SS_MOVING,
		.touched = ps->ours,
		.if_moves = (uint8_t)ps->if_moves,
		.if_moves_fallback = (uint8_t)ps->if_moves_fallback,
		.if_moves_after = (uint8_t)ps->if_moves_after,
	};
}

void sw_streams_load(struct sw *s, const struct plan *plan)
{
	s->n_streams = 0;
	for (unsigned int i = 0; i < plan->n_streams && i < WORLD_STREAMS_MAX; i++)
		stream_init(&s->stream[s->n_streams++], &plan->stream[i]);
}

struct sw_stream *sw_stream_add(struct sw *s, const struct plan_stream *ps)
{
	struct sw_stream *st = switch_find_stream(s, ps->id);

	if (!st) {
		if (s->n_streams == WORLD_STREAMS_MAX)
			return NULL;
		st = &s->stream[s->n_streams++];
	} else if (st->phase != SS_GONE) {
		return st;
	}
	stream_init(st, ps);
	return st;
}

void sw_stream_rested(struct sw *s, uint32_t id)
{
	struct sw_stream *st = switch_find_stream(s, id);

	if (!st)
		return;
	/* A held PCM rests when it is closed, not when it happens to stand still. */
	if (st->phase == SS_STOPPING ||
	    (st->phase == SS_MOVING && st->method != METHOD_CLOSE))
		st->phase = SS_RESTED;
}

void sw_stream_moved(struct sw *s, uint32_t id)
{
	struct sw_stream *st = switch_find_stream(s, id);

	if (!st || st->phase != SS_RESTED)
		return;
	if (st->method == METHOD_NONE) {
		st->method = st->if_moves == METHOD_NONE ? METHOD_WAIT : st->if_moves;
		st->fallback = st->if_moves_fallback;
		st->after = st->if_moves_after;
	}
	st->phase = SS_MOVING;
}

void sw_stream_gone(struct sw *s, uint32_t id)
{
	struct sw_stream *st = switch_find_stream(s, id);

	if (st)
		st->phase = SS_GONE;
}

static void quiesce(struct sw_stream *st, struct sw_actions *out)
{
	struct sw_action *a = sw_push(out, SWA_QUIESCE);

	st->phase = SS_STOPPING;
	/* From here on it may have stopped by our doing, whatever the answer. */
	st->touched |= st->method != METHOD_WAIT;
	a->stream = st->id;
	a->method = (enum stream_method)st->method;
	a->after = (enum stream_after)st->after;
}

/*
 * The order of stopping. Nobody falls silent while another program's stream may still end the
 * switch as busy, and what stops at once stops last, so that its gap is the shortest.
 */
enum turn {
	TURN_WAIT,
	TURN_PLAY_OUT,
	TURN_STOP,
	TURN_NONE,
};

static enum turn turn_of(const struct sw_stream *st)
{
	if (st->phase != SS_MOVING && st->phase != SS_STOPPING)
		return TURN_NONE;
	switch ((enum stream_method)st->method) {
	case METHOD_WAIT:
		return TURN_WAIT;
	case METHOD_PLAYOUT:
	case METHOD_DRAIN:
		return TURN_PLAY_OUT;
	case METHOD_NONE:
	case METHOD_PAUSE:
	case METHOD_DROP:
	case METHOD_HALT:
	case METHOD_CLOSE:
	case METHOD_LIVE:
	case STREAM_METHOD_MAX:
		break;
	}
	return TURN_STOP;
}

void sw_streams_quiesce(struct sw *s, struct sw_actions *out)
{
	enum turn now = TURN_NONE;

	for (unsigned int i = 0; i < s->n_streams; i++) {
		enum turn t = turn_of(&s->stream[i]);

		if (t < now)
			now = t;
	}
	for (unsigned int i = 0; i < s->n_streams; i++)
		if (s->stream[i].phase == SS_MOVING && turn_of(&s->stream[i]) == now)
			quiesce(&s->stream[i], out);
}

bool sw_stream_fall_back(struct sw_stream *st)
{
	if (st->fallback == METHOD_NONE)
		return false;
	st->method = st->fallback;
	st->fallback = METHOD_NONE;
	st->phase = SS_MOVING;
	return true;
}

bool sw_streams_rest(const struct sw *s)
{
	for (unsigned int i = 0; i < s->n_streams; i++)
		if (s->stream[i].phase == SS_MOVING || s->stream[i].phase == SS_STOPPING)
			return false;
	return true;
}

struct sw_stream *sw_streams_overdue(struct sw *s)
{
	struct sw_stream *ours = NULL, *other = NULL;

	for (unsigned int i = 0; i < s->n_streams; i++) {
		struct sw_stream *st = &s->stream[i];

		if (st->phase != SS_STOPPING)
			continue; /* one whose turn did not come is not to blame */
		st->stuck = true;
		if (st->method == METHOD_WAIT && !other)
			other = st;
		else if (st->method != METHOD_WAIT && !ours)
			ours = st;
	}
	/* A person can stop the other program; a stuck one of ours may be its consequence. */
	return other ? other : ours;
}

void sw_stream_slipped(struct sw *s, uint32_t id)
{
	struct sw_stream *st = switch_find_stream(s, id);

	if (s->live)
		return;
	s->slipped = true;
	if (st)
		st->slipped = true;
}

void sw_stream_slipped_new(struct sw *s, const struct plan_stream *ps)
{
	struct sw_stream *st = sw_stream_add(s, ps);

	if (ps->method == METHOD_NONE)
		return;
	if (st)
		st->phase = SS_RESTED; /* too late to stop it */
	sw_stream_slipped(s, ps->id);
}

/* What becomes of a stream now: the plan's word if the route changed, else as it was. */
static enum stream_after outcome(const struct sw *s, const struct sw_stream *st)
{
	if (s->undone) {
		if (!st->touched)
			return AFTER_LEAVE;
		return st->kind == STREAM_HELD ? AFTER_REOPEN : AFTER_RESUME;
	}
	/* It came to rest by itself: the application knows what it wants. */
	if (!st->touched && st->method != METHOD_NONE)
		return AFTER_LEAVE;
	return (enum stream_after)st->after;
}

bool sw_streams_resume(struct sw *s, struct sw_actions *out)
{
	bool awaited = false;

	for (unsigned int i = 0; i < s->n_streams; i++) {
		struct sw_stream *st = &s->stream[i];
		struct sw_action *a;

		if (st->phase == SS_GONE)
			continue;
		st->after = (uint8_t)outcome(s, st);
		switch ((enum stream_after)st->after) {
		case AFTER_LEAVE:
			st->phase = SS_DONE;
			break;
		case AFTER_PARK:
			a = sw_push(out, SWA_PARK);
			a->stream = st->id;
			a->after = AFTER_PARK;
			st->phase = SS_DONE;
			break;
		case AFTER_RESUME:
		case AFTER_REOPEN:
			a = sw_push(out, SWA_RESUME);
			a->stream = st->id;
			a->method = (enum stream_method)st->method;
			a->after = (enum stream_after)st->after;
			st->phase = SS_RESUMING;
			awaited = true;
			break;
		}
	}
	return awaited;
}

void sw_stream_resumed(struct sw *s, uint32_t id, bool ok)
{
	struct sw_stream *st = switch_find_stream(s, id);

	if (st && st->phase == SS_RESUMING)
		st->phase = ok ? SS_DONE : SS_FAILED;
}

bool sw_streams_resumed(const struct sw *s)
{
	for (unsigned int i = 0; i < s->n_streams; i++)
		if (s->stream[i].phase == SS_RESUMING)
			return false;
	return true;
}

void sw_streams_give_up(struct sw *s)
{
	for (unsigned int i = 0; i < s->n_streams; i++)
		if (s->stream[i].phase == SS_RESUMING)
			s->stream[i].phase = SS_FAILED;
}
