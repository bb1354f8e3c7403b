/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tacetd tells of its card, and the requests that go to it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callaudio/tacet-internal.h"
#include "util/cleanup.h"
#include "util/log.h"

static void copy(char *ret, const char *s)
{
	/* A name that is cut would be another one's. */
	snprintf(ret, TACET_NAME_MAX, "%s", strlen(s) < TACET_NAME_MAX ? s : "");
}

static int read_value(sd_bus_message *m, struct profile_device *d)
{
	const char *key, *value;
	int r = sd_bus_message_read(m, "{ss}", &key, &value);

	if (r <= 0)
		return r;
	if (!strcmp(key, "PlaybackPCM"))
		copy(d->playback_pcm, value);
	else if (!strcmp(key, "CapturePCM"))
		copy(d->capture_pcm, value);
	else if (!strcmp(key, "JackControl"))
		copy(d->jack_control, value);
	else if (!strcmp(key, "CaptureSwitch"))
		copy(d->capture_switch, value);
	else if (!strcmp(key, "CaptureMixerElem"))
		copy(d->capture_elem, value);
	else if (!strcmp(key, "PlaybackPriority"))
		d->playback_priority = atoi(value);
	else if (!strcmp(key, "CapturePriority"))
		d->capture_priority = atoi(value);
	return 1;
}

/* The next "{sa{" of a dictionary of dictionaries. Return: 1 and the name, 0 at the end. */
static int enter_item(sd_bus_message *m, const char *entry, const char *of,
		      const char **ret)
{
	int r = sd_bus_message_enter_container(m, 'e', entry);

	if (r <= 0)
		return r;
	r = sd_bus_message_read(m, "s", ret);
	return r < 0 ? r : sd_bus_message_enter_container(m, 'a', of);
}

static int exit_item(sd_bus_message *m)
{
	int r = sd_bus_message_exit_container(m);

	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_devices(sd_bus_message *m, struct profile_verb *v)
{
	const char *name;
	int r;

	while ((r = enter_item(m, "sa{ss}", "{ss}", &name)) > 0) {
		struct profile_device spare = {}, *d = &spare;

		if (v->n_devices < PROFILE_DEVICES)
			d = &v->device[v->n_devices++];
		*d = (struct profile_device){};
		copy(d->name, name);
		do
			r = read_value(m, d);
		while (r > 0);
		if (r >= 0)
			r = exit_item(m);
		if (r < 0)
			return r;
	}
	return r;
}

static int read_profile(sd_bus_message *m, struct profile *p)
{
	const char *name;
	int r = sd_bus_message_enter_container(m, 'a', "{sa{sa{ss}}}");

	p->n_verbs = 0;
	while (r >= 0 && (r = enter_item(m, "sa{sa{ss}}", "{sa{ss}}", &name)) > 0) {
		struct profile_verb *v;

		if (p->n_verbs >= PROFILE_VERBS)
			return -E2BIG;
		v = &p->verb[p->n_verbs++];
		memset(v, 0, sizeof(*v));
		copy(v->name, name);
		r = read_devices(m, v);
		if (r >= 0)
			r = exit_item(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_jacks(sd_bus_message *m, struct jacks *j)
{
	const char *control;
	int plugged, r = sd_bus_message_enter_container(m, 'a', "{sb}");

	if (r < 0)
		return r;
	*j = (struct jacks){};
	while ((r = sd_bus_message_read(m, "{sb}", &control, &plugged)) > 0)
		jacks_set(j, control, plugged);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_names(sd_bus_message *m, char names[][TACET_NAME_MAX], unsigned int max,
		      unsigned int *ret_n)
{
	const char *name;
	unsigned int n = 0;
	int r = sd_bus_message_enter_container(m, 'a', "s");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_read(m, "s", &name)) > 0)
		if (n < max)
			copy(names[n++], name);
	*ret_n = n;
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_bool(sd_bus_message *m, bool *ret)
{
	int b, r = sd_bus_message_read(m, "b", &b);

	if (r >= 0)
		*ret = b;
	return r;
}

/* One of a report's streams, "a{sv}": a held PCM that failed is a call that nobody hears. */
static int read_stream(struct tacet *t, sd_bus_message *m)
{
	const char *key, *kind = "", *outcome = "", *pcm = "", *message = "", *type;
	int r;

	while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		const char **value = NULL;

		r = sd_bus_message_read(m, "s", &key);
		if (r < 0)
			return r;
		if (!strcmp(key, "kind"))
			value = &kind;
		else if (!strcmp(key, "outcome"))
			value = &outcome;
		else if (!strcmp(key, "pcm"))
			value = &pcm;
		else if (!strcmp(key, "message"))
			value = &message;
		r = sd_bus_message_peek_type(m, NULL, &type);
		if (r >= 0)
			r = value && !strcmp(type, "s")
				    ? sd_bus_message_read(m, "v", "s", value)
				    : sd_bus_message_skip(m, "v");
		if (r < 0 || (r = sd_bus_message_exit_container(m)) < 0)
			return r;
	}
	if (r >= 0 && !strcmp(kind, "held") && !strcmp(outcome, "failed"))
		snprintf(t->voice, sizeof(t->voice), "%s: %s", pcm, message);
	return r;
}

static int read_streams(struct tacet *t, sd_bus_message *m)
{
	int r = sd_bus_message_enter_container(m, 'a', "a{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'a', "{sv}")) > 0) {
		r = read_stream(t, m);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_property(struct tacet *t, sd_bus_message *m, const char *key)
{
	const char *s;
	uint32_t u;
	int r;

	/* Reports have the same keys in lower case. */
	if (!strcasecmp(key, "Verb")) {
		r = sd_bus_message_read(m, "s", &s);
		if (r >= 0)
			copy(t->names.verb, s);
		return r;
	}
	if (!strcasecmp(key, "Devices"))
		return read_names(m, t->names.device, PROFILE_DEVICES,
				  &t->names.n_devices);
	if (!strcasecmp(key, "Modifiers"))
		return 0;
	if (!strcmp(key, "streams"))
		return read_streams(t, m);
	if (!strcmp(key, "Managed"))
		return read_bool(m, &t->managed);
	if (!strcmp(key, "RouteKnown"))
		return read_bool(m, &t->card.known);
	if (!strcmp(key, "Jacks"))
		return read_jacks(m, &t->card.jacks);
	if (!strcmp(key, "Profile"))
		return read_profile(m, t->profile);
	if (!strcmp(key, "Index")) {
		r = sd_bus_message_read(m, "u", &u);
		if (r >= 0)
			t->index = u;
		return r;
	}
	return 0;
}

int tacet_read_properties(struct tacet *t, sd_bus_message *m)
{
	const char *key, *contents;
	unsigned int missing;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &key);
		if (r >= 0)
			r = sd_bus_message_peek_type(m, NULL, &contents);
		if (r >= 0)
			r = sd_bus_message_enter_container(m, 'v', contents);
		if (r >= 0)
			r = read_property(t, m, key);
		/* What was not read is passed over. */
		if (r >= 0 && sd_bus_message_at_end(m, false) == 0)
			r = sd_bus_message_skip(m, NULL);
		if (r >= 0)
			r = exit_item(m);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	if (!t->names.verb[0] ||
	    route_from_names(t->profile, &t->names, &t->card.route, &missing) < 0)
		t->card.route = (struct route){ .verb = ROUTE_NO_VERB };
	return r;
}

/* What may go by itself; what else goes wrong is wrong with the request. */
static bool passes(const char *error)
{
	static const char *const names[] = {
		TACET_ERROR "Busy",
		TACET_ERROR "TimedOut",
		TACET_ERROR "Stuck",
		TACET_ERROR "UcmFailed",
		TACET_ERROR "RouteUnknown",
		TACET_ERROR "CardGone",
		TACET_ERROR "Replaced",
		TACET_ERROR "Cancelled",
		TACET_ERROR "QueueFull",
		TACET_ERROR "NoSuchCard",
		TACET_ERROR "NotManaged",
		TACET_ERROR "Internal",
		SD_BUS_ERROR_NO_REPLY,
		SD_BUS_ERROR_SERVICE_UNKNOWN,
		SD_BUS_ERROR_NAME_HAS_NO_OWNER,
		SD_BUS_ERROR_UNKNOWN_OBJECT,
		SD_BUS_ERROR_DISCONNECTED,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(error, names[i]))
			return true;
	return false;
}

static int on_switched(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct tacet *t = userdata;
	const sd_bus_error *e = sd_bus_message_get_error(m);
	struct tacet_outcome o = { .done = !e, .error = "", .message = "" };
	int r;

	t->switching = sd_bus_slot_unref(t->switching);
	if (e) {
		o.passes = passes(e->name);
		o.error = e->name;
		o.message = e->message ?: "";
	} else if (t->path[0]) {
		t->voice[0] = '\0';
		r = tacet_read_properties(t, m);
		if (r < 0)
			log_warning_errno(r, "A report of tacetd cannot be read: %m");
		t->card.known = true;
		if (t->voice[0]) {
			o = (struct tacet_outcome){
				.passes = true,
				.error = "the route is set",
				.message = t->voice,
			};
		}
	}
	t->ops->switched(&o, t->userdata);
	return 0;
}

static int append_devices(sd_bus_message *m, const char *key,
			  const struct profile_verb *v, uint64_t devices)
{
	int r;

	if (!devices)
		return 0;
	if ((r = sd_bus_message_open_container(m, 'e', "sv")) < 0 ||
	    (r = sd_bus_message_append_basic(m, 's', key)) < 0 ||
	    (r = sd_bus_message_open_container(m, 'v', "as")) < 0 ||
	    (r = sd_bus_message_open_container(m, 'a', "s")) < 0)
		return r;
	for (unsigned int i = 0; r >= 0 && i < v->n_devices; i++)
		if (devices >> i & 1)
			r = sd_bus_message_append_basic(m, 's', v->device[i].name);
	if (r < 0 || (r = sd_bus_message_close_container(m)) < 0 ||
	    (r = sd_bus_message_close_container(m)) < 0)
		return r;
	return sd_bus_message_close_container(m);
}

int tacet_switch(struct tacet *t, const struct route *to)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	const struct profile_verb *v = &t->profile->verb[to->verb];
	const struct route *now = &t->card.route;
	uint64_t enable = to->devices, disable = 0;
	int r;

	if (t->switching)
		return -EBUSY;
	r = sd_bus_message_new_method_call(t->bus, &m, TACET_NAME, t->path, TACET_CARD,
					   "Switch");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "{sv}");
	if (t->card.known && now->verb == to->verb) {
		/* The verb stays, and with it what this client knows nothing of. */
		disable = now->devices & ~to->devices;
		enable &= ~now->devices;
		if (!enable && !disable)
			enable = to->devices;
	} else if (r >= 0) {
		r = sd_bus_message_append(m, "{sv}", "verb", "s", v->name);
	}
	if (r >= 0)
		r = append_devices(m, "disable", v, disable);
	if (r >= 0)
		r = append_devices(m, "enable", v, enable);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	/* How long it may take, tacetd decides; it always answers. */
	if (r >= 0)
		r = sd_bus_call_async(t->bus, &t->switching, m, on_switched, t,
				      UINT64_MAX);
	return r < 0 ? r : 0;
}
