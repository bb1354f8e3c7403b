/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cards and streams as they are shown on the bus: one table each of property, key and type. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/bus-message.h"
#include "util/cleanup.h"

struct field {
	const char *property;
	const char *key;
	const char *signature;
	int (*append)(sd_bus_message *m, const void *view, size_t offset);
	size_t offset;
};

static int append_string(sd_bus_message *m, const void *view, size_t offset)
{
	return sd_bus_message_append_basic(
		m, 's', *(const char *const *)((const char *)view + offset));
}

static int append_bool(sd_bus_message *m, const void *view, size_t offset)
{
	int b = *(const bool *)((const char *)view + offset);

	return sd_bus_message_append_basic(m, 'b', &b);
}

static int append_u32(sd_bus_message *m, const void *view, size_t offset)
{
	return sd_bus_message_append_basic(m, 'u', (const char *)view + offset);
}

static int append_u64(sd_bus_message *m, const void *view, size_t offset)
{
	return sd_bus_message_append_basic(m, 't', (const char *)view + offset);
}

static const struct profile_verb *verb_of(const struct bus_card_view *v)
{
	return v->profile && v->route.verb >= 0 ? &v->profile->verb[v->route.verb] : NULL;
}

static int append_verb(sd_bus_message *m, const void *view, size_t offset)
{
	const struct profile_verb *v = verb_of(view);

	return sd_bus_message_append_basic(m, 's', v ? v->name : "");
}

/* Names at a fixed stride whose bit is set in @mask. */
static int append_masked(sd_bus_message *m, const char *names, size_t stride,
			 unsigned int n, uint64_t mask)
{
	int r = sd_bus_message_open_container(m, 'a', "s");

	for (unsigned int i = 0; r >= 0 && i < n; i++)
		if (mask & (UINT64_C(1) << i))
			r = sd_bus_message_append_basic(m, 's', names + i * stride);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_devices_of(sd_bus_message *m, const struct bus_card_view *view,
			     uint64_t mask)
{
	const struct profile_verb *v = verb_of(view);

	return append_masked(m, v ? v->device[0].name : NULL, sizeof(v->device[0]),
			     v ? v->n_devices : 0, mask);
}

static int append_modifiers_of(sd_bus_message *m, const struct bus_card_view *view,
			       uint64_t mask)
{
	const struct profile_verb *v = verb_of(view);

	return append_masked(m, v ? v->modifier[0].name : NULL, sizeof(v->modifier[0]),
			     v ? v->n_modifiers : 0, mask);
}

static int append_devices(sd_bus_message *m, const void *view, size_t offset)
{
	return append_devices_of(m, view,
				 ((const struct bus_card_view *)view)->route.devices);
}

static int append_modifiers(sd_bus_message *m, const void *view, size_t offset)
{
	return append_modifiers_of(m, view,
				   ((const struct bus_card_view *)view)->route.modifiers);
}

static int append_available_devices(sd_bus_message *m, const void *view, size_t offset)
{
	return append_devices_of(m, view, UINT64_MAX);
}

static int append_available_modifiers(sd_bus_message *m, const void *view, size_t offset)
{
	return append_modifiers_of(m, view, UINT64_MAX);
}

static int append_verbs(sd_bus_message *m, const void *view, size_t offset)
{
	const struct profile *p = ((const struct bus_card_view *)view)->profile;

	return append_masked(m, p ? p->verb[0].name : NULL, sizeof(p->verb[0]),
			     p ? p->n_verbs : 0, UINT64_MAX);
}

static int append_value(sd_bus_message *m, const char *key, const char *value)
{
	return *value ? sd_bus_message_append(m, "{ss}", key, value) : 0;
}

static int append_priority(sd_bus_message *m, const char *key, int priority)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", priority);
	return append_value(m, key, priority ? text : "");
}

static int append_profile_device(sd_bus_message *m, const struct profile_device *d)
{
	int r;

	if ((r = sd_bus_message_open_container(m, 'e', "sa{ss}")) < 0 ||
	    (r = sd_bus_message_append_basic(m, 's', d->name)) < 0 ||
	    (r = sd_bus_message_open_container(m, 'a', "{ss}")) < 0 ||
	    (r = append_value(m, "PlaybackPCM", d->playback_pcm)) < 0 ||
	    (r = append_value(m, "CapturePCM", d->capture_pcm)) < 0 ||
	    (r = append_value(m, "JackControl", d->jack_control)) < 0 ||
	    (r = append_priority(m, "PlaybackPriority", d->playback_priority)) < 0 ||
	    (r = append_priority(m, "CapturePriority", d->capture_priority)) < 0 ||
	    (r = append_value(m, "CaptureSwitch", d->capture_switch)) < 0 ||
	    (r = append_value(m, "CaptureMixerElem", d->capture_elem)) < 0 ||
	    (r = sd_bus_message_close_container(m)) < 0)
		return r;
	return sd_bus_message_close_container(m);
}

static int append_profile_verb(sd_bus_message *m, const struct profile_verb *v)
{
	int r;

	if ((r = sd_bus_message_open_container(m, 'e', "sa{sa{ss}}")) < 0 ||
	    (r = sd_bus_message_append_basic(m, 's', v->name)) < 0 ||
	    (r = sd_bus_message_open_container(m, 'a', "{sa{ss}}")) < 0)
		return r;
	for (unsigned int i = 0; r >= 0 && i < v->n_devices; i++)
		r = append_profile_device(m, &v->device[i]);
	if (r < 0 || (r = sd_bus_message_close_container(m)) < 0)
		return r;
	return sd_bus_message_close_container(m);
}

/* With the keys of UCM; what a device does not have is left out. */
static int append_profile(sd_bus_message *m, const void *view, size_t offset)
{
	const struct profile *p = ((const struct bus_card_view *)view)->profile;
	int r = sd_bus_message_open_container(m, 'a', "{sa{sa{ss}}}");

	for (unsigned int i = 0; r >= 0 && p && i < p->n_verbs; i++)
		r = append_profile_verb(m, &p->verb[i]);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_jacks(sd_bus_message *m, const void *view, size_t offset)
{
	const struct jacks *j = ((const struct bus_card_view *)view)->jacks;
	int r = sd_bus_message_open_container(m, 'a', "{sb}");

	for (unsigned int i = 0; r >= 0 && j && i < j->n; i++)
		r = sd_bus_message_append(m, "{sb}", j->jack[i].control,
					  (int)j->jack[i].plugged);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

#define CARD(field) offsetof(struct bus_card_view, field)

static const struct field card_fields[] = {
	{ "Id", "id", "s", append_string, CARD(id) },
	{ "Index", "index", "u", append_u32, CARD(index) },
	{ "Driver", "driver", "s", append_string, CARD(driver) },
	{ "Name", "name", "s", append_string, CARD(name) },
	{ "Managed", "managed", "b", append_bool, CARD(managed) },
	{ "Reason", "reason", "s", append_string, CARD(reason) },
	{ "Verb", "verb", "s", append_verb },
	{ "Devices", "devices", "as", append_devices },
	{ "Modifiers", "modifiers", "as", append_modifiers },
	{ "Verbs", "verbs", "as", append_verbs },
	{ "Profile", NULL, "a{sa{sa{ss}}}", append_profile },
	{ "AvailableDevices", "available_devices", "as", append_available_devices },
	{ "AvailableModifiers", "available_modifiers", "as", append_available_modifiers },
	{ "Jacks", "jacks", "a{sb}", append_jacks },
	{ "State", "state", "s", append_string, CARD(state) },
	{ "Switching", "switching", "t", append_u64, CARD(switching) },
	{ "Queued", "queued", "u", append_u32, CARD(queued) },
	{ "RouteKnown", "route_known", "b", append_bool, CARD(route_known) },
	{ "Locked", "locked", "b", append_bool, CARD(locked) },
	{ "Live", "live", "b", append_bool, CARD(live) },
};

static int append_card_path(sd_bus_message *m, const void *view, size_t offset)
{
	_cleanup_free_ char *path =
		bus_card_path(((const struct bus_stream_view *)view)->card_id);

	return path ? sd_bus_message_append_basic(m, 'o', path) : -ENOMEM;
}

static int append_pcm(sd_bus_message *m, const void *view, size_t offset)
{
	const struct bus_stream_view *s = view;
	char pcm[64];

	snprintf(pcm, sizeof(pcm), "hw:%s,%u,%u", s->card_id, s->device, s->subdevice);
	return sd_bus_message_append_basic(m, 's', pcm);
}

static int append_direction(sd_bus_message *m, const void *view, size_t offset)
{
	const struct bus_stream_view *s = view;

	return sd_bus_message_append_basic(m, 's', s->capture ? "capture" : "playback");
}

static int append_kind(sd_bus_message *m, const void *view, size_t offset)
{
	const struct bus_stream_view *s = view;

	return sd_bus_message_append_basic(m, 's', stream_kind_name(s->kind));
}

static int append_pid(sd_bus_message *m, const void *view, size_t offset)
{
	uint32_t pid = ((const struct bus_stream_view *)view)->pid;

	return sd_bus_message_append_basic(m, 'u', &pid);
}

#define STREAM(field) offsetof(struct bus_stream_view, field)

static const struct field stream_fields[] = {
	{ "Card", NULL, "o", append_card_path },
	{ NULL, "card", "s", append_string, STREAM(card_id) },
	{ "Pcm", "pcm", "s", append_pcm },
	{ "Direction", "direction", "s", append_direction },
	{ "Kind", "kind", "s", append_kind },
	{ "Pid", "pid", "u", append_pid },
	{ "Process", "process", "s", append_string, STREAM(process) },
	{ "State", "state", "s", append_string, STREAM(state) },
	{ "Rate", "rate", "u", append_u32, STREAM(rate) },
	{ "Channels", "channels", "u", append_u32, STREAM(channels) },
};

static int append_fields(sd_bus_message *m, const struct field *fields, size_t n,
			 const void *view)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	for (size_t i = 0; r >= 0 && i < n; i++) {
		const struct field *f = &fields[i];

		if (!f->key)
			continue;
		if ((r = sd_bus_message_open_container(m, 'e', "sv")) < 0 ||
		    (r = sd_bus_message_append_basic(m, 's', f->key)) < 0 ||
		    (r = sd_bus_message_open_container(m, 'v', f->signature)) < 0 ||
		    (r = f->append(m, view, f->offset)) < 0 ||
		    (r = sd_bus_message_close_container(m)) < 0)
			return r;
		r = sd_bus_message_close_container(m);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_property(sd_bus_message *m, const struct field *fields, size_t n,
			   const void *view, const char *property)
{
	for (size_t i = 0; i < n; i++)
		if (fields[i].property && !strcmp(fields[i].property, property))
			return fields[i].append(m, view, fields[i].offset);
	return -ENOENT;
}

int bus_append_card_property(sd_bus_message *m, const struct bus_card_view *v,
			     const char *property)
{
	return append_property(m, card_fields, ARRAY_SIZE(card_fields), v, property);
}

int bus_append_stream_property(sd_bus_message *m, const struct bus_stream_view *v,
			       const char *property)
{
	return append_property(m, stream_fields, ARRAY_SIZE(stream_fields), v, property);
}

int bus_append_card(sd_bus_message *m, const struct bus_card_view *v)
{
	return append_fields(m, card_fields, ARRAY_SIZE(card_fields), v);
}

int bus_append_stream(sd_bus_message *m, const struct bus_stream_view *s)
{
	return append_fields(m, stream_fields, ARRAY_SIZE(stream_fields), s);
}

char *bus_card_path(const char *id)
{
	char *path = NULL;

	return sd_bus_path_encode(BUS_CARD_PREFIX, id, &path) < 0 ? NULL : path;
}

char *bus_stream_path(const struct bus_stream_view *s)
{
	_cleanup_free_ char *card = bus_card_path(s->card_id);
	char *path = NULL;

	if (!card || asprintf(&path, "%s/stream/%c%u_%u", card, s->capture ? 'c' : 'p',
			      s->device, s->subdevice) < 0)
		return NULL;
	return path;
}

int bus_parse_path(const char *path, char ret_id[32], char ret_leaf[24])
{
	_cleanup_free_ char *head = NULL, *id = NULL;
	const char *rest, *leaf = "";
	size_t n;

	if (strncmp(path, BUS_CARD_PREFIX "/", strlen(BUS_CARD_PREFIX "/")))
		return -ENOENT;
	rest = path + strlen(BUS_CARD_PREFIX "/");
	n = strcspn(rest, "/");
	if (rest[n]) {
		if (strncmp(rest + n, "/stream/", 8) || strchr(rest + n + 8, '/'))
			return -ENOENT;
		leaf = rest + n + 8;
	}
	head = strndup(path, rest + n - path);
	if (!head)
		return -ENOMEM;
	if (sd_bus_path_decode(head, BUS_CARD_PREFIX, &id) <= 0 || strlen(id) >= 32 ||
	    strlen(leaf) >= 24)
		return -ENOENT;
	strcpy(ret_id, id);
	strcpy(ret_leaf, leaf);
	return 0;
}
