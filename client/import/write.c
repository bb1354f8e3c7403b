/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "import/write.h"

#define HEADER                                                                         \
	"# Made by tacet-ucm-import from %s; see its manual page for what Android's\n" \
	"# paths cannot tell: jacks, volumes, and the PCMs unless they were named.\n\n"

char *write_file_name(const char *verb)
{
	char *name = xrealloc(NULL, strlen(verb) + sizeof(".conf"), 1), *to = name;

	for (; *verb; verb++)
		if (isalnum((unsigned char)*verb) || *verb == '-' || *verb == '_')
			*to++ = *verb;
	strcpy(to, ".conf");
	return name;
}

/* A string of alsa-lib's configuration. */
static void put_string(FILE *f, const char *text)
{
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

static void put_sequence(FILE *f, const char *indent, const char *name,
			 const struct csets *csets)
{
	if (csets->n == 0)
		return;
	fprintf(f, "%s%s [\n", indent, name);
	for (size_t i = 0; i < csets->n; i++) {
		fprintf(f, "%s\tcset ", indent);
		put_string(f, csets->at[i]);
		fputc('\n', f);
	}
	fprintf(f, "%s]\n", indent);
}

/* Android has one output and one input at a time. */
static void put_conflicts(FILE *f, const struct verb *verb, const struct device *device)
{
	bool any = false;

	for (size_t i = 0; i < verb->num_devices; i++) {
		const struct device *other = &verb->devices[i];

		if (other == device || other->direction != device->direction)
			continue;
		if (!any)
			fputs("\tConflictingDevice [\n", f);
		any = true;
		fputs("\t\t", f);
		put_string(f, other->name);
		fputc('\n', f);
	}
	if (any)
		fputs("\t]\n", f);
}

static void put_device(FILE *f, const struct verb *verb, const struct device *device)
{
	const char *side = device->direction == OUTPUT ? "Playback" : "Capture";

	fputs("\nSectionDevice.", f);
	put_string(f, device->name);
	fputs(" {\n\tComment ", f);
	put_string(f, device->name);
	fputc('\n', f);
	put_conflicts(f, verb, device);
	put_sequence(f, "\t", "EnableSequence", &device->enable);
	put_sequence(f, "\t", "DisableSequence", &device->disable);
	fprintf(f, "\tValue {\n\t\t%sPriority %u\n", side, device->priority);
	if (verb->pcm[device->direction] >= 0)
		fprintf(f, "\t\t%sPCM \"hw:${CardId},%d\"\n", side,
			verb->pcm[device->direction]);
	fputs("\t}\n}\n", f);
}

void write_verb(FILE *f, const struct verb *verb, const char *source)
{
	fprintf(f, HEADER, source);
	fputs("SectionVerb {\n", f);
	put_sequence(f, "\t", "EnableSequence", &verb->reset);
	put_sequence(f, "\t", "DisableSequence", &verb->reset);
	/* A section of nothing is none. */
	fputs("\tValue {\n\t\tTQ \"HiFi\"\n\t}\n}\n", f);
	for (size_t i = 0; i < verb->num_devices; i++)
		put_device(f, verb, &verb->devices[i]);
}

void write_card(FILE *f, const struct profile *profile, const char *source)
{
	fprintf(f, HEADER, source);
	fputs("Syntax 4\n", f);
	put_sequence(f, "", "SectionDefaults", &profile->defaults);
	for (size_t i = 0; i < profile->num_verbs; i++) {
		char *name = write_file_name(profile->verbs[i].name);

		fputs("\nSectionUseCase.", f);
		put_string(f, profile->verbs[i].name);
		fputs(" {\n\tFile ", f);
		put_string(f, name);
		fputs("\n\tComment ", f);
		put_string(f, profile->verbs[i].name);
		fputs("\n}\n", f);
		free(name);
	}
}
