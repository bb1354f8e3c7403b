/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Aligned tables and text for people. Nothing that a daemon, a card or a process calls itself
 * reaches the terminal with control characters in it.
 */
#ifndef TACET_CLIENT_TABLE_H
#define TACET_CLIENT_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum style {
	STYLE_NONE,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_GOOD,
	STYLE_NOTE,
	STYLE_WARN,
	STYLE_BAD,
};

/* Colour: on a terminal that can, and not with NO_COLOR in the environment. */
bool style_wanted(int fd);

/* Escape sequences, "" where @colour is false. */
const char *style_on(bool colour, enum style s);
const char *style_off(bool colour, enum style s);

/* Columns that a text takes on a terminal; text that is not valid in the locale counts bytes. */
int text_width(const char *text);

/* Write @text with control characters replaced by '?'. */
void text_put(FILE *f, const char *text);

/**
 * text_wrap() - write a paragraph between a left and a right margin
 * @indent: columns before each line, the first one too
 * @width: of the whole line; a longer word sticks out rather than being cut
 */
void text_wrap(FILE *f, const char *text, int indent, int width);

/* Columns of the terminal behind @fd, or 80. */
int text_columns(int fd);

/* "12.3 ms" for a person: us below 100 us, ms below 1 s, then s. */
void text_duration(char *buf, size_t size, uint64_t us);

struct table;

#define TABLE_COLUMNS_MAX 16

/**
 * table_new() - a table with a fixed number of columns
 * @n: how many, at most TABLE_COLUMNS_MAX
 * @titles: of the columns; a leading '>' aligns the column to the right
 *
 * Return: the table, or NULL without memory. Freed by table_free().
 */
struct table *table_new(unsigned int n, const char *const *titles);
void table_free(struct table *t);
static inline void table_freep(struct table **t)
{
	table_free(*t);
}
#define _cleanup_table_ __attribute__((cleanup(table_freep)))

/* Append a cell; rows fill up from left to right. The text is copied. */
void table_add(struct table *t, const char *text);
void table_addf(struct table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void table_add_us(struct table *t, uint64_t us); /* a duration; "-" for 0 */
void table_style(struct table *t, enum style s); /* of the cell added last */

unsigned int table_rows(const struct table *t);

/* Write the table with each line indented; an empty table writes nothing, not even titles. */
void table_print(const struct table *t, FILE *f, int indent, bool colour);

#endif
