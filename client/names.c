/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tacetctl __names KIND [CARD]: names from the running tacetd, one a line, for completion.
 * Silent and quick whatever happens; it never starts tacetd.
 */
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"
#include "bus.h"
#include "json.h"

#define NAMES_TIMEOUT_US 1000000

static int get_status(json_object **ret)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	int r;

	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = sd_bus_message_new_method_call(bus, &m, TACET_BUS_NAME,
						   TACET_BUS_PATH, TACET_BUS_MANAGER,
						   "Status");
	if (r >= 0)
		r = sd_bus_message_set_auto_start(m, false);
	if (r >= 0)
		r = sd_bus_call(bus, m, NAMES_TIMEOUT_US, NULL, &reply);
	if (r < 0)
		return r;
	return json_from_body(reply, ret);
}

int ctl_names(struct ctl *ctl, int argc, char **argv)
{
	static const struct {
		const char *kind, *key;
	} kinds[] = { { "verbs", "verbs" },
		      { "devices", "available_devices" },
		      { "modifiers", "available_modifiers" } };
	_cleanup_json_ json_object *status = NULL;
	const char *kind = argc > 1 ? argv[1] : "", *only = argc > 2 ? argv[2] : "";
	json_object *cards;
	size_t i, j, k;

	if (get_status(&status) < 0)
		return CTL_FAILED;
	cards = json_array(status, "cards");
	for (i = 0; i < json_len(cards); i++) {
		json_object *card = json_object_array_get_idx(cards, i);

		if (!json_flag(card, "managed") ||
		    (*only && strcmp(json_str(card, "id"), only) != 0))
			continue;
		if (strcmp(kind, "cards") == 0)
			puts(json_str(card, "id"));
		for (k = 0; k < ARRAY_SIZE(kinds); k++) {
			json_object *names = json_array(card, kinds[k].key);

			if (strcmp(kind, kinds[k].kind) != 0)
				continue;
			for (j = 0; j < json_len(names); j++)
				puts(json_str_at(names, j));
		}
	}
	return CTL_DONE;
}
