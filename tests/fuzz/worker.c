/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * A profile as the UCM worker tells it, of whatever UCM files there are: it ends up within the
 * bounds of the plain struct, with names that end, and relations that are symmetric.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "port/ucm-profile.h"
#include "util/cleanup.h"

static bool ends(const char *s)
{
	return memchr(s, '\0', TACET_NAME_MAX) != NULL;
}

static void check_verb(const struct profile_verb *v)
{
	CHECK(v->name[0] && ends(v->name) && ends(v->playback_pcm) &&
	      ends(v->capture_pcm));
	CHECK(v->n_devices <= PROFILE_DEVICES && v->n_modifiers <= PROFILE_MODIFIERS);
	for (unsigned int i = 0; i < v->n_devices; i++) {
		const struct profile_device *d = &v->device[i];

		CHECK(d->name[0] && ends(d->name) && ends(d->playback_pcm) &&
		      ends(d->capture_pcm) && ends(d->jack_control) &&
		      ends(d->capture_switch) && ends(d->capture_elem));
		CHECK(!(d->conflicts >> i & 1));
		for (unsigned int k = 0; k < PROFILE_DEVICES; k++)
			if (d->conflicts >> k & 1)
				CHECK(k < v->n_devices &&
				      (v->device[k].conflicts >> i & 1));
	}
	for (unsigned int i = 0; i < v->n_modifiers; i++)
		CHECK(v->modifier[i].name[0] && ends(v->modifier[i].name));
}

/* Messages are lines, strings are parted by tabs. */
static int take(struct profile *p, const uint8_t *line, size_t n, struct ucm_loss *loss)
{
	static struct strv_msg m;
	const char *kind;

	if (!n || n >= sizeof(m.data))
		return 0;
	m.size = n + 1;
	m.next = 0;
	memcpy(m.data, line, n);
	m.data[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (m.data[i] == '\t')
			m.data[i] = '\0';
	kind = strv_msg_next(&m);
	return ucm_profile_add(p, kind, &m, loss);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ struct profile *p = calloc(1, sizeof(*p));
	struct ucm_loss loss = {};

	CHECK(p);
	while (size) {
		const uint8_t *nl = memchr(data, '\n', size);
		size_t n = nl ? (size_t)(nl - data) : size;
		int r = take(p, data, n, &loss);

		CHECK(r == 0 || r == 1 || r == -EBADMSG);
		if (r < 0)
			break;
		data += n + !!nl;
		size -= n + !!nl;
	}
	CHECK(p->n_verbs <= PROFILE_VERBS);
	CHECK(memchr(loss.first, '\0', sizeof(loss.first)));
	for (unsigned int i = 0; i < p->n_verbs; i++)
		check_verb(&p->verb[i]);
	return 0;
}
