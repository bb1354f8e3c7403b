/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "util/cleanup.h"
#include "table.h"

bool style_wanted(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color && *no_color)
		return false;
	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

const char *style_on(bool colour, enum style s)
{
	if (!colour)
		return "";
	switch (s) {
	case STYLE_NONE:
		return "";
	case STYLE_BOLD:
		return "\033[1m";
	case STYLE_DIM:
		return "\033[2m";
	case STYLE_GOOD:
		return "\033[32m";
	case STYLE_NOTE:
		return "\033[36m";
	case STYLE_WARN:
		return "\033[33m";
	case STYLE_BAD:
		return "\033[1;31m";
	}
	return "";
}

const char *style_off(bool colour, enum style s)
{
	return colour && s != STYLE_NONE ? "\033[0m" : "";
}

static bool is_control(wchar_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* The next character of @p: its bytes, and what it is; invalid bytes come one by one as DEL. */
static size_t next_char(const char *p, wchar_t *ret)
{
	mbstate_t state = {};
	wchar_t c;
	size_t n = mbrtowc(&c, p, strlen(p), &state);

	if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
		*ret = 0x7f;
		return 1;
	}
	*ret = c;
	return n;
}

int text_width(const char *text)
{
	int width = 0;

	while (*text) {
		wchar_t c;
		int w;

		text += next_char(text, &c);
		w = is_control(c) ? 1 : wcwidth(c);
		width += w < 0 ? 1 : w;
	}
	return width;
}

void text_put(FILE *f, const char *text)
{
	while (*text) {
		wchar_t c;
		size_t n = next_char(text, &c);

		if (is_control(c))
			fputc('?', f);
		else
			fwrite(text, 1, n, f);
		text += n;
	}
}

void text_wrap(FILE *f, const char *text, int indent, int width)
{
	_cleanup_free_ char *copy = strdup(text);
	char *word, *save = NULL;
	int column = 0;

	if (!copy)
		return;
	for (word = strtok_r(copy, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save)) {
		int w = text_width(word);

		if (column > 0 && column + 1 + w > width) {
			fputc('\n', f);
			column = 0;
		}
		if (column == 0)
			column = fprintf(f, "%*s", indent, "");
		else
			column += fprintf(f, " ");
		text_put(f, word);
		column += w;
	}
	if (column > 0)
		fputc('\n', f);
}

int text_columns(int fd)
{
	struct winsize ws;

	if (ioctl(fd, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 40)
		return ws.ws_col;
	return 80;
}

void text_duration(char *buf, size_t size, uint64_t us)
{
	if (us < 100)
		snprintf(buf, size, "%u us", (unsigned int)us);
	else if (us < 10000)
		snprintf(buf, size, "%.2f ms", us / 1e3);
	else if (us < 1000000)
		snprintf(buf, size, "%.1f ms", us / 1e3);
	else
		snprintf(buf, size, "%.2f s", us / 1e6);
}

struct cell {
	char *text;
	enum style style;
};

struct table {
	unsigned int columns;
	const char *const *titles;
	struct cell *cells;
	size_t n, allocated;
	bool failed;
};

struct table *table_new(unsigned int n, const char *const *titles)
{
	struct table *t = n <= TABLE_COLUMNS_MAX ? calloc(1, sizeof(*t)) : NULL;

	if (t) {
		t->columns = n;
		t->titles = titles;
	}
	return t;
}

void table_free(struct table *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->n; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
}

void table_add(struct table *t, const char *text)
{
	char *copy = strdup(text);

	if (t->n == t->allocated) {
		size_t want = t->allocated ? 2 * t->allocated : 32;
		struct cell *cells = reallocarray(t->cells, want, sizeof(*cells));

		if (cells) {
			t->cells = cells;
			t->allocated = want;
		}
	}
	if (!copy || t->n == t->allocated) {
		free(copy);
		t->failed = true;
		return;
	}
	t->cells[t->n++] = (struct cell){ .text = copy };
}

void table_addf(struct table *t, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		t->failed = true;
		return;
	}
	table_add(t, text);
}

void table_add_us(struct table *t, uint64_t us)
{
	char buf[32];

	if (us)
		text_duration(buf, sizeof(buf), us);
	table_add(t, us ? buf : "-");
}

void table_style(struct table *t, enum style s)
{
	if (t->n)
		t->cells[t->n - 1].style = s;
}

unsigned int table_rows(const struct table *t)
{
	return (t->n + t->columns - 1) / t->columns;
}

static void print_cell(FILE *f, const char *text, enum style s, int width, bool right,
		       bool last, bool colour)
{
	int pad = width - text_width(text);

	if (right)
		fprintf(f, "%*s", pad, "");
	fputs(style_on(colour, s), f);
	text_put(f, text);
	fputs(style_off(colour, s), f);
	if (!last)
		fprintf(f, "%*s", (right ? 0 : pad) + 2, "");
}

void table_print(const struct table *t, FILE *f, int indent, bool colour)
{
	int width[TABLE_COLUMNS_MAX];
	unsigned int row, col;

	if (t->n == 0)
		return;
	for (col = 0; col < t->columns; col++) {
		width[col] = text_width(t->titles[col] + (t->titles[col][0] == '>'));
		for (row = 0; row * t->columns + col < t->n; row++) {
			int w = text_width(t->cells[row * t->columns + col].text);

			if (w > width[col])
				width[col] = w;
		}
	}

	fprintf(f, "%*s", indent, "");
	for (col = 0; col < t->columns; col++) {
		bool right = t->titles[col][0] == '>';

		print_cell(f, t->titles[col] + right, STYLE_DIM, width[col], right,
			   col + 1 == t->columns, colour);
	}
	fputc('\n', f);
	for (row = 0; row < table_rows(t); row++) {
		fprintf(f, "%*s", indent, "");
		for (col = 0; col < t->columns && row * t->columns + col < t->n; col++) {
			const struct cell *c = &t->cells[row * t->columns + col];

			print_cell(f, c->text, c->style, width[col],
				   t->titles[col][0] == '>', col + 1 == t->columns,
				   colour);
		}
		fputc('\n', f);
	}
	if (t->failed)
		fputs("(no memory: the table is not complete)\n", f);
}
