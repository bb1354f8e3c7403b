/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stretch of time: tacetd and the streams as bars over a scale in ms, the rest as a shade,
 * writes as lines.
 */
#include <math.h>
#include <string.h>

#include "json.h"
#include "report.h"
#include "svg-draw.h"
#include "table.h"

#define BAR_H  18
#define NOTE_X (SVG_PLOT_X + SVG_PLOT_W + 14)

const struct svg_look svg_looks[SPAN_KIND_MAX] = {
	[SPAN_OLD] = { "old", "runs, old route" },
	[SPAN_STOPPING] = { "stopping", "stops, or is waited for" },
	[SPAN_SILENT] = { "silent", "silent, hw_ptr stands still" },
	[SPAN_RESUMING] = { "resuming", "going on" },
	[SPAN_NEW] = { "new", "runs, new route" },
	[SPAN_IDLE] = { "idle", "open, did not run" },
	[SPAN_PHASE] = { "phase", "tacetd at work" },
};

static double plot_x(const struct svg_plot *p, uint64_t at)
{
	double share;

	if (at <= p->from)
		return SVG_PLOT_X;
	share = (double)(at - p->from) / (double)(p->to - p->from);
	return SVG_PLOT_X + SVG_PLOT_W * fmin(share, 1);
}

static bool plot_shows(const struct svg_plot *p, uint64_t at)
{
	return at >= p->from && at <= p->to;
}

void svg_duration(FILE *f, uint64_t us)
{
	char buf[32];

	text_duration(buf, sizeof(buf), us);
	fputs(buf, f);
}

static void draw_scale(const struct svg_plot *p)
{
	double from = p->from / 1e3, to = p->to / 1e3;
	double step = svg_scale_step(to - from, 8);
	double bottom = p->y + p->l->n_rows * SVG_ROW_H;
	double ms = fmax(ceil(from / step - 1e-9), 0) * step;
	int decimals = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);

	for (; ms <= to + step / 1e6; ms += step) {
		double x = SVG_PLOT_X + SVG_PLOT_W * (ms - from) / (to - from);

		fprintf(p->f, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>\n", x, p->y,
			bottom);
		fprintf(p->f,
			"<text class=\"dim mid small\" x=\"%.1f\" "
			"y=\"%.1f\">%.*f</text>\n",
			x, bottom + 13, decimals, ms);
	}
	fprintf(p->f, "<path class=\"axis\" d=\"M%d %.1fh%d\"/>\n", SVG_PLOT_X, bottom,
		SVG_PLOT_W);
	fprintf(p->f,
		"<text class=\"dim small\" x=\"%d\" y=\"%.1f\">ms since the request"
		"</text>\n",
		NOTE_X + 16, bottom + 13);
}

static void draw_span(const struct svg_plot *p, const struct svg_span *s, double y)
{
	double x = plot_x(p, s->from), w = plot_x(p, s->to) - x;

	if (s->to < p->from || s->from > p->to)
		return;
	/* Too short to see is not the same as absent. */
	fprintf(p->f,
		"<rect class=\"%s\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" "
		"height=\"%d\"/>\n",
		svg_looks[s->kind].class, x, y, fmax(w, 0.75), BAR_H);
	if (s->label && w > 7.0 * strlen(s->label))
		fprintf(p->f,
			"<text class=\"mid small\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
			x + w / 2, y + BAR_H / 2.0 + 3.5, s->label);
}

/* To the right of a row: how it was brought to rest and what that cost. */
static void draw_note(const struct svg_plot *p, json_object *s, double y)
{
	const char *outcome = json_str(s, "outcome");
	bool bad = report_style(outcome) == STYLE_BAD;
	uint64_t quiesce = json_u64(s, "quiesce"), gap = json_u64(s, "gap");

	fprintf(p->f, "<text class=\"small\" x=\"%d\" y=\"%.1f\">", NOTE_X, y + 7);
	svg_text(p->f, json_str(s, "method"), 12);
	if (quiesce) {
		fputs(" in ", p->f);
		svg_duration(p->f, quiesce);
	}
	if (gap) {
		fputs(", gap ", p->f);
		svg_duration(p->f, gap);
	}
	fprintf(p->f, "</text>\n<text class=\"small %s\" x=\"%d\" y=\"%.1f\">",
		bad ? "bad" : "dim", NOTE_X, y + 19);
	svg_text(p->f, outcome, 12);
	fputs("</text>\n", p->f);
}

static void draw_row(const struct svg_plot *p, const struct svg_row *row, double y,
		     bool note)
{
	char process[128];
	unsigned int i;

	y += (SVG_ROW_H - BAR_H) / 2.0;
	fprintf(p->f, "<text x=\"20\" y=\"%.1f\">", y + (row->stream ? 7 : 13));
	svg_text(p->f, row->stream ? row->pcm : "tacetd", 30);
	fputs("</text>\n", p->f);
	if (row->stream) {
		fprintf(p->f, "<text class=\"small dim\" x=\"20\" y=\"%.1f\">", y + 19);
		svg_text(p->f, json_str(row->stream, "direction"), 9);
		fputs(", ", p->f);
		svg_text(p->f, json_str(row->stream, "kind"), 8);
		fputs(", ", p->f);
		svg_text(p->f, report_process(row->stream, process, sizeof(process)), 22);
		fputs("</text>\n", p->f);
	}
	for (i = 0; i < row->n; i++)
		draw_span(p, &row->spans[i], y);
	if (row->stream && note)
		draw_note(p, row->stream, y);
	if (row->slip != UINT64_MAX && plot_shows(p, row->slip)) {
		double x = plot_x(p, row->slip);

		fprintf(p->f,
			"<path class=\"slip\" d=\"M%.1f %.1fl5 9h-10z\"><title>started "
			"inside the rest</title></path>\n",
			x, y + 4);
	}
}

static void draw_rest(const struct svg_plot *p)
{
	double x0 = plot_x(p, p->l->rest_from), x1 = plot_x(p, p->l->rest_to);
	double h = p->l->n_rows * SVG_ROW_H;

	if (!p->l->has_rest)
		return;
	fprintf(p->f,
		"<rect class=\"rest\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" "
		"height=\"%.1f\"/>\n"
		"<path class=\"restedge\" d=\"M%.2f %.1fv%.1fM%.2f %.1fv%.1f\"/>\n",
		x0, p->y, fmax(x1 - x0, 1), h, x0, p->y, h, x1, p->y, h);
	if (x1 - x0 > 40) {
		fprintf(p->f, "<text class=\"mid small\" x=\"%.1f\" y=\"%.1f\">rest ",
			(x0 + x1) / 2, p->y - 4);
		svg_duration(p->f, p->l->rest_to - p->l->rest_from);
		fputs("</text>\n", p->f);
	}
}

static void draw_writes(const struct svg_plot *p)
{
	json_object *written = json_array(p->l->report, "written");
	double h = p->l->n_rows * SVG_ROW_H;
	size_t i;

	for (i = 0; i < json_len(written); i++) {
		json_object *w = json_object_array_get_idx(written, i);
		uint64_t at = json_u64(w, "at");

		if (!plot_shows(p, at))
			continue;
		fprintf(p->f, "<path class=\"write\" d=\"M%.2f %.1fv%.1f\"><title>",
			plot_x(p, at), p->y, h);
		svg_text(p->f, json_str(w, "name"), 0);
		fputs("</title></path>\n", p->f);
	}
}

double svg_plot_draw(const struct svg_plot *p, bool notes)
{
	unsigned int i;

	draw_scale(p);
	for (i = 0; i < p->l->n_rows; i++)
		draw_row(p, &p->l->rows[i], p->y + i * SVG_ROW_H, notes);
	draw_rest(p);
	draw_writes(p);
	return p->l->n_rows * SVG_ROW_H + 18;
}
