/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the two files that draw have in common; lengths are pixels.
 */
#ifndef TACET_CLIENT_SVG_DRAW_H
#define TACET_CLIENT_SVG_DRAW_H

#include "svg.h"

#define SVG_WIDTH  1000
#define SVG_PLOT_X 230
#define SVG_PLOT_W 540
#define SVG_ROW_H  30

/* What spans of a kind look like: a class of the style sheet, and words for the legend. */
struct svg_look {
	const char *class, *text;
};

extern const struct svg_look svg_looks[SPAN_KIND_MAX];

struct svg_plot {
	FILE *f;
	const struct svg_layout *l;
	double y;	   /* of the top edge */
	uint64_t from, to; /* what of the time is shown */
};

/**
 * svg_plot_draw() - the scale, the rows, the rest and the writes of one part of the time
 * @notes: also how each stream was quiesced, to the right of its row
 *
 * Return: the height that it took.
 */
double svg_plot_draw(const struct svg_plot *p, bool notes);

/* A duration as text_duration() has it. */
void svg_duration(FILE *f, uint64_t us);

#endif
