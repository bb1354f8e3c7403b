// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the worker is told to do; its answer arrives in ucm.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "port/ucm-internal.h"

static int send_command(struct ucm_worker *w, const struct strv_msg *m)
{
	int r;

	if (!w->ready || w->closed)
		return -ENOTCONN;
	if (w->result)
		return -EBUSY;
	w->result = calloc(1, sizeof(*w->result));
	if (!w->result)
		return -ENOMEM;
	r = strv_msg_send(w->sock, m, MSG_DONTWAIT);
	if (r < 0) {
		free(w->result);
		w->result = NULL;
	}
	return r;
}

/* Return: the name that UCM has for what a step does, or NULL for nonsense. */
static const char *step_name(const struct profile *p, const struct plan_step *s)
{
	const struct profile_verb *v;

	if (s->op == PLAN_SET_VERB && s->verb == ROUTE_NO_VERB)
		return "Inactive";
	if (s->verb < 0 || (unsigned int)s->verb >= p->n_verbs)
		return NULL;
	v = &p->verb[s->verb];
	switch (s->op) {
	case PLAN_SET_VERB:
		return v->name;
	case PLAN_ENABLE_DEVICE:
	case PLAN_DISABLE_DEVICE:
		return s->index >= 0 && (unsigned int)s->index < v->n_devices
			       ? v->device[s->index].name
			       : NULL;
	case PLAN_ENABLE_MODIFIER:
	case PLAN_DISABLE_MODIFIER:
		return s->index >= 0 && (unsigned int)s->index < v->n_modifiers
			       ? v->modifier[s->index].name
			       : NULL;
	case PLAN_OP_MAX:
		break;
	}
	return NULL;
}

int ucm_worker_apply(struct ucm_worker *w, const struct plan_step *steps, unsigned int n)
{
	static const char *const op[] = {
		[PLAN_DISABLE_MODIFIER] = "_dismod", [PLAN_DISABLE_DEVICE] = "_disdev",
		[PLAN_SET_VERB] = "_verb",	     [PLAN_ENABLE_DEVICE] = "_enadev",
		[PLAN_ENABLE_MODIFIER] = "_enamod",
	};
	struct strv_msg m;

	strv_msg_begin(&m, "apply");
	for (unsigned int i = 0; i < n; i++) {
		const char *name = step_name(w->profile, &steps[i]);

		if (!name)
			return -EINVAL;
		strv_msg_add(&m, op[steps[i].op]);
		strv_msg_add(&m, name);
	}
	return send_command(w, &m);
}

int ucm_worker_rollback(struct ucm_worker *w)
{
	struct strv_msg m;

	strv_msg_begin(&m, "rollback");
	return send_command(w, &m);
}

int ucm_worker_restore(struct ucm_worker *w, const struct route *route)
{
	const struct profile *p = w->profile;
	const struct profile_verb *v = NULL;
	struct strv_msg m;

	if (route->verb != ROUTE_NO_VERB) {
		if (route->verb < 0 || (unsigned int)route->verb >= p->n_verbs)
			return -EINVAL;
		v = &p->verb[route->verb];
	}
	strv_msg_begin(&m, "restore");
	strv_msg_add(&m, v ? v->name : "");
	strv_msg_addf(&m, "%d", v ? __builtin_popcountll(route->devices) : 0);
	for (unsigned int i = 0; v && i < v->n_devices; i++) {
		if (route->devices >> i & 1)
			strv_msg_add(&m, v->device[i].name);
	}
	for (unsigned int i = 0; v && i < v->n_modifiers; i++) {
		if (route->modifiers >> i & 1)
			strv_msg_add(&m, v->modifier[i].name);
	}
	return send_command(w, &m);
}

int ucm_worker_write(struct ucm_worker *w, unsigned int numid, unsigned int type,
		     const void *value, size_t size)
{
	char hex[2 * 8 * 128 + 1] = "";
	const unsigned char *byte = value;
	struct strv_msg m;

	if (2 * size >= sizeof(hex))
		return -EMSGSIZE;
	for (size_t i = 0; i < size; i++)
		snprintf(hex + 2 * i, 3, "%02x", byte[i]);
	strv_msg_begin(&m, "write");
	strv_msg_addf(&m, "%u", numid);
	strv_msg_addf(&m, "%u", type);
	strv_msg_add(&m, hex);
	return send_command(w, &m);
}
