/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "json.h"
#include "svg.h"

/* One entry of a report's timeline: [us, kind, pcm, text]. */
struct event {
	uint64_t at;
	const char *kind, *pcm, *text;
};

static bool event_at(json_object *report, size_t i, uint64_t end, struct event *ret)
{
	json_object *timeline = json_array(report, "timeline");
	json_object *e;

	if (i >= json_len(timeline))
		return false;
	e = json_object_array_get_idx(timeline, i);
	ret->at = json_u64_at(e, 0);
	if (ret->at > end)
		ret->at = end;
	ret->kind = json_str_at(e, 1);
	ret->pcm = json_str_at(e, 2);
	ret->text = json_str_at(e, 3);
	return true;
}

/* The first event of a kind that is not before @after. */
static bool find(json_object *report, const char *kind, uint64_t after, uint64_t end,
		 uint64_t *ret)
{
	struct event e;
	size_t i;

	for (i = 0; event_at(report, i, end, &e); i++) {
		if (e.at < after || strcmp(e.kind, kind) != 0)
			continue;
		*ret = e.at;
		return true;
	}
	return false;
}

/*
 * The event of a stream. Both directions of a device are one name: the rows of a name take
 * its events in turn.
 */
static bool find_own(json_object *report, const char *kind, const struct svg_row *row,
		     uint64_t after, uint64_t end, uint64_t *ret)
{
	unsigned int turn = 0;
	bool found = false;
	struct event e;
	size_t i;

	for (i = 0; event_at(report, i, end, &e); i++) {
		if (e.at < after || strcmp(e.kind, kind) != 0 ||
		    strcmp(e.pcm, row->pcm) != 0)
			continue;
		*ret = e.at;
		found = true;
		if (turn++ == row->turn)
			break;
	}
	return found;
}

static uint64_t find_end(json_object *report)
{
	uint64_t end = json_u64(report, "duration");
	struct event e;
	size_t i;

	for (i = 0; event_at(report, i, UINT64_MAX, &e); i++)
		if (e.at > end)
			end = e.at;
	/* Beyond a day there is nothing to see, only numbers to overflow. */
	if (end > 86400000000)
		end = 86400000000;
	return end ?: 1;
}

static void add_span(struct svg_row *row, enum span_kind kind, uint64_t from, uint64_t to,
		     const char *label)
{
	if (to > from && row->n < SVG_SPANS_MAX)
		row->spans[row->n++] = (struct svg_span){ kind, from, to, label };
}

/*
 * What tacetd was doing: an event ends one phase and begins the next, as the report's kinds
 * are meant ("journal" when the intent is stored, "check" when nothing moves any more).
 */
static void lay_phases(json_object *report, uint64_t end, struct svg_row *row)
{
	static const struct {
		const char *kind, *label;
	} phases[] = {
		{ "request", "wait, plan" }, { "plan", "journal" },
		{ "journal", "quiesce" },    { "quiesce", "quiesce" },
		{ "check", "write" },	     { "write", "write" },
		{ "applied", "resume" },     { "rollback", "rollback" },
		{ "restore", "restore" },    { "resume", "resume" },
		{ "resumed", "journal" },    { "report", NULL },
	};
	const char *label = NULL;
	uint64_t from = 0;
	struct event e;
	size_t i, p;

	for (i = 0; event_at(report, i, end, &e); i++) {
		for (p = 0; p < ARRAY_SIZE(phases); p++)
			if (strcmp(e.kind, phases[p].kind) == 0)
				break;
		if (p == ARRAY_SIZE(phases) || phases[p].label == label || e.at < from)
			continue;
		if (label)
			add_span(row, SPAN_PHASE, from, e.at, label);
		label = phases[p].label;
		from = e.at;
	}
	if (label)
		add_span(row, SPAN_PHASE, from, end, label);
}

static void lay_stream(json_object *report, uint64_t end, struct svg_row *row)
{
	const char *method = json_str(row->stream, "method");
	uint64_t quiesce, stopped, resume, resumed, write;

	if (!find_own(report, "slip", row, 0, end, &row->slip))
		row->slip = UINT64_MAX;
	if (strcmp(method, "none") == 0) {
		add_span(row, SPAN_IDLE, 0, end, NULL);
		return;
	}
	if (strcmp(method, "live") == 0) {
		if (!find(report, "write", 0, end, &write))
			write = end;
		add_span(row, SPAN_OLD, 0, write, NULL);
		add_span(row, SPAN_NEW, write, end, NULL);
		return;
	}
	if (!find_own(report, "stopped", row, 0, end, &stopped))
		stopped = end;
	if (!find_own(report, "quiesce", row, 0, end, &quiesce) || quiesce > stopped)
		quiesce = stopped;
	if (!find_own(report, "resumed", row, stopped, end, &resumed))
		resumed = end;
	if (!find_own(report, "resume", row, stopped, end, &resume) || resume > resumed)
		resume = resumed;
	add_span(row, SPAN_OLD, 0, quiesce, NULL);
	add_span(row, SPAN_STOPPING, quiesce, stopped, NULL);
	add_span(row, SPAN_SILENT, stopped, resume, NULL);
	add_span(row, SPAN_RESUMING, resume, resumed, NULL);
	add_span(row, SPAN_NEW, resumed, end, NULL);
}

/* Was anything written, or tried to, once all had stopped? */
static bool was_applied(json_object *report, uint64_t from, uint64_t end)
{
	static const char *const kinds[] = { "write", "applied", "rollback", "restore" };
	uint64_t at;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (find(report, kinds[i], from, end, &at))
			return true;
	return false;
}

/* The rest: from the last stream that stopped to the first that went on. */
static void lay_rest(struct svg_layout *l)
{
	uint64_t from = 0, to;
	bool stopped = false;
	struct event e;
	size_t i;

	for (i = 0; event_at(l->report, i, l->end, &e); i++) {
		if (strcmp(e.kind, "stopped") != 0)
			continue;
		if (!stopped || e.at > from)
			from = e.at;
		stopped = true;
	}
	/* A switch that gave up because a stream went on never had a rest. */
	if (!stopped || !was_applied(l->report, from, l->end))
		return;
	if (!find(l->report, "resumed", from, l->end, &to))
		to = l->end;
	l->has_rest = true;
	l->rest_from = from;
	l->rest_to = to;
}

static void lay_zoom(struct svg_layout *l)
{
	uint64_t length = l->rest_to - l->rest_from;
	uint64_t margin = length / 4 + 1;

	if (!l->has_rest || !length || length > l->end / 6)
		return;
	l->has_zoom = true;
	l->zoom_from = l->rest_from > margin ? l->rest_from - margin : 0;
	l->zoom_to = l->rest_to + margin < l->end ? l->rest_to + margin : l->end;
}

int svg_layout_make(json_object *report, struct svg_layout *ret)
{
	json_object *streams = json_array(report, "streams");
	struct svg_layout l = { .report = report, .end = find_end(report) };
	size_t i, j;

	l.n_rows = 1 + json_len(streams);
	l.rows = calloc(l.n_rows, sizeof(*l.rows));
	if (!l.rows)
		return -ENOMEM;
	l.rows[0].slip = UINT64_MAX;
	lay_phases(report, l.end, &l.rows[0]);
	for (i = 1; i < l.n_rows; i++) {
		l.rows[i].stream = json_object_array_get_idx(streams, i - 1);
		l.rows[i].pcm = json_str(l.rows[i].stream, "pcm");
		for (j = 1; j < i; j++)
			l.rows[i].turn += strcmp(l.rows[j].pcm, l.rows[i].pcm) == 0;
		lay_stream(report, l.end, &l.rows[i]);
	}
	lay_rest(&l);
	lay_zoom(&l);
	*ret = l;
	return 0;
}

void svg_layout_free(struct svg_layout *l)
{
	free(l->rows);
	l->rows = NULL;
}

double svg_scale_step(double length, unsigned int marks)
{
	double raw = length / marks;
	double power = pow(10, floor(log10(raw)));
	double step = raw / power;

	if (step <= 1)
		return power;
	if (step <= 2)
		return 2 * power;
	return step <= 5 ? 5 * power : 10 * power;
}
