/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * doc/switch.svg and the table of doc/switch.md, from the transitions that were walked. Where a
 * line runs is written down here; that it runs is not: a transition without a line is an error,
 * and so is a line without a transition.
 */
#include <string.h>

#include "draw.h"

void edges_add(const struct edge *e, void *userdata)
{
	struct edges *edges = userdata;

	edges->seen[e->from][e->event][e->to] = true;
}

#define BOX_W 150
#define BOX_H 44

static const struct {
	int x, y; /* the middle */
	const char *fill;
} boxes[SW_PHASE_MAX] = {
	[SW_IDLE] = { 470, 90, "#e8e8e8" },	 [SW_PLANNING] = { 470, 190, "#d9e8f7" },
	[SW_JOURNAL] = { 470, 300, "#d9e8f7" },	 [SW_QUIESCE] = { 470, 410, "#fdf0cd" },
	[SW_VERIFY] = { 470, 520, "#fdf0cd" },	 [SW_APPLY] = { 470, 630, "#f9d9c9" },
	[SW_ROLLBACK] = { 790, 630, "#f9d9c9" }, [SW_RESTORE] = { 790, 730, "#f9d9c9" },
	[SW_RESUME] = { 470, 840, "#fdf0cd" },	 [SW_COMMIT] = { 470, 970, "#d9e8f7" },
};

struct line {
	enum sw_phase from, to;
	const char *path;
	int x, y; /* of its label's first line */
	const char *anchor;
	const char *note; /* when it is this way and not another; may be NULL */
};

static const struct line lines[] = {
	{ SW_IDLE, SW_PLANNING, "M470,112 V166", 478, 144, "start", NULL },
	{ SW_PLANNING, SW_IDLE, "M545,182 H640 V90 H547", 650, 102, "start",
	  "unchanged, a dry run or in vain" },
	{ SW_PLANNING, SW_JOURNAL, "M470,212 V276", 478, 248, "start", NULL },
	{ SW_PLANNING, SW_RESUME, "M545,198 H1030 V850 H547", 1022, 216, "end",
	  "unchanged, but a parked stream wakes" },
	{ SW_JOURNAL, SW_QUIESCE, "M470,322 V386", 478, 350, "start", NULL },
	{ SW_JOURNAL, SW_APPLY, "M545,300 H680 V622 H547", 690, 316, "start", "live" },
	{ SW_JOURNAL, SW_RESUME, "M395,300 H226 V830 H393", 384, 266, "end", NULL },
	{ SW_QUIESCE, SW_VERIFY, "M455,432 V496", 447, 460, "end", NULL },
	{ SW_QUIESCE, SW_RESUME, "M395,410 H206 V840 H393", 384, 363, "end", NULL },
	{ SW_VERIFY, SW_QUIESCE, "M485,498 V434", 493, 464, "start", NULL },
	{ SW_VERIFY, SW_APPLY, "M470,542 V606", 478, 580, "start", NULL },
	{ SW_VERIFY, SW_RESUME, "M395,520 H186 V850 H393", 384, 486, "end", NULL },
	{ SW_APPLY, SW_ROLLBACK, "M545,638 H713", 622, 654, "start", NULL },
	{ SW_APPLY, SW_RESTORE, "M520,652 V730 H713", 528, 722, "start", NULL },
	{ SW_APPLY, SW_RESUME, "M455,652 V816", 447, 690, "end", NULL },
	{ SW_ROLLBACK, SW_RESTORE, "M790,652 V706", 798, 684, "start", NULL },
	{ SW_ROLLBACK, SW_RESUME, "M865,630 H940 V840 H547", 932, 774, "end", NULL },
	{ SW_RESTORE, SW_RESUME, "M750,752 V830 H547", 742, 776, "end", NULL },
	{ SW_RESUME, SW_COMMIT, "M470,862 V946", 478, 882, "start", NULL },
	{ SW_COMMIT, SW_IDLE, "M395,978 H50 V90 H393", 384, 996, "end", NULL },
	{ SW_COMMIT, SW_PLANNING, "M395,962 H80 V190 H393", 384, 915, "end",
	  "another waits" },
};

#define N_LINES (sizeof(lines) / sizeof(lines[0]))

static bool is_fault(enum sw_event_type e)
{
	switch (e) {
	case SWE_PLAN_FAILED:
	case SWE_JOURNAL_FAILED:
	case SWE_STREAM_REFUSED:
	case SWE_STREAM_RESUME_FAILED:
	case SWE_APPLY_FAILED:
	case SWE_ROLLBACK_FAILED:
	case SWE_WORKER_DIED:
	case SWE_RESTORE_FAILED:
	case SWE_DEADLINE:
	case SWE_CARD_GONE:
	case SWE_SHUTDOWN:
		return true;
	case SWE_REQUEST:
	case SWE_CLIENT_GONE:
	case SWE_PLAN_OK:
	case SWE_JOURNAL_OK:
	case SWE_STREAM_RESTED:
	case SWE_STREAM_MOVED:
	case SWE_STREAM_NEW:
	case SWE_STREAM_GONE:
	case SWE_STREAM_RESUMED:
	case SWE_CHECK_OK:
	case SWE_APPLY_OK:
	case SWE_ROLLBACK_OK:
	case SWE_RESTORE_OK:
	case SWE_MAX:
		break;
	}
	return false;
}

/* A phase with nobody in it is passed through in the same step: the line leads to it. */
static bool passes_through(const struct edges *e, int from, int event, int to)
{
	return (to == SW_VERIFY && from != SW_QUIESCE &&
		e->seen[from][event][SW_QUIESCE]) ||
	       (to == SW_COMMIT && from != SW_RESUME && e->seen[from][event][SW_RESUME]);
}

static bool drawn(const struct edges *e, int from, int event, int to)
{
	return from != to && event != SWE_CARD_GONE && e->seen[from][event][to] &&
	       !passes_through(e, from, event, to);
}

static bool drawn_any(const struct edges *e, int from, int to)
{
	for (int event = 0; event < SWE_MAX; event++)
		if (drawn(e, from, event, to))
			return true;
	return false;
}

static const struct line *find_line(int from, int to)
{
	for (size_t i = 0; i < N_LINES; i++)
		if (lines[i].from == (enum sw_phase)from &&
		    lines[i].to == (enum sw_phase)to)
			return &lines[i];
	return NULL;
}

static int check_lines(const struct edges *e)
{
	int bad = 0;

	for (int from = 0; from < SW_PHASE_MAX; from++)
		for (int to = 0; to < SW_PHASE_MAX; to++)
			if (drawn_any(e, from, to) != !!find_line(from, to)) {
				fprintf(stderr, "draw: %s -> %s is %s\n",
					sw_phase_name((enum sw_phase)from),
					sw_phase_name((enum sw_phase)to),
					find_line(from, to)
						? "a line, but no transition"
						: "a transition without a line");
				bad = -1;
			}
	return bad;
}

static void draw_text(FILE *f, const struct line *l, int row, const char *class,
		      const char *text)
{
	fprintf(f, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\"%s%s%s>%s</text>\n", l->x,
		l->y + 13 * row, l->anchor, class ? " class=\"" : "", class ? class : "",
		class ? "\"" : "", text);
}

static void draw_line(FILE *f, const struct edges *e, const struct line *l)
{
	bool fault = true;
	int row = 0;

	for (int event = 0; event < SWE_MAX; event++)
		if (drawn(e, l->from, event, l->to))
			fault &= is_fault((enum sw_event_type)event);
	fprintf(f, "<path class=\"%s\" d=\"%s\" marker-end=\"url(#%s)\"/>\n",
		fault ? "fault" : "good", l->path, fault ? "fault-end" : "good-end");
	for (int event = 0; event < SWE_MAX; event++)
		if (drawn(e, l->from, event, l->to))
			draw_text(f, l, row++,
				  is_fault((enum sw_event_type)event) ? "f" : NULL,
				  sw_event_name((enum sw_event_type)event));
	if (l->note)
		draw_text(f, l, row, "n", l->note);
}

static const char head[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->\n"
	"<!-- Drawn by tests/model from the transitions that it walked; do not edit. "
	"-->\n"
	"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1060 1050\" "
	"width=\"1060\" "
	"height=\"1050\" font-family=\"sans-serif\" font-size=\"11\">\n"
	"<title>The phases of a switch</title>\n"
	"<style>path{fill:none;stroke-width:1.5}.good{stroke:#333}.fault{stroke:#b33}"
	"text{fill:#222}.f{fill:#a22}.n{fill:#666;font-style:italic}"
	".p{font-size:15px;font-weight:bold}.t{font-size:18px;font-weight:bold}</style>\n"
	"<defs>\n"
	"<marker id=\"good-end\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
	"markerWidth=\"8\" "
	"markerHeight=\"8\" orient=\"auto\"><path d=\"M0,0 L8,4 L0,8 z\" "
	"style=\"fill:#333\"/></marker>\n"
	"<marker id=\"fault-end\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
	"markerWidth=\"8\" "
	"markerHeight=\"8\" orient=\"auto\"><path d=\"M0,0 L8,4 L0,8 z\" "
	"style=\"fill:#b33\"/></marker>\n"
	"</defs>\n"
	"<rect width=\"1060\" height=\"1050\" fill=\"#fff\"/>\n"
	"<text class=\"t\" x=\"20\" y=\"34\">A switch, from request to report</text>\n";

static const char *const legend[] = {
	"Yellow: the gate is closed and streams are at rest or on their way.",
	"Orange: the worker writes; nothing moves.",
	"Red: only faults lead there.",
	"card-gone leads from every phase to idle.",
	"quiesce and resume are passed through at once when nobody is in them.",
};

static void draw_box(FILE *f, int p)
{
	fprintf(f,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"%s\" "
		"stroke=\"#444\"/>\n"
		"<text class=\"p\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
		boxes[p].x - BOX_W / 2, boxes[p].y - BOX_H / 2, BOX_W, BOX_H,
		boxes[p].fill, boxes[p].x, boxes[p].y + 5,
		sw_phase_name((enum sw_phase)p));
}

int draw_svg(FILE *f, const struct edges *edges)
{
	if (check_lines(edges) < 0)
		return -1;
	fputs(head, f);
	for (size_t i = 0; i < N_LINES; i++)
		draw_line(f, edges, &lines[i]);
	for (int p = 0; p < SW_PHASE_MAX; p++)
		draw_box(f, p);
	for (size_t i = 0; i < sizeof(legend) / sizeof(legend[0]); i++)
		fprintf(f, "<text class=\"n\" x=\"600\" y=\"%zu\">%s</text>\n",
			960 + 16 * i, legend[i]);
	fputs("</svg>\n", f);
	return ferror(f) ? -1 : 0;
}

static void table_cell(FILE *f, const struct edges *e, int from, int event)
{
	bool any = false, stays = e->seen[from][event][from];

	fputs(" |", f);
	for (int to = 0; to < SW_PHASE_MAX; to++) {
		if (to == from || !e->seen[from][event][to])
			continue;
		fprintf(f, "%s%s", any ? ", " : " ", sw_phase_name((enum sw_phase)to));
		any = true;
	}
	if (stays)
		fputs(any ? ", ·" : " ·", f);
}

int draw_table(FILE *f, const struct edges *edges)
{
	fputs("| event", f);
	for (int p = 0; p < SW_PHASE_MAX; p++)
		fprintf(f, " | %s", sw_phase_name((enum sw_phase)p));
	fputs(" |\n|---", f);
	for (int p = 0; p < SW_PHASE_MAX; p++)
		fputs("|---", f);
	fputs("|\n", f);
	for (int event = 0; event < SWE_MAX; event++) {
		fprintf(f, "| %s", sw_event_name((enum sw_event_type)event));
		for (int p = 0; p < SW_PHASE_MAX; p++)
			table_cell(f, edges, p, event);
		fputs(" |\n", f);
	}
	return ferror(f) ? -1 : 0;
}
