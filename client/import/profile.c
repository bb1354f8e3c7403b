/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which path becomes which device of which verb, and in which order it is written: the device's
 * own path, then those of the use cases that it serves, as Android's HALs do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/profile.h"

struct maker {
	struct paths *paths;
	const struct wishes *wishes;
	struct profile *profile;
	struct notes *notes;
};

static void csets_add(struct csets *csets, char *text)
{
	if (csets->n == csets->room) {
		csets->room = csets->room ? csets->room * 2 : 8;
		csets->at = xrealloc(csets->at, csets->room, sizeof(*csets->at));
	}
	csets->at[csets->n++] = text;
}

static void csets_clear(struct csets *csets)
{
	for (size_t i = 0; i < csets->n; i++)
		free(csets->at[i]);
	free(csets->at);
}

static bool csets_have(const struct csets *csets, const char *text)
{
	for (size_t i = 0; i < csets->n; i++)
		if (strcmp(csets->at[i], text) == 0)
			return true;
	return false;
}

/* The csets of @setting, once each; a note where UCM has no equal. */
static void add_setting(struct maker *m, struct csets *to, const struct setting *setting)
{
	bool is_bytes = false;
	size_t at = 0;
	char *text;

	for (size_t i = 0; i < m->wishes->num_bytes; i++)
		is_bytes |= strcmp(m->wishes->bytes[i], setting->name) == 0;
	do {
		const char *why = cset_text(setting, is_bytes, &at, &text);

		if (why) {
			notes_add(m->notes, setting->line,
				  "control '%s': it or its value %s", setting->name, why);
			return;
		}
		if (text && csets_have(to, text))
			free(text);
		else if (text)
			csets_add(to, text);
	} while (text);
}

static const struct rule *rule_at(const struct wishes *wishes, size_t i)
{
	if (i < wishes->num_rules)
		return &wishes->rules[i];
	i -= wishes->num_rules;
	return usual_rules[i].path ? &usual_rules[i] : NULL;
}

static struct verb *find_verb(struct maker *m, const char *name)
{
	struct profile *profile = m->profile;
	struct verb *verb;

	for (size_t i = 0; i < profile->num_verbs; i++)
		if (strcmp(profile->verbs[i].name, name) == 0)
			return &profile->verbs[i];
	profile->verbs =
		xrealloc(profile->verbs, profile->num_verbs + 1, sizeof(*profile->verbs));
	verb = &profile->verbs[profile->num_verbs++];
	*verb = (struct verb){ .name = name, .pcm = { -1, -1 } };
	for (size_t i = m->wishes->num_pcms; i-- > 0;)
		if (strcmp(m->wishes->pcms[i].verb, name) == 0)
			verb->pcm[m->wishes->pcms[i].direction] =
				(int)m->wishes->pcms[i].device;
	return verb;
}

/* What is set later wins. */
static void merge(struct settings *to, const struct settings *from)
{
	for (size_t i = 0; i < from->n; i++)
		settings_put(to, &from->at[i]);
}

/* The use cases of the device's verb and direction: for this device, else for any. */
static void merge_use_cases(struct maker *m, struct device *device, const char *verb)
{
	const struct rule *rule;

	for (size_t i = 0; (rule = rule_at(m->wishes, i)); i++) {
		char name[512];
		struct path *path;

		if (rule->device || rule->direction != device->direction ||
		    strcmp(rule->verb, verb) != 0)
			continue;
		snprintf(name, sizeof(name), "%s %s", rule->path, device->path);
		path = paths_find(m->paths, name);
		if (!path)
			path = paths_find(m->paths, rule->path);
		if (!path)
			continue;
		path->used = true;
		merge(&device->settings, &path->settings);
	}
}

static void add_device(struct maker *m, const struct rule *rule, struct path *path)
{
	struct verb *verb = find_verb(m, rule->verb);
	struct device *device;

	for (size_t i = 0; i < verb->num_devices; i++)
		if (strcmp(verb->devices[i].name, rule->device) == 0) {
			notes_add(m->notes, path->line,
				  "path '%s': device %s of %s comes from path '%s'",
				  path->name, rule->device, verb->name,
				  verb->devices[i].path);
			path->used = true;
			return;
		}
	verb->devices =
		xrealloc(verb->devices, verb->num_devices + 1, sizeof(*verb->devices));
	device = &verb->devices[verb->num_devices++];
	*device = (struct device){
		.name = rule->device,
		.path = path->name,
		.direction = rule->direction,
		.priority = rule->priority,
	};
	path->used = true;
	merge(&device->settings, &path->settings);
	merge_use_cases(m, device, verb->name);
}

/* The state without the device is what the top of the file says. */
static void make_sequences(struct maker *m, struct verb *verb, struct device *device)
{
	for (size_t i = 0; i < device->settings.n; i++) {
		const struct setting *setting = &device->settings.at[i], *initial;

		add_setting(m, &device->enable, setting);
		initial = settings_find(&m->paths->initial, setting->name);
		if (!initial) {
			notes_add(
				m->notes, setting->line,
				"control '%s': its value without '%s' is not at the top, "
				"so that disabling %s of %s leaves it as it is",
				setting->name, device->path, device->name, verb->name);
			continue;
		}
		add_setting(m, &verb->reset, initial);
	}
	/* Off in the opposite order: first what plays through it. */
	for (size_t i = device->settings.n; i-- > 0;) {
		const struct setting *initial =
			settings_find(&m->paths->initial, device->settings.at[i].name);

		if (initial)
			add_setting(m, &device->disable, initial);
	}
}

/* UCM counts no users of a control: the first device that goes resets it for the other. */
static void note_shared(struct maker *m, const struct verb *verb)
{
	for (size_t i = 0; i < verb->num_devices; i++)
		for (size_t k = 0; k < verb->num_devices; k++) {
			const struct device *out = &verb->devices[i];
			const struct device *in = &verb->devices[k];

			if (out->direction != OUTPUT || in->direction != INPUT)
				continue;
			for (size_t n = 0; n < out->settings.n; n++)
				if (settings_find(&in->settings,
						  out->settings.at[n].name))
					notes_add(m->notes, out->settings.at[n].line,
						  "control '%s': both %s and %s of %s "
						  "set it, and "
						  "the first that is disabled resets it",
						  out->settings.at[n].name, out->name,
						  in->name, verb->name);
		}
}

static bool is_touched(const struct profile *profile, const char *control)
{
	for (size_t v = 0; v < profile->num_verbs; v++)
		for (size_t d = 0; d < profile->verbs[v].num_devices; d++)
			if (settings_find(&profile->verbs[v].devices[d].settings,
					  control))
				return true;
	return false;
}

static void note_unused(struct maker *m)
{
	for (size_t i = 0; i < m->paths->n; i++) {
		const struct path *path = &m->paths->at[i];

		if (!path->used)
			notes_add(m->notes, path->line,
				  "path '%s': of no known device or use case; see "
				  "--output, "
				  "--input, --output-use and --input-use",
				  path->name);
	}
}

void profile_make(struct paths *paths, const struct wishes *wishes, struct profile *ret,
		  struct notes *notes)
{
	struct maker m = {
		.paths = paths, .wishes = wishes, .profile = ret, .notes = notes
	};
	const struct rule *rule;

	*ret = (struct profile){ 0 };
	for (size_t i = 0; (rule = rule_at(wishes, i)); i++) {
		struct path *path = rule->device ? paths_find(paths, rule->path) : NULL;

		/* The command line has the first word about a path. */
		if (path && !(path->used && i >= wishes->num_rules))
			add_device(&m, rule, path);
	}
	for (size_t v = 0; v < ret->num_verbs; v++) {
		struct verb *verb = &ret->verbs[v];

		for (size_t d = 0; d < verb->num_devices; d++)
			make_sequences(&m, verb, &verb->devices[d]);
		note_shared(&m, verb);
	}
	for (size_t i = 0; i < paths->initial.n; i++)
		if (!is_touched(ret, paths->initial.at[i].name))
			add_setting(&m, &ret->defaults, &paths->initial.at[i]);
	note_unused(&m);
	notes_sort(notes);
}

void profile_clear(struct profile *profile)
{
	for (size_t v = 0; v < profile->num_verbs; v++) {
		struct verb *verb = &profile->verbs[v];

		for (size_t d = 0; d < verb->num_devices; d++) {
			settings_clear(&verb->devices[d].settings);
			csets_clear(&verb->devices[d].enable);
			csets_clear(&verb->devices[d].disable);
		}
		free(verb->devices);
		csets_clear(&verb->reset);
	}
	free(profile->verbs);
	csets_clear(&profile->defaults);
	*profile = (struct profile){ 0 };
}
