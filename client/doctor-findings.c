/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glob.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "doctor.h"
#include "json.h"
#include "table.h"

static const struct {
	const char *name, *mark;
	enum style style;
} severities[] = {
	[SEVERITY_OK] = { "ok", "ok  ", STYLE_GOOD },
	[SEVERITY_NOTE] = { "note", "note", STYLE_NOTE },
	[SEVERITY_WARN] = { "warn", "warn", STYLE_WARN },
	[SEVERITY_BAD] = { "bad", "BAD ", STYLE_BAD },
};

json_object *finding_add(struct doctor *d, enum severity severity, const char *id,
			 const char *why, const char *todo, const char *fmt, ...)
{
	json_object *o = json_object_new_object();
	_cleanup_free_ char *summary = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&summary, fmt, ap) < 0)
		summary = NULL;
	va_end(ap);
	json_object_object_add(o, "id", json_object_new_string(id));
	json_object_object_add(o, "severity",
			       json_object_new_string(severities[severity].name));
	json_object_object_add(o, "summary", json_object_new_string(summary ?: id));
	json_object_object_add(o, "why", json_object_new_string(why ?: ""));
	json_object_object_add(o, "todo", json_object_new_string(todo ?: ""));
	json_object_array_add(d->findings, o);
	return o;
}

static enum severity severity_of(json_object *finding)
{
	const char *name = json_str(finding, "severity");
	enum severity s = SEVERITY_BAD;

	while (s > SEVERITY_OK && strcmp(severities[s].name, name) != 0)
		s--;
	return s;
}

enum severity findings_worst(const struct doctor *d)
{
	enum severity worst = SEVERITY_OK, s;
	size_t i;

	for (i = 0; i < json_len(d->findings); i++) {
		s = severity_of(json_object_array_get_idx(d->findings, i));
		if (s > worst)
			worst = s;
	}
	return worst;
}

/* The faults of a kernel finding: an id, what it does, where it was seen. */
static void print_faults(json_object *finding, FILE *f, bool colour, int width)
{
	json_object *faults = json_array(finding, "faults");
	size_t i;

	for (i = 0; i < json_len(faults); i++) {
		json_object *o = json_object_array_get_idx(faults, i);
		_cleanup_free_ char *text = NULL;
		bool repaired = json_flag(o, "repaired");
		enum style s = repaired ? STYLE_GOOD : STYLE_BOLD;

		if (asprintf(&text, "%s%s %s", repaired ? "(repaired) " : "",
			     json_str(o, "effect"), json_str(o, "evidence")) < 0)
			text = NULL;
		fprintf(f, "      %s%s%s\n", style_on(colour, s), json_str(o, "id"),
			style_off(colour, s));
		text_wrap(f, text ?: "", 10, width);
	}
}

void findings_print(const struct doctor *d, FILE *f, bool colour, int width)
{
	unsigned int count[ARRAY_SIZE(severities)] = {};
	size_t i;

	for (i = 0; i < json_len(d->findings); i++) {
		json_object *o = json_object_array_get_idx(d->findings, i);
		enum severity s = severity_of(o);
		enum style style = severities[s].style;
		_cleanup_free_ char *todo = NULL;
		char *text = NULL;
		size_t size;
		FILE *line;

		count[s]++;
		fprintf(f, "%s%s%s  ", style_on(colour, style), severities[s].mark,
			style_off(colour, style));
		/* Wrapped as all else, then put behind the mark that stands already. */
		line = open_memstream(&text, &size);
		if (!line)
			continue;
		text_wrap(line, json_str(o, "summary"), 6, width);
		fclose(line);
		fputs(text + 6, f);
		free(text);
		text_wrap(f, json_str(o, "why"), 6, width);
		print_faults(o, f, colour, width);
		if (*json_str(o, "todo") &&
		    asprintf(&todo, "To do: %s", json_str(o, "todo")) > 0)
			text_wrap(f, todo, 6, width);
	}
	fprintf(f, "\n%u bad, %u to look at, %u noted, %u in order.\n",
		count[SEVERITY_BAD], count[SEVERITY_WARN], count[SEVERITY_NOTE],
		count[SEVERITY_OK]);
}

static FILE *open_at(const struct doctor *d, const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s", d->root, path);
	return fopen(full, "re");
}

void read_line_at(const struct doctor *d, const char *path, char *buf, size_t size)
{
	_cleanup_fclose_ FILE *f = open_at(d, path);

	if (!f || !fgets(buf, size, f))
		buf[0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}

bool exists_at(const struct doctor *d, const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s", d->root, path);
	return access(full, F_OK) == 0;
}

char *glob_at(const struct doctor *d, const char *pattern)
{
	char full[512], *found = NULL;
	glob_t g = {};

	snprintf(full, sizeof(full), "%s%s", d->root, pattern);
	if (glob(full, GLOB_BRACE, NULL, &g) == 0 && g.gl_pathc)
		found = strdup(g.gl_pathv[0]);
	globfree(&g);
	return found;
}

bool has_line_at(const struct doctor *d, const char *path, const char *start)
{
	_cleanup_fclose_ FILE *f = open_at(d, path);
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, start, strlen(start)) == 0)
			return true;
	return false;
}
