/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The drawing: for each switch a heading, the plot, once more magnified where the rest is
 * short, and what was written.
 */
#include <errno.h>
#include <string.h>

#include "util/cleanup.h"
#include "json.h"
#include "report.h"
#include "svg-draw.h"

#define WRITES_MAX 8 /* lines under a drawing; the rest is a number */

/* Viewers that know the reader's preference turn dark; all others stay light. */
static const char style_sheet[] =
	"<style>\n"
	"text{font:12px sans-serif;fill:#24292e}\n"
	".title{font-size:15px;font-weight:bold}.dim{fill:#5c636b}.bad{fill:#b3261e}\n"
	".mid{text-anchor:middle}.small{font-size:10px}\n"
	".paper{fill:#fcfcfb}.card{fill:#f3f3f0;stroke:#d6d6d1}\n"
	".grid{stroke:#cfcfca}.axis{stroke:#7b8087}\n"
	".old{fill:#5b8db8}.stopping{fill:#d9a441}.silent{fill:#b8bcc2}\n"
	".resuming{fill:#9ccfae}.new{fill:#3f9a63}.idle{fill:#dcdcd7}\n"
	".phase{fill:#c9c3da;stroke:#f3f3f0}\n"
	".rest{fill:#7d5fb2;fill-opacity:.16}.restedge{stroke:#7d5fb2;stroke-dasharray:3 "
	"3}\n"
	".write{stroke:#c0392b;stroke-width:1.5}.slip{fill:#c0392b}\n"
	"@media (prefers-color-scheme:dark){\n"
	"text{fill:#e6e6e3}.dim{fill:#a4abb3}.bad{fill:#ff8a80}\n"
	".paper{fill:#16181b}.card{fill:#1f2226;stroke:#3a3f45}\n"
	".grid{stroke:#3a3f45}.axis{stroke:#8b9198}\n"
	".silent{fill:#5f656d}.idle{fill:#3a3f45}.phase{fill:#5a5273;stroke:#1f2226}\n"
	".rest{fill:#a98be0;fill-opacity:.2}.restedge{stroke:#a98be0}\n"
	".write{stroke:#ff7363}.slip{fill:#ff7363}\n"
	"}\n"
	"</style>\n";

static double draw_heading(FILE *f, json_object *report, double y)
{
	static const struct {
		const char *key, *text;
	} times[] = { { "rest", "rest " },
		      { "to_first_write", "first write after the last movement: " },
		      { "gap", "longest gap " } };
	const char *result = json_str(report, "result"), *message;
	bool bad = report_style(result) == STYLE_BAD;
	size_t i;

	fprintf(f, "<text class=\"title\" x=\"20\" y=\"%.1f\">Switch %" PRIu64 " on ",
		y + 16, json_u64(report, "id"));
	svg_text(f, json_str(report, "card"), 24);
	fputs(": ", f);
	svg_text(f, json_str(report, "from"), 34);
	fputs(" → ", f);
	svg_text(f, json_str(report, "to"), 34);
	fprintf(f, "</text>\n<text x=\"20\" y=\"%.1f\" class=\"%s\">", y + 35,
		bad ? "bad" : "dim");
	svg_text(f, result, 12);
	fputs(bad ? " after " : " in ", f);
	svg_duration(f, json_u64(report, "duration"));
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		if (!json_u64(report, times[i].key))
			continue;
		fprintf(f, "; %s", times[i].text);
		svg_duration(f, json_u64(report, times[i].key));
	}
	fputs("</text>\n", f);
	message = json_str(report, "message");
	if (!*message || !bad)
		return 48;
	fprintf(f, "<text class=\"bad\" x=\"20\" y=\"%.1f\">", y + 52);
	svg_text(f, message, 140);
	fputs("</text>\n", f);
	return 65;
}

static double draw_written(FILE *f, json_object *report, double y)
{
	json_object *written = json_array(report, "written");
	size_t n = json_len(written), i;

	if (n == 0)
		return 0;
	for (i = 0; i < n && i < WRITES_MAX; i++) {
		json_object *w = json_object_array_get_idx(written, i);

		fprintf(f, "<text class=\"small\" x=\"%d\" y=\"%.1f\">", SVG_PLOT_X,
			y + 12 + 14 * i);
		fprintf(f, "at ");
		svg_duration(f, json_u64(w, "at"));
		fputs("  ", f);
		svg_text(f, json_str(w, "name"), 60);
		fputs(": ", f);
		svg_text(f, json_str(w, "before"), 20);
		fputs(" → ", f);
		svg_text(f, json_str(w, "after"), 20);
		fputs("</text>\n", f);
	}
	fprintf(f,
		"<text class=\"small dim\" x=\"20\" y=\"%.1f\">controls written</text>\n",
		y + 12);
	if (n > WRITES_MAX) {
		fprintf(f,
			"<text class=\"small dim\" x=\"%d\" y=\"%.1f\">and %zu "
			"more</text>\n",
			SVG_PLOT_X, y + 12 + 14 * i, n - WRITES_MAX);
		i++;
	}
	return 6 + 14 * i;
}

static double written_height(json_object *report)
{
	size_t n = json_len(json_array(report, "written"));

	if (n == 0)
		return 0;
	return 6 + 14 * (n > WRITES_MAX ? WRITES_MAX + 1 : n);
}

static double panel_height(const struct svg_layout *l)
{
	double plot = l->n_rows * SVG_ROW_H + 18;
	bool message = *json_str(l->report, "message") &&
		       report_style(json_str(l->report, "result")) == STYLE_BAD;

	return (message ? 65 : 48) + 16 + plot + (l->has_zoom ? plot + 40 : 0) +
	       written_height(l->report) + 14;
}

static void draw_panel(FILE *f, const struct svg_layout *l, double y)
{
	struct svg_plot p = { .f = f, .l = l, .from = 0, .to = l->end };

	fprintf(f,
		"<rect class=\"card\" x=\"8\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" "
		"rx=\"6\"/>\n",
		y, SVG_WIDTH - 16, panel_height(l));
	y += draw_heading(f, l->report, y + 6) + 16;
	p.y = y;
	y += svg_plot_draw(&p, true);
	if (l->has_zoom) {
		fprintf(f,
			"<text class=\"dim small\" x=\"20\" y=\"%.1f\">the rest, "
			"magnified</text>\n",
			y + 30);
		p.from = l->zoom_from;
		p.to = l->zoom_to;
		p.y = y + 40;
		y = p.y + svg_plot_draw(&p, false);
	}
	draw_written(f, l->report, y);
}

static void draw_legend(FILE *f, double y)
{
	/* Columns of unlike width, so that no text runs into the next. */
	static const unsigned int xs[] = { 20, 140, 292, 472, 554, 676, 810 };
	unsigned int i;

	for (i = 0; i < SPAN_KIND_MAX; i++)
		fprintf(f,
			"<rect class=\"%s\" x=\"%u\" y=\"%.1f\" width=\"14\" "
			"height=\"12\"/>"
			"<text class=\"small\" x=\"%u\" y=\"%.1f\">%s</text>\n",
			svg_looks[i].class, xs[i], y, xs[i] + 19, y + 10,
			svg_looks[i].text);
	y += 20;
	fprintf(f,
		"<rect class=\"rest\" x=\"20\" y=\"%.1f\" width=\"14\" height=\"12\"/>"
		"<path class=\"restedge\" d=\"M20 %.1fv12m14 0v-12\"/>"
		"<text class=\"small\" x=\"39\" y=\"%.1f\">the rest: no stream that the "
		"switch "
		"touches moves its hw_ptr; routes are written only here</text>\n",
		y, y, y + 10);
	fprintf(f,
		"<path class=\"write\" d=\"M547 %.1fv12\"/>"
		"<text class=\"small\" x=\"559\" y=\"%.1f\">a control is written</text>"
		"<path class=\"slip\" d=\"M697 %.1fl5 9h-10z\"/>"
		"<text class=\"small\" x=\"709\" y=\"%.1f\">a stream started inside the "
		"rest</text>\n",
		y, y + 10, y + 2, y + 10);
}

int svg_draw(FILE *f, json_object *reports)
{
	size_t n = json_len(reports), i;
	double height = 8, y = 8;
	struct svg_layout l;
	int r;

	for (i = 0; i < n; i++) {
		r = svg_layout_make(json_object_array_get_idx(reports, i), &l);
		if (r < 0)
			return r;
		height += panel_height(&l) + 8;
		svg_layout_free(&l);
	}
	height += 56;
	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
		"viewBox=\"0 0 %d %.0f\" role=\"img\">\n<title>The last route changes by "
		"tacetd</title>\n%s<rect class=\"paper\" width=\"%d\" "
		"height=\"%.0f\"/>\n",
		SVG_WIDTH, height, SVG_WIDTH, height, style_sheet, SVG_WIDTH, height);
	if (n == 0)
		fputs("<text x=\"20\" y=\"26\">There was no switch yet.</text>\n", f);
	for (i = 0; i < n; i++) {
		r = svg_layout_make(json_object_array_get_idx(reports, i), &l);
		if (r < 0)
			return r;
		draw_panel(f, &l, y);
		y += panel_height(&l) + 8;
		svg_layout_free(&l);
	}
	draw_legend(f, height - 44);
	fputs("</svg>\n", f);
	return 0;
}
