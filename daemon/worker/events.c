// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <sound/asound.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/worker.h"

static void remember(struct worker *w, struct ctl_elem *e, const void *before)
{
	struct undo *undo;
	uint8_t *value;

	if (e->saved || !e->known)
		return;
	undo = realloc(w->undo, (w->n_undo + 1) * sizeof(*undo));
	if (!undo)
		return;
	w->undo = undo;
	value = malloc(e->size);
	if (!value)
		return;
	memcpy(value, before, e->size);
	undo[w->n_undo++] =
		(struct undo){ .numid = e->numid, .size = e->size, .value = value };
	e->saved = true;
}

static void tell_jack(struct worker *w, struct ctl_elem *e)
{
	long value[CTL_VALUE_MAX / sizeof(long)];
	struct strv_msg m;
	int8_t plugged;

	if (ctl_read(&w->ctl, e, value) < 0)
		return;
	plugged = value[0] != 0;
	if (plugged == e->plugged)
		return;
	e->plugged = plugged;
	for (unsigned int i = 0; i < w->n_jacks; i++) {
		if (w->jack[i].numid != e->numid)
			continue;
		strv_msg_begin(&m, "jack");
		strv_msg_add(&m, w->jack[i].name);
		strv_msg_add(&m, plugged ? "1" : "0");
		strv_msg_send(w->sock, &m, 0);
	}
}

void events_tell_jacks(struct worker *w)
{
	for (unsigned int i = 0; i < w->n_jacks; i++) {
		struct ctl_elem *e = ctl_find_numid(&w->ctl, w->jack[i].numid);

		if (e)
			tell_jack(w, e);
	}
}

void events_reload(struct worker *w)
{
	if (!w->reload || ctl_reload(&w->ctl) < 0)
		return;
	w->reload = false;
	for (unsigned int i = 0; i < w->n_jacks; i++) {
		struct ctl_elem *e = ctl_find(&w->ctl, w->jack[i].name);

		w->jack[i].numid = e ? e->numid : 0;
	}
	events_tell_jacks(w);
}

static void tell_write(struct worker *w, const struct ctl_elem *e, const void *before,
		       const void *after, uint64_t at_us)
{
	char text[64] = "";
	struct strv_msg m;

	strv_msg_begin(&m, "write");
	if (e->index)
		strv_msg_addf(&m, "%s,%u", e->name, e->index);
	else
		strv_msg_add(&m, e->name);
	if (e->known)
		ctl_text(&w->ctl, e, before, text, sizeof(text));
	strv_msg_add(&m, text);
	ctl_text(&w->ctl, e, after, text, sizeof(text));
	strv_msg_add(&m, text);
	strv_msg_addf(&m, "%llu", (unsigned long long)at_us);
	strv_msg_send(w->sock, &m, 0);
}

/* Return: true, with the value before in @before, when it is not what we knew. */
static bool refresh(struct worker *w, struct ctl_elem *e, uint8_t *before, uint8_t *after)
{
	uint8_t *known = w->ctl.values + e->value;

	if (ctl_read(&w->ctl, e, after) < 0) {
		e->known = false;
		return false;
	}
	if (e->known && !memcmp(known, after, e->size))
		return false;
	memcpy(before, known, e->size);
	memcpy(known, after, e->size);
	return true;
}

void events_written(struct worker *w, struct ctl_elem *e, uint64_t at_us)
{
	uint8_t before[CTL_VALUE_MAX], after[CTL_VALUE_MAX];

	if (!refresh(w, e, before, after))
		return;
	remember(w, e, before);
	tell_write(w, e, before, after, at_us);
	e->known = true;
}

static void value_changed(struct worker *w, struct ctl_elem *e, uint64_t at_us)
{
	uint8_t before[CTL_VALUE_MAX], after[CTL_VALUE_MAX];

	if (e->jack)
		tell_jack(w, e);
	if (!e->writable)
		return;
	if (w->in_command) {
		events_written(w, e, at_us);
		return;
	}
	if (!refresh(w, e, before, after))
		return;
	e->known = true;
	if (ctl_elem_routes(e)) {
		struct strv_msg m;

		strv_msg_begin(&m, "foreign");
		strv_msg_add(&m, e->name);
		strv_msg_send(w->sock, &m, 0);
	}
}

void events_take(struct worker *w, uint64_t at_us)
{
	struct snd_ctl_event ev[16];

	for (;;) {
		ssize_t n = read(w->ctl.fd, ev, sizeof(ev));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		for (size_t i = 0; i < (size_t)n / sizeof(ev[0]); i++) {
			const unsigned int mask = ev[i].data.elem.mask;
			struct ctl_elem *e;

			if (ev[i].type != SNDRV_CTL_EVENT_ELEM)
				continue;
			if (mask == SNDRV_CTL_EVENT_MASK_REMOVE ||
			    mask & SNDRV_CTL_EVENT_MASK_ADD) {
				w->reload = true;
				continue;
			}
			e = ctl_find_numid(&w->ctl, ev[i].data.elem.id.numid);
			if (e && mask & SNDRV_CTL_EVENT_MASK_VALUE)
				value_changed(w, e, at_us);
		}
	}
}
