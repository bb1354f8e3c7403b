// SPDX-License-Identifier: LGPL-2.1-or-later
#include <alsa/asoundlib.h>
#include <alsa/use-case.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "worker/worker.h"

struct answer {
	int error;
	unsigned int step;
	uint64_t begin_us;
	char text[256];
};

static void fail(struct answer *a, int error, unsigned int step, const char *text)
{
	if (a->error)
		return;
	a->error = error;
	a->step = step;
	snprintf(a->text, sizeof(a->text), "%s", text);
}

static void state_free(struct ucm_state *s)
{
	free(s->verb);
	if (s->devices)
		snd_use_case_free_list(s->devices, s->n_devices);
	if (s->modifiers)
		snd_use_case_free_list(s->modifiers, s->n_modifiers);
	*s = (struct ucm_state){};
}

static bool verb_active(const char *verb)
{
	return verb && verb[0] && strcmp(verb, SND_USE_CASE_VERB_INACTIVE);
}

/* alsa-lib gives no verb at all as -ENOENT or as "". */
static void state_read(struct worker *w, struct ucm_state *ret)
{
	const char *verb = NULL;

	*ret = (struct ucm_state){};
	if (snd_use_case_get(w->mgr, "_verb", &verb) < 0 || !verb)
		return;
	ret->verb = (char *)verb;
	if (!verb_active(verb))
		return;
	ret->n_devices = snd_use_case_get_list(w->mgr, "_enadevs", &ret->devices);
	if (ret->n_devices < 0) {
		ret->n_devices = 0;
		ret->devices = NULL;
	}
	ret->n_modifiers = snd_use_case_get_list(w->mgr, "_enamods", &ret->modifiers);
	if (ret->n_modifiers < 0) {
		ret->n_modifiers = 0;
		ret->modifiers = NULL;
	}
}

static bool in_list(const char *const *list, int n, const char *name)
{
	for (int i = 0; i < n; i++) {
		if (!strcmp(list[i], name))
			return true;
	}
	return false;
}

void command_forget(struct worker *w)
{
	state_free(&w->before);
	for (unsigned int i = 0; i < w->n_undo; i++)
		free(w->undo[i].value);
	free(w->undo);
	w->undo = NULL;
	w->n_undo = 0;
	for (unsigned int i = 0; i < w->ctl.n; i++)
		w->ctl.elem[i].saved = false;
}

static void begin(struct worker *w, struct answer *a)
{
	events_take(w, now_us());
	message_clear();
	w->in_command = true;
	a->begin_us = now_us();
}

/* The kernel queues an event before the write that caused it returns: after this, our view of
 * the values is complete, side effects of what was written included. */
static void end(struct worker *w)
{
	events_take(w, now_us());
	w->in_command = false;
	events_reload(w);
}

void command_lock(struct worker *w)
{
	struct ctl_locks locks;
	struct strv_msg m;

	if (!w->want_locks)
		return;
	strv_msg_begin(&m, "locks");
	if (!w->tapped) {
		strv_msg_add(&m, "0");
		strv_msg_add(&m, "1");
		strv_msg_add(&m, "alsa-lib's calls cannot be seen");
		strv_msg_send(w->sock, &m, 0);
		return;
	}
	ctl_lock(&w->ctl, &locks);
	strv_msg_addf(&m, "%u", locks.held);
	strv_msg_addf(&m, "%u", locks.wanted);
	if (locks.error)
		strv_msg_addf(&m, "%s: %s (process %d)", locks.name,
			      snd_strerror(locks.error), locks.owner);
	else
		strv_msg_add(&m, "");
	strv_msg_send(w->sock, &m, 0);
}

static int reply(struct worker *w, const struct answer *a)
{
	struct strv_msg m;

	command_lock(w);
	strv_msg_begin(&m, "done");
	strv_msg_addf(&m, "%d", a->error);
	strv_msg_addf(&m, "%u", a->step);
	strv_msg_add(&m, a->text);
	strv_msg_addf(&m, "%llu", (unsigned long long)a->begin_us);
	strv_msg_addf(&m, "%llu", (unsigned long long)now_us());
	return strv_msg_send(w->sock, &m, 0);
}

static void step(struct worker *w, struct answer *a, unsigned int i, const char *op,
		 const char *name)
{
	char text[200];
	int r;

	message_clear();
	r = snd_use_case_set(w->mgr, op, name);
	if (!r)
		return;
	/* The exit status of an `exec`, which ended the sequence: alsa-lib hands it on, and takes
	 * what was to come for done. */
	if (r > 0)
		r = -EIO;
	if (message_count())
		snprintf(text, sizeof(text), "%s", message_text(r));
	else
		snprintf(text, sizeof(text), "%s %s: %s", op + 1, name, snd_strerror(r));
	fail(a, r, i, text);
}

int command_apply(struct worker *w, struct strv_msg *m)
{
	struct answer a = {};
	const char *op, *name;

	command_forget(w);
	state_read(w, &w->before);
	begin(w, &a);
	for (unsigned int i = 0; !a.error && (op = strv_msg_next(m)); i++) {
		name = strv_msg_next(m);
		if (!name) {
			fail(&a, -EBADMSG, i, "a step without a name");
			break;
		}
		step(w, &a, i, op, name);
	}
	end(w);
	return reply(w, &a);
}

/* UCM's own state back to what it was; its sequences run for whatever differs. */
static void reconcile(struct worker *w, struct answer *a)
{
	const struct ucm_state *to = &w->before;
	struct ucm_state now;

	state_read(w, &now);
	if (verb_active(to->verb) != verb_active(now.verb) ||
	    (verb_active(to->verb) && strcmp(to->verb, now.verb))) {
		step(w, a, 0, "_verb",
		     verb_active(to->verb) ? to->verb : SND_USE_CASE_VERB_INACTIVE);
		state_free(&now);
		state_read(w, &now);
	}
	for (int i = now.n_modifiers - 1; i >= 0; i--) {
		if (!in_list(to->modifiers, to->n_modifiers, now.modifiers[i]))
			step(w, a, 0, "_dismod", now.modifiers[i]);
	}
	for (int i = now.n_devices - 1; i >= 0; i--) {
		if (!in_list(to->devices, to->n_devices, now.devices[i]))
			step(w, a, 0, "_disdev", now.devices[i]);
	}
	for (int i = 0; i < to->n_devices; i++) {
		if (!in_list(now.devices, now.n_devices, to->devices[i]))
			step(w, a, 0, "_enadev", to->devices[i]);
	}
	for (int i = 0; i < to->n_modifiers; i++) {
		if (!in_list(now.modifiers, now.n_modifiers, to->modifiers[i]))
			step(w, a, 0, "_enamod", to->modifiers[i]);
	}
	state_free(&now);
}

static bool same_list(const char *const *a, int n_a, const char *const *b, int n_b)
{
	if (n_a != n_b)
		return false;
	for (int i = 0; i < n_a; i++) {
		if (!in_list(b, n_b, a[i]))
			return false;
	}
	return true;
}

static bool is_reconciled(struct worker *w)
{
	const struct ucm_state *to = &w->before;
	struct ucm_state now;
	bool same;

	state_read(w, &now);
	same = verb_active(to->verb) == verb_active(now.verb) &&
	       (!verb_active(now.verb) || !strcmp(to->verb, now.verb)) &&
	       same_list(to->devices, to->n_devices, now.devices, now.n_devices) &&
	       same_list(to->modifiers, to->n_modifiers, now.modifiers, now.n_modifiers);
	state_free(&now);
	return same;
}

/* Last touched first, so that a chain is taken down in the order opposite to how it came. */
static void write_back(struct worker *w, struct answer *a)
{
	for (unsigned int i = w->n_undo; i-- > 0;) {
		const struct undo *u = &w->undo[i];
		const struct ctl_elem *e = ctl_find_numid(&w->ctl, u->numid);
		char text[200];
		int r;

		if (!e || e->size != u->size ||
		    (e->known && !memcmp(w->ctl.values + e->value, u->value, u->size)))
			continue;
		r = ctl_write(&w->ctl, e, u->value);
		if (r >= 0)
			continue;
		snprintf(text, sizeof(text), "writing back %s: %s", e->name,
			 snd_strerror(r));
		fail(a, r, 0, text);
	}
}

int command_rollback(struct worker *w)
{
	struct answer a = {}, seq = {};

	begin(w, &a);
	reconcile(w, &seq);
	/* our own view must be complete before values are compared */
	events_take(w, now_us());
	write_back(w, &a);
	end(w);
	/* A sequence that failed is forgiven when UCM's state and the values are right. */
	if (seq.error && !is_reconciled(w))
		fail(&a, seq.error, 0, seq.text);
	command_forget(w);
	return reply(w, &a);
}

int command_restore(struct worker *w, struct strv_msg *m)
{
	const char *verb = strv_msg_next(m), *name;
	struct answer a = {};
	struct ucm_state now;
	int n_devices = 0;

	command_forget(w);
	begin(w, &a);
	if (!verb || strv_msg_next_int(m, &n_devices) < 0)
		fail(&a, -EBADMSG, 0, "a restore without a verb");
	state_read(w, &now);
	if (!a.error && verb_active(now.verb))
		step(w, &a, 0, "_verb", SND_USE_CASE_VERB_INACTIVE);
	state_free(&now);
	if (!a.error && verb[0])
		step(w, &a, 0, "_verb", verb);
	for (unsigned int i = 1; !a.error && (name = strv_msg_next(m)); i++)
		step(w, &a, i, n_devices-- > 0 ? "_enadev" : "_enamod", name);
	end(w);
	return reply(w, &a);
}

/* Return: how many bytes @text stands for, or -EBADMSG. */
static int parse_hex(const char *text, uint8_t *ret, size_t size)
{
	size_t n = strlen(text);

	if (n % 2 || n / 2 > size)
		return -EBADMSG;
	for (size_t i = 0; i < n; i += 2) {
		unsigned int byte;

		if (sscanf(text + i, "%2x", &byte) != 1)
			return -EBADMSG;
		ret[i / 2] = (uint8_t)byte;
	}
	return (int)(n / 2);
}

/* The value that another program wants to see in a control. */
int command_write(struct worker *w, struct strv_msg *m)
{
	uint8_t value[CTL_VALUE_MAX];
	const char *hex;
	struct answer a = {};
	struct ctl_elem *e;
	int numid, type, size;
	uint64_t at_us;
	int r;

	if (strv_msg_next_int(m, &numid) < 0 || strv_msg_next_int(m, &type) < 0 ||
	    !(hex = strv_msg_next(m)))
		return -EBADMSG;
	size = parse_hex(hex, value, sizeof(value));
	if (size < 0)
		return size;
	command_forget(w);
	begin(w, &a);
	e = ctl_find_numid(&w->ctl, (uint32_t)numid);
	if (!e) {
		fail(&a, -ENOENT, 0, "no such control");
	} else if (!e->size || e->type != (uint32_t)type || e->size != size) {
		fail(&a, -EINVAL, 0, "a value of another kind");
	} else {
		ctl_know(&w->ctl, e);
		at_us = now_us();
		r = ctl_write(&w->ctl, e, value);
		if (r < 0)
			fail(&a, r, 0, snd_strerror(r));
		else
			events_written(w, e, at_us);
	}
	end(w);
	return reply(w, &a);
}
