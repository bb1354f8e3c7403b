/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tacet-ucm-import: a UCM profile from Android's mixer_paths.xml.
 * Copyright (C) 2026 The Tacet developers
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import/write.h"
#include "util/cleanup.h"

#include "config.h"

enum { DONE = 0, FAILED = 1, USAGE = 2, LEFT_OUT = 4 };

static const char help[] =
	"Usage: tacet-ucm-import [OPTION]... --card NAME MIXER_PATHS.XML\n"
	"\n"
	"Write a UCM profile that routes as an Android's mixer_paths.xml does, and say "
	"line by\n"
	"line what has no equal in UCM.\n"
	"\n"
	"  -c, --card NAME                  the profile's name: the card's driver or "
	"long name\n"
	"  -o, --directory DIR              where its files go; the current one by "
	"default\n"
	"  -f, --force                      write over files that are there\n"
	"      --output PATH=VERB/DEVICE    this path is this device, which plays\n"
	"      --input PATH=VERB/DEVICE     this path is this device, which records\n"
	"      --output-use PATH=VERB       this path is of a use case of all that play\n"
	"      --input-use PATH=VERB        this path is of a use case of all that "
	"record\n"
	"      --output-pcm VERB=NUMBER     the PCM device that plays in this verb\n"
	"      --input-pcm VERB=NUMBER      the PCM device that records in this verb\n"
	"      --bytes CONTROL              its values are bytes, in hexadecimal\n"
	"  -n, --dry-run                    write nothing, only say what has no equal\n"
	"  -h, --help                       this text\n"
	"      --version                    the version\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 4 written, but some lines have no "
	"equal.\n"
	"Everything is in tacet-ucm-import(1).\n";

enum option_code {
	OPT_OUTPUT = 256,
	OPT_INPUT,
	OPT_OUTPUT_USE,
	OPT_INPUT_USE,
	OPT_OUTPUT_PCM,
	OPT_INPUT_PCM,
	OPT_BYTES,
	OPT_VERSION,
};

struct import {
	const char *card, *directory, *source;
	bool force, dry_run;
	struct wishes wishes;
};

static int usage_error(const char *what, const char *text)
{
	fprintf(stderr, "tacet-ucm-import: %s%s\nTry 'tacet-ucm-import --help'.\n", what,
		text);
	return USAGE;
}

/* A name that needs no thought in a configuration file and in a file's name. */
static bool is_plain(const char *name)
{
	return *name && *name != ' ' && *name != '.' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789 _-.")] == '\0' &&
	       name[strlen(name) - 1] != ' ';
}

/* Splits @text, which is changed, at the last of @separator. */
static char *split(char *text, int separator)
{
	char *at = strrchr(text, separator);

	if (!at || at == text)
		return NULL;
	*at = '\0';
	return at + 1;
}

static bool add_rule(struct import *im, char *text, enum direction direction, bool is_use)
{
	struct wishes *w = &im->wishes;
	char *verb, *device = NULL;

	if (!is_use) {
		device = split(text, '/');
		if (!device || !is_plain(device))
			return false;
	}
	verb = split(text, '=');
	if (!verb || !is_plain(verb))
		return false;
	w->rules = xrealloc(w->rules, w->num_rules + 1, sizeof(*w->rules));
	w->rules[w->num_rules++] = (struct rule){
		.path = text,
		.verb = verb,
		.device = device,
		.direction = direction,
		.priority = 500,
	};
	return true;
}

static bool add_pcm(struct import *im, char *text, enum direction direction)
{
	struct wishes *w = &im->wishes;
	char *number = split(text, '='), *end;
	unsigned long value;

	if (!number || !is_plain(text) || *number < '0' || *number > '9')
		return false;
	value = strtoul(number, &end, 10);
	if (*end || value > 255)
		return false;
	w->pcms = xrealloc(w->pcms, w->num_pcms + 1, sizeof(*w->pcms));
	w->pcms[w->num_pcms++] =
		(struct pcm_rule){ text, direction, (unsigned int)value };
	return true;
}

/* Return: true when the option is understood. */
static bool take_option(struct import *im, int option, char *argument)
{
	struct wishes *w = &im->wishes;

	switch (option) {
	case 'c':
		im->card = argument;
		return is_plain(argument);
	case 'o':
		im->directory = argument;
		return true;
	case 'f':
		return im->force = true;
	case 'n':
		return im->dry_run = true;
	case OPT_OUTPUT:
	case OPT_INPUT:
		return add_rule(im, argument, option == OPT_OUTPUT ? OUTPUT : INPUT,
				false);
	case OPT_OUTPUT_USE:
	case OPT_INPUT_USE:
		return add_rule(im, argument, option == OPT_OUTPUT_USE ? OUTPUT : INPUT,
				true);
	case OPT_OUTPUT_PCM:
	case OPT_INPUT_PCM:
		return add_pcm(im, argument, option == OPT_OUTPUT_PCM ? OUTPUT : INPUT);
	case OPT_BYTES:
		w->bytes = xrealloc(w->bytes, w->num_bytes + 1, sizeof(*w->bytes));
		w->bytes[w->num_bytes++] = argument;
		return true;
	default:
		return false;
	}
}

/* Return: 0, or the exit status plus one. */
static int read_arguments(struct import *im, int argc, char **argv)
{
	static const struct option options[] = {
		{ "card", required_argument, NULL, 'c' },
		{ "directory", required_argument, NULL, 'o' },
		{ "force", no_argument, NULL, 'f' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ "output", required_argument, NULL, OPT_OUTPUT },
		{ "input", required_argument, NULL, OPT_INPUT },
		{ "output-use", required_argument, NULL, OPT_OUTPUT_USE },
		{ "input-use", required_argument, NULL, OPT_INPUT_USE },
		{ "output-pcm", required_argument, NULL, OPT_OUTPUT_PCM },
		{ "input-pcm", required_argument, NULL, OPT_INPUT_PCM },
		{ "bytes", required_argument, NULL, OPT_BYTES },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:o:fnh", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return DONE + 1;
		}
		if (option == OPT_VERSION) {
			puts("tacet-ucm-import " PACKAGE_VERSION);
			return DONE + 1;
		}
		if (option == '?')
			return usage_error("", "wrong option") + 1;
		if (!take_option(im, option, optarg))
			return usage_error("this is not how it is written: ", optarg) + 1;
	}
	if (argc - optind != 1)
		return usage_error("", argc == optind ? "which file?"
						      : "one file at a time") +
		       1;
	if (!im->card)
		return usage_error("", "--card says what the profile is for") + 1;
	im->source = argv[optind];
	return 0;
}

static int complain(const char *name, int error)
{
	fprintf(stderr, "tacet-ucm-import: %s: %s\n", name, strerror(error));
	return FAILED;
}

static int read_file(const char *name, char **ret, size_t *ret_size)
{
	_cleanup_fclose_ FILE *f = fopen(name, "re");
	_cleanup_free_ char *bytes = NULL;
	size_t size = 0, n;

	if (!f)
		return complain(name, errno);
	/* One byte more than may be, so that a file that is too long is seen to be. */
	bytes = xrealloc(NULL, PATHS_FILE_MAX + 1, 1);
	while ((n = fread(bytes + size, 1, PATHS_FILE_MAX + 1 - size, f)) > 0)
		size += n;
	if (ferror(f))
		return complain(name, errno ? errno : EIO);
	*ret = TAKE_PTR(bytes);
	*ret_size = size;
	return DONE;
}

/* One file of the profile, first beside its place. */
struct output {
	char *path, *beside;
};

static int write_beside(const struct import *im, struct output *out, const char *name,
			const struct profile *profile, const struct verb *verb)
{
	const char *source = strrchr(im->source, '/');
	FILE *f;
	int r;

	source = source ? source + 1 : im->source;
	if (asprintf(&out->path, "%s/%s", im->directory, name) < 0 ||
	    asprintf(&out->beside, "%s/.%s.new", im->directory, name) < 0)
		return complain(name, ENOMEM);
	if (!im->force && access(out->path, F_OK) == 0) {
		fprintf(stderr,
			"tacet-ucm-import: %s is there already; --force writes over it\n",
			out->path);
		return FAILED;
	}
	f = fopen(out->beside, "we");
	if (!f)
		return complain(out->beside, errno);
	/* In a comment, a line of its own would be configuration. */
	if (verb)
		write_verb(f, verb, strpbrk(source, "\n\r") ? "a file" : source);
	else
		write_card(f, profile, strpbrk(source, "\n\r") ? "a file" : source);
	r = ferror(f) || fflush(f) != 0 || fsync(fileno(f)) < 0 ? errno : 0;
	if (fclose(f) != 0 && r == 0)
		r = errno;
	return r ? complain(out->beside, r) : DONE;
}

/* All files or none: they get their names only when all are written, the card's last. */
static int write_profile(const struct import *im, const struct profile *profile)
{
	size_t n = profile->num_verbs + 1, named = 0;
	struct output *out = xrealloc(NULL, n, sizeof(*out));
	char *card = NULL;
	int r = DONE;

	memset(out, 0, n * sizeof(*out));
	if (asprintf(&card, "%s.conf", im->card) < 0)
		r = complain(im->card, ENOMEM);
	for (size_t i = 0; r == DONE && i < n; i++) {
		const struct verb *verb =
			i < profile->num_verbs ? &profile->verbs[i] : NULL;
		_cleanup_free_ char *name = verb ? write_file_name(verb->name) : NULL;

		if (verb && strcmp(name, card) == 0)
			r = usage_error("the card's file and a verb's have one name: ",
					name);
		else
			r = write_beside(im, &out[i], verb ? name : card, profile, verb);
	}
	for (; r == DONE && named < n; named++)
		if (rename(out[named].beside, out[named].path) < 0)
			r = complain(out[named].path, errno);
	for (size_t i = 0; i < n; i++) {
		if (i >= named && out[i].beside)
			unlink(out[i].beside);
		free(out[i].beside);
		free(out[i].path);
	}
	free(out);
	free(card);
	return r;
}

static int import(const struct import *im)
{
	_cleanup_free_ char *bytes = NULL;
	struct profile profile = { 0 };
	struct notes notes = { 0 };
	struct paths paths = { 0 };
	char error[512];
	size_t size = 0;
	int r;

	r = read_file(im->source, &bytes, &size);
	if (r != DONE)
		return r;
	if (paths_parse(bytes, size, &paths, &notes, error, sizeof(error)) < 0) {
		fprintf(stderr, "%s:%s\n", im->source, error);
		r = FAILED;
	} else {
		profile_make(&paths, &im->wishes, &profile, &notes);
		for (size_t i = 0; i < notes.n; i++)
			fprintf(stderr, "%s:%lu: %s\n", im->source, notes.at[i].line,
				notes.at[i].text);
		if (profile.num_verbs == 0) {
			fprintf(stderr,
				"%s: no path of a known device; nothing is written\n",
				im->source);
			r = FAILED;
		}
	}
	if (r == DONE && !im->dry_run)
		r = write_profile(im, &profile);
	if (r == DONE && notes.n > 0)
		r = LEFT_OUT;
	profile_clear(&profile);
	notes_clear(&notes);
	paths_clear(&paths);
	return r;
}

int main(int argc, char **argv)
{
	struct import im = { .directory = "." };
	int r = read_arguments(&im, argc, argv);

	r = r ? r - 1 : import(&im);
	free(im.wishes.rules);
	free(im.wishes.pcms);
	free(im.wishes.bytes);
	return r;
}
