/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "callaudio/tacet-internal.h"
#include "util/cleanup.h"
#include "util/log.h"

static void drop_card(struct tacet *t)
{
	t->path[0] = '\0';
	t->managed = t->card.known = false;
	t->index = -1;
	t->names = (struct route_names){};
	t->card.jacks.n = 0;
}

const struct ca_card *tacet_card(const struct tacet *t)
{
	return t->path[0] && t->managed && t->profile->n_verbs ? &t->card : NULL;
}

int tacet_card_index(const struct tacet *t)
{
	return tacet_card(t) ? t->index : -1;
}

const char *tacet_missing(const struct tacet *t, bool *ret_passes)
{
	if (!t->missing[0] || t->finding)
		return NULL;
	*ret_passes = t->missing_passes;
	return t->missing;
}

static void miss(struct tacet *t, const char *name, const char *message)
{
	t->missing_passes = strncmp(name, TACET_ERROR, strlen(TACET_ERROR)) == 0;
	snprintf(t->missing, sizeof(t->missing), "%s",
		 t->missing_passes ? message
				   : "tacetd does not run and cannot be started.");
	log_debug("No card: %s: %s", name, message);
	t->ops->changed(t->userdata);
}

static void find(struct tacet *t)
{
	int r = tacet_find(t);

	if (r < 0)
		log_warning_errno(r, "tacetd cannot be asked: %m");
}

/* What was found may be older than what was told meanwhile. */
static void found(struct tacet *t)
{
	if (!t->again)
		return;
	t->again = false;
	find(t);
}

static int on_properties(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct tacet *t = userdata;
	const sd_bus_error *e = sd_bus_message_get_error(m);
	int r;

	t->finding = sd_bus_slot_unref(t->finding);
	if (e) {
		drop_card(t);
		miss(t, e->name, e->message ?: "");
		found(t);
		return 0;
	}
	r = tacet_read_properties(t, m);
	if (r < 0) {
		log_warning_errno(r, "tacetd's properties cannot be read: %m");
		drop_card(t);
	}
	t->missing[0] = '\0';
	if (!tacet_card(t))
		miss(t, TACET_ERROR "NotManaged", "tacetd does not manage the card.");
	else
		t->ops->changed(t->userdata);
	found(t);
	return 0;
}

static int on_found(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct tacet *t = userdata;
	const sd_bus_error *e = sd_bus_message_get_error(m);
	const char *path;
	int r;

	t->finding = sd_bus_slot_unref(t->finding);
	if (e) {
		miss(t, e->name, e->message ?: "");
		found(t);
		return 0;
	}
	r = sd_bus_message_read(m, "o", &path);
	if (r >= 0 && strlen(path) >= sizeof(t->path))
		r = -ENAMETOOLONG;
	if (r >= 0) {
		drop_card(t);
		strcpy(t->path, path);
		r = sd_bus_call_method_async(t->bus, &t->finding, TACET_NAME, path,
					     "org.freedesktop.DBus.Properties", "GetAll",
					     on_properties, t, "s", TACET_CARD);
	}
	if (r < 0)
		log_warning_errno(r, "The card of tacetd cannot be looked at: %m");
	return 0;
}

int tacet_find(struct tacet *t)
{
	if (t->finding)
		return 0;
	return sd_bus_call_method_async(t->bus, &t->finding, TACET_NAME, TACET_PATH,
					TACET_MANAGER, "GetCard", on_found, t, "s",
					t->card_id);
}

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct tacet *t = userdata;
	const char *interface;
	int r;

	r = sd_bus_message_read(m, "s", &interface);
	if (r < 0 || strcmp(interface, TACET_CARD))
		return 0;
	if (t->finding) {
		t->again = true;
		return 0;
	}
	if (!t->path[0]) {
		find(t);
		return 0;
	}
	if (strcmp(sd_bus_message_get_path(m), t->path))
		return 0;
	r = tacet_read_properties(t, m);
	if (r < 0)
		log_warning_errno(r, "tacetd's properties cannot be read: %m");
	if (!t->managed) {
		drop_card(t);
		find(t);
	}
	t->ops->changed(t->userdata);
	return 0;
}

static int on_card(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct tacet *t = userdata;
	const char *id, *path;

	if (sd_bus_message_read(m, "so", &id, &path) < 0)
		return 0;
	if (sd_bus_message_is_signal(m, NULL, "CardRemoved")) {
		if (strcmp(path, t->path))
			return 0;
		drop_card(t);
		t->ops->changed(t->userdata);
	}
	if (t->finding)
		t->again = true;
	else if (!t->path[0])
		find(t);
	return 0;
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct tacet *t = userdata;
	const char *name, *before, *after;

	if (sd_bus_message_read(m, "sss", &name, &before, &after) < 0)
		return 0;
	drop_card(t);
	t->finding = sd_bus_slot_unref(t->finding);
	t->again = false;
	if (*after)
		find(t);
	t->ops->changed(t->userdata);
	return 0;
}

int tacet_new(sd_bus *bus, const char *card_id, const struct tacet_ops *ops,
	      void *userdata, struct tacet **ret)
{
	static const char from[] = "type='signal',sender='" TACET_NAME "',";
	struct tacet *t = calloc(1, sizeof(*t));
	char match[256];
	int r;

	if (!t)
		return -ENOMEM;
	t->profile = calloc(1, sizeof(*t->profile));
	if (!t->profile) {
		free(t);
		return -ENOMEM;
	}
	t->bus = sd_bus_ref(bus);
	t->card_id = card_id;
	t->ops = ops;
	t->userdata = userdata;
	t->card.profile = t->profile;
	drop_card(t);
	r = sd_bus_add_match_async(
		bus, &t->match[0],
		"type='signal',sender='org.freedesktop.DBus',"
		"path='/org/freedesktop/DBus',interface='org.freedesktop.DBus',"
		"member='NameOwnerChanged',arg0='" TACET_NAME "'",
		on_owner, NULL, t);
	snprintf(match, sizeof(match),
		 "%sinterface='org.freedesktop.DBus.Properties',"
		 "member='PropertiesChanged',path_namespace='" TACET_PATH "/card'",
		 from);
	if (r >= 0)
		r = sd_bus_add_match_async(bus, &t->match[1], match, on_changed, NULL, t);
	snprintf(match, sizeof(match), "%sinterface='" TACET_MANAGER "'", from);
	if (r >= 0)
		r = sd_bus_add_match_async(bus, &t->match[2], match, on_card, NULL, t);
	if (r >= 0)
		r = tacet_find(t);
	if (r < 0) {
		tacet_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

struct tacet *tacet_free(struct tacet *t)
{
	if (!t)
		return NULL;
	for (unsigned int i = 0; i < ARRAY_SIZE(t->match); i++)
		sd_bus_slot_unref(t->match[i]);
	sd_bus_slot_unref(t->finding);
	sd_bus_slot_unref(t->switching);
	sd_bus_unref(t->bus);
	free(t->profile);
	free(t);
	return NULL;
}
