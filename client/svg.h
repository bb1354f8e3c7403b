/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A switch as a drawing. The layout is plain data, made from a report alone, in microseconds;
 * svg.c turns it into shapes.
 */
#ifndef TACET_CLIENT_SVG_H
#define TACET_CLIENT_SVG_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum span_kind {
	SPAN_OLD,      /* runs on the old route */
	SPAN_STOPPING, /* was asked to stop, hw_ptr still moves */
	SPAN_SILENT,   /* hw_ptr stands still */
	SPAN_RESUMING, /* was asked to go on */
	SPAN_NEW,      /* runs on the new route */
	SPAN_IDLE,     /* open, but did not run */
	SPAN_PHASE,    /* a phase of tacetd, with a label */
	SPAN_KIND_MAX,
};

struct svg_span {
	enum span_kind kind;
	uint64_t from, to;
	const char *label; /* borrowed; may be NULL */
};

#define SVG_SPANS_MAX 16

struct svg_row {
	const char *pcm;     /* borrowed from the report; NULL for tacetd's own row */
	json_object *stream; /* borrowed; NULL for tacetd's own row */
	unsigned int turn;   /* how many rows above have the same name */
	unsigned int n;
	struct svg_span spans[SVG_SPANS_MAX];
	uint64_t slip; /* when it started inside the rest, or UINT64_MAX */
};

struct svg_layout {
	json_object *report; /* borrowed */
	uint64_t end;	     /* the whole drawing is 0 ... end, never empty */
	bool has_rest;
	uint64_t rest_from, rest_to;
	bool has_zoom; /* the interesting part is small: draw it once more */
	uint64_t zoom_from, zoom_to;
	unsigned int n_rows;
	struct svg_row *rows; /* the first one is tacetd's */
};

/**
 * svg_layout_make() - where everything of one switch lies in time
 * @report: stays with the caller and must outlive @ret
 * @ret: freed by svg_layout_free(); untouched on failure
 *
 * A report from a file may lack or contradict anything: the layout never leaves 0 ... end.
 *
 * Return: 0 or -ENOMEM.
 */
int svg_layout_make(json_object *report, struct svg_layout *ret);
void svg_layout_free(struct svg_layout *l);

/* The distance of the marks on a scale of @length: 1, 2 or 5 times a power of ten. */
double svg_scale_step(double length, unsigned int marks);

/* Write text so that it can stand in XML, cut after @max characters (0: whole). */
void svg_text(FILE *f, const char *text, unsigned int max);

/**
 * svg_draw() - write the switches, the oldest on top, as one SVG document
 * @reports: an array of reports
 *
 * Return: 0 or -ENOMEM. Errors of @f are the caller's to look for.
 */
int svg_draw(FILE *f, json_object *reports);

#endif
