/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * Explore the life of a shared media device exhaustively: two drivers that bind, let go at once or
 * late, and whose modules leave; files that are opened, asked and closed; in every order.
 *
 * The decisions are the kernel module's own (module/include/tacet/media-life.h). Around them is
 * what media-alloc.c and media-ioctl.c do, cut where somebody else can come in between. With
 * "stock" it is what mc does by itself; the model has to find the faults then, or it proves
 * nothing. With "draw" the transitions that were walked are drawn.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../module/include/tacet/media-life.h"
#include "media-draw.h"

enum { DRIVERS = 2, DEVICES = 3, NOBODY = 255 };
/* An unregistering is not one step: decided, nobody enters, nobody inside, done. */
enum phase { RESTS, DECIDED, MARKED, DRAINED };
enum call { NO_CALL, COPIES, INSIDE };

struct device {
	uint8_t state, owner, users[DRIVERS];
	uint8_t registered, phase, node; /* node: it exists */
	uint8_t files, call;
	uint8_t freed; /* with somebody still looking at it */
};

struct state {
	struct device device[DEVICES];
	uint8_t bound[DRIVERS], late[DRIVERS]; /* devices that bindings have */
	uint8_t leaves[DRIVERS], pins[DRIVERS];
};

static bool stock;
static const char *broken;
static bool seen[TACET_MEDIA_RELEASED + 1][TACET_MEDIA_LAST_CLOSE + 1]
		[TACET_MEDIA_STRAY + 1];
struct media_edges walked;

static void blame(const char *what)
{
	if (!broken)
		broken = what;
}

static unsigned int users(const struct device *d)
{
	return d->users[0] + d->users[1];
}

static struct tacet_media_step ask(struct device *d, unsigned int driver,
				   enum tacet_media_event event, bool owner_stays)
{
	struct tacet_media_view v = {
		.state = (enum tacet_media_state)d->state,
		.users = users(d),
		.mine = driver < DRIVERS ? d->users[driver] : 0,
		.registered = d->registered,
		.owner_stays = owner_stays,
	};
	struct tacet_media_step step = tacet_media_step(v, event);

	seen[v.state][event][step.verdict] = true;
	walked.seen[v.state][event][step.state] = true;
	d->state = step.state;
	return step;
}

static void release(struct device *d)
{
	if (users(d) || d->files || d->call == INSIDE || d->registered)
		blame("a media device was freed while somebody had it");
	*d = (struct device){ .state = TACET_MEDIA_NONE };
}

/* The node's last reference: files, and whoever registered or unregisters it. */
static void put_node(struct device *d)
{
	if (d->registered || d->phase != RESTS || d->files || !d->node)
		return;
	d->node = 0;
	if (stock)
		return;
	if (ask(d, NOBODY, TACET_MEDIA_LAST_CLOSE, true).acts & TACET_MEDIA_FREE)
		release(d);
}

static struct device *find(struct state *s)
{
	for (int i = 0; i < DEVICES; i++) {
		struct device *d = &s->device[i];

		if (stock ? users(d) || d->phase == DECIDED
			  : tacet_media_is_found((enum tacet_media_state)d->state))
			return d;
	}
	return NULL;
}

static struct device *fresh(struct state *s, unsigned int driver)
{
	for (int i = 0; i < DEVICES; i++) {
		struct device *d = &s->device[i];

		if (d->state != TACET_MEDIA_NONE || d->freed)
			continue;
		ask(d, driver, TACET_MEDIA_ALLOCATE, true);
		d->owner = (uint8_t)driver;
		d->users[driver] = 1;
		return d;
	}
	return NULL;
}

/* A driver binds. Returns false if the model has no room for one more device. */
static bool bind(struct state *s, unsigned int driver)
{
	struct device *d = find(s);
	struct tacet_media_step step;

	if (d && stock) {
		if (d->phase != RESTS)
			blame("a media device that is being deleted was handed out");
		if (d->users[driver])
			blame("a driver got the media device of its binding before");
	} else if (d) {
		step = ask(d, driver, TACET_MEDIA_ALLOCATE,
			   driver == d->owner || !s->leaves[d->owner]);
		if (step.verdict == TACET_MEDIA_REFUSED)
			return true;
		if (step.verdict == TACET_MEDIA_FRESH)
			d = NULL;
	}
	if (d) {
		d->users[driver]++;
		s->pins[d->owner] = (uint8_t)(s->pins[d->owner] + (d->owner != driver));
	} else {
		d = fresh(s, driver);
		if (!d)
			return false;
	}
	s->bound[driver] = (uint8_t)(d - s->device);
	return true;
}

static void let_go(struct state *s, unsigned int driver, uint8_t which)
{
	struct device *d = &s->device[which];
	struct tacet_media_step step;

	if (stock) {
		d->users[driver]--;
		s->pins[d->owner] = (uint8_t)(s->pins[d->owner] - (d->owner != driver));
		if (!users(d))
			d->phase = DECIDED; /* counted down, but still in the list */
		return;
	}
	step = ask(d, driver, TACET_MEDIA_DELETE, true);
	if (step.verdict != TACET_MEDIA_OK)
		blame("a driver could not let go of what it has");
	d->users[driver]--;
	s->pins[d->owner] = (uint8_t)(s->pins[d->owner] - (d->owner != driver));
	if (step.acts & TACET_MEDIA_UNREGISTER)
		d->phase = DECIDED;
	if (step.acts & TACET_MEDIA_FREE)
		release(d);
}

/* The next part of an unregistering; false if it has to wait. */
static bool proceed(struct device *d)
{
	switch ((enum phase)d->phase) {
	case DECIDED:
		d->registered = 0;
		d->phase = MARKED;
		return true;
	case MARKED:
		if (!stock && d->call == INSIDE)
			return false;
		d->phase = DRAINED;
		return true;
	case DRAINED:
		d->phase = RESTS;
		if (stock) {
			if (users(d))
				blame("a media device was freed while somebody had it");
			d->state = TACET_MEDIA_NONE;
			d->freed = d->files > 0;
		}
		put_node(d);
		return true;
	case RESTS:
		break;
	}
	return false;
}

enum driver_move { BIND, REGISTER, GO, GO_LATE, GO_AT_LAST, LEAVE, COME };
enum device_move { PROCEED, OPEN, ASK, ENTER, RETURN, CLOSE };
enum { DRIVER_MOVES = COME + 1, MOVES = DRIVER_MOVES + CLOSE + 1 };

static const char *const move_names[MOVES] = {
	"binds",
	"registers",
	"unbinds",
	"unbinds while a file of it is open",
	"lets go at last",
	"module leaves",
	"module comes",
	"unregistering goes on",
	"is opened",
	"is asked: the argument is copied",
	"is asked: the device is used",
	"has answered",
	"is closed",
};

static bool driver_does(struct state *s, enum driver_move type, unsigned int driver)
{
	uint8_t *bound = &s->bound[driver], *late = &s->late[driver];
	struct device *d = *bound == NOBODY ? NULL : &s->device[*bound];

	switch (type) {
	case BIND:
		return !d && !s->leaves[driver] && bind(s, driver);
	case REGISTER:
		if (!d || d->registered || d->phase != RESTS || d->node ||
		    s->leaves[driver])
			return false;
		d->registered = d->node = 1;
		if (!stock)
			ask(d, driver, TACET_MEDIA_REGISTER, true);
		return true;
	case GO:
		if (!d)
			return false;
		let_go(s, driver, *bound);
		*bound = NOBODY;
		return true;
	case GO_LATE:
		if (!d || *late != NOBODY || s->leaves[driver])
			return false;
		*late = *bound;
		*bound = NOBODY;
		return true;
	case GO_AT_LAST:
		if (*late == NOBODY)
			return false;
		let_go(s, driver, *late);
		*late = NOBODY;
		return true;
	case LEAVE:
		/* It is on its way out before its devices are taken from it. */
		if (*late != NOBODY || s->leaves[driver] || s->pins[driver])
			return false;
		s->leaves[driver] = 1;
		return true;
	case COME:
		if (d || !s->leaves[driver])
			return false;
		s->leaves[driver] = 0;
		return true;
	}
	return false;
}

static bool device_does(struct state *s, enum device_move type, unsigned int which)
{
	struct device *d = &s->device[which];

	switch (type) {
	case PROCEED:
		return proceed(d);
	case OPEN:
		if (!d->registered || d->files)
			return false;
		d->files++;
		return true;
	case ASK:
		if (!d->files || d->call != NO_CALL || !d->registered)
			return false;
		d->call = COPIES;
		return true;
	case ENTER:
		if (d->call != COPIES)
			return false;
		d->call = stock || d->registered ? INSIDE : NO_CALL;
		return true;
	case RETURN:
		if (d->call != INSIDE)
			return false;
		d->call = NO_CALL;
		return true;
	case CLOSE:
		if (!d->files || d->call != NO_CALL)
			return false;
		d->files--;
		if (!d->files)
			d->freed = 0;
		put_node(d);
		return true;
	}
	return false;
}

/* What holds in every state. */
static void check(const struct state *s)
{
	unsigned int pins[DRIVERS] = { 0 }, found = 0;
	bool idle = true;

	for (int i = 0; i < DEVICES; i++) {
		const struct device *d = &s->device[i];
		bool had = false;

		for (int driver = 0; driver < DRIVERS; driver++) {
			had |= s->bound[driver] == i || s->late[driver] == i;
			if (driver != d->owner && d->state != TACET_MEDIA_NONE)
				pins[d->owner] += d->users[driver];
		}
		if (d->freed && d->call == INSIDE)
			blame("an ioctl used a media device that was freed");
		if (had && (d->state == TACET_MEDIA_NONE || !users(d)))
			blame("a driver has a media device that is gone");
		idle &= !had && !d->files && d->phase == RESTS;
		if (stock)
			continue;
		found += tacet_media_is_found((enum tacet_media_state)d->state);
		if (tacet_media_is_found((enum tacet_media_state)d->state) &&
		    d->phase != RESTS)
			blame("a media device that is being unregistered can be found");
	}
	if (found > 1)
		blame("a parent has two media devices to be found");
	for (int driver = 0; driver < DRIVERS && !stock; driver++)
		if (pins[driver] != s->pins[driver])
			blame("a module's references are not balanced");
	for (int i = 0; i < DEVICES && idle && !stock; i++)
		if (s->device[i].state != TACET_MEDIA_NONE)
			blame("a media device is kept that nobody has");
}

/* All states met, in order, with where they came from. */
static struct state *states;
static struct origin {
	uint32_t parent;
	uint8_t type, arg;
} * origins;
static uint32_t *table, n_states, room, table_size = 1U << 22;

static void add(const struct state *s, uint32_t parent, unsigned int type,
		unsigned int arg)
{
	const uint8_t *bytes = (const uint8_t *)s;
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < sizeof(*s); i++)
		h = (h ^ bytes[i]) * 0x100000001b3ULL;
	for (h ^= h >> 31; table[h & (table_size - 1)]; h++)
		if (!memcmp(&states[table[h & (table_size - 1)] - 1], s, sizeof(*s)))
			return;
	if (n_states == room) {
		room = room ? 2 * room : 4096;
		states = reallocarray(states, room, sizeof(*states));
		origins = reallocarray(origins, room, sizeof(*origins));
		if (!states || !origins || room > table_size / 2) {
			fprintf(stderr, "media-model: too many states\n");
			exit(2);
		}
	}
	states[n_states] = *s;
	origins[n_states] = (struct origin){ parent, (uint8_t)type, (uint8_t)arg };
	table[h & (table_size - 1)] = ++n_states;
}

static void tell(uint32_t at)
{
	if (!at)
		return;
	tell(origins[at].parent);
	printf("  %s %c %s\n", origins[at].type < DRIVER_MOVES ? "driver" : "device",
	       (origins[at].type < DRIVER_MOVES ? 'A' : '0') + origins[at].arg,
	       move_names[origins[at].type]);
}

/* Walk on from state @from in every way. Return: false when something broke. */
static bool expand(uint32_t from)
{
	for (unsigned int type = 0; type < MOVES; type++) {
		unsigned int args = type < DRIVER_MOVES ? DRIVERS : DEVICES;

		for (unsigned int arg = 0; arg < args; arg++) {
			struct state s = states[from];
			bool moved;

			if (type < DRIVER_MOVES)
				moved = driver_does(&s, (enum driver_move)type, arg);
			else
				moved = device_does(
					&s, (enum device_move)(type - DRIVER_MOVES), arg);
			if (!moved)
				continue;
			check(&s);
			add(&s, from, type, arg);
			if (!broken)
				continue;
			if (!stock) {
				printf("%s:\n", broken);
				tell(from);
				printf("  then %s %u\n", move_names[type], arg);
			}
			return false;
		}
	}
	return true;
}

/* Each case of the table that can happen has to have happened. */
static bool all_cases(void)
{
	static const struct {
		uint8_t state, event, verdict;
	} cases[] = {
		{ TACET_MEDIA_NONE, TACET_MEDIA_ALLOCATE, TACET_MEDIA_OK },
		{ TACET_MEDIA_ALLOCATED, TACET_MEDIA_ALLOCATE, TACET_MEDIA_OK },
		{ TACET_MEDIA_ALLOCATED, TACET_MEDIA_ALLOCATE, TACET_MEDIA_FRESH },
		{ TACET_MEDIA_ALLOCATED, TACET_MEDIA_ALLOCATE, TACET_MEDIA_REFUSED },
		{ TACET_MEDIA_ALLOCATED, TACET_MEDIA_REGISTER, TACET_MEDIA_OK },
		{ TACET_MEDIA_ALLOCATED, TACET_MEDIA_DELETE, TACET_MEDIA_OK },
		{ TACET_MEDIA_REGISTERED, TACET_MEDIA_ALLOCATE, TACET_MEDIA_OK },
		{ TACET_MEDIA_REGISTERED, TACET_MEDIA_ALLOCATE, TACET_MEDIA_FRESH },
		{ TACET_MEDIA_REGISTERED, TACET_MEDIA_ALLOCATE, TACET_MEDIA_REFUSED },
		{ TACET_MEDIA_REGISTERED, TACET_MEDIA_DELETE, TACET_MEDIA_OK },
		{ TACET_MEDIA_RETIRED, TACET_MEDIA_REGISTER, TACET_MEDIA_OK },
		{ TACET_MEDIA_RETIRED, TACET_MEDIA_DELETE, TACET_MEDIA_OK },
		{ TACET_MEDIA_UNREGISTERED, TACET_MEDIA_LAST_CLOSE, TACET_MEDIA_OK },
	};
	bool all = true;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (seen[cases[i].state][cases[i].event][cases[i].verdict])
			continue;
		printf("not reached: %s, event %u, verdict %u\n",
		       tacet_media_state_name((enum tacet_media_state)cases[i].state, 0),
		       cases[i].event, cases[i].verdict);
		all = false;
	}
	return all;
}

/* Events that fit nowhere change nothing. */
static bool strays_change_nothing(void)
{
	for (unsigned int state = 0; state <= TACET_MEDIA_RELEASED; state++) {
		for (unsigned int event = 0; event <= TACET_MEDIA_LAST_CLOSE; event++) {
			for (unsigned int bits = 0; bits < 16; bits++) {
				struct tacet_media_view v = {
					.state = (enum tacet_media_state)state,
					.users = bits & 1,
					.mine = bits >> 1 & 1,
					.registered = bits & 4,
					.owner_stays = bits & 8,
				};
				struct tacet_media_step s = tacet_media_step(
					v, (enum tacet_media_event)event);

				if (s.verdict != TACET_MEDIA_STRAY &&
				    s.verdict != TACET_MEDIA_REFUSED)
					continue;
				if (s.state != v.state || s.users != v.users || s.acts) {
					printf("a stray event changes a device\n");
					return false;
				}
			}
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	struct state s;
	uint32_t at;

	stock = argc > 1 && !strcmp(argv[1], "stock");
	memset(&s, 0, sizeof(s));
	memset(s.bound, NOBODY, sizeof(s.bound));
	memset(s.late, NOBODY, sizeof(s.late));
	table = calloc(table_size, sizeof(*table));
	if (!table)
		return 2;
	add(&s, 0, BIND, 0);
	if (stock) {
		static const char *const faults[] = {
			"an ioctl used a media device that was freed",
			"a media device that is being deleted was handed out",
			"a driver got the media device of its binding before",
		};
		unsigned int found = 0;

		for (at = 0; at < n_states && found != 7; at++) {
			while (!expand(at)) {
				for (unsigned int i = 0; i < 3; i++)
					if (!strcmp(broken, faults[i]))
						found |= 1U << i;
				broken = NULL;
				break;
			}
		}
		for (unsigned int i = 0; i < 3; i++)
			printf("%s: %s\n", found >> i & 1 ? "found" : "NOT found",
			       faults[i]);
		return found == 7 ? 0 : 1;
	}
	for (at = 0; at < n_states; at++)
		if (!expand(at))
			return 1;
	if (!all_cases() || !strays_change_nothing())
		return 1;
	if (argc > 1 && !strcmp(argv[1], "draw"))
		return media_draw(stdout, &walked) ? 1 : 0;
	printf("%u states, all good\n", n_states);
	return 0;
}
