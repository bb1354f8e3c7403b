// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The profile as messages, verb by verb:
 *
 *   verb NAME PLAYBACK_PCM CAPTURE_PCM
 *   device NAME PLAYBACK_PCM CAPTURE_PCM JACK PLAYBACK_PRIORITY CAPTURE_PRIORITY
 *          CAPTURE_SWITCH CAPTURE_ELEM
 *   modifier NAME PLAYBACK_PCM CAPTURE_PCM
 *   conflicts|supported device|modifier NAME [DEVICE]...     after all devices of the verb
 */
#include <alsa/asoundlib.h>
#include <alsa/use-case.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "worker/worker.h"

struct list {
	const char **name;
	int n;
};

static void list_free(struct list *l)
{
	if (l->n > 0)
		snd_use_case_free_list(l->name, l->n);
}

#define _cleanup_list_ _cleanup_(list_free)

static void get_list(snd_use_case_mgr_t *mgr, const char *id, struct list *ret)
{
	*ret = (struct list){};
	ret->n = snd_use_case_get_list(mgr, id, &ret->name);
	if (ret->n < 0)
		*ret = (struct list){};
}

/* "_ucm0001.hw:Phone,0" is "hw:Phone,0" under UCM's private configuration. */
static const char *strip_prefix(const char *pcm)
{
	const char *p = pcm;

	if (strncmp(p, "_ucm", 4))
		return pcm;
	for (p += 4; isxdigit((unsigned char)*p); p++)
		;
	return *p == '.' ? p + 1 : pcm;
}

/* A device's own value ("=": not the verb's in its place), or "". The caller frees. An
 * identifier has '/' between its parts: what has one in its name cannot be asked. */
static char *get_value(snd_use_case_mgr_t *mgr, const char *key, const char *item,
		       const char *verb)
{
	const char *value = NULL;
	char id[256];

	if (!strchr(item, '/')) {
		snprintf(id, sizeof(id), "=%s/%s/%s", key, item, verb);
		if (snd_use_case_get(mgr, id, &value) >= 0 && value)
			return (char *)value;
	}
	return strdup("");
}

static void add_value(struct worker *w, struct strv_msg *m, const char *key,
		      const char *item, const char *verb)
{
	_cleanup_free_ char *value = get_value(w->mgr, key, item, verb);

	strv_msg_add(m, value ? strip_prefix(value) : "");
}

static void mark_user(struct worker *w, const char *item, const char *verb)
{
	static const char *const element[] = {
		"PlaybackVolume",
		"PlaybackSwitch",
		"CaptureVolume",
		"CaptureSwitch",
	};
	static const char *const simple[] = {
		"PlaybackMixerElem",
		"PlaybackMasterElem",
		"CaptureMixerElem",
		"CaptureMasterElem",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(element); i++) {
		_cleanup_free_ char *v = get_value(w->mgr, element[i], item, verb);
		struct ctl_elem *e = v && v[0] ? ctl_find(&w->ctl, v) : NULL;

		if (e)
			e->user = true;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(simple); i++) {
		_cleanup_free_ char *v = get_value(w->mgr, simple[i], item, verb);

		if (v && v[0])
			ctl_mark_user_simple(&w->ctl, v);
	}
}

/* Return: the jack's name, or "" when the card has no such control. */
static const char *watch_jack(struct worker *w, const char *control)
{
	struct ctl_elem *e = control[0] ? ctl_find(&w->ctl, control) : NULL;
	void *jack;

	if (!e || !ctl_elem_is_boolean(e) || strlen(control) >= sizeof(w->jack->name))
		return "";
	for (unsigned int i = 0; i < w->n_jacks; i++) {
		if (!strcmp(w->jack[i].name, control))
			return control;
	}
	jack = realloc(w->jack, (w->n_jacks + 1) * sizeof(*w->jack));
	if (!jack)
		return "";
	w->jack = jack;
	snprintf(w->jack[w->n_jacks].name, sizeof(w->jack->name), "%s", control);
	w->jack[w->n_jacks++].numid = e->numid;
	e->jack = true;
	return control;
}

static int send_device(struct worker *w, const char *name, const char *verb)
{
	_cleanup_free_ char *jack = get_value(w->mgr, "JackControl", name, verb);
	struct strv_msg m;

	strv_msg_begin(&m, "device");
	strv_msg_add(&m, name);
	add_value(w, &m, "PlaybackPCM", name, verb);
	add_value(w, &m, "CapturePCM", name, verb);
	strv_msg_add(&m, jack ? watch_jack(w, jack) : "");
	add_value(w, &m, "PlaybackPriority", name, verb);
	add_value(w, &m, "CapturePriority", name, verb);
	add_value(w, &m, "CaptureSwitch", name, verb);
	add_value(w, &m, "CaptureMixerElem", name, verb);
	mark_user(w, name, verb);
	return strv_msg_send(w->sock, &m, 0);
}

static int send_modifier(struct worker *w, const char *name, const char *verb)
{
	struct strv_msg m;

	strv_msg_begin(&m, "modifier");
	strv_msg_add(&m, name);
	add_value(w, &m, "PlaybackPCM", name, verb);
	add_value(w, &m, "CapturePCM", name, verb);
	mark_user(w, name, verb);
	return strv_msg_send(w->sock, &m, 0);
}

static int send_relation(struct worker *w, const char *relation, const char *kind,
			 const char *name, const char *verb)
{
	_cleanup_list_ struct list l = {};
	struct strv_msg m;
	char id[256];

	if (strchr(name, '/'))
		return 0;
	snprintf(id, sizeof(id), "_%sdevs/%s/%s",
		 relation[0] == 'c' ? "conflicting" : "supported", name, verb);
	get_list(w->mgr, id, &l);
	if (!l.n)
		return 0;
	strv_msg_begin(&m, relation);
	strv_msg_add(&m, kind);
	strv_msg_add(&m, name);
	for (int i = 0; i < l.n; i++)
		strv_msg_add(&m, l.name[i]);
	return strv_msg_send(w->sock, &m, 0);
}

/* Lists come as pairs of name and comment. */
static int send_verb(struct worker *w, const char *verb)
{
	_cleanup_list_ struct list devices = {}, modifiers = {};
	struct strv_msg m;
	char id[256];
	int r;

	strv_msg_begin(&m, "verb");
	strv_msg_add(&m, verb);
	add_value(w, &m, "PlaybackPCM", "", verb);
	add_value(w, &m, "CapturePCM", "", verb);
	mark_user(w, "", verb);
	r = strv_msg_send(w->sock, &m, 0);

	snprintf(id, sizeof(id), "_devices/%s", verb);
	get_list(w->mgr, id, &devices);
	snprintf(id, sizeof(id), "_modifiers/%s", verb);
	get_list(w->mgr, id, &modifiers);
	for (int i = 0; r >= 0 && i < devices.n; i += 2)
		r = send_device(w, devices.name[i], verb);
	for (int i = 0; r >= 0 && i < modifiers.n; i += 2)
		r = send_modifier(w, modifiers.name[i], verb);
	for (int i = 0; r >= 0 && i < devices.n; i += 2) {
		r = send_relation(w, "conflicts", "device", devices.name[i], verb);
		if (r >= 0)
			r = send_relation(w, "supported", "device", devices.name[i],
					  verb);
	}
	for (int i = 0; r >= 0 && i < modifiers.n; i += 2) {
		r = send_relation(w, "conflicts", "modifier", modifiers.name[i], verb);
		if (r >= 0)
			r = send_relation(w, "supported", "modifier", modifiers.name[i],
					  verb);
	}
	return r;
}

/* alsa-lib says -ENOENT for a card without a profile, and also for a profile that includes a
 * file that is not there; only the latter makes it complain about more than the card. */
static int open_manager(struct worker *w, int card, char *why, size_t size)
{
	char name[32];
	int r;

	snprintf(name, sizeof(name), "hw:%d", card);
	message_clear();
	tap_seen();
	r = snd_use_case_mgr_open(&w->mgr, name);
	w->tapped = tap_seen();
	if (r >= 0)
		return 0;
	if ((r == -ENOENT || r == -ENXIO) && message_count() <= 1) {
		snprintf(why, size, "no UCM profile");
		return -ENOENT;
	}
	snprintf(why, size, "%s", message_text(r));
	return r == -ENOENT ? -EINVAL : r;
}

int profile_load(struct worker *w, int card, char *why, size_t size)
{
	_cleanup_list_ struct list verbs = {};
	int r = open_manager(w, card, why, size);

	if (r < 0)
		return r;
	get_list(w->mgr, "_verbs", &verbs);
	if (!verbs.n) {
		snprintf(why, size, "the UCM profile has no verbs");
		return -EINVAL;
	}
	for (int i = 0; r >= 0 && i < verbs.n; i += 2)
		r = send_verb(w, verbs.name[i]);
	if (r < 0)
		snprintf(why, size, "sending the profile: %s", strerror(-r));
	/* alsa-lib's global configuration was only needed for the first open */
	snd_config_update_free_global();
	return r;
}

void profile_unload(struct worker *w)
{
	/* writes nothing: what is on stays on */
	if (w->mgr)
		snd_use_case_mgr_close(w->mgr);
	w->mgr = NULL;
}
