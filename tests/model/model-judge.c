/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * What a report says, against the truth.
 */
#include "model.h"

static void want(bool good, struct verdict *v, enum invariant i, const char *what)
{
	if (!good)
		model_break(v, i, what);
}

static bool left_closed(const struct model *m, const struct model_config *c,
			unsigned int slot, const struct sw_stream *known)
{
	return c->stream[slot].kind == STREAM_HELD && known->phase == SS_DONE &&
	       !m->sw.undone && !m->env.plan_outside && m->env.plan_to == MODEL_B &&
	       c->stream[slot].device == 1;
}

static void report_streams(struct model *m, const struct model_config *c,
			   struct verdict *v)
{
	for (unsigned int i = 0; i < c->n_streams; i++) {
		struct model_stream *st = &m->stream[i];
		const struct sw_stream *known = model_entry(m, i);

		if (m->env.wrote && !m->sw.live) {
			want(!st->slip || (m->sw.slipped && known && known->slipped), v,
			     INV_SLIP_REPORTED,
			     "a start during the writes is not reported");
			want(st->slip || !known || !known->slipped, v, INV_SLIP_REPORTED,
			     "a slip is reported that did not happen");
		}
		if (!st->by_us || st->moving || st->failed)
			continue;
		if (known && (known->phase == SS_FAILED || known->phase == SS_GONE))
			st->failed = true;
		else if (known && left_closed(m, c, i, known))
			st->by_us = false;
		else
			model_break(v, INV_RESUMED_OR_REPORTED,
				    "a stream that we stopped is neither resumed nor "
				    "reported");
	}
}

static void report_blame(const struct model *m, const struct model_config *c,
			 const struct sw_action *a, struct verdict *v)
{
	const struct sw_stream *st = a->stream ? model_entry(m, a->stream - 1) : NULL;

	if (a->error == TACET_ERR_BUSY)
		want(st && st->stuck && st->method == METHOD_WAIT, v, INV_BLAME,
		     "busy, but nobody is named who moves and is not ours to stop");
	else if (a->error == TACET_ERR_STUCK)
		want(st && st->stuck && st->method != METHOD_WAIT &&
			     c->stream[a->stream - 1].kind != STREAM_FOREIGN,
		     v, INV_BLAME, "stuck, but none of ours is named");
	else
		want(!a->stream || a->error == TACET_ERR_INTERNAL, v, INV_BLAME,
		     "a stream is blamed for nothing");
}

static void report_route(struct model *m, const struct sw_action *a, struct verdict *v)
{
	struct model_env *e = &m->env;

	if (a->error == TACET_OK && e->plan_outside) {
		want(!m->sw.route_known, v, INV_ROUTE_TRUE,
		     "another program wrote, and the route is called known");
	} else if (a->error == TACET_OK && !e->plan_unchanged) {
		e->route = e->plan_to;
		want(m->sw.worker_lost || m->sw.route_known, v, INV_ROUTE_TRUE,
		     "done, but the route is not known");
		want(e->hw == e->plan_to, v, INV_ROUTE_TRUE,
		     "done, but the route is another one");
	}
	want(!m->sw.route_known || e->hw == e->route, v, INV_ROUTE_TRUE,
	     "a route is taken as known that is not in force");
	want(!e->wrote || e->hw != MODEL_DIRTY || e->hw_before == MODEL_DIRTY ||
		     (a->error == TACET_OK && e->plan_outside) ||
		     a->error == TACET_ERR_ROUTE_UNKNOWN,
	     v, INV_ROUTE_TRUE, "half a route, and the report does not tell");
	want(!e->wrote || a->error == TACET_OK || a->error == TACET_ERR_UCM_FAILED ||
		     a->error == TACET_ERR_ROUTE_UNKNOWN,
	     v, INV_BLAME,
	     "an error of the time before the writes, but there were writes");
}

void model_judge_report(struct model *m, const struct model_config *c,
			const struct sw_action *a, struct verdict *v)
{
	struct model_env *e = &m->env;
	bool dry = c->third_dry && e->current == 3;

	want(e->current == a->request, v, INV_ONE_CURRENT, "a report of another request");
	if (a->error == TACET_ERR_CARD_GONE) {
		want(!m->sw.route_known, v, INV_ROUTE_TRUE,
		     "the route of a card that is gone");
		return;
	}
	if (!e->planned || dry) {
		want(!e->wrote, v, INV_SANE, "a dry run wrote");
		return;
	}
	report_route(m, a, v);
	want(!e->wrote || e->committed, v, INV_JOURNAL_FIRST,
	     "reported before the commit");
	want(!e->store_failed || m->sw.journal_lost, v, INV_JOURNAL_FIRST,
	     "a store that failed is not reported");
	report_streams(m, c, v);
	report_blame(m, c, a, v);
}
