/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"
#include "bus.h"
#include "json.h"
#include "table.h"

#define DBUS_ERROR "org.freedesktop.DBus.Error."

#define NOT_RUNNING                                                       \
	"tacetd is not running and the bus could not start it. Start it " \
	"with 'systemctl start tacetd'; 'journalctl -u tacetd' says why " \
	"if it does not stay up, and 'tacetctl doctor' works without it."
#define WENT_AWAY                                                          \
	"tacetd went away before it answered. It finishes or undoes what " \
	"it had begun when it starts again: look at 'tacetctl trace' and " \
	"'journalctl -u tacetd'."
#define NOT_ALLOWED                                                           \
	"Switching is for members of group 'audio' and for the active local " \
	"session; 'tacetctl doctor' says what is missing."
#define TOO_OLD                                                               \
	"The tacetd that runs does not know this call; it is probably older " \
	"than this tacetctl. Restart it with 'systemctl restart tacetd'."

/* The text of an error that comes from the bus itself is for programmers: replace it. */
static const struct known_error {
	const char *name; /* a trailing '*' stands for anything */
	enum ctl_exit status;
	bool replace; /* the hint instead of the message */
	const char *hint;
} known_errors[] = {
	{ TACET_ERROR_PREFIX "InvalidRequest", CTL_USAGE, false,
	  "See 'tacetctl switch --help'." },
	{ TACET_ERROR_PREFIX "NoSuchCard", CTL_FAILED, false,
	  "'tacetctl status' lists the cards." },
	{ TACET_ERROR_PREFIX "NotManaged", CTL_FAILED, false,
	  "'tacetctl status' says why a card is left alone." },
	{ TACET_ERROR_PREFIX "NoSuchVerb", CTL_FAILED, false,
	  "'tacetctl status' lists the card's verbs." },
	{ TACET_ERROR_PREFIX "NoSuchDevice", CTL_FAILED, false,
	  "'tacetctl status' lists the devices of the verb." },
	{ TACET_ERROR_PREFIX "NoSuchModifier", CTL_FAILED, false,
	  "'tacetctl status' lists the modifiers of the verb." },
	{ TACET_ERROR_PREFIX "Conflict", CTL_FAILED, false,
	  "Use --to, which disables what conflicts, or --disable it by name." },
	{ TACET_ERROR_PREFIX "Busy", CTL_BUSY, false,
	  "Stop that program, give it longer with --timeout, or let it play through the "
	  "PCM 'tacet', which tacetd can pause: see tacet-pcm(7)." },
	{ TACET_ERROR_PREFIX "TimedOut", CTL_BUSY, false, "Try a longer --timeout." },
	{ TACET_ERROR_PREFIX "Stuck", CTL_BUSY, false,
	  "Its hardware neither moves nor stops: close the program that uses it." },
	{ TACET_ERROR_PREFIX "UcmFailed", CTL_FAILED, false,
	  "'journalctl -u tacetd' has the profile's own messages." },
	{ TACET_ERROR_PREFIX "RouteUnknown", CTL_FAILED, false,
	  "Name a verb with --verb: the route is then set from scratch." },
	{ TACET_ERROR_PREFIX "NotRepaired", CTL_FAILED, false,
	  "Leave out '--quiesce live', or load tacet_dpcm; 'tacetctl doctor' tells "
	  "more." },
	{ TACET_ERROR_PREFIX "AccessDenied", CTL_FAILED, false, NOT_ALLOWED },
	{ TACET_ERROR_PREFIX "*", CTL_FAILED, false, "" },
	{ DBUS_ERROR "ServiceUnknown", CTL_FAILED, true, NOT_RUNNING },
	{ DBUS_ERROR "NameHasNoOwner", CTL_FAILED, true, NOT_RUNNING },
	{ DBUS_ERROR "Spawn.*", CTL_FAILED, true, NOT_RUNNING },
	{ "org.freedesktop.systemd1.*", CTL_FAILED, true, NOT_RUNNING },
	{ DBUS_ERROR "NoReply", CTL_FAILED, true, WENT_AWAY },
	{ DBUS_ERROR "Disconnected", CTL_FAILED, true, WENT_AWAY },
	{ DBUS_ERROR "AccessDenied", CTL_FAILED, true, NOT_ALLOWED },
	{ DBUS_ERROR "InteractiveAuthorizationRequired", CTL_FAILED, true, NOT_ALLOWED },
	{ DBUS_ERROR "UnknownMethod", CTL_FAILED, true, TOO_OLD },
	{ DBUS_ERROR "UnknownObject", CTL_FAILED, true, TOO_OLD },
	{ DBUS_ERROR "UnknownInterface", CTL_FAILED, true, TOO_OLD },
	{ "*", CTL_FAILED, false, "" },
};

static const struct known_error *lookup(const char *name)
{
	const struct known_error *e = known_errors;

	for (;; e++) {
		size_t n = strlen(e->name);

		if (e->name[n - 1] == '*' ? strncmp(name, e->name, n - 1) == 0
					  : strcmp(name, e->name) == 0)
			return e;
	}
}

char *bus_sentence(const char *name, const char *message)
{
	const struct known_error *e = lookup(name);
	const char *text = e->replace || !message ? "" : message;
	const char *stop = "";
	char *sentence;

	if (!*text && !*e->hint)
		text = name;
	if (*text && !strchr(".!?", text[strlen(text) - 1]))
		stop = ".";
	if (asprintf(&sentence, "%s%s%s%s", text, stop, *text && *e->hint ? " " : "",
		     e->hint) < 0)
		return NULL;
	return sentence;
}

int bus_tell(const char *name, const char *message)
{
	_cleanup_free_ char *sentence = bus_sentence(name, message);

	fputs("tacetctl: ", stderr);
	text_put(stderr, sentence ?: name);
	fputc('\n', stderr);
	return lookup(name)->status;
}

int bus_fail(struct ctl *ctl, const char *name, const char *message)
{
	_cleanup_json_ json_object *o = NULL;
	_cleanup_free_ char *sentence = NULL;

	if (ctl->json) {
		sentence = bus_sentence(name, message);
		o = json_object_new_object();
		json_object_object_add(o, "result", json_object_new_string("failed"));
		json_object_object_add(o, "error", json_object_new_string(name));
		json_object_object_add(o, "message",
				       json_object_new_string(sentence ?: name));
		json_print(o, false);
	}
	return bus_tell(name, message);
}

int bus_open(struct ctl *ctl, sd_bus **ret)
{
	_cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
	char message[256];
	int r;

	r = sd_bus_open_system_with_description(&bus, "tacetctl");
	if (r >= 0)
		/* Only now is it known whether anybody answers at the other end. */
		r = sd_bus_get_unique_name(bus, &(const char *){ NULL });
	if (r < 0) {
		snprintf(message, sizeof(message),
			 "The system bus cannot be reached: %s. tacetctl needs it to "
			 "talk to tacetd; see whether 'systemctl status dbus' is active.",
			 strerror(-r));
		return bus_fail(ctl, "org.freedesktop.DBus.Error.NoServer", message);
	}
	sd_bus_set_allow_interactive_authorization(bus, true);
	*ret = TAKE_PTR(bus);
	return CTL_DONE;
}

int bus_get(struct ctl *ctl, sd_bus *bus, const char *method, json_object **ret,
	    const char *types, ...)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	va_list ap;
	int r;

	r = sd_bus_message_new_method_call(bus, &m, TACET_BUS_NAME, TACET_BUS_PATH,
					   TACET_BUS_MANAGER, method);
	if (r >= 0) {
		va_start(ap, types);
		r = sd_bus_message_appendv(m, types, ap);
		va_end(ap);
	}
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, &error, &reply);
	if (r < 0) {
		sd_bus_error_set_errno(&error, r);
		return bus_fail(ctl, error.name, error.message);
	}
	r = json_from_body(reply, ret);
	if (r < 0)
		return bus_fail(ctl, TACET_ERROR_PREFIX "Internal",
				"The answer of tacetd cannot be read.");
	return CTL_DONE;
}
