// SPDX-License-Identifier: LGPL-2.1-or-later
#include "port/ucm-profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void lose(struct ucm_loss *loss, const char *what, const char *name,
		 const char *why)
{
	if (!loss->n++)
		snprintf(loss->first, sizeof(loss->first), "%s %.40s: %s", what, name,
			 why);
}

/* A name that does not fit would name something else when cut: the item is left out. */
static bool name_fits(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n < TACET_NAME_MAX;
}

/* Values are for matching only: one that is too long matches nothing. */
static int next_value(struct strv_msg *m, char *ret)
{
	const char *s = strv_msg_next(m);

	if (!s)
		return -EBADMSG;
	snprintf(ret, TACET_NAME_MAX, "%s", strlen(s) < TACET_NAME_MAX ? s : "");
	return 0;
}

static int next_priority(struct strv_msg *m, int *ret)
{
	const char *s = strv_msg_next(m);

	if (!s)
		return -EBADMSG;
	*ret = atoi(s);
	return 0;
}

static int add_verb(struct profile *p, struct strv_msg *m, struct ucm_loss *loss)
{
	struct profile_verb *v = &p->verb[p->n_verbs];
	const char *name = strv_msg_next(m);

	if (!name)
		return -EBADMSG;
	if (p->n_verbs >= PROFILE_VERBS || !name_fits(name)) {
		lose(loss, "verb", name, name_fits(name) ? "too many" : "name too long");
		return 1;
	}
	if (next_value(m, v->playback_pcm) < 0 || next_value(m, v->capture_pcm) < 0)
		return -EBADMSG;
	snprintf(v->name, sizeof(v->name), "%s", name);
	p->n_verbs++;
	return 1;
}

static int add_device(struct profile_verb *v, struct strv_msg *m, struct ucm_loss *loss)
{
	struct profile_device *d = &v->device[v->n_devices];
	const char *name = strv_msg_next(m);

	if (!name)
		return -EBADMSG;
	if (v->n_devices >= PROFILE_DEVICES || !name_fits(name)) {
		lose(loss, "device", name,
		     name_fits(name) ? "too many" : "name too long");
		return 1;
	}
	if (next_value(m, d->playback_pcm) < 0 || next_value(m, d->capture_pcm) < 0 ||
	    next_value(m, d->jack_control) < 0 ||
	    next_priority(m, &d->playback_priority) < 0 ||
	    next_priority(m, &d->capture_priority) < 0 ||
	    next_value(m, d->capture_switch) < 0 || next_value(m, d->capture_elem) < 0)
		return -EBADMSG;
	snprintf(d->name, sizeof(d->name), "%s", name);
	v->n_devices++;
	return 1;
}

static int add_modifier(struct profile_verb *v, struct strv_msg *m, struct ucm_loss *loss)
{
	struct profile_modifier *mod = &v->modifier[v->n_modifiers];
	const char *name = strv_msg_next(m);

	if (!name)
		return -EBADMSG;
	if (v->n_modifiers >= PROFILE_MODIFIERS || !name_fits(name)) {
		lose(loss, "modifier", name,
		     name_fits(name) ? "too many" : "name too long");
		return 1;
	}
	if (next_value(m, mod->playback_pcm) < 0 || next_value(m, mod->capture_pcm) < 0)
		return -EBADMSG;
	snprintf(mod->name, sizeof(mod->name), "%s", name);
	v->n_modifiers++;
	return 1;
}

/* The devices that a relation names, as bits. */
static uint64_t device_bits(const struct profile_verb *v, struct strv_msg *m)
{
	uint64_t bits = 0;
	const char *name;

	while ((name = strv_msg_next(m))) {
		int i = profile_find_device(v, name);

		if (i >= 0)
			bits |= UINT64_C(1) << i;
	}
	return bits;
}

/* A conflict that one side names binds both. */
static void device_conflicts(struct profile_verb *v, int self, uint64_t others)
{
	others &= ~(UINT64_C(1) << self);
	v->device[self].conflicts |= others;
	for (unsigned int i = 0; i < v->n_devices; i++) {
		if (others >> i & 1)
			v->device[i].conflicts |= UINT64_C(1) << self;
	}
}

static int add_relation(struct profile_verb *v, bool conflicts, struct strv_msg *m)
{
	const char *kind = strv_msg_next(m), *name = strv_msg_next(m);
	uint64_t bits;
	int i;

	if (!kind || !name)
		return -EBADMSG;
	bits = device_bits(v, m);
	if (!strcmp(kind, "device")) {
		i = profile_find_device(v, name);
		if (i < 0)
			return 1; /* it was left out */
		if (conflicts)
			device_conflicts(v, i, bits);
		else
			v->device[i].supported |= bits;
		return 1;
	}
	if (strcmp(kind, "modifier"))
		return -EBADMSG;
	i = profile_find_modifier(v, name);
	if (i < 0)
		return 1;
	if (conflicts)
		v->modifier[i].conflicts |= bits;
	else
		v->modifier[i].supported |= bits;
	return 1;
}

int ucm_profile_add(struct profile *p, const char *kind, struct strv_msg *m,
		    struct ucm_loss *loss)
{
	bool device = !strcmp(kind, "device"), modifier = !strcmp(kind, "modifier");
	bool conflicts = !strcmp(kind, "conflicts"),
	     supported = !strcmp(kind, "supported");
	struct profile_verb *v;

	if (!strcmp(kind, "verb"))
		return add_verb(p, m, loss);
	if (!device && !modifier && !conflicts && !supported)
		return 0;
	if (!p->n_verbs)
		return -EBADMSG;
	v = &p->verb[p->n_verbs - 1];
	if (device)
		return add_device(v, m, loss);
	if (modifier)
		return add_modifier(v, m, loss);
	return add_relation(v, conflicts, m);
}
