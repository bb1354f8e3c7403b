/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request as it comes over the bus. */
#include <errno.h>
#include <string.h>

#include "port/bus-message.h"
#include "util/cleanup.h"

enum arg_type {
	ARG_STRING,
	ARG_NAMES,
	ARG_QUIESCE,
	ARG_U64,
	ARG_BOOL,
};

static const struct {
	const char *key;
	enum arg_type type;
	const char *signature;
	size_t offset;
} args[] = {
	{ "verb", ARG_STRING, "s", offsetof(struct request, verb) },
	{ "to", ARG_STRING, "s", offsetof(struct request, to) },
	{ "enable", ARG_NAMES, "as", offsetof(struct request, enable) },
	{ "disable", ARG_NAMES, "as", offsetof(struct request, disable) },
	{ "enable_modifiers", ARG_NAMES, "as",
	  offsetof(struct request, enable_modifiers) },
	{ "disable_modifiers", ARG_NAMES, "as",
	  offsetof(struct request, disable_modifiers) },
	{ "quiesce", ARG_QUIESCE, "s", offsetof(struct request, quiesce) },
	{ "timeout", ARG_U64, "t", offsetof(struct request, timeout_us) },
	{ "dry_run", ARG_BOOL, "b", offsetof(struct request, dry_run) },
};

static int bad(struct tacet_error *e, const char *key, const char *what)
{
	return tacet_error_set(e, TACET_ERR_INVALID_REQUEST, "Request key '%s': %s.", key,
			       what);
}

static int read_name(const char *key, const char *s, char ret[TACET_NAME_MAX],
		     struct tacet_error *e)
{
	if (strlen(s) >= TACET_NAME_MAX)
		return bad(e, key, "the name is longer than 63 bytes");
	strcpy(ret, s);
	return 0;
}

static int read_names(sd_bus_message *m, const char *key, struct name_list *ret,
		      struct tacet_error *e)
{
	const char *s;
	int r = sd_bus_message_enter_container(m, 'a', "s");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_read_basic(m, 's', &s)) > 0) {
		if (ret->n >= REQUEST_NAMES)
			return bad(e, key, "more than 16 names");
		if (!*s)
			return bad(e, key, "a name is empty");
		r = read_name(key, s, ret->name[ret->n], e);
		if (r < 0)
			return r;
		ret->n++;
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_arg(sd_bus_message *m, unsigned int i, struct request *ret,
		    struct tacet_error *e)
{
	void *field = (char *)ret + args[i].offset;
	const char *s;
	int r, b;

	switch (args[i].type) {
	case ARG_STRING:
		r = sd_bus_message_read_basic(m, 's', &s);
		return r < 0 ? r : read_name(args[i].key, s, field, e);
	case ARG_NAMES:
		return read_names(m, args[i].key, field, e);
	case ARG_QUIESCE:
		r = sd_bus_message_read_basic(m, 's', &s);
		if (r < 0)
			return r;
		r = quiesce_mode_parse(s);
		if (r < 0)
			return bad(e, args[i].key,
				   "expected auto, pause, drain, drop or live");
		*(enum quiesce_mode *)field = r;
		return 0;
	case ARG_U64:
		return sd_bus_message_read_basic(m, 't', field);
	case ARG_BOOL:
		r = sd_bus_message_read_basic(m, 'b', &b);
		if (r >= 0)
			*(bool *)field = b;
		return r;
	}
	return -EINVAL;
}

static int read_entry(sd_bus_message *m, unsigned int *seen, struct request *ret,
		      struct tacet_error *e)
{
	const char *key, *contents;
	unsigned int i;
	int r = sd_bus_message_read_basic(m, 's', &key);

	if (r < 0)
		return r;
	r = sd_bus_message_peek_type(m, NULL, &contents);
	if (r < 0)
		return r;
	for (i = 0; i < ARRAY_SIZE(args); i++)
		if (!strcmp(args[i].key, key))
			break;
	if (i == ARRAY_SIZE(args))
		return bad(e, key, "there is no such key");
	if (strcmp(contents, args[i].signature)) {
		char what[64];

		snprintf(what, sizeof(what), "expected type %s, got %.16s",
			 args[i].signature, contents);
		return bad(e, key, what);
	}
	if (*seen & (1U << i))
		return bad(e, key, "given twice");
	*seen |= 1U << i;
	r = sd_bus_message_enter_container(m, 'v', contents);
	if (r < 0)
		return r;
	r = read_arg(m, i, ret, e);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_read_request(sd_bus_message *m, struct request *ret, struct tacet_error *e)
{
	struct request req = {};
	unsigned int seen = 0;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	/* -EPERM would read as "there is an error in @e". */
	if (r < 0)
		return -EBADMSG;
	while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = read_entry(m, &seen, &req, e);
		if (r < 0)
			return r == -1 ? -1 : -EBADMSG;
		r = sd_bus_message_exit_container(m);
		if (r < 0)
			return -EBADMSG;
	}
	if (r < 0 || sd_bus_message_exit_container(m) < 0)
		return -EBADMSG;
	if (request_check(&req, e) < 0)
		return -1;
	*ret = req;
	return 0;
}
