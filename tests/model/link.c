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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link-world.h"

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
