/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the core does around the decisions of tacet_dpcm, and what hardware thinks of it. */
#include "link-world.h"

bool stock, clobber;
const char *broken;

static void blame(const char *what)
{
	if (!broken)
		broken = what;
}

/* The hardware judges what it is told. Returns false if it refuses. */
static bool hardware(struct be *be, enum tacet_op op, bool refuse)
{
	if (refuse)
		return false;
	switch (op) {
	case TACET_OP_START:
	case TACET_OP_RESUME:
		if (be->hw == 1)
			blame("a back end was started twice");
		be->hw = 1;
		break;
	case TACET_OP_RELEASE:
		if (be->hw != 2)
			blame("a back end was released that was not paused");
		be->hw = 1;
		break;
	case TACET_OP_STOP:
		if (be->hw == 0)
			blame("a back end was stopped that did not run");
		be->hw = 0;
		break;
	case TACET_OP_PAUSE:
		if (be->hw != 1)
			blame("a back end was paused that did not run");
		be->hw = 2;
		break;
	case TACET_OP_SUSPEND:
		if (be->hw == 0)
			blame("a back end was suspended that did not run");
		be->hw = 0;
		break;
	case TACET_OP_NONE:
		break;
	}
	if (!be->open)
		blame("a closed back end was triggered");
	return true;
}

static enum tacet_part part_of(const struct state *s, int f, int b, enum tacet_op op)
{
	if (s->armed && !stock)
		return (enum tacet_part)s->link[f][b].part;
	if (s->updating == f && (s->phase == PUT_OFF || s->phase == PREPARING) &&
	    op == TACET_OP_START)
		return TACET_IDLE;
	if (s->be[b].state == TACET_BE_CLOSED)
		return TACET_IDLE;
	if (stock && op == TACET_OP_STOP && s->be[b].state == TACET_BE_RUNNING)
		return TACET_STARTED;
	return s->fe[f].dpcm == D_START	   ? TACET_STARTED
	       : s->fe[f].dpcm == D_PAUSED ? TACET_PAUSED
					   : TACET_IDLE;
}

static unsigned int less(unsigned int count, bool own)
{
	return count > own ? count - own : 0;
}

/* One operation to a link that contributes @part. Returns false if the hardware refused. */
static bool apply_to(struct state *s, int f, int b, enum tacet_op op, bool refuse,
		     enum tacet_part part)
{
	struct link *link = &s->link[f][b];
	struct be *be = &s->be[b];
	struct tacet_view v = {
		.part = part,
		.be = (enum tacet_be)be->state,
		.started = less(be->started, part == TACET_STARTED),
		.paused = less(be->paused, part == TACET_PAUSED),
		.dying = link->dying && !stock,
		.rests = s->updating == f &&
			 (s->phase == PUT_OFF || s->phase == PREPARING) &&
			 s->fe[f].dpcm == D_PAUSED,
	};
	struct tacet_step step = tacet_link_step(v, op);
	bool ok = true;

	if (step.hw != TACET_OP_NONE && !hardware(be, step.hw, refuse)) {
		ok = false;
		step = tacet_link_failed(v, op, step);
		if (step.hw != TACET_OP_NONE)
			hardware(be, step.hw, false);
	}
	be->state = step.be;
	if (step.part != v.part) {
		be->started = (uint8_t)(v.started + (step.part == TACET_STARTED));
		be->paused = (uint8_t)(v.paused + (step.part == TACET_PAUSED));
	}
	link->fresh = tacet_op_is_start(op) && step.part != v.part;
	link->part = step.part;
	return ok;
}

static bool apply(struct state *s, int f, int b, enum tacet_op op, bool refuse)
{
	return apply_to(s, f, b, op, refuse, part_of(s, f, b, op));
}

/* Is the route change that is under way about this link? */
static bool concerns(const struct state *s, int f, int b)
{
	const struct link *link = &s->link[f][b];

	return link->listed && (s->adds ? link->is_new : link->dying);
}

/* Trigger the BEs of an FE; @which: all, or those that the route change is about. */
static bool trigger_bes(struct state *s, int f, enum tacet_op op, const bool which[BES],
			int refuse)
{
	for (int b = 0; b < BES; b++) {
		if (!s->link[f][b].listed || !which[b])
			continue;
		if (apply(s, f, b, op, refuse == b))
			continue;
		if (!tacet_op_is_start(op))
			continue;
		for (int back = 0; back < b; back++)
			if (s->link[f][back].listed && which[back] &&
			    s->link[f][back].fresh)
				apply_to(s, f, back, tacet_op_undo(op), false,
					 (enum tacet_part)s->link[f][back].part);
		return false;
	}
	return true;
}

static bool do_trigger(struct state *s, int f, enum tacet_op op, int refuse)
{
	const bool all[BES] = { true, true };
	bool ok = trigger_bes(s, f, op, all, refuse);

	if (!ok && tacet_op_is_start(op))
		return false;
	switch (op) {
	case TACET_OP_START:
	case TACET_OP_RESUME:
	case TACET_OP_RELEASE:
		s->fe[f].dpcm = D_START;
		break;
	case TACET_OP_PAUSE:
		s->fe[f].dpcm = D_PAUSED;
		break;
	case TACET_OP_STOP:
	case TACET_OP_SUSPEND:
		s->fe[f].dpcm = D_STOP;
		break;
	case TACET_OP_NONE:
		break;
	}
	return ok;
}

/* A trigger from outside: at once, or put off by a route change of this FE. */
bool trigger(struct state *s, int f, enum tacet_op op, int refuse)
{
	if (s->fe[f].put_off) {
		s->fe[f].pending = op;
		return true;
	}
	return do_trigger(s, f, op, refuse);
}

static void close_be(struct be *be)
{
	if (be->hw)
		blame("a back end was freed that ran");
	*be = (struct be){ .state = TACET_BE_CLOSED };
}

static void give_user_back(struct state *s, int f, int b)
{
	if (!s->link[f][b].user)
		return;
	s->link[f][b].user = 0;
	if (--s->be[b].users == 0)
		close_be(&s->be[b]);
}

static void unlink_be(struct state *s, int f, int b)
{
	struct link *link = &s->link[f][b];

	if (s->be[b].users && s->armed && !stock &&
	    (link->part == TACET_STARTED || link->part == TACET_PAUSED))
		apply(s, f, b, TACET_OP_STOP, false);
	*link = (struct link){ 0 };
}

static void open_be(struct state *s, int f, int b)
{
	if (s->link[f][b].user)
		return;
	s->link[f][b].user = 1;
	if (s->be[b].users++ == 0)
		s->be[b] = (struct be){ .open = 1, .state = TACET_BE_CLOSED, .users = 1 };
}

/* The BE is prepared unless another FE of it is, or runs, or rests. */
static void begin_prepare(struct state *s, int f, int b)
{
	const struct fe *other = &s->fe[1 - f];
	struct be *be = &s->be[b];
	bool own = s->link[f][b].part == TACET_STARTED;

	if (s->link[1 - f][b].listed &&
	    (other->dpcm == D_START || other->dpcm == D_PAUSED ||
	     other->dpcm == D_PREPARE))
		return;
	if (be->state == TACET_BE_RUNNING || (s->armed && less(be->started, own)))
		return;
	if (be->hw == 2)
		be->hw = 0; /* prepare takes the hardware out of its pause */
	be->prepared_by = (uint8_t)(1 + f);
	if (!s->armed) /* what the core loses then nobody can tell afterwards */
		be->state = TACET_BE_READY;
	else if (!clobber && !stock)
		be->state = TACET_BE_PREPARING;
}

/* What tacet_be_settle() does. */
static void settle_be(struct be *be)
{
	struct tacet_step step =
		tacet_be_mend((enum tacet_be)be->state, be->started, be->paused);

	if (step.hw == TACET_OP_NONE)
		return;
	hardware(be, step.hw, false);
	be->state = step.be;
}

static void end_prepare(struct state *s, int f)
{
	for (int b = 0; b < BES; b++) {
		struct be *be = &s->be[b];

		if (be->prepared_by != 1 + f)
			continue;
		be->prepared_by = 0;
		if (!s->armed)
			continue;
		be->state = TACET_BE_READY;
		if (!clobber && !stock && be->started)
			settle_be(be);
	}
}

void open_fe(struct state *s, int f)
{
	s->fe[f] = (struct fe){ .pcm = SETUP, .dpcm = D_OPEN };
	for (int b = 0; b < BES; b++) {
		if (!s->route[f][b])
			continue;
		s->link[f][b] = (struct link){ .listed = 1 };
		open_be(s, f, b);
	}
}

void close_fe(struct state *s, int f)
{
	for (int b = 0; b < BES; b++) {
		if (!s->link[f][b].listed)
			continue;
		give_user_back(s, f, b);
		s->link[f][b].dying = 1;
		unlink_be(s, f, b);
	}
	s->fe[f] = (struct fe){ 0 };
}

/* The next step of the route change that is under way; @refuse: a BE that refuses its start. */
void proceed(struct state *s, int refuse)
{
	int f = s->updating;
	bool which[BES] = { false, false };
	bool ok = true;

	switch ((enum phase)s->phase) {
	case MARKED:
		s->fe[f].put_off = 1;
		s->phase = PUT_OFF;
		break;
	case PUT_OFF:
		for (int b = 0; b < BES; b++)
			which[b] = concerns(s, f, b);
		if (!s->adds) {
			trigger_bes(s, f, TACET_OP_STOP, which, -1);
			for (int b = 0; b < BES; b++)
				if (which[b])
					give_user_back(s, f, b);
		} else {
			for (int b = 0; b < BES; b++)
				if (which[b])
					open_be(s, f, b);
			for (int b = 0; b < BES && s->fe[f].dpcm != D_OPEN; b++)
				if (which[b])
					begin_prepare(s, f, b);
			s->phase = PREPARING;
			break;
		}
		s->phase = WORKED;
		break;
	case PREPARING:
		for (int b = 0; b < BES; b++)
			which[b] = concerns(s, f, b);
		end_prepare(s, f);
		if (s->fe[f].dpcm == D_START || s->fe[f].dpcm == D_PAUSED)
			ok = trigger_bes(s, f, TACET_OP_START, which, refuse);
		for (int b = 0; b < BES && !ok; b++)
			if (which[b])
				give_user_back(s, f, b);
		s->phase = WORKED;
		break;
	case WORKED:
		if (s->fe[f].pending != TACET_OP_NONE)
			do_trigger(s, f, (enum tacet_op)s->fe[f].pending, -1);
		s->fe[f].pending = TACET_OP_NONE;
		s->fe[f].put_off = 0;
		s->phase = RAN;
		break;
	case RAN:
		for (int b = 0; b < BES; b++) {
			if (s->link[f][b].listed &&
			    (s->link[f][b].dying || !s->link[f][b].user))
				unlink_be(s, f, b);
			s->link[f][b].is_new = 0;
		}
		s->phase = IDLE;
		break;
	case OWN_PREPARE:
		end_prepare(s, f);
		s->fe[f].dpcm = D_PREPARE;
		s->fe[f].pcm = PREPARED;
		s->phase = IDLE;
		break;
	case IDLE:
		break;
	}
}

/* An FE that is about to be prepared; nobody triggers it meanwhile. */
void begin_own_prepare(struct state *s, int f)
{
	s->fe[f].pcm = SETUP;
	s->updating = (uint8_t)f;
	s->phase = OWN_PREPARE;
	for (int b = 0; b < BES; b++)
		if (s->link[f][b].listed)
			begin_prepare(s, f, b);
}

/* Begin a route change of @f if there is anything to do. */
bool begin(struct state *s, int f, bool adds)
{
	bool any = false;

	for (int b = 0; b < BES; b++) {
		struct link *link = &s->link[f][b];

		if (adds && s->route[f][b] && !link->listed) {
			*link = (struct link){ .listed = 1, .is_new = 1 };
			any = true;
		} else if (!adds && !s->route[f][b] && link->listed) {
			link->dying = 1;
			any = true;
		}
	}
	if (any) {
		s->phase = MARKED;
		s->updating = (uint8_t)f;
		s->adds = adds;
	}
	return any;
}

/* What adopt_card() does: every account set right at once, counts anew. */
void arm(struct state *s)
{
	for (int b = 0; b < BES; b++) {
		s->be[b].started = 0;
		s->be[b].paused = 0;
		for (int f = 0; f < FES; f++) {
			if (!s->link[f][b].listed)
				continue;
			s->link[f][b].part = part_of(s, f, b, TACET_OP_NONE);
			s->be[b].started += s->link[f][b].part == TACET_STARTED;
			s->be[b].paused += s->link[f][b].part == TACET_PAUSED;
		}
		if (s->be[b].users)
			settle_be(&s->be[b]);
	}
	s->armed = 1;
}

/* What has to hold whenever the account is kept. */
void judge(const struct state *s)
{
	if (!s->armed)
		return;
	for (int b = 0; b < BES; b++) {
		const struct be *be = &s->be[b];
		unsigned int started = 0, paused = 0, heard = 0;

		for (int f = 0; f < FES; f++) {
			const struct link *link = &s->link[f][b];

			started += link->listed && link->part == TACET_STARTED;
			paused += link->listed && link->part == TACET_PAUSED;
			/* Settled: the route is on, the stream runs, nothing is being changed. */
			heard += link->listed && !link->dying && link->user &&
				 s->fe[f].dpcm == D_START && !s->fe[f].put_off &&
				 !(s->phase != IDLE && s->updating == f);
		}
		if ((be->hw == 1) != (be->state == TACET_BE_RUNNING))
			blame("a back end's state is not what its hardware does");
		if (!stock && (be->started != started || be->paused != paused))
			blame("a back end's counts are not those of its links");
		if (!stock && be->hw == 1 && !started)
			blame("a back end runs for nobody");
		if (heard && be->hw != 1 && be->state != TACET_BE_PREPARING)
			blame("a back end is silent while a stream runs on it");
		if (s->phase == IDLE) {
			unsigned int users = 0;

			for (int f = 0; f < FES; f++)
				users += s->link[f][b].listed;
			if (users != be->users)
				blame("a back end's users are not its links");
		}
	}
}
