/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does tacetd run, and does it answer? It is never started to find out.
 */
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"
#include "doctor.h"
#include "json.h"
#include "tacetctl.h"

#define ANSWER_TIMEOUT_US 3000000

/* Would the bus start tacetd if it were asked for? */
static bool is_activatable(sd_bus *bus)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_json_ json_object *names = NULL;
	size_t i;

	if (sd_bus_call_method(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
			       "org.freedesktop.DBus", "ListActivatableNames", NULL,
			       &reply, "") < 0 ||
	    json_from_body(reply, &names) < 0)
		return false;
	for (i = 0; i < json_len(names); i++)
		if (strcmp(json_str_at(names, i), TACET_BUS_NAME) == 0)
			return true;
	return false;
}

static void take_status(struct doctor *d, json_object *status)
{
	json_object *cards = json_array(status, "cards");
	unsigned int i;
	size_t j;

	snprintf(d->daemon_version, sizeof(d->daemon_version), "%s",
		 json_str(status, "version"));
	for (j = 0; j < json_len(cards); j++) {
		json_object *card = json_object_array_get_idx(cards, j);

		for (i = 0; i < d->n_cards; i++) {
			if (strcmp(d->cards[i].id, json_str(card, "id")) != 0)
				continue;
			d->cards[i].managed = json_flag(card, "managed");
			snprintf(d->cards[i].reason, sizeof(d->cards[i].reason), "%s",
				 json_str(card, "reason"));
		}
	}
}

void gather_daemon(struct doctor *d)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_json_ json_object *status = NULL;
	int r;

	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = sd_bus_get_unique_name(bus, &(const char *){ NULL });
	if (r < 0) {
		snprintf(d->daemon_error, sizeof(d->daemon_error), "%s", strerror(-r));
		d->daemon = DAEMON_NO_BUS;
		return;
	}
	if (sd_bus_get_name_creds(bus, TACET_BUS_NAME, 0, NULL) < 0) {
		d->daemon = is_activatable(bus) ? DAEMON_ON_DEMAND : DAEMON_ABSENT;
		return;
	}
	r = sd_bus_message_new_method_call(bus, &m, TACET_BUS_NAME, TACET_BUS_PATH,
					   TACET_BUS_MANAGER, "Status");
	if (r >= 0)
		r = sd_bus_message_set_auto_start(m, false);
	if (r >= 0)
		r = sd_bus_call(bus, m, ANSWER_TIMEOUT_US, &error, &reply);
	if (r >= 0)
		r = json_from_body(reply, &status);
	if (r < 0) {
		snprintf(d->daemon_error, sizeof(d->daemon_error), "%s",
			 error.message ?: strerror(-r));
		d->daemon = DAEMON_UNREACHABLE;
		return;
	}
	d->daemon = DAEMON_RUNNING;
	take_status(d, status);
}

static const char start_todo[] = "Start it with 'systemctl enable --now tacetd.socket "
				 "tacetd.service'; 'journalctl -u tacetd' says why if "
				 "it does not stay up.";
static const char install_todo[] =
	"Install it ('meson install'), then start it with 'systemctl enable --now "
	"tacetd.socket tacetd.service'.";

static bool is_installed(const struct doctor *d)
{
	return exists_at(d, "/usr/lib/systemd/system/tacetd.service") ||
	       exists_at(d, "/lib/systemd/system/tacetd.service") ||
	       exists_at(d, "/etc/systemd/system/tacetd.service");
}

/* What an installation by hand forgets. */
static void judge_installation(struct doctor *d)
{
	if (!has_line_at(d, "/etc/passwd", "tacet:"))
		finding_add(d, SEVERITY_WARN, "user",
			    "systemd cannot start tacetd as a user that does not exist.",
			    "'systemd-sysusers' makes it.",
			    "There is no system user 'tacet'.");
	if (!exists_at(d, "/usr/share/dbus-1/system.d/org.tacet1.conf") &&
	    !exists_at(d, "/etc/dbus-1/system.d/org.tacet1.conf"))
		finding_add(d, SEVERITY_WARN, "bus-policy",
			    "Without its policy the system bus gives tacetd no name.",
			    "Install it ('meson install'), then 'systemctl reload dbus'.",
			    "The policy for org.tacet1 is not installed.");
}

void judge_daemon(struct doctor *d)
{
	/* Where nothing can go wrong, nobody needs to guard it. */
	bool needed = d->dpcm_cards && dpcm_at_risk(d);
	enum severity missing = needed ? SEVERITY_BAD : SEVERITY_NOTE;
	const char *todo = is_installed(d) ? start_todo : install_todo;

	switch (d->daemon) {
	case DAEMON_RUNNING:
		finding_add(d, SEVERITY_OK, "daemon", NULL, NULL, "tacetd %s runs.",
			    d->daemon_version);
		return;
	case DAEMON_UNREACHABLE:
		finding_add(d, SEVERITY_BAD, "daemon", d->daemon_error,
			    "'journalctl -u tacetd' may say more. If it is a matter of "
			    "permission, join group 'audio'.",
			    "tacetd is on the bus but does not answer.");
		return;
	case DAEMON_ON_DEMAND:
		finding_add(d, needed ? SEVERITY_WARN : SEVERITY_NOTE, "daemon",
			    "The bus starts it when somebody asks for a route. Until "
			    "then routes are not locked and jacks are not followed.",
			    todo, "tacetd does not run, but would be started on demand.");
		break;
	case DAEMON_ABSENT:
		finding_add(d, missing, "daemon",
			    "Nobody sees to it that sound rests when a route changes.",
			    todo, "tacetd does not run.");
		break;
	case DAEMON_NO_BUS:
		finding_add(d, missing, "daemon", d->daemon_error,
			    "See whether 'systemctl status dbus' is active.",
			    "The system bus cannot be reached, and so tacetd cannot.");
		break;
	}
	if (is_installed(d))
		judge_installation(d);
}
