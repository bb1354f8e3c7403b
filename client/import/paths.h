/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Android's mixer_paths.xml: controls at the top are what they are without a path, a path is
 * a list of controls, and may take in paths that stand above it.
 */
#ifndef TACET_IMPORT_PATHS_H
#define TACET_IMPORT_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "import/notes.h"

/* Far beyond any phone, and an end to files that were made to hurt. */
enum {
	PATHS_FILE_MAX = 16 << 20, /* bytes */
	PATHS_MAX = 8192,
	PATHS_SETTINGS_MAX = 16384, /* controls of one path */
	PATHS_ALL_SETTINGS_MAX = 1 << 18,
	PATHS_VALUES_MAX = 128, /* of one control: what a cset of UCM can tell apart */
};

struct setting {
	char *name;
	char *all;     /* what all its values become first, or NULL */
	char **values; /* single values then, NULL where one is left alone */
	size_t num_values;
	unsigned long line;
};

struct settings {
	struct setting *at;
	size_t n, room;
};

struct path {
	char *name;
	unsigned long line;
	struct settings settings;
	bool used; /* some UCM device or verb comes from it */
};

struct paths {
	struct settings initial;
	struct path *at;
	size_t n, room;
	size_t num_settings;
};

/**
 * paths_parse() - read the XML
 * @bytes: the whole file
 * @ret: freed with paths_clear(), also after a failure
 * @notes: gets a line for everything that means nothing here
 * @error: gets the reason of a failure, with its line
 *
 * Return: 0, or -1 when it is no such file at all, and @error says why.
 */
int paths_parse(const char *bytes, size_t size, struct paths *ret, struct notes *notes,
		char *error, size_t error_size);

/* Return: the path of that name, or NULL. */
struct path *paths_find(struct paths *paths, const char *name);

/* Return: the control's setting, or NULL. */
struct setting *settings_find(const struct settings *settings, const char *control);

/* Sets the control as in @setting: in its old place, or at the end. */
void settings_put(struct settings *settings, const struct setting *setting);

/* Appends a copy of @setting. */
void settings_append(struct settings *settings, const struct setting *setting);

void settings_clear(struct settings *settings);
void paths_clear(struct paths *paths);

#endif
