/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What could not be carried over, with the line where it stands.
 */
#ifndef TACET_IMPORT_NOTES_H
#define TACET_IMPORT_NOTES_H

#include <stddef.h>

struct note {
	unsigned long line;
	char *text;
	size_t number; /* among the notes, for the order */
};

struct notes {
	struct note *at;
	size_t n, room;
};

/* Adds a note; formats as printf(). Exits the program when there is no memory. */
__attribute__((format(printf, 3, 4))) void
notes_add(struct notes *notes, unsigned long line, const char *fmt, ...);

/* Orders them by line; notes of one line stay in their order, and each is said once. */
void notes_sort(struct notes *notes);

void notes_clear(struct notes *notes);

/* Memory or the end of the program, as for any small tool. The caller frees. */
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);

#endif
