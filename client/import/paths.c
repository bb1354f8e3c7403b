/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a list of controls is, apart from how it is written.
 */
#include <stdlib.h>
#include <string.h>

#include "import/paths.h"

struct setting *settings_find(const struct settings *settings, const char *control)
{
	for (size_t i = 0; i < settings->n; i++)
		if (strcmp(settings->at[i].name, control) == 0)
			return &settings->at[i];
	return NULL;
}

static struct setting setting_copy(const struct setting *setting)
{
	struct setting copy = {
		.name = xstrdup(setting->name),
		.all = setting->all ? xstrdup(setting->all) : NULL,
		.num_values = setting->num_values,
		.line = setting->line,
	};

	if (setting->num_values == 0)
		return copy;
	copy.values = xrealloc(NULL, setting->num_values, sizeof(*copy.values));
	for (size_t i = 0; i < setting->num_values; i++)
		copy.values[i] = setting->values[i] ? xstrdup(setting->values[i]) : NULL;
	return copy;
}

static void setting_clear(struct setting *setting)
{
	for (size_t i = 0; i < setting->num_values; i++)
		free(setting->values[i]);
	free(setting->values);
	free(setting->all);
	free(setting->name);
}

void settings_append(struct settings *settings, const struct setting *setting)
{
	if (settings->n == settings->room) {
		settings->room = settings->room ? settings->room * 2 : 8;
		settings->at =
			xrealloc(settings->at, settings->room, sizeof(*settings->at));
	}
	settings->at[settings->n++] = setting_copy(setting);
}

void settings_put(struct settings *settings, const struct setting *setting)
{
	struct setting *old = settings_find(settings, setting->name);

	if (!old) {
		settings_append(settings, setting);
		return;
	}
	setting_clear(old);
	*old = setting_copy(setting);
}

void settings_clear(struct settings *settings)
{
	for (size_t i = 0; i < settings->n; i++)
		setting_clear(&settings->at[i]);
	free(settings->at);
	*settings = (struct settings){ 0 };
}

struct path *paths_find(struct paths *paths, const char *name)
{
	for (size_t i = 0; i < paths->n; i++)
		if (strcmp(paths->at[i].name, name) == 0)
			return &paths->at[i];
	return NULL;
}

void paths_clear(struct paths *paths)
{
	for (size_t i = 0; i < paths->n; i++) {
		free(paths->at[i].name);
		settings_clear(&paths->at[i].settings);
	}
	free(paths->at);
	settings_clear(&paths->initial);
	*paths = (struct paths){ 0 };
}
