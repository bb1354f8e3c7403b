/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The UCM profile that comes of a set of paths: which path is which device of which verb, and
 * what is written when it is enabled and disabled.
 */
#ifndef TACET_IMPORT_PROFILE_H
#define TACET_IMPORT_PROFILE_H

#include "import/paths.h"

enum direction { OUTPUT, INPUT, NUM_DIRECTIONS };

/* What a path is for. Rules of the command line come before the usual ones of Android. */
struct rule {
	const char *path;
	const char *verb;
	const char *device; /* NULL: the path of a use case, which all devices have */
	enum direction direction;
	unsigned int priority; /* of the device */
};

/* The number of the PCM that a verb plays to or records from. */
struct pcm_rule {
	const char *verb;
	enum direction direction;
	unsigned int device;
};

struct wishes {
	struct rule *rules;
	size_t num_rules;
	struct pcm_rule *pcms;
	size_t num_pcms;
	char **bytes; /* controls of bytes, whose values Android reads as hexadecimal */
	size_t num_bytes;
};

/* Lines of a sequence: the argument of each `cset`. */
struct csets {
	char **at;
	size_t n, room;
};

struct device {
	const char *name; /* the rule's */
	const char *path;
	enum direction direction;
	unsigned int priority;
	struct settings settings;
	struct csets enable, disable;
};

struct verb {
	const char *name;
	struct device *devices;
	size_t num_devices;
	struct csets reset;
	int pcm[NUM_DIRECTIONS]; /* -1 where none is known */
};

struct profile {
	struct verb *verbs;
	size_t num_verbs;
	struct csets defaults;
};

/**
 * profile_make() - decide what becomes of each path
 * @paths: what was read; its paths are marked as used
 * @ret: freed with profile_clear()
 * @notes: gets a line for each path and control that has no equal
 */
void profile_make(struct paths *paths, const struct wishes *wishes, struct profile *ret,
		  struct notes *notes);

void profile_clear(struct profile *profile);

/**
 * cset_text() - a setting as the argument of UCM's cset
 * @at: where to go on; 0 at first. alsa-lib can skip values only before the first that it sets,
 *      so a setting with gaps takes several csets.
 * @ret: the text, which the caller frees; NULL when there is no more
 *
 * Return: NULL, or why UCM has no equal.
 */
const char *cset_text(const struct setting *setting, bool is_bytes, size_t *at,
		      char **ret);

/* The usual names of Android's paths, terminated by one without a path. */
extern const struct rule usual_rules[];

#endif
