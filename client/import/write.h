/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profile as UCM's files.
 */
#ifndef TACET_IMPORT_WRITE_H
#define TACET_IMPORT_WRITE_H

#include <stdio.h>

#include "import/profile.h"

/* The name of a verb's file: its letters, digits, - and _. The caller frees. */
char *write_file_name(const char *verb);

/* The card's own file: which verbs there are, and the controls that no path touches. */
void write_card(FILE *f, const struct profile *profile, const char *source);

/* The file of one verb. */
void write_verb(FILE *f, const struct verb *verb, const char *source);

#endif
