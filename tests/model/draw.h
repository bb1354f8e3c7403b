/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transitions that were walked, as a picture and as a table. */
#ifndef TACET_TESTS_DRAW_H
#define TACET_TESTS_DRAW_H

#include <stdio.h>

#include "model.h"

struct edges {
	bool seen[SW_PHASE_MAX][SWE_MAX][SW_PHASE_MAX];
};

/* An edge_fn. */
void edges_add(const struct edge *e, void *userdata);

/* Return: 0, or -1 when something cannot be drawn or written. */
int draw_svg(FILE *f, const struct edges *edges);
int draw_table(FILE *f, const struct edges *edges);

#endif
