/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "callaudio/ca-conf.h"
#include "conf-file.h"
#include "conf-value.h"
#include "util/cleanup.h"

static const struct conf_choice follows[] = {
	{ "no", CA_FOLLOW_NONE },
	{ "modemmanager", CA_FOLLOW_MODEMMANAGER },
	{ "ofono", CA_FOLLOW_OFONO },
	{},
};

static const struct conf_choice mutes[] = {
	{ "auto", CA_MUTE_AUTO },
	{ "control", CA_MUTE_CONTROL },
	{ "device", CA_MUTE_DEVICE },
	{},
};

#define FIELD(field) offsetof(struct ca_conf, field)
#define VERBS	     "at most 16 names of UCM verbs, separated by commas"
#define DEVICES	     "at most 16 names of UCM devices, separated by commas"

/* The one table: man/tacet-callaudiod.conf.5 follows it. */
static const struct key {
	const char *name;
	conf_parser parse;
	size_t offset;
	const void *arg;
	const char *expects;
} keys[] = {
	{ "Card", conf_value_string, FIELD(card),
	  &(const struct conf_size){ sizeof(((struct ca_conf *)0)->card) },
	  "the id of a card, at most 31 bytes" },
	{ "FollowCalls", conf_value_choice, FIELD(follow), follows,
	  "no, modemmanager or ofono" },
	{ "CallVerbs", conf_value_names, FIELD(names.call_verbs), NULL, VERBS },
	{ "DefaultVerbs", conf_value_names, FIELD(names.default_verbs), NULL, VERBS },
	{ "Earpiece", conf_value_names, FIELD(names.earpiece), NULL, DEVICES },
	{ "Speaker", conf_value_names, FIELD(names.speaker), NULL, DEVICES },
	{ "Bluetooth", conf_value_names, FIELD(names.bluetooth), NULL, DEVICES },
	{ "Mic", conf_value_names, FIELD(names.mic), NULL, DEVICES },
	{ "Mute", conf_value_choice, FIELD(mute_by), mutes, "auto, control or device" },
	{ "MuteControls", conf_value_names, FIELD(mute_controls), NULL,
	  "at most 16 names of controls, separated by commas" },
};

static void on_key(struct conf_file *f, const char *section, const char *name,
		   const char *value, void *userdata)
{
	if (strcmp(section, "callaudiod")) {
		if (*section)
			conf_file_complain(f,
					   "Unknown section [%s], expected [callaudiod].",
					   section);
		else
			conf_file_complain(f, "A key stands before any section, expected "
					      "[callaudiod] above it.");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct key *k = &keys[i];

		if (strcmp(k->name, name))
			continue;
		if (k->parse(value, (char *)userdata + k->offset, k->arg) < 0)
			conf_file_complain(f, "%s=%s: expected %s.", name, value,
					   k->expects);
		return;
	}
	conf_file_complain(f, "Unknown key %s=, see tacet-callaudiod.conf(5).", name);
}

int ca_conf_load(const struct conf_paths *paths, struct ca_conf **ret, char **ret_errors)
{
	_cleanup_free_ struct ca_conf *c = calloc(1, sizeof(*c));
	_cleanup_(conf_dropins_freep) struct conf_dropins *dropins = NULL;
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *errors = NULL;
	bool failed = false;
	size_t size;
	int r;

	if (!c)
		return -ENOMEM;
	c->names = ca_default_names;
	errors = open_memstream(&text, &size);
	if (!errors)
		return -ENOMEM;
	r = conf_file_read(paths->file, on_key, c, errors, &failed);
	if (r >= 0)
		r = conf_dropins_list(paths->dropins, CONF_DROPIN_DIRS, &dropins);
	for (unsigned int i = 0; r >= 0 && i < dropins->n; i++)
		r = conf_file_read(dropins->path[i], on_key, c, errors, &failed);
	if (r < 0)
		return r;
	if (failed) {
		if (fflush(errors) != 0)
			return -ENOMEM;
		fclose(TAKE_PTR(errors));
		*ret_errors = TAKE_PTR(text);
		return -EBADMSG;
	}
	*ret = TAKE_PTR(c);
	return 0;
}
