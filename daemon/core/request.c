/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include <errno.h>
#include <string.h>

#include "core/request.h"

const char *quiesce_mode_name(enum quiesce_mode mode)
{
	switch (mode) {
	case QUIESCE_AUTO:
		return "auto";
	case QUIESCE_PAUSE:
		return "pause";
	case QUIESCE_DRAIN:
		return "drain";
	case QUIESCE_DROP:
		return "drop";
	case QUIESCE_LIVE:
		return "live";
	case QUIESCE_MODE_MAX:
		break;
	}
	return NULL;
}

int quiesce_mode_parse(const char *s)
{
	for (int m = 0; m < QUIESCE_MODE_MAX; m++)
		if (!strcmp(quiesce_mode_name((enum quiesce_mode)m), s))
			return m;
	return -EINVAL;
}

static bool list_has(const struct name_list *l, const char *name)
{
	for (unsigned int i = 0; i < l->n; i++)
		if (!strcmp(l->name[i], name))
			return true;
	return false;
}

/* A name must end within its array and hold nothing that a terminal or a log would obey. */
static bool name_is_sane(const char name[TACET_NAME_MAX])
{
	size_t n = strnlen(name, TACET_NAME_MAX);

	if (n == TACET_NAME_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return false;
	return true;
}

static int list_check(const struct name_list *l, const char *what, struct tacet_error *e)
{
	if (l->n > REQUEST_NAMES)
		return tacet_error_set(e, TACET_ERR_INVALID_REQUEST,
				       "%s: more than %d names in one request", what,
				       REQUEST_NAMES);
	for (unsigned int i = 0; i < l->n; i++) {
		if (!name_is_sane(l->name[i]))
			return tacet_error_set(e, TACET_ERR_INVALID_REQUEST,
					       "%s: name %u is too long or not text",
					       what, i + 1);
		if (l->name[i][0] == '\0')
			return tacet_error_set(e, TACET_ERR_INVALID_REQUEST,
					       "%s: name %u is empty", what, i + 1);
		for (unsigned int j = 0; j < i; j++)
			if (!strcmp(l->name[i], l->name[j]))
				return tacet_error_set(e, TACET_ERR_INVALID_REQUEST,
						       "%s: \"%s\" is named twice", what,
						       l->name[i]);
	}
	return 0;
}

static int lists_disjoint(const struct name_list *on, const struct name_list *off,
			  const char *what, struct tacet_error *e)
{
	for (unsigned int i = 0; i < on->n; i++)
		if (list_has(off, on->name[i]))
			return tacet_error_set(
				e, TACET_ERR_INVALID_REQUEST,
				"%s \"%s\" is to be both enabled and disabled", what,
				on->name[i]);
	return 0;
}

static bool asks_for_nothing(const struct request *r)
{
	return !r->verb[0] && !r->to[0] && !r->enable.n && !r->disable.n &&
	       !r->enable_modifiers.n && !r->disable_modifiers.n;
}

int request_check(const struct request *r, struct tacet_error *e)
{
	if (!name_is_sane(r->verb))
		return tacet_error_set(e, TACET_ERR_INVALID_REQUEST,
				       "the verb's name is too long or not text");
	if (!name_is_sane(r->to))
		return tacet_error_set(e, TACET_ERR_INVALID_REQUEST,
				       "the name after \"to\" is too long or not text");
	if (list_check(&r->enable, "enable", e) < 0 ||
	    list_check(&r->disable, "disable", e) < 0 ||
	    list_check(&r->enable_modifiers, "enable_modifiers", e) < 0 ||
	    list_check(&r->disable_modifiers, "disable_modifiers", e) < 0 ||
	    lists_disjoint(&r->enable, &r->disable, "device", e) < 0 ||
	    lists_disjoint(&r->enable_modifiers, &r->disable_modifiers, "modifier", e) <
		    0)
		return -1;
	if (r->to[0] && list_has(&r->disable, r->to))
		return tacet_error_set(e, TACET_ERR_INVALID_REQUEST,
				       "\"%s\" is to be both used and disabled", r->to);
	if ((unsigned int)r->quiesce >= QUIESCE_MODE_MAX)
		return tacet_error_set(e, TACET_ERR_INVALID_REQUEST,
				       "there is no such way to quiesce");
	if (r->timeout_us > REQUEST_TIMEOUT_MAX_US)
		return tacet_error_set(e, TACET_ERR_INVALID_REQUEST,
				       "the time-out is longer than %llu seconds",
				       REQUEST_TIMEOUT_MAX_US / 1000000);
	/* A remembered route may be "no verb at all". */
	if (asks_for_nothing(r) && !r->restore)
		return tacet_error_set(e, TACET_ERR_INVALID_REQUEST,
				       "the request names nothing to change");
	return 0;
}

static bool names_covered(const struct name_list *l, const struct name_list *on,
			  const struct name_list *off)
{
	for (unsigned int i = 0; i < l->n; i++)
		if (!list_has(on, l->name[i]) && !list_has(off, l->name[i]))
			return false;
	return true;
}

bool request_same(const struct request *earlier, const struct request *later)
{
	if (earlier->dry_run || later->dry_run || earlier->restore || later->restore ||
	    earlier->outside || later->outside)
		return false;
	if (!earlier->verb[0] != !later->verb[0])
		return false;
	if (earlier->to[0] && !later->to[0])
		return false;
	return names_covered(&earlier->enable, &later->enable, &later->disable) &&
	       names_covered(&earlier->disable, &later->enable, &later->disable) &&
	       names_covered(&earlier->enable_modifiers, &later->enable_modifiers,
			     &later->disable_modifiers) &&
	       names_covered(&earlier->disable_modifiers, &later->enable_modifiers,
			     &later->disable_modifiers);
}
