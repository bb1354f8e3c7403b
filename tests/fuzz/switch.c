/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * Long lives of a switch. The explorer (tests/model) walks every path up to a budget; here the
 * input chooses a world and then one possible move after the other, hundreds of them, with
 * nothing that may happen left out. The same invariants judge each step.
 */
#include <string.h>

#include "action-text.h"
#include "fuzz.h"
#include "model.h"

#define MOVES_MAX 256

static void choose_class(struct input *in, struct model_class *k)
{
	uint8_t b = input_byte(in);

	k->kind = (enum stream_kind)(b % STREAM_KIND_MAX);
	k->device = b >> 2 & 1;
	k->can_pause = k->kind == STREAM_LEASED && (b & 8);
	k->drain_hidden = k->kind == STREAM_LEASED && (b & 16);
	k->halts = k->drain_hidden && (b & 64);
	k->late = k->kind != STREAM_HELD && (b & 32);
}

static void choose_world(struct input *in, struct model_config *c)
{
	uint8_t b = input_byte(in);

	c->name = "fuzzed";
	c->budget = 255;
	c->n_streams = input_below(in, WORLD_STREAMS_MAX + 1);
	c->repaired = b & 1;
	c->live_rule = b & 2;
	c->miscounts = b & 128;
	c->prompt = b & 4;
	c->third_dry = b & 8;
	c->crash = b & 16;
	c->requests = 1 + (b >> 5) % 3;
	for (unsigned int i = 0; i < c->n_streams; i++)
		choose_class(in, &c->stream[i]);
}

static void tell(const struct sw_event *ev, const struct sw_actions *a,
		 enum sw_phase phase, void *userdata)
{
	static char text[8192];
	char one[128];

	fprintf(stderr, "      %-24s -> %-9s %s\n", event_text(ev, one, sizeof(one)),
		sw_phase_name(phase), actions_text(a, text, sizeof(text)));
}

/* Return: the invariant that broke, or INV_NONE. */
static enum invariant live(const uint8_t *data, size_t size, bool aloud)
{
	const struct model_hooks hooks = { .trace = aloud ? tell : NULL };
	struct input in = { data, size };
	struct model_config c = {};
	static struct model m, end;
	static struct move list[MOVES_MAX];
	struct verdict v = {};
	unsigned int n;

	choose_world(&in, &c);
	model_init(&m, &c);
	while (in.left && !v.broken) {
		struct move mv;

		n = model_moves(&m, &c, list, MOVES_MAX);
		CHECK(n <= MOVES_MAX);
		if (!n)
			break;
		mv = list[input_below(&in, n)];
		if (aloud)
			fprintf(stderr, "    %s (%u)\n",
				move_name((enum move_type)mv.type), mv.arg);
		model_do(&m, &c, mv, &hooks, &v);
	}
	if (!v.broken) {
		end = m;
		model_run_out(&end, &c, &v);
	}
	if (v.broken && aloud)
		fprintf(stderr, "invariant %d is broken (%s): %s\n", v.broken,
			invariant_text(v.broken), v.what);
	return v.broken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (live(data, size, false) != INV_NONE) {
		live(data, size, true);
		abort();
	}
	return 0;
}
