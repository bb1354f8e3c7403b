/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files with random faults: whatever is in them, the importer ends in good order, and what it
 * writes is configuration that alsa-lib reads, with every cset in one piece.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <alsa/asoundlib.h>

#include "import/write.h"
#include "util/cleanup.h"

#define ROUNDS 4000

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static char *read_whole(const char *name, size_t *ret_size)
{
	_cleanup_fclose_ FILE *f = fopen(name, "re");
	char *bytes;
	long size;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	bytes = xrealloc(NULL, (size_t)size, 1);
	assert_int_equal(fread(bytes, 1, (size_t)size, f), size);
	*ret_size = (size_t)size;
	return bytes;
}

static const char *const pieces[] = {
	"'",
	"\"",
	"&quot;",
	"&lt;",
	"\\",
	"${x}",
	"\n",
	"&#10;",
	"]",
	"}",
	"<path/>",
	"id=\"1\"",
	"name=\"speaker\"",
	"value=\"",
	"#",
	"@",
	",",
	"</path>",
	"<path name=\"headset\">",
	"-1",
	"99999999999999999999",
	"\xff",
	"",
};

/* Between one and eight pieces put in, bytes changed, or stretches doubled or taken out. */
static char *mutate(const char *from, size_t size, size_t *ret_size)
{
	char *bytes = xrealloc(NULL, size, 1);

	memcpy(bytes, from, size);
	for (uint32_t n = 1 + draw(8); n > 0 && size > 64; n--) {
		size_t at = draw((uint32_t)size), much = 1 + draw(60), room;
		const char *piece = pieces[draw(ARRAY_SIZE(pieces))];

		switch (draw(4)) {
		case 0:
			bytes[at] = (char)draw(256);
			break;
		case 1:
			much = much < size - at ? much : size - at;
			memmove(bytes + at, bytes + at + much, size - at - much);
			size -= much;
			break;
		case 2:
			much = much < size - at ? much : size - at;
			bytes = xrealloc(bytes, size + much, 1);
			memmove(bytes + at + much, bytes + at, size - at);
			size += much;
			break;
		default:
			room = strlen(piece);
			bytes = xrealloc(bytes, size + room, 1);
			memmove(bytes + at + room, bytes + at, size - at);
			memcpy(bytes + at, piece, room);
			size += room;
			break;
		}
	}
	*ret_size = size;
	return bytes;
}

static snd_config_t *load(const char *text)
{
	snd_config_t *config;
	snd_input_t *input;

	assert_int_equal(snd_config_top(&config), 0);
	assert_int_equal(snd_input_buffer_open(&input, text, (ssize_t)strlen(text)), 0);
	if (snd_config_load(config, input) < 0)
		fail_msg("alsa-lib does not read:\n%s", text);
	snd_input_close(input);
	return config;
}

/* The members of the list of @name hold each of @csets, unchanged. */
static void assert_sequence(snd_config_t *section, const char *name,
			    const struct csets *csets)
{
	snd_config_iterator_t i, next;
	snd_config_t *list;
	size_t n = 0;

	if (csets->n == 0)
		return;
	assert_int_equal(snd_config_search(section, name, &list), 0);
	snd_config_for_each(i, next, list)
	{
		const char *text;

		/* "cset" and its argument take turns. */
		assert_int_equal(
			snd_config_get_string(snd_config_iterator_entry(i), &text), 0);
		if (n % 2 == 0)
			assert_string_equal(text, "cset");
		else
			assert_string_equal(text, csets->at[n / 2]);
		n++;
	}
	assert_int_equal(n, csets->n * 2);
}

static void assert_verb(const struct verb *verb)
{
	_cleanup_free_ char *text = NULL;
	snd_config_t *config, *section, *device;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	write_verb(f, verb, "test.xml");
	fclose(f);
	config = load(text);
	assert_int_equal(snd_config_search(config, "SectionVerb", &section), 0);
	assert_sequence(section, "EnableSequence", &verb->reset);
	assert_int_equal(snd_config_search(config, "SectionDevice", &section), 0);
	for (size_t i = 0; i < verb->num_devices; i++) {
		assert_int_equal(
			snd_config_search(section, verb->devices[i].name, &device), 0);
		assert_sequence(device, "EnableSequence", &verb->devices[i].enable);
		assert_sequence(device, "DisableSequence", &verb->devices[i].disable);
	}
	snd_config_delete(config);
}

static void assert_card(const struct profile *profile)
{
	_cleanup_free_ char *text = NULL;
	snd_config_t *config;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	write_card(f, profile, "test.xml");
	fclose(f);
	config = load(text);
	assert_sequence(config, "SectionDefaults", &profile->defaults);
	snd_config_delete(config);
}

static unsigned int import(const char *bytes, size_t size)
{
	struct wishes wishes = { 0 };
	struct profile profile = { 0 };
	struct notes notes = { 0 };
	struct paths paths;
	char error[512] = "";
	unsigned int verbs = 0;

	if (paths_parse(bytes, size, &paths, &notes, error, sizeof(error)) < 0) {
		assert_true(error[0] >= '1' && error[0] <= '9');
	} else {
		profile_make(&paths, &wishes, &profile, &notes);
		verbs = (unsigned int)profile.num_verbs;
		assert_card(&profile);
		for (size_t i = 0; i < profile.num_verbs; i++)
			assert_verb(&profile.verbs[i]);
	}
	for (size_t i = 1; i < notes.n; i++)
		assert_true(verbs == 0 || notes.at[i - 1].line <= notes.at[i].line);
	profile_clear(&profile);
	notes_clear(&notes);
	paths_clear(&paths);
	return verbs;
}

static char **files;
static int num_files;

static void whatever_is_written_alsa_lib_reads_unchanged(void **state)
{
	unsigned int good = 0;

	for (int k = 0; k < num_files; k++) {
		size_t size;
		_cleanup_free_ char *bytes = read_whole(files[k], &size);

		assert_true(import(bytes, size) > 0);
		for (seed = 1; seed < ROUNDS / 2;) {
			uint32_t round = seed;
			size_t changed_size;
			_cleanup_free_ char *changed = mutate(bytes, size, &changed_size);

			good += import(changed, changed_size) > 0;
			seed = round + 1;
		}
	}
	/* Faults that leave no profile at all would test little. */
	assert_true(good > ROUNDS / 20);
	snd_config_update_free_global();
}

static void a_file_that_was_made_to_hurt_ends_soon(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	/* Each path takes in all that are above it, twice. */
	fputs("<mixer>", f);
	for (int i = 0; i < 2000; i++) {
		fprintf(f, "<path name='p%d'><ctl name='c%d' value='1'/>", i, i);
		if (i > 0)
			fprintf(f, "<path name='p%d'/><path name='p%d'/>", i - 1, i - 1);
		fputs("</path>", f);
	}
	fputs("</mixer>", f);
	fclose(f);
	assert_int_equal(import(text, size), 0);
}

static void a_file_that_is_too_long_is_refused(void **state)
{
	_cleanup_free_ char *text = xrealloc(NULL, PATHS_FILE_MAX + 1, 1);

	memset(text, ' ', PATHS_FILE_MAX + 1);
	memcpy(text, "<mixer/>", 8);
	assert_int_equal(import(text, PATHS_FILE_MAX + 1), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_is_written_alsa_lib_reads_unchanged),
		cmocka_unit_test(a_file_that_was_made_to_hurt_ends_soon),
		cmocka_unit_test(a_file_that_is_too_long_is_refused),
	};

	files = argv + 1;
	num_files = argc - 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
