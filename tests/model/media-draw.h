/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * The life of a media device as a drawing, from the transitions that the explorer walked.
 */
#ifndef TACET_MODEL_MEDIA_DRAW_H
#define TACET_MODEL_MEDIA_DRAW_H

#include <stdbool.h>
#include <stdio.h>

#include "../../module/include/tacet/media-life.h"

struct media_edges {
	bool seen[TACET_MEDIA_RELEASED + 1][TACET_MEDIA_LAST_CLOSE + 1]
		 [TACET_MEDIA_RELEASED + 1];
};

/* Write doc/media.svg. Return: 0, or -1 if a transition has no line, or a line no transition. */
int media_draw(FILE *f, const struct media_edges *edges);

#endif
