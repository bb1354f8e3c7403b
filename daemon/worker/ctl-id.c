// SPDX-License-Identifier: LGPL-2.1-or-later
/* Elements as a profile names them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "worker/ctl.h"

/* The value of "key" in "iface=CARD,name='x',index=0", without its quotes. */
static bool id_part(const char *id, const char *key, char *ret, size_t size)
{
	size_t key_n = strlen(key);
	const char *p = id;

	while (p && *p) {
		size_t n;

		p += strspn(p, ", \t");
		if (!strncmp(p, key, key_n) && p[key_n] == '=') {
			const char *v = p + key_n + 1;
			char quote = *v == '\'' || *v == '"' ? *v++ : ',';

			n = strcspn(v, (const char[]){ quote, '\0' });
			snprintf(ret, size, "%.*s", (int)n, v);
			return true;
		}
		/* skip this part with its quoted commas */
		n = strcspn(p, "=,");
		p += n;
		if (*p == '=') {
			char quote = p[1];

			if (quote == '\'' || quote == '"')
				p = strchr(p + 2, quote);
			p = p ? strchr(p, ',') : NULL;
		}
	}
	return false;
}

static bool iface_matches(const char *iface, uint32_t value)
{
	static const char *const name[] = { "CARD",    "HWDEP", "MIXER",    "PCM",
					    "RAWMIDI", "TIMER", "SEQUENCER" };

	return value < ARRAY_SIZE(name) && !strcmp(iface, name[value]);
}

struct ctl_elem *ctl_find(struct ctl *c, const char *id)
{
	char name[CTL_NAME_MAX] = "", part[32];
	const char *iface = NULL;
	unsigned long index = 0;

	if (!strchr(id, '=')) {
		snprintf(name, sizeof(name), "%s", id);
	} else {
		if (id_part(id, "numid", part, sizeof(part)))
			return ctl_find_numid(c, (uint32_t)strtoul(part, NULL, 0));
		id_part(id, "name", name, sizeof(name));
		if (id_part(id, "index", part, sizeof(part)))
			index = strtoul(part, NULL, 0);
		if (id_part(id, "iface", part, sizeof(part)))
			iface = part;
	}
	for (unsigned int i = 0; i < c->n; i++) {
		struct ctl_elem *e = &c->elem[i];

		if (e->numid && !strcmp(e->name, name) && e->index == index &&
		    (!iface || iface_matches(iface, e->iface)))
			return e;
	}
	return NULL;
}

void ctl_mark_user_simple(struct ctl *c, const char *id)
{
	/* what alsa-lib's simple mixer takes together */
	static const char *const suffix[] = {
		"",
		" Volume",
		" Switch",
		" Playback Volume",
		" Playback Switch",
		" Capture Volume",
		" Capture Switch",
		" Playback",
	};
	char name[CTL_NAME_MAX] = "", part[32];
	unsigned long index = 0;
	size_t n;

	if (strchr(id, '=')) {
		id_part(id, "name", name, sizeof(name));
		if (id_part(id, "index", part, sizeof(part)))
			index = strtoul(part, NULL, 0);
	} else {
		const char *comma = strrchr(id, ',');

		n = comma ? (size_t)(comma - id) : strlen(id);
		snprintf(name, sizeof(name), "%.*s", (int)n, id);
		if (comma)
			index = strtoul(comma + 1, NULL, 0);
	}
	n = strlen(name);
	if (!n)
		return;
	for (unsigned int i = 0; i < c->n; i++) {
		struct ctl_elem *e = &c->elem[i];

		if (strncmp(e->name, name, n) || e->index != index)
			continue;
		for (unsigned int s = 0; s < ARRAY_SIZE(suffix); s++) {
			if (!strcmp(e->name + n, suffix[s]))
				e->user = true;
		}
	}
}
