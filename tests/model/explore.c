/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * Breadth first over everything that can happen: the first path found to a broken invariant is a
 * shortest one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action-text.h"
#include "model.h"

#define MOVES_MAX 256
#define NOBODY	  UINT32_MAX

struct origin {
	uint32_t parent;
	struct move move;
};

struct space {
	const struct model_config *c;
	unsigned int key_size;
	uint8_t *keys;
	struct origin *origins;
	uint32_t n, room;
	uint32_t *table; /* index + 1, or 0 */
	uint32_t table_size;
};

static uint64_t hash(const uint8_t *p, unsigned int n)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (unsigned int i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return h ^ (h >> 29);
}

static void *grown(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (!p) {
		fprintf(stderr, "explore: out of memory\n");
		exit(2);
	}
	return p;
}

static void rehash(struct space *s)
{
	free(s->table);
	s->table_size = s->table_size ? 2 * s->table_size : 1U << 16;
	s->table = calloc(s->table_size, sizeof(*s->table));
	if (!s->table)
		exit(2);
	for (uint32_t i = 0; i < s->n; i++) {
		uint64_t h = hash(s->keys + (size_t)i * s->key_size, s->key_size);

		while (s->table[h & (s->table_size - 1)])
			h++;
		s->table[h & (s->table_size - 1)] = i + 1;
	}
}

/* Return: true when the state is new. */
static bool space_add(struct space *s, const struct model *m, uint32_t parent,
		      struct move mv)
{
	uint8_t key[MODEL_KEY_MAX];
	uint64_t h;

	s->key_size = model_pack(m, s->c, key);
	h = hash(key, s->key_size);
	for (; s->table[h & (s->table_size - 1)]; h++) {
		uint32_t i = s->table[h & (s->table_size - 1)] - 1;

		if (!memcmp(s->keys + (size_t)i * s->key_size, key, s->key_size))
			return false;
	}
	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 4096;
		s->keys = grown(s->keys, s->room, s->key_size);
		s->origins = grown(s->origins, s->room, sizeof(*s->origins));
	}
	memcpy(s->keys + (size_t)s->n * s->key_size, key, s->key_size);
	s->origins[s->n] = (struct origin){ parent, mv };
	s->table[h & (s->table_size - 1)] = ++s->n;
	if (s->n > s->table_size / 2)
		rehash(s);
	return true;
}

static void trace(const struct sw_event *ev, const struct sw_actions *a,
		  enum sw_phase phase, void *userdata)
{
	static char text[8192];
	char one[128];

	(void)userdata;
	printf("      %-24s -> %-9s %s\n", event_text(ev, one, sizeof(one)),
	       sw_phase_name(phase), actions_text(a, text, sizeof(text)));
}

static void show_move(struct move mv)
{
	printf("    %s", move_name((enum move_type)mv.type));
	if (mv.type == MOVE_REQUEST || mv.type == MOVE_CLIENT_GONE ||
	    mv.type == MOVE_DEADLINE_REQUEST)
		printf(" (request %u)", mv.arg);
	else if (mv.type >= MOVE_NEWS && mv.type <= MOVE_RESUME_FAILED)
		printf(" (stream %u)", mv.arg + 1);
	printf("\n");
}

static void replay(const struct space *s, uint32_t to, struct move last, bool run_out)
{
	static const struct model_hooks hooks = { .trace = trace };
	static struct model m;
	uint32_t path[4096];
	unsigned int n = 0;
	struct verdict v = { 0 };

	for (uint32_t i = to; i != NOBODY && n < 4096; i = s->origins[i].parent)
		path[n++] = i;
	while (n-- > 1) {
		model_unpack(&m, s->c, s->keys + (size_t)path[n] * s->key_size);
		show_move(s->origins[path[n - 1]].move);
		model_do(&m, s->c, s->origins[path[n - 1]].move, &hooks, &v);
	}
	model_unpack(&m, s->c, s->keys + (size_t)to * s->key_size);
	if (run_out) {
		printf("    ... and from here on only clocks answer\n");
		return;
	}
	show_move(last);
	model_do(&m, s->c, last, &hooks, &v);
}

static void tell(const struct space *s, uint32_t at, struct move mv, bool run_out,
		 const struct verdict *v)
{
	unsigned int steps = 0;

	for (uint32_t i = at; s->origins[i].parent != NOBODY; i = s->origins[i].parent)
		steps++;
	printf("%s: invariant %d is broken (%s): %s\n", s->c->name, v->broken,
	       invariant_text(v->broken), v->what);
	printf("  a shortest path, %u moves:\n", steps + 1);
	replay(s, at, mv, run_out);
}

static bool expand(struct space *s, uint32_t at, const struct model_hooks *hooks,
		   bool quiet, struct explored *ret)
{
	static struct model from, m;
	struct move list[MOVES_MAX];
	struct verdict v = { 0 };
	unsigned int n;

	model_unpack(&from, s->c, s->keys + (size_t)at * s->key_size);
	n = model_moves(&from, s->c, list, MOVES_MAX);
	for (unsigned int i = 0; i < n; i++) {
		m = from;
		model_do(&m, s->c, list[i], hooks, &v);
		ret->steps++;
		if (v.broken) {
			if (!quiet)
				tell(s, at, list[i], false, &v);
			ret->broken = v.broken;
			return false;
		}
		space_add(s, &m, at, list[i]);
	}
	m = from;
	model_run_out(&m, s->c, &v);
	if (v.broken) {
		if (!quiet)
			tell(s, at, (struct move){ 0 }, true, &v);
		ret->broken = v.broken;
		return false;
	}
	return true;
}

int explore(const struct model_config *c, const struct model_hooks *hooks, bool quiet,
	    struct explored *ret)
{
	static struct model m;
	struct space s = { .c = c };
	uint32_t next = 0, level_end;
	bool good = true;

	*ret = (struct explored){ 0 };
	rehash(&s);
	model_init(&m, c);
	space_add(&s, &m, NOBODY, (struct move){ 0 });
	while (good && next < s.n) {
		ret->depth++;
		for (level_end = s.n; good && next < level_end; next++)
			good = expand(&s, next, hooks, quiet, ret);
	}
	ret->states = s.n;
	free(s.keys);
	free(s.origins);
	free(s.table);
	return good ? 0 : -1;
}
