/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oFono: a modem with the interface VoiceCallManager tells of its calls with their properties. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callaudio/calls-internal.h"
#include "util/log.h"

#define OFONO	      "org.ofono"
#define OFONO_MANAGER "org.ofono.Manager"
#define OFONO_MODEM   "org.ofono.Modem"
#define OFONO_VOICE   "org.ofono.VoiceCallManager"
#define OFONO_CALL    "org.ofono.VoiceCall"

/* "a{sv}" of @m. Return: 1 and the call's state, 0 without one, or a negative errno. */
static int read_state(sd_bus_message *m, enum call_state *ret)
{
	const char *key, *value;
	bool found = false;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &key);
		if (r >= 0 && !strcmp(key, "State")) {
			r = sd_bus_message_read(m, "v", "s", &value);
			if (r >= 0) {
				*ret = call_state_of_ofono(value);
				found = true;
			}
		} else if (r >= 0) {
			r = sd_bus_message_skip(m, "v");
		}
		if (r < 0 || (r = sd_bus_message_exit_container(m)) < 0)
			return r;
	}
	return r < 0 || (r = sd_bus_message_exit_container(m)) < 0 ? r : found;
}

/* "oa{sv}" of @m */
static int read_call(struct calls_port *p, sd_bus_message *m, const char *modem)
{
	enum call_state state = CALL_UNKNOWN;
	const char *path;
	int r = sd_bus_message_read(m, "o", &path);

	if (r >= 0)
		r = read_state(m, &state);
	if (r >= 0 && !calls_set(&p->calls, modem, path, state))
		log_warning("Too many calls: %s is not followed", path);
	return r;
}

/* Which modem was asked, the reply does not say. */
struct asked {
	struct calls_port *port;
	char modem[CALL_PATH_MAX];
};

static int on_asked_calls(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct asked *a = userdata;
	struct calls_port *p = a->port;
	int r;

	p->asking--;
	if (!sd_bus_message_is_method_error(m, NULL)) {
		calls_fresh(p);
		calls_remove_modem(&p->calls, a->modem);
		r = sd_bus_message_enter_container(m, 'a', "(oa{sv})");
		while (r >= 0 &&
		       (r = sd_bus_message_enter_container(m, 'r', "oa{sv}")) > 0) {
			r = read_call(p, m, a->modem);
			if (r >= 0)
				r = sd_bus_message_exit_container(m);
		}
		if (r < 0)
			log_warning_errno(r, "The calls of oFono cannot be read: %m");
	}
	calls_tell(p);
	return 0;
}

static void ask_modem(struct calls_port *p, const char *modem)
{
	struct asked *a = calloc(1, sizeof(*a));
	sd_bus_slot *slot;
	int r = -ENOMEM;

	if (a) {
		a->port = p;
		snprintf(a->modem, sizeof(a->modem), "%s", modem);
		r = strlen(modem) >= sizeof(a->modem)
			    ? -ENAMETOOLONG
			    : calls_ask(p, &slot, modem, OFONO_VOICE, "GetCalls",
					on_asked_calls, a, "");
	}
	if (r < 0) {
		free(a);
		log_warning_errno(r, "%s cannot be asked for its calls: %m", modem);
		return;
	}
	/* It lives as long as the question does. */
	sd_bus_slot_set_destroy_callback(slot, free);
	sd_bus_slot_set_floating(slot, true);
	sd_bus_slot_unref(slot);
	p->asking++;
}

/* The value of a modem's property Interfaces, "as" in a variant. */
static int read_interfaces(struct calls_port *p, sd_bus_message *m, const char *modem)
{
	const char *interface;
	bool voice = false;
	int r;

	if ((r = sd_bus_message_enter_container(m, 'v', "as")) < 0 ||
	    (r = sd_bus_message_enter_container(m, 'a', "s")) < 0)
		return r;
	while ((r = sd_bus_message_read(m, "s", &interface)) > 0)
		voice |= !strcmp(interface, OFONO_VOICE);
	if (voice)
		ask_modem(p, modem);
	else
		calls_remove_modem(&p->calls, modem);
	return r < 0 || (r = sd_bus_message_exit_container(m)) < 0
		       ? r
		       : sd_bus_message_exit_container(m);
}

/* "oa{sv}" of @m: a modem and its properties. */
static int read_modem(struct calls_port *p, sd_bus_message *m)
{
	const char *path, *key;
	int r = sd_bus_message_read(m, "o", &path);

	if (r < 0 || (r = sd_bus_message_enter_container(m, 'a', "{sv}")) < 0)
		return r;
	while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &key);
		if (r >= 0 && !strcmp(key, "Interfaces"))
			r = read_interfaces(p, m, path);
		else if (r >= 0)
			r = sd_bus_message_skip(m, "v");
		if (r < 0 || (r = sd_bus_message_exit_container(m)) < 0)
			return r;
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int on_modems(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct calls_port *p = userdata;
	int r;

	p->scan = sd_bus_slot_unref(p->scan);
	if (!calls_failed(p, m)) {
		r = sd_bus_message_enter_container(m, 'a', "(oa{sv})");
		while (r >= 0 &&
		       (r = sd_bus_message_enter_container(m, 'r', "oa{sv}")) > 0) {
			r = read_modem(p, m);
			if (r >= 0)
				r = sd_bus_message_exit_container(m);
		}
		if (r < 0)
			log_warning_errno(r, "oFono's modems cannot be read: %m");
	}
	calls_tell(p);
	return 0;
}

static int on_manager(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct calls_port *p = userdata;
	const char *path;

	if (sd_bus_message_is_signal(m, NULL, "ModemAdded")) {
		if (read_modem(p, m) < 0)
			log_warning("A modem of oFono cannot be read");
	} else if (sd_bus_message_is_signal(m, NULL, "ModemRemoved") &&
		   sd_bus_message_read(m, "o", &path) >= 0) {
		calls_remove_modem(&p->calls, path);
	}
	calls_tell(p);
	return 0;
}

static int on_modem_property(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct calls_port *p = userdata;
	const char *key;

	if (sd_bus_message_read(m, "s", &key) >= 0 && !strcmp(key, "Interfaces") &&
	    read_interfaces(p, m, sd_bus_message_get_path(m)) < 0)
		log_warning("A modem of oFono cannot be read");
	calls_tell(p);
	return 0;
}

static int on_voice(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct calls_port *p = userdata;
	const char *path;

	if (sd_bus_message_is_signal(m, NULL, "CallAdded")) {
		if (read_call(p, m, sd_bus_message_get_path(m)) < 0)
			log_warning("A call of oFono cannot be read");
	} else if (sd_bus_message_is_signal(m, NULL, "CallRemoved") &&
		   sd_bus_message_read(m, "o", &path) >= 0) {
		calls_remove(&p->calls, path);
	}
	calls_tell(p);
	return 0;
}

static int on_call_property(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct calls_port *p = userdata;
	const char *key, *value;

	if (sd_bus_message_read(m, "s", &key) >= 0 && !strcmp(key, "State") &&
	    sd_bus_message_read(m, "v", "s", &value) >= 0)
		calls_change(&p->calls, sd_bus_message_get_path(m),
			     call_state_of_ofono(value));
	calls_tell(p);
	return 0;
}

static int match(struct calls_port *p)
{
	int r;

	r = calls_match(p, "interface='" OFONO_MANAGER "'", on_manager);
	if (r >= 0)
		r = calls_match(p, "interface='" OFONO_MODEM "',member='PropertyChanged'",
				on_modem_property);
	if (r >= 0)
		r = calls_match(p, "interface='" OFONO_VOICE "'", on_voice);
	if (r >= 0)
		r = calls_match(p, "interface='" OFONO_CALL "',member='PropertyChanged'",
				on_call_property);
	return r;
}

static int scan(struct calls_port *p)
{
	return calls_ask(p, &p->scan, "/", OFONO_MANAGER, "GetModems", on_modems, p, "");
}

const struct calls_service calls_ofono = {
	.name = OFONO,
	.match = match,
	.scan = scan,
};
