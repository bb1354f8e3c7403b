/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ModemManager: a modem's Voice interface names its calls, each call is an object that tells
 * its state.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callaudio/calls-internal.h"
#include "util/log.h"

#define MM	   "org.freedesktop.ModemManager1"
#define MM_PATH	   "/org/freedesktop/ModemManager1"
#define MM_VOICE   "org.freedesktop.ModemManager1.Modem.Voice"
#define MM_CALL	   "org.freedesktop.ModemManager1.Call"
#define PROPERTIES "org.freedesktop.DBus.Properties"

static int on_state(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct calls_port *p = userdata;
	int32_t before, after;
	uint32_t reason;

	if (sd_bus_message_read(m, "iiu", &before, &after, &reason) < 0)
		return 0;
	calls_change(&p->calls, sd_bus_message_get_path(m),
		     call_state_of_modemmanager(after));
	calls_tell(p);
	return 0;
}

/* The state of a call that was asked for: which one, the cookie tells. */
struct asked {
	struct calls_port *port;
	char path[CALL_PATH_MAX];
};

static int on_asked_state(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct asked *a = userdata;
	struct calls_port *p = a->port;
	int32_t state;

	p->asking--;
	if (sd_bus_message_is_method_error(m, NULL))
		calls_remove(&p->calls, a->path); /* it ended meanwhile */
	else if (sd_bus_message_read(m, "v", "i", &state) >= 0)
		calls_change(&p->calls, a->path, call_state_of_modemmanager(state));
	calls_tell(p);
	return 0;
}

/* A call that a modem named; unknown until it says more. */
static void add(struct calls_port *p, const char *modem, const char *path)
{
	sd_bus_slot *slot;
	struct asked *a;
	int r = -ENOMEM;

	if (!calls_set(&p->calls, modem, path, CALL_UNKNOWN)) {
		log_warning("Too many calls: %s is not followed", path);
		return;
	}
	a = calloc(1, sizeof(*a));
	if (a) {
		a->port = p;
		snprintf(a->path, sizeof(a->path), "%s", path);
		r = calls_ask(p, &slot, path, PROPERTIES, "Get", on_asked_state, a, "ss",
			      MM_CALL, "State");
	}
	if (r < 0) {
		free(a);
		log_warning_errno(r, "%s cannot be asked for its state: %m", path);
		return;
	}
	/* It lives as long as the question does. */
	sd_bus_slot_set_destroy_callback(slot, free);
	sd_bus_slot_set_floating(slot, true);
	sd_bus_slot_unref(slot);
	p->asking++;
}

static int on_voice(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct calls_port *p = userdata;
	const char *modem = sd_bus_message_get_path(m), *path;

	if (sd_bus_message_read(m, "o", &path) < 0)
		return 0;
	if (sd_bus_message_is_signal(m, NULL, "CallAdded"))
		add(p, modem, path);
	else if (sd_bus_message_is_signal(m, NULL, "CallDeleted"))
		calls_remove(&p->calls, path);
	calls_tell(p);
	return 0;
}

/* The properties of the Voice interface: "a{sv}" of @m. */
static int read_voice(struct calls_port *p, sd_bus_message *m, const char *modem)
{
	const char *key, *path;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &key);
		if (r < 0)
			return r;
		if (strcmp(key, "Calls")) {
			r = sd_bus_message_skip(m, "v");
		} else if ((r = sd_bus_message_enter_container(m, 'v', "ao")) >= 0 &&
			   (r = sd_bus_message_enter_container(m, 'a', "o")) >= 0) {
			while ((r = sd_bus_message_read(m, "o", &path)) > 0)
				add(p, modem, path);
			if (r >= 0)
				r = sd_bus_message_exit_container(m);
			if (r >= 0)
				r = sd_bus_message_exit_container(m);
		}
		if (r < 0 || (r = sd_bus_message_exit_container(m)) < 0)
			return r;
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* "oa{sa{sv}}" of @m: an object and its interfaces. */
static int read_object(struct calls_port *p, sd_bus_message *m)
{
	const char *path, *interface;
	int r = sd_bus_message_read(m, "o", &path);

	if (r < 0 || (r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}")) < 0)
		return r;
	while ((r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
		r = sd_bus_message_read(m, "s", &interface);
		if (r >= 0 && !strcmp(interface, MM_VOICE)) {
			calls_fresh(p);
			r = read_voice(p, m, path);
		} else if (r >= 0) {
			r = sd_bus_message_skip(m, "a{sv}");
		}
		if (r < 0 || (r = sd_bus_message_exit_container(m)) < 0)
			return r;
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int on_managed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct calls_port *p = userdata;
	int r;

	p->scan = sd_bus_slot_unref(p->scan);
	if (!calls_failed(p, m)) {
		r = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");
		while (r >= 0 &&
		       (r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
			r = read_object(p, m);
			if (r >= 0)
				r = sd_bus_message_exit_container(m);
		}
		if (r < 0)
			log_warning_errno(r, "ModemManager's modems cannot be read: %m");
	}
	calls_tell(p);
	return 0;
}

static int on_interfaces(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct calls_port *p = userdata;
	const char *path, *interface;

	if (sd_bus_message_is_signal(m, NULL, "InterfacesAdded")) {
		if (read_object(p, m) < 0)
			log_warning("A modem of ModemManager cannot be read");
	} else if (sd_bus_message_is_signal(m, NULL, "InterfacesRemoved") &&
		   sd_bus_message_read(m, "o", &path) >= 0 &&
		   sd_bus_message_enter_container(m, 'a', "s") >= 0) {
		while (sd_bus_message_read(m, "s", &interface) > 0)
			if (!strcmp(interface, MM_VOICE))
				calls_remove_modem(&p->calls, path);
	}
	calls_tell(p);
	return 0;
}

static int match(struct calls_port *p)
{
	int r;

	r = calls_match(p,
			"path='" MM_PATH "',"
			"interface='org.freedesktop.DBus.ObjectManager'",
			on_interfaces);
	if (r >= 0)
		r = calls_match(p, "interface='" MM_VOICE "'", on_voice);
	if (r >= 0)
		r = calls_match(p, "interface='" MM_CALL "',member='StateChanged'",
				on_state);
	return r;
}

static int scan(struct calls_port *p)
{
	return calls_ask(p, &p->scan, MM_PATH, "org.freedesktop.DBus.ObjectManager",
			 "GetManagedObjects", on_managed, p, "");
}

const struct calls_service calls_modemmanager = {
	.name = MM,
	.match = match,
	.scan = scan,
};
