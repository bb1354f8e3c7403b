/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/notes.h"

static void *or_exit(void *p)
{
	if (!p) {
		fputs("tacet-ucm-import: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

void *xrealloc(void *p, size_t n, size_t size)
{
	return or_exit(reallocarray(p, n ? n : 1, size));
}

char *xstrdup(const char *s)
{
	return or_exit(strdup(s));
}

void notes_add(struct notes *notes, unsigned long line, const char *fmt, ...)
{
	struct note *note;
	va_list ap;

	if (notes->n == notes->room) {
		notes->room = notes->room ? notes->room * 2 : 16;
		notes->at = xrealloc(notes->at, notes->room, sizeof(*notes->at));
	}
	note = &notes->at[notes->n];
	note->line = line;
	note->text = NULL;
	va_start(ap, fmt);
	if (vasprintf(&note->text, fmt, ap) < 0)
		or_exit(NULL);
	va_end(ap);
	notes->n++;
}

static int by_line(const void *a, const void *b)
{
	const struct note *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

void notes_sort(struct notes *notes)
{
	size_t n = 0;

	for (size_t i = 0; i < notes->n; i++)
		notes->at[i].number = i;
	if (notes->n > 1)
		qsort(notes->at, notes->n, sizeof(*notes->at), by_line);
	for (size_t i = 0; i < notes->n; i++) {
		bool again = false;

		for (size_t k = n; k-- > 0 && notes->at[k].line == notes->at[i].line;)
			again |= strcmp(notes->at[k].text, notes->at[i].text) == 0;
		if (again)
			free(notes->at[i].text);
		else
			notes->at[n++] = notes->at[i];
	}
	notes->n = n;
}

void notes_clear(struct notes *notes)
{
	for (size_t i = 0; i < notes->n; i++)
		free(notes->at[i].text);
	free(notes->at);
	*notes = (struct notes){ 0 };
}
