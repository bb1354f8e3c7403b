/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A caller on the system bus that pretends to be somebody else, again and again.
 *
 * bus-forger [--seconds S] [VICTIM]
 *
 * Tries to own org.tacet1; tells tacetd, in the bus's words, that VICTIM (a unique name) has left;
 * answers questions that tacetd asked polkit; announces switches that never were, with the word
 * "forged" in them. Prints how often it tried what. Exit 1 when it got the name.
 */
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* "VICTIM has left the bus", to tacetd alone. */
static int forge_leaving(sd_bus *bus, const char *victim)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_signal(bus, &m, "/org/freedesktop/DBus",
					  "org.freedesktop.DBus", "NameOwnerChanged");

	if (r >= 0)
		r = sd_bus_message_set_destination(m, "org.tacet1");
	if (r >= 0)
		r = sd_bus_message_append(m, "sss", victim, victim, "");
	if (r >= 0)
		r = sd_bus_send(bus, m, NULL);
	sd_bus_message_unref(m);
	return r;
}

/* "It may", as polkit would answer the question with this serial number. */
static int forge_permission(sd_bus *bus, sd_bus_message *call)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_return(call, &m);

	if (r >= 0)
		r = sd_bus_message_append(m, "(bba{ss})", 1, 0, 0);
	if (r >= 0)
		r = sd_bus_send(bus, m, NULL);
	sd_bus_message_unref(m);
	return r;
}

/* A call that tacetd would have sent, had it asked us. */
static sd_bus_message *imagined_call(sd_bus *bus, const char *tacetd, uint64_t serial)
{
	sd_bus_message *m = NULL;

	if (sd_bus_message_new_method_call(bus, &m, tacetd, "/x", "x.X", "X") < 0 ||
	    sd_bus_message_set_sender(m, tacetd) < 0 ||
	    sd_bus_message_seal(m, serial, 0) < 0)
		return sd_bus_message_unref(m);
	return m;
}

static int forge_switch(sd_bus *bus)
{
	return sd_bus_emit_signal(bus, "/org/tacet1/card/TacetPhone", "org.tacet1.Card",
				  "Switched", "a{sv}", 2, "result", "s", "done",
				  "message", "s", "forged");
}

static const char *owner(sd_bus *bus, char ret[64])
{
	sd_bus_creds *creds = NULL;
	const char *name = NULL;

	if (sd_bus_get_name_creds(bus, "org.tacet1", SD_BUS_CREDS_UNIQUE_NAME, &creds) >=
		    0 &&
	    sd_bus_creds_get_unique_name(creds, &name) >= 0)
		snprintf(ret, 64, "%s", name);
	else
		strcpy(ret, "org.tacet1");
	sd_bus_creds_unref(creds);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{},
	};
	unsigned long leavings = 0, permissions = 0, switches = 0;
	double seconds = 5, end;
	sd_bus *bus = NULL;
	char tacetd[64];
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (c != 's')
			return 2;
		seconds = atof(optarg);
	}
	r = sd_bus_open_system(&bus);
	if (r < 0) {
		fprintf(stderr, "bus-forger: %s\n", strerror(-r));
		return 2;
	}
	r = sd_bus_request_name(bus, "org.tacet1", SD_BUS_NAME_REPLACE_EXISTING);
	printf("own: %s\n", r >= 0 ? "granted" : strerror(-r));
	if (r >= 0)
		return 1;
	owner(bus, tacetd);
	end = now() + seconds;
	for (uint64_t serial = 1; now() < end; serial++) {
		sd_bus_message *call = imagined_call(bus, tacetd, 1 + serial % 4096);

		if (optind < argc)
			leavings += forge_leaving(bus, argv[optind]) >= 0;
		permissions += call && forge_permission(bus, call) >= 0;
		switches += forge_switch(bus) >= 0;
		sd_bus_message_unref(call);
		/* Whatever the bus says to that; and what goes out must not pile up. */
		while (sd_bus_process(bus, NULL) > 0)
			;
		sd_bus_flush(bus);
	}
	printf("leavings %lu\npermissions %lu\nswitches %lu\n", leavings, permissions,
	       switches);
	sd_bus_flush_close_unref(bus);
	return leavings + permissions + switches ? 0 : 1;
}
