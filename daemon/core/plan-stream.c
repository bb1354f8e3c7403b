/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * The fate of one stream in a switch: how it comes to rest and what becomes of it after.
 */
#include "core/plan.h"

/* What would be done to a stream if it moved, and what becomes of it after. */
struct fate {
	enum stream_method method;
	enum stream_method fallback;
	enum stream_after after;
};

static enum stream_method drain_or(const struct world_stream *s, enum stream_method other)
{
	return s->drain_hidden ? METHOD_DRAIN : other;
}

static enum stream_method pause_or(const struct world_stream *s, enum stream_method other)
{
	return s->can_pause ? METHOD_PAUSE : other;
}

/*
 * Where a stream must not be paused while its route changes (fault B9), one that its plugin plays
 * again is stopped. Not where nobody could say what was heard last.
 */
static bool better_halted(const struct world *w, const struct world_stream *s)
{
	return w->miscounts && s->kind == STREAM_LEASED && s->halts && !s->coarse;
}

/* Nothing is lost and nobody sees an error: pause, else a hidden drain, else only watch. What
 * loses its last back end is played out first, so that it is heard. */
static struct fate leased_auto(const struct world *w, const struct world_stream *s,
			       enum stream_after after)
{
	struct fate f = { .fallback = METHOD_NONE, .after = after };

	if (s->can_pause) {
		bool playout = after == AFTER_PARK && !s->capture;

		f.method = playout		 ? METHOD_PLAYOUT
			   : better_halted(w, s) ? METHOD_HALT
						 : METHOD_PAUSE;
		f.fallback = drain_or(s, METHOD_NONE);
	} else if (s->drain_hidden) {
		f.method = METHOD_DRAIN;
	} else {
		f.method = METHOD_WAIT;
		f.after = AFTER_LEAVE;
	}
	return f;
}

static struct fate leased_forced(const struct world *w, const struct world_stream *s,
				 enum stream_method method, enum stream_method fallback,
				 enum stream_after after)
{
	if (method == METHOD_NONE)
		return leased_auto(w, s, after);
	return (struct fate){ method, fallback, after };
}

static struct fate leased_moving(const struct world *w, const struct world_stream *s,
				 enum quiesce_mode mode, bool fed)
{
	enum stream_after after = fed ? AFTER_RESUME : AFTER_PARK;

	/* It ends by itself, and the kernel refuses to pause it. */
	if (s->state == PCM_DRAINING && mode != QUIESCE_DROP)
		return (struct fate){ METHOD_WAIT, METHOD_NONE, AFTER_LEAVE };
	switch (mode) {
	case QUIESCE_PAUSE:
		return leased_forced(w, s, pause_or(s, METHOD_NONE),
				     drain_or(s, METHOD_NONE), after);
	case QUIESCE_DRAIN:
		return leased_forced(w, s, drain_or(s, METHOD_NONE),
				     pause_or(s, METHOD_NONE), after);
	case QUIESCE_DROP:
		return leased_forced(w, s, s->halts ? METHOD_HALT : METHOD_DROP,
				     pause_or(s, METHOD_NONE), after);
	case QUIESCE_AUTO:
	case QUIESCE_LIVE:
	case QUIESCE_MODE_MAX:
		break;
	}
	return leased_auto(w, s, after);
}

static const struct fate watched = { METHOD_WAIT, METHOD_NONE, AFTER_LEAVE };
static const struct fate left_running = { METHOD_LIVE, METHOD_NONE, AFTER_LEAVE };
static const struct fate untouched = { METHOD_NONE, METHOD_NONE, AFTER_LEAVE };

static struct fate fate_if_moving(const struct plan *plan, const struct world *w,
				  enum quiesce_mode mode, const struct world_stream *s,
				  bool fed)
{
	if (plan->live)
		return left_running;
	switch (s->kind) {
	case STREAM_HELD:
		return (struct fate){ METHOD_CLOSE, METHOD_NONE,
				      fed ? AFTER_REOPEN : AFTER_LEAVE };
	case STREAM_LEASED:
		return leased_moving(w, s, mode, fed);
	case STREAM_FOREIGN:
	case STREAM_KIND_MAX:
		break;
	}
	return watched;
}

static struct fate fate_at_rest(const struct plan *plan, const struct world *w,
				const struct world_stream *s, bool fed)
{
	struct fate f = untouched;

	/* Whoever paused it: the pause stays its own, the plugin keeps it. */
	if (s->state == PCM_PAUSED && fed && !plan->live && !plan->unchanged &&
	    better_halted(w, s))
		f.method = METHOD_HALT;

	switch (s->kind) {
	case STREAM_HELD:
		/* Not open: the manager wants it in the new route. */
		if (s->state == PCM_CLOSED && fed)
			f.after = AFTER_REOPEN;
		break;
	case STREAM_LEASED:
		if (s->parked && fed)
			f.after = AFTER_RESUME;
		else if (s->paused_by_us)
			f.after = fed ? AFTER_RESUME : AFTER_PARK;
		break;
	case STREAM_FOREIGN:
	case STREAM_KIND_MAX:
		break;
	}
	return f;
}

static bool must_stop(const struct plan *plan, const struct world_stream *s)
{
	if (plan->unchanged)
		return false;
	if (pcm_state_moves(s->state))
		return true;
	/* An open held PCM keeps its back ends connected; it is closed in any state. */
	return !plan->live && s->kind == STREAM_HELD && s->state != PCM_CLOSED;
}

void plan_stream_late(const struct profile *p, const struct plan *plan,
		      const struct request *r, const struct world *w,
		      const struct world_stream *s, struct plan_stream *ret)
{
	/* Nobody can say what another program's writes will feed: all goes on as it was. */
	bool fed = plan->outside || route_feeds(p, &plan->to, w->card_id, w->card_index,
						s->device, s->capture) != 0;
	struct fate moving = fate_if_moving(plan, w, r->quiesce, s, fed);
	struct fate now = must_stop(plan, s) ? moving : fate_at_rest(plan, w, s, fed);

	*ret = (struct plan_stream){
		.id = s->id,
		.kind = s->kind,
		.method = now.method,
		.fallback = now.fallback,
		.after = now.after,
		.ours = s->kind == STREAM_LEASED && s->paused_by_us,
		.if_moves = moving.method,
		.if_moves_fallback = moving.fallback,
		.if_moves_after = moving.after,
	};
}

const char *stream_method_name(enum stream_method m)
{
	switch (m) {
	case METHOD_NONE:
		return "none";
	case METHOD_PAUSE:
		return "pause";
	case METHOD_PLAYOUT:
		return "playout";
	case METHOD_DRAIN:
		return "drain";
	case METHOD_DROP:
		return "drop";
	case METHOD_HALT:
		return "halt";
	case METHOD_CLOSE:
		return "close";
	case METHOD_WAIT:
		return "wait";
	case METHOD_LIVE:
		return "live";
	case STREAM_METHOD_MAX:
		break;
	}
	return "unknown";
}
