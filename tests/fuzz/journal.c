/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * A state file: any bytes are refused with a reason or understood; what is understood can be
 * written and means the same when it is read again. With an odd first byte the rest is given
 * the checksum that it needs to be looked at.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "port/journal-text.h"
#include "util/cleanup.h"

#define TAIL "[end]\nchecksum=01234567\n"

static uint32_t crc32_of(const char *p, size_t n)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= (uint8_t)p[i];
		for (int k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return crc ^ 0xffffffff;
}

static bool ends(const char *s)
{
	return memchr(s, '\0', TACET_NAME_MAX) != NULL;
}

static void check_route(const struct route_names *r)
{
	CHECK(r->n_devices <= PROFILE_DEVICES && r->n_modifiers <= PROFILE_MODIFIERS);
	CHECK(ends(r->verb));
	for (unsigned int i = 0; i < r->n_devices; i++)
		CHECK(ends(r->device[i]));
	for (unsigned int i = 0; i < r->n_modifiers; i++)
		CHECK(ends(r->modifier[i]));
}

static bool same_route(const struct route_names *a, const struct route_names *b)
{
	if (strcmp(a->verb, b->verb) || a->n_devices != b->n_devices ||
	    a->n_modifiers != b->n_modifiers)
		return false;
	for (unsigned int i = 0; i < a->n_devices; i++)
		if (strcmp(a->device[i], b->device[i]))
			return false;
	for (unsigned int i = 0; i < a->n_modifiers; i++)
		if (strcmp(a->modifier[i], b->modifier[i]))
			return false;
	return true;
}

static void check_text(const char *text, size_t size)
{
	static struct journal_entry e, again;
	static char out[JOURNAL_TEXT_MAX];
	char why[160] = "";
	int n, r;

	r = journal_parse(text, size, &e, why, sizeof(why));
	if (r < 0) {
		CHECK(r == -EBADMSG && why[0] && memchr(why, '\0', sizeof(why)));
		return;
	}
	CHECK(r == 0);
	check_route(&e.route);
	check_route(&e.to);
	n = journal_format(&e, out, sizeof(out));
	CHECK(n > 0 && (size_t)n < sizeof(out));
	CHECK(journal_parse(out, (size_t)n, &again, why, sizeof(why)) == 0);
	CHECK(e.have_route == again.have_route && e.switching == again.switching);
	if (e.have_route)
		CHECK(same_route(&e.route, &again.route));
	if (e.switching)
		CHECK(e.switch_id == again.switch_id && same_route(&e.to, &again.to));
	/* Cut at any place it must be refused. */
	for (size_t cut = size; cut-- > (size > 40 ? size - 40 : 0);)
		CHECK(journal_parse(text, cut, &again, why, sizeof(why)) == -EBADMSG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = NULL;
	size_t n = size ? size - 1 : 0;

	text = malloc(n + sizeof(TAIL));
	CHECK(text);
	if (n)
		memcpy(text, data + 1, n);
	if (size && (data[0] & 1)) {
		memcpy(text + n, "[end]\n", 6);
		n += 6;
		n += (size_t)sprintf(text + n, "checksum=%08x\n", crc32_of(text, n));
	}
	/* A copy of its exact size, so that one byte too far is seen. */
	text = realloc(text, n ? n : 1);
	CHECK(text);
	check_text(text, n);
	return 0;
}
