/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The XML of mixer_paths.xml, by expat. The rules are those of Android's libaudioroute: a path
 * may take in paths that stand above it, and a path that brings a control for the second time
 * ends there.
 */
#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/paths.h"

struct reader {
	XML_Parser parser;
	struct paths *paths;
	struct notes *notes;
	struct path *path; /* that is being read, NULL where it is left out */
	unsigned int depth;
	char *error;
	size_t error_size;
	bool failed;
};

static unsigned long here(const struct reader *r)
{
	return XML_GetCurrentLineNumber(r->parser);
}

__attribute__((format(printf, 2, 3))) static void fail(struct reader *r, const char *fmt,
						       ...)
{
	va_list ap;
	int n;

	if (r->failed)
		return;
	r->failed = true;
	n = snprintf(r->error, r->error_size, "%lu: ", here(r));
	va_start(ap, fmt);
	vsnprintf(r->error + n, r->error_size - (size_t)n, fmt, ap);
	va_end(ap);
	XML_StopParser(r->parser, XML_FALSE);
}

static const char *get(const char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return NULL;
}

static void note_unknown(struct reader *r, const char *element, const char **attributes,
			 const char *known)
{
	for (; *attributes; attributes += 2) {
		const char *at = strstr(known, attributes[0]);
		size_t n = strlen(attributes[0]);

		if (at && (at == known || at[-1] == ' ') &&
		    (at[n] == ' ' || at[n] == '\0'))
			continue;
		notes_add(r->notes, here(r),
			  "<%s>: the attribute %s means nothing in UCM", element,
			  attributes[0]);
	}
}

/* Room for one more control, in the path and in memory. */
static bool room_for(struct reader *r, const struct settings *settings)
{
	if (settings->n >= PATHS_SETTINGS_MAX ||
	    r->paths->num_settings >= PATHS_ALL_SETTINGS_MAX) {
		fail(r, "more controls than any card has");
		return false;
	}
	r->paths->num_settings++;
	return true;
}

static void set_one(struct setting *setting, size_t index, const char *value)
{
	if (index >= setting->num_values) {
		setting->values =
			xrealloc(setting->values, index + 1, sizeof(*setting->values));
		for (size_t i = setting->num_values; i <= index; i++)
			setting->values[i] = NULL;
		setting->num_values = index + 1;
	}
	free(setting->values[index]);
	setting->values[index] = xstrdup(value);
}

static void set_all(struct setting *setting, const char *value)
{
	for (size_t i = 0; i < setting->num_values; i++)
		free(setting->values[i]);
	free(setting->values);
	setting->values = NULL;
	setting->num_values = 0;
	free(setting->all);
	setting->all = xstrdup(value);
}

/* Within a path that is left out, or deeper than a path can be. */
static bool is_left_out(struct reader *r, const char *element)
{
	if (r->depth > 2 && r->path)
		notes_add(r->notes, here(r),
			  "<%s> within what a path takes in means nothing", element);
	return r->depth > 2 || (r->depth == 2 && !r->path);
}

static void read_ctl(struct reader *r, const char **attributes)
{
	const char *name = get(attributes, "name"), *id = get(attributes, "id");
	const char *value = get(attributes, "value");
	struct settings *to = r->path ? &r->path->settings : &r->paths->initial;
	struct setting *setting;
	unsigned long index = 0;
	char *end;

	if (is_left_out(r, "ctl"))
		return;
	note_unknown(r, "ctl", attributes, "name id value");
	if (!name || !*name) {
		notes_add(r->notes, here(r), "<ctl> without a name");
		return;
	}
	if (!value || !*value) {
		notes_add(r->notes, here(r), "control '%s': no value", name);
		return;
	}
	if (id) {
		index = strtoul(id, &end, 10);
		if (*id < '0' || *id > '9' || *end || index >= PATHS_VALUES_MAX) {
			notes_add(r->notes, here(r),
				  "control '%s': UCM cannot set the value %s by itself",
				  name, id);
			return;
		}
	}
	setting = settings_find(to, name);
	if (!setting) {
		struct setting blank = { .name = (char *)name, .line = here(r) };

		if (!room_for(r, to))
			return;
		settings_append(to, &blank);
		setting = &to->at[to->n - 1];
	}
	if (id)
		set_one(setting, index, value);
	else
		set_all(setting, value);
}

static void take_in(struct reader *r, const char *name)
{
	const struct path *other = paths_find(r->paths, name);

	if (!other || other == r->path) {
		notes_add(r->notes, here(r),
			  "path '%s' takes in '%s', which is not defined above",
			  r->path->name, name);
		return;
	}
	for (size_t i = 0; i < other->settings.n; i++) {
		const struct setting *setting = &other->settings.at[i];

		if (settings_find(&r->path->settings, setting->name)) {
			notes_add(
				r->notes, here(r),
				"path '%s': '%s' sets '%s' once more; as on Android, it "
				"and what follows in '%s' is left out",
				r->path->name, name, setting->name, name);
			return;
		}
		if (!room_for(r, &r->path->settings))
			return;
		settings_append(&r->path->settings, setting);
	}
}

static void begin_path(struct reader *r, const char *name)
{
	struct paths *paths = r->paths;

	if (paths_find(paths, name)) {
		notes_add(r->notes, here(r),
			  "path '%s' is defined above; as on Android, "
			  "this one is left out",
			  name);
		return;
	}
	if (paths->n == PATHS_MAX) {
		fail(r, "more paths than any phone has");
		return;
	}
	if (paths->n == paths->room) {
		paths->room = paths->room ? paths->room * 2 : 32;
		paths->at = xrealloc(paths->at, paths->room, sizeof(*paths->at));
	}
	r->path = &paths->at[paths->n++];
	*r->path = (struct path){ .name = xstrdup(name), .line = here(r) };
}

static void read_path(struct reader *r, const char **attributes)
{
	const char *name = get(attributes, "name");

	if (is_left_out(r, "path"))
		return;
	note_unknown(r, "path", attributes, "name");
	if (!name || !*name)
		notes_add(r->notes, here(r), "<path> without a name");
	else if (r->depth == 1)
		begin_path(r, name);
	else
		take_in(r, name);
}

static void on_start(void *data, const char *element, const char **attributes)
{
	struct reader *r = data;

	if (r->failed)
		return;
	if (r->depth == 0) {
		if (strcmp(element, "mixer") != 0)
			fail(r, "not a mixer_paths file: <%s> instead of <mixer>",
			     element);
		note_unknown(r, element, attributes, "");
	} else if (strcmp(element, "ctl") == 0) {
		read_ctl(r, attributes);
	} else if (strcmp(element, "path") == 0) {
		read_path(r, attributes);
	} else {
		notes_add(r->notes, here(r), "<%s> means nothing in UCM", element);
	}
	r->depth++;
}

static void on_end(void *data, const char *element)
{
	struct reader *r = data;

	(void)element;
	r->depth--;
	if (r->depth == 1)
		r->path = NULL;
}

static void on_entity(void *data, const char *name, int is_parameter, const char *value,
		      int length, const char *base, const char *system_id,
		      const char *public_id, const char *notation)
{
	(void)is_parameter, (void)value, (void)length, (void)base, (void)system_id;
	(void)public_id, (void)notation;
	fail(data, "it declares the entity %s; no mixer_paths file needs one", name);
}

int paths_parse(const char *bytes, size_t size, struct paths *ret, struct notes *notes,
		char *error, size_t error_size)
{
	struct reader r = {
		.paths = ret, .notes = notes, .error = error, .error_size = error_size
	};

	*ret = (struct paths){ 0 };
	if (size > PATHS_FILE_MAX) {
		snprintf(error, error_size, "1: longer than %d MiB",
			 PATHS_FILE_MAX >> 20);
		return -1;
	}
	r.parser = XML_ParserCreate(NULL);
	if (!r.parser) {
		snprintf(error, error_size, "1: out of memory");
		return -1;
	}
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetEntityDeclHandler(r.parser, on_entity);
	if (XML_Parse(r.parser, bytes, (int)size, XML_TRUE) != XML_STATUS_OK)
		fail(&r, "%s", XML_ErrorString(XML_GetErrorCode(r.parser)));
	XML_ParserFree(r.parser);
	return r.failed ? -1 : 0;
}
