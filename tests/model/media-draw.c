/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include <string.h>

#include "media-draw.h"

static const struct {
	const char *name, *says, *fill;
	int x, y;
} boxes[] = {
	[TACET_MEDIA_NONE] = { "none", "the parent has no media device", "#fff", 110,
			       90 },
	[TACET_MEDIA_ALLOCATED] = { "allocated", "found by its parent", "#dfefd8", 110,
				    230 },
	[TACET_MEDIA_REGISTERED] = { "registered", "/dev/media, by n drivers", "#dfefd8",
				     420, 230 },
	[TACET_MEDIA_RETIRED] = { "retired", "works, is not found any more", "#fdf3d0",
				  740, 230 },
	[TACET_MEDIA_UNREGISTERED] = { "unregistered", "in use by files, or not",
				       "#fbdfc0", 420, 400 },
	[TACET_MEDIA_RELEASED] = { "released", "the memory is free", "#eee", 110, 400 },
};

static const char *const events[] = {
	[TACET_MEDIA_ALLOCATE] = "allocate",
	[TACET_MEDIA_REGISTER] = "register",
	[TACET_MEDIA_DELETE] = "last delete",
	[TACET_MEDIA_LAST_CLOSE] = "last close",
};

static const struct {
	enum tacet_media_state from;
	enum tacet_media_event event;
	enum tacet_media_state to;
	const char *path, *note;
	int x, y;
} lines[] = {
	{ TACET_MEDIA_NONE, TACET_MEDIA_ALLOCATE, TACET_MEDIA_ALLOCATED, "M110,114 V204",
	  NULL, 118, 164 },
	{ TACET_MEDIA_ALLOCATED, TACET_MEDIA_REGISTER, TACET_MEDIA_REGISTERED,
	  "M210,230 H318", NULL, 232, 222 },
	{ TACET_MEDIA_ALLOCATED, TACET_MEDIA_ALLOCATE, TACET_MEDIA_RETIRED,
	  "M150,206 V150 H700 V204", "by a driver that has it already", 330, 142 },
	{ TACET_MEDIA_ALLOCATED, TACET_MEDIA_DELETE, TACET_MEDIA_RELEASED,
	  "M110,254 V374", NULL, 118, 320 },
	{ TACET_MEDIA_REGISTERED, TACET_MEDIA_ALLOCATE, TACET_MEDIA_RETIRED,
	  "M520,230 H638", "by a driver that has it", 524, 208 },
	{ TACET_MEDIA_REGISTERED, TACET_MEDIA_DELETE, TACET_MEDIA_UNREGISTERED,
	  "M420,254 V374", NULL, 428, 320 },
	{ TACET_MEDIA_RETIRED, TACET_MEDIA_DELETE, TACET_MEDIA_UNREGISTERED,
	  "M740,254 V400 H522", NULL, 630, 392 },
	{ TACET_MEDIA_RETIRED, TACET_MEDIA_DELETE, TACET_MEDIA_RELEASED,
	  "M800,254 V460 H110 V426", "never registered", 300, 452 },
	{ TACET_MEDIA_UNREGISTERED, TACET_MEDIA_LAST_CLOSE, TACET_MEDIA_RELEASED,
	  "M318,400 H212", NULL, 230, 392 },
};

static const char *const legend[] = {
	"Green: whoever of the parent's drivers allocates gets this device and is "
	"counted.",
	"The last delete waits until no ioctl is inside; the memory waits for the last "
	"close.",
	"A driver that binds later gets a fresh device, whatever becomes of the old one.",
};

static bool has_line(int from, int event, int to)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if ((int)lines[i].from == from && (int)lines[i].event == event &&
		    (int)lines[i].to == to)
			return true;
	return false;
}

static int check(const struct media_edges *edges)
{
	int bad = 0;

	for (int from = 0; from <= TACET_MEDIA_RELEASED; from++)
		for (int event = 0; event <= TACET_MEDIA_LAST_CLOSE; event++)
			for (int to = 0; to <= TACET_MEDIA_RELEASED; to++) {
				if (from == to || edges->seen[from][event][to] ==
							  has_line(from, event, to))
					continue;
				fprintf(stderr, "media-draw: %s -%s-> %s is %s\n",
					boxes[from].name, events[event], boxes[to].name,
					edges->seen[from][event][to]
						? "a transition without a line"
						: "a line, but no transition");
				bad = -1;
			}
	return bad;
}

int media_draw(FILE *f, const struct media_edges *edges)
{
	if (check(edges))
		return -1;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->\n"
	      "<!-- Drawn by tests/model from the transitions that it walked; do not "
	      "edit. -->\n"
	      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 880 550\" "
	      "width=\"880\" "
	      "height=\"550\" font-family=\"sans-serif\" font-size=\"12\">\n"
	      "<title>The life of a shared media device</title>\n"
	      "<style>path{fill:none;stroke:#333;stroke-width:1.5}text{fill:#222}"
	      ".n{fill:#666;font-style:italic}.p{font-size:15px;font-weight:bold}"
	      ".t{font-size:18px;font-weight:bold}</style>\n"
	      "<defs><marker id=\"end\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
	      "markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">"
	      "<path d=\"M0,0 L8,4 L0,8 z\" style=\"fill:#333\"/></marker></defs>\n"
	      "<rect width=\"880\" height=\"550\" fill=\"#fff\"/>\n"
	      "<text class=\"t\" x=\"20\" y=\"34\">The life of a shared media "
	      "device</text>\n",
	      f);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		fprintf(f, "<path d=\"%s\" marker-end=\"url(#end)\"/>\n", lines[i].path);
		fprintf(f, "<text x=\"%d\" y=\"%d\">%s</text>\n", lines[i].x, lines[i].y,
			events[lines[i].event]);
		if (lines[i].note)
			fprintf(f, "<text class=\"n\" x=\"%d\" y=\"%d\">%s</text>\n",
				lines[i].x + (lines[i].y == 208 ? 0 : 74),
				lines[i].y + (lines[i].y == 208 ? 14 : 0), lines[i].note);
	}
	for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++)
		fprintf(f,
			"<rect x=\"%d\" y=\"%d\" width=\"200\" height=\"48\" rx=\"8\" "
			"fill=\"%s\" stroke=\"#444\"/>\n<text class=\"p\" x=\"%d\" "
			"y=\"%d\" "
			"text-anchor=\"middle\">%s</text>\n<text class=\"n\" x=\"%d\" "
			"y=\"%d\" "
			"text-anchor=\"middle\">%s</text>\n",
			boxes[i].x - 100, boxes[i].y - 24, boxes[i].fill, boxes[i].x,
			boxes[i].y - 2, boxes[i].name, boxes[i].x, boxes[i].y + 15,
			boxes[i].says);
	for (size_t i = 0; i < sizeof(legend) / sizeof(legend[0]); i++)
		fprintf(f, "<text class=\"n\" x=\"20\" y=\"%zu\">%s</text>\n",
			495 + 17 * i, legend[i]);
	fputs("</svg>\n", f);
	return ferror(f) ? -1 : 0;
}
