/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Explore the life of DPCM's links exhaustively: two front ends, two back ends, triggers, routes,
 * closes, a prepare that takes its time, a hardware that refuses once, and the module's arming, in
 * every order.
 *
 * The decisions are the kernel module's own (module/include/tacet/dpcm-link.h). Around them is
 * what the core does, cut where a trigger can come in between: a route change publishes or marks
 * links, then puts the FE's triggers off, then does its work, then runs what was put off while
 * dead links are still listed, then takes them down. New links are prepared on the way, and an FE
 * prepares its own; the BE is then marked, and others start and stop it meanwhile. With "stock" the
 * account of each link is left out, as in the core: the model has to find the faults then, or it
 * proves nothing. With "clobber" only that mark is left out.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../module/include/tacet/dpcm-link.h"

enum { FES = 2, BES = 2 };

/* An FE as the PCM core sees it. */
enum pcm { CLOSED, SETUP, PREPARED, RUNNING, PAUSED, SUSPENDED };
/* An FE as DPCM sees it. */
enum dpcm { D_CLOSE, D_OPEN, D_PREPARE, D_START, D_STOP, D_PAUSED };
enum phase { IDLE, MARKED, PUT_OFF, PREPARING, WORKED, RAN, OWN_PREPARE };

struct link {
	uint8_t listed : 1, dying : 1, user : 1, part : 2, fresh : 1, is_new : 1;
};

struct be {
	uint8_t open : 1, state : 3, hw : 2; /* hw: 0 off, 1 on, 2 paused */
	uint8_t prepared_by;		     /* 1 + the FE that does so now */
	uint8_t users, started, paused;
};

struct fe {
	uint8_t pcm, dpcm, pending, put_off;
};

struct state {
	struct fe fe[FES];
	struct be be[BES];
	struct link link[FES][BES];
	uint8_t route[FES][BES];
	uint8_t phase, updating, adds, armed, refusals;
};

static bool stock, clobber;
static const char *broken;

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
static bool trigger(struct state *s, int f, enum tacet_op op, int refuse)
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

static void open_fe(struct state *s, int f)
{
	s->fe[f] = (struct fe){ .pcm = SETUP, .dpcm = D_OPEN };
	for (int b = 0; b < BES; b++) {
		if (!s->route[f][b])
			continue;
		s->link[f][b] = (struct link){ .listed = 1 };
		open_be(s, f, b);
	}
}

static void close_fe(struct state *s, int f)
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
static void proceed(struct state *s, int refuse)
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
static void begin_own_prepare(struct state *s, int f)
{
	s->fe[f].pcm = SETUP;
	s->updating = (uint8_t)f;
	s->phase = OWN_PREPARE;
	for (int b = 0; b < BES; b++)
		if (s->link[f][b].listed)
			begin_prepare(s, f, b);
}

/* Begin a route change of @f if there is anything to do. */
static bool begin(struct state *s, int f, bool adds)
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
static void arm(struct state *s)
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
static void judge(const struct state *s)
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

/* A set of states, and the queue of those not yet looked at: one array, with an index. */
static struct state *states;
static uint32_t *parents, *table;
static char (*moves)[32];
static size_t n_states, room, table_size;

static uint64_t hash(const struct state *s)
{
	const uint8_t *at = (const uint8_t *)s;
	uint64_t h = 1469598103934665603ULL;

	for (size_t i = 0; i < sizeof(*s); i++)
		h = (h ^ at[i]) * 1099511628211ULL;
	return h ^ h >> 29;
}

static void grow(void)
{
	room = room ? room * 2 : 1 << 16;
	table_size = room * 4;
	states = realloc(states, room * sizeof(*states));
	parents = realloc(parents, room * sizeof(*parents));
	moves = realloc(moves, room * sizeof(*moves));
	free(table);
	table = calloc(table_size, sizeof(*table));
	if (!states || !parents || !moves || !table)
		abort();
	for (size_t i = 0; i < n_states; i++) {
		size_t slot = hash(&states[i]) % table_size;

		while (table[slot])
			slot = (slot + 1) % table_size;
		table[slot] = (uint32_t)i + 1;
	}
}

static void tell(uint32_t at)
{
	if (at)
		tell(parents[at]);
	if (*moves[at])
		printf("  %s\n", moves[at]);
}

static void reach(const struct state *s, uint32_t parent, const char *move)
{
	size_t slot;

	/* Before the account is kept, the old faults are still possible. */
	if (!s->armed && broken) {
		broken = NULL;
		return;
	}
	if (!broken)
		judge(s);
	if (n_states == room)
		grow();
	slot = hash(s) % table_size;
	while (table[slot]) {
		if (!broken && memcmp(&states[table[slot] - 1], s, sizeof(*s)) == 0)
			return;
		slot = (slot + 1) % table_size;
	}
	states[n_states] = *s;
	parents[n_states] = parent;
	snprintf(moves[n_states], sizeof(moves[0]), "%s", move);
	table[slot] = (uint32_t)++n_states;
}

#define MOVE(condition, action, ...)                               \
	do {                                                       \
		if (!broken && (condition)) {                      \
			struct state next = *s;                    \
			struct state *n = &next;                   \
			char text[32];                             \
			action;                                    \
			snprintf(text, sizeof(text), __VA_ARGS__); \
			reach(&next, at, text);                    \
		}                                                  \
	} while (0)

static void start_or_not(struct state *n, int f, enum tacet_op op, int refuse,
			 enum pcm from)
{
	if (refuse >= 0)
		n->refusals++;
	n->fe[f].pcm = RUNNING;
	if (!trigger(n, f, op, refuse)) {
		/* As the PCM core does. */
		trigger(n, f, tacet_op_undo(op), -1);
		n->fe[f].pcm = from;
	}
}

static void explore_fe(uint32_t at, int f)
{
	const struct state saved = states[at], *s = &saved;
	const struct fe *fe = &s->fe[f];
	bool mutex = s->phase == IDLE;

	MOVE(mutex && fe->pcm == CLOSED, open_fe(n, f), "open %d", f);
	MOVE(mutex && (fe->pcm == SETUP || fe->pcm == PREPARED || fe->pcm == SUSPENDED),
	     close_fe(n, f), "close %d", f);
	MOVE(mutex && (fe->pcm == SETUP || fe->pcm == SUSPENDED), begin_own_prepare(n, f),
	     "prepare %d", f);
	for (int refuse = -1; refuse < (s->refusals ? 0 : BES); refuse++) {
		MOVE(fe->pcm == PREPARED,
		     start_or_not(n, f, TACET_OP_START, refuse, PREPARED),
		     "start %d (%d refuses)", f, refuse);
		MOVE(fe->pcm == PAUSED,
		     start_or_not(n, f, TACET_OP_RELEASE, refuse, PAUSED),
		     "release %d (%d refuses)", f, refuse);
		MOVE(fe->pcm == SUSPENDED,
		     start_or_not(n, f, TACET_OP_RESUME, refuse, SUSPENDED),
		     "resume %d (%d refuses)", f, refuse);
		MOVE(!mutex && s->updating == f, proceed(n, refuse), "go on (%d refuses)",
		     refuse);
	}
	MOVE(
		fe->pcm == RUNNING || fe->pcm == PAUSED,
		{
			n->fe[f].pcm = SETUP;
			trigger(n, f, TACET_OP_STOP, -1);
		},
		"stop %d", f);
	MOVE(
		fe->pcm == RUNNING,
		{
			n->fe[f].pcm = PAUSED;
			trigger(n, f, TACET_OP_PAUSE, -1);
		},
		"pause %d", f);
	MOVE(
		fe->pcm == RUNNING,
		{
			n->fe[f].pcm = SUSPENDED;
			trigger(n, f, TACET_OP_SUSPEND, -1);
		},
		"suspend %d", f);
	if (!mutex || broken)
		return;
	for (int b = 0; b < BES; b++)
		MOVE(true, n->route[f][b] ^= 1, "route %d %d", f, b);
	for (int adds = 0; adds < 2 && fe->pcm != CLOSED; adds++) {
		struct state next = *s;

		if (begin(&next, f, adds))
			reach(&next, at, adds ? "new links" : "old links");
	}
}

static int explore(size_t limit)
{
	struct state first = { .armed = stock };

	for (int b = 0; b < BES; b++)
		first.be[b].state = TACET_BE_CLOSED;
	reach(&first, 0, "");
	for (uint32_t at = 0; at < n_states && !broken && n_states < limit; at++) {
		const struct state saved = states[at], *s = &saved;

		for (int f = 0; f < FES && !broken; f++)
			explore_fe(at, f);
		MOVE(!s->armed && s->phase == IDLE, arm(n), "arm");
	}
	if (broken) {
		printf("%s, by:\n", broken);
		tell((uint32_t)n_states - 1);
	}
	printf("%zu states%s\n", n_states, n_states >= limit ? ", limit reached" : "");
	return broken != NULL;
}

/*
 * link-model [stock|clobber] [LIMIT]: explore up to LIMIT states, all if it is left out. 0: every
 * state is right (with stock and clobber: one is not, as it has to be).
 */
int main(int argc, char *argv[])
{
	size_t limit = SIZE_MAX;
	int result;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "stock") == 0)
			stock = true;
		else if (strcmp(argv[i], "clobber") == 0)
			clobber = true;
		else
			limit = strtoul(argv[i], NULL, 0);
	}
	result = explore(limit);
	free(states);
	free(parents);
	free(moves);
	free(table);
	return stock || clobber ? result != 1 : result;
}
