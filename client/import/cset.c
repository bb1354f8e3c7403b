/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A control and its values in the words of UCM's cset, as alsa-lib parses them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/profile.h"
#include "util/cleanup.h"

#define CTL_NAME_MAX 43

/* Why @text cannot stand in a cset, or NULL. */
static const char *why_not_written(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return "has a character that no configuration file can";
	if (strstr(text, "${"))
		return "has ${, which UCM would replace";
	if (strchr(text, '\'') && strchr(text, '"'))
		return "has both kinds of quotes";
	return NULL;
}

static void put_quoted(FILE *f, const char *text)
{
	int quote = strchr(text, '\'') ? '"' : '\'';

	fprintf(f, "%c%s%c", quote, text, quote);
}

static bool is_number(const char *text, int base)
{
	char *end;

	errno = 0;
	strtoll(text, &end, base);
	return errno == 0 && end != text && !*end;
}

static const char *put_value(FILE *f, const char *value, bool is_bytes)
{
	const char *why = why_not_written(value);

	if (why)
		return why;
	if (is_bytes) {
		if (!is_number(value, 16) || strtoll(value, NULL, 16) < 0 ||
		    strtoll(value, NULL, 16) > 255)
			return "is no byte";
		fprintf(f, "%lld", strtoll(value, NULL, 16));
	} else if (is_number(value, 0)) {
		/* Decimal is what every alsa-lib reads. */
		fprintf(f, "%lld", strtoll(value, NULL, 0));
	} else {
		put_quoted(f, value);
	}
	return NULL;
}

/* The run of values that begins at *@at; advances it. */
static const char *put_run(FILE *f, const struct setting *setting, bool is_bytes,
			   size_t *at)
{
	size_t first = *at;
	const char *why = NULL;

	for (size_t i = 0; i < first; i++)
		fputc(',', f);
	for (; !why && *at < setting->num_values && setting->values[*at]; ++*at) {
		if (*at > first)
			fputc(',', f);
		why = put_value(f, setting->values[*at], is_bytes);
	}
	/* Without any comma, one value is for all. */
	if (first == 0 && *at == 1)
		fputc(',', f);
	return why;
}

/* All values, then the runs of single ones; nothing when *@at is behind the last. */
static const char *put_values(FILE *f, const struct setting *setting, bool is_bytes,
			      size_t *at)
{
	size_t before = setting->all ? 1 : 0, value;
	const char *why;

	if (setting->all && *at == 0) {
		*at = 1;
		return put_value(f, setting->all, is_bytes);
	}
	value = *at - before;
	why = put_run(f, setting, is_bytes, &value);
	*at = value + before;
	return why;
}

static bool has_more(const struct setting *setting, size_t *at)
{
	size_t before = setting->all ? 1 : 0;

	if (setting->all && *at == 0)
		return true;
	while (*at - before < setting->num_values && !setting->values[*at - before])
		++*at;
	return *at - before < setting->num_values;
}

const char *cset_text(const struct setting *setting, bool is_bytes, size_t *at,
		      char **ret)
{
	_cleanup_free_ char *text = NULL;
	const char *why = why_not_written(setting->name);
	size_t size;
	FILE *f;

	*ret = NULL;
	if (why)
		return why;
	if (strlen(setting->name) > CTL_NAME_MAX)
		return "is longer than the 43 characters of an ALSA control's name";
	if (!has_more(setting, at))
		return NULL;
	f = open_memstream(&text, &size);
	if (!f) {
		fputs("tacet-ucm-import: out of memory\n", stderr);
		exit(1);
	}
	fputs("name=", f);
	put_quoted(f, setting->name);
	fputc(' ', f);
	why = put_values(f, setting, is_bytes, at);
	fclose(f);
	if (!why)
		*ret = TAKE_PTR(text);
	return why;
}
