/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * explore: walk every state that a switch can reach in a small world, or draw what was walked.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "draw.h"
#include "model.h"

#define ALL 255

/* Streams by name, so that a configuration reads as a sentence. */
#define HELD                        \
	{                           \
		.kind = STREAM_HELD \
	}
#define CLOSES                                   \
	{                                        \
		.kind = STREAM_HELD, .device = 1 \
	}
#define PAUSES                                                                 \
	{                                                                      \
		.kind = STREAM_LEASED, .can_pause = true, .drain_hidden = true \
	}
#define REPLAYS                                                                 \
	{                                                                       \
		.kind = STREAM_LEASED, .can_pause = true, .drain_hidden = true, \
		.halts = true                                                   \
	}
#define DRAINS                                              \
	{                                                   \
		.kind = STREAM_LEASED, .drain_hidden = true \
	}
#define LOSES                                                                   \
	{                                                                       \
		.kind = STREAM_LEASED, .can_pause = true, .drain_hidden = true, \
		.device = 1                                                     \
	}
#define JOINS                                                          \
	{                                                              \
		.kind = STREAM_LEASED, .can_pause = true, .late = true \
	}
#define FOREIGN                        \
	{                              \
		.kind = STREAM_FOREIGN \
	}
#define STRANGER                                     \
	{                                            \
		.kind = STREAM_FOREIGN, .late = true \
	}

/* Together a few seconds; the full walk takes a few minutes. */
static const struct model_config configs[] = {
	{ "no stream, no limit",
	  0,
	  { { 0 } },
	  .budget = ALL,
	  .requests = 2,
	  .crash = true },
	{ "three requests", 0, { { 0 } }, .budget = 3, .more = 2, .requests = 3 },
	{ "three requests, one dry",
	  1,
	  { LOSES },
	  .budget = 2,
	  .more = 2,
	  .requests = 3,
	  .third_dry = true },
	{ "one leased",
	  1,
	  { PAUSES },
	  .budget = 3,
	  .more = 2,
	  .requests = 2,
	  .crash = true },
	{ "one leased that is played again",
	  1,
	  { REPLAYS },
	  .miscounts = true,
	  .budget = 3,
	  .more = 2,
	  .requests = 2,
	  .crash = true },
	{ "one leased that loses its back end",
	  1,
	  { LOSES },
	  .budget = 3,
	  .more = 2,
	  .requests = 2,
	  .crash = true },
	{ "another program writes, one leased",
	  1,
	  { LOSES },
	  .budget = 3,
	  .more = 2,
	  .requests = 2,
	  .outside = true,
	  .crash = true },
	{ "another program writes, one of each",
	  3,
	  { CLOSES, LOSES, FOREIGN },
	  .budget = 1,
	  .more = 2,
	  .requests = 2,
	  .outside = true },
	{ "one held that closes",
	  1,
	  { CLOSES },
	  .budget = 4,
	  .more = 2,
	  .requests = 2,
	  .crash = true },
	{ "one foreign",
	  1,
	  { FOREIGN },
	  .budget = 4,
	  .more = 2,
	  .requests = 2,
	  .crash = true },
	{ "one of each",
	  3,
	  { CLOSES, LOSES, FOREIGN },
	  .budget = 2,
	  .more = 2,
	  .requests = 2,
	  .crash = true },
	{ "newcomers",
	  3,
	  { PAUSES, JOINS, STRANGER },
	  .budget = 3,
	  .more = 2,
	  .requests = 1 },
	{ "three leased",
	  3,
	  { PAUSES, LOSES, DRAINS },
	  .budget = 2,
	  .more = 1,
	  .requests = 2 },
	{ "three held",
	  3,
	  { HELD, HELD, CLOSES },
	  .budget = 2,
	  .more = 2,
	  .requests = 2 },
	{ "three foreign",
	  3,
	  { FOREIGN, FOREIGN, FOREIGN },
	  .budget = 2,
	  .more = 2,
	  .requests = 2 },
	{ "three of each",
	  9,
	  { HELD, HELD, CLOSES, PAUSES, LOSES, DRAINS, FOREIGN, FOREIGN, FOREIGN },
	  .budget = 1,
	  .more = 1,
	  .requests = 2,
	  .crash = true,
	  .prompt = true },
	{ "live",
	  3,
	  { CLOSES, LOSES, FOREIGN },
	  .budget = 2,
	  .more = 2,
	  .requests = 2,
	  .crash = true,
	  .repaired = true,
	  .live_rule = true },
	{ "repaired, but not the rule",
	  2,
	  { PAUSES, FOREIGN },
	  .budget = 2,
	  .more = 2,
	  .requests = 1,
	  .repaired = true },
	{ "the rule, but not repaired",
	  2,
	  { PAUSES, FOREIGN },
	  .budget = 2,
	  .more = 2,
	  .requests = 1,
	  .live_rule = true },
};

#define N_CONFIGS (sizeof(configs) / sizeof(configs[0]))

struct options {
	bool full;
	bool quiet;
	int expect; /* an invariant that must break, or 0 */
	const char *only;
	int budget; /* or -1 */
	const char *svg;
	const char *table;
	bool list;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct model_config chosen(const struct model_config *c, const struct options *o)
{
	struct model_config r = *c;

	if (o->budget >= 0)
		r.budget = (unsigned int)o->budget;
	else if (o->full)
		r.budget += c->more;
	return r;
}

/* Return: the invariant that broke, or 0. */
static enum invariant run(const struct options *o, struct edges *edges,
			  unsigned long *states)
{
	struct model_hooks hooks = { .edge = edges_add, .userdata = edges };

	for (size_t i = 0; i < N_CONFIGS; i++) {
		struct model_config c = chosen(&configs[i], o);
		double begin = now();
		struct explored r;

		if (o->only && strcmp(o->only, c.name) != 0)
			continue;
		if (explore(&c, &hooks, o->quiet || o->expect, &r) < 0)
			return r.broken;
		*states += r.states;
		if (!o->quiet && !o->expect)
			printf("%-36s %9lu states %10lu steps, %2u deep, %5.1f s\n",
			       c.name, r.states, r.steps, r.depth, now() - begin);
		fflush(stdout);
	}
	return INV_NONE;
}

static int usage(const char *name)
{
	fprintf(stderr,
		"usage: %s [--full] [--only NAME] [--budget N]   walk and judge\n"
		"       %s --expect N                          succeed if invariant N "
		"breaks\n"
		"       %s [--svg FILE] [--table FILE]         draw what is walked\n"
		"       %s --list                              number the invariants\n",
		name, name, name, name);
	return 2;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "full", no_argument, NULL, 'f' },
		{ "only", required_argument, NULL, 'o' },
		{ "budget", required_argument, NULL, 'b' },
		{ "expect", required_argument, NULL, 'e' },
		{ "svg", required_argument, NULL, 's' },
		{ "table", required_argument, NULL, 't' },
		{ "list", no_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		if (c == 'f')
			o->full = true;
		else if (c == 'o')
			o->only = optarg;
		else if (c == 'b')
			o->budget = atoi(optarg);
		else if (c == 'e')
			o->expect = atoi(optarg);
		else if (c == 's')
			o->svg = optarg;
		else if (c == 't')
			o->table = optarg;
		else if (c == 'l')
			o->list = true;
		else
			return -1;
	}
	return optind == argc ? 0 : -1;
}

static int draw(const char *path, const struct edges *edges,
		int (*how)(FILE *f, const struct edges *edges))
{
	FILE *f = fopen(path, "w");

	if (!f || how(f, edges) < 0 || fclose(f) != 0) {
		fprintf(stderr, "explore: cannot draw %s\n", path);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct edges edges;
	struct options o = { .budget = -1 };
	unsigned long states = 0;
	enum invariant broken;

	if (parse(argc, argv, &o) < 0)
		return usage(argv[0]);
	for (int i = INV_NONE + 1; o.list && i < INV_MAX; i++)
		printf("%d %s\n", i, invariant_text((enum invariant)i));
	if (o.list)
		return 0;
	o.quiet = o.svg || o.table;
	broken = run(&o, &edges, &states);
	if (o.expect) {
		printf("invariant %d broke (%s), %d was expected\n", broken,
		       invariant_text(broken), o.expect);
		return broken == (enum invariant)o.expect ? 0 : 1;
	}
	if (broken)
		return 1;
	if (o.svg && draw(o.svg, &edges, draw_svg) < 0)
		return 1;
	if (o.table && draw(o.table, &edges, draw_table) < 0)
		return 1;
	if (o.quiet)
		return 0;
	printf("%lu states, every invariant holds\n", states);
	return 0;
}
