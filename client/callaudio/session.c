/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callaudio/session.h"
#include "util/cleanup.h"
#include "util/log.h"

#define NAME	  "org.mobian_project.CallAudio"
#define PATH	  "/org/mobian_project/CallAudio"
#define INTERFACE "org.mobian_project.CallAudio"

struct session {
	sd_bus *bus;
	sd_bus_slot *slot;
	struct bridge *bridge;
};

static void on_answer(void *call, bool success, void *userdata)
{
	sd_bus_message *m = call;
	int r = sd_bus_reply_method_return(m, "b", (int)success);

	if (r < 0)
		log_debug("No reply to %s: %s", sd_bus_message_get_sender(m),
			  strerror(-r));
	sd_bus_message_unref(m);
}

static void on_changed(void *userdata)
{
	struct session *s = userdata;
	struct bridge_state state = bridge_state(s->bridge);

	log_debug("Mode %d, speaker %d, microphone %d", state.mode, state.speaker,
		  state.mic);
	sd_bus_emit_properties_changed(s->bus, PATH, INTERFACE, "AudioMode",
				       "SpeakerState", "MicState", NULL);
}

const struct bridge_ops session_bridge_ops = {
	.changed = on_changed,
	.answer = on_answer,
};

static int select_mode(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct session *s = userdata;
	uint32_t mode;
	int r = sd_bus_message_read(m, "u", &mode);

	if (r < 0)
		return r;
	if (mode > CA_ON)
		return sd_bus_error_setf(ret_error, SD_BUS_ERROR_INVALID_ARGS,
					 "Invalid mode %u", mode);
	bridge_ask(s->bridge, BRIDGE_MODE, mode, sd_bus_message_ref(m));
	return 1;
}

static int ask(struct session *s, sd_bus_message *m, enum bridge_wish wish)
{
	int on, r = sd_bus_message_read(m, "b", &on);

	if (r < 0)
		return r;
	bridge_ask(s->bridge, wish, on, sd_bus_message_ref(m));
	return 1;
}

static int enable_speaker(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	return ask(userdata, m, BRIDGE_SPEAKER);
}

static int mute_mic(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	return ask(userdata, m, BRIDGE_MUTE);
}

static int get_property(sd_bus *bus, const char *path, const char *interface,
			const char *property, sd_bus_message *reply, void *userdata,
			sd_bus_error *ret_error)
{
	struct session *s = userdata;
	struct bridge_state state = bridge_state(s->bridge);
	enum ca_state value = state.mode;

	if (!strcmp(property, "SpeakerState"))
		value = state.speaker;
	else if (!strcmp(property, "MicState"))
		value = state.mic;
	return sd_bus_message_append(reply, "u", (uint32_t)value);
}

#define CHANGES(name) \
	SD_BUS_PROPERTY(name, "u", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("SelectMode", SD_BUS_ARGS("u", mode),
				SD_BUS_RESULT("b", success), select_mode,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("EnableSpeaker", SD_BUS_ARGS("b", enable),
				SD_BUS_RESULT("b", success), enable_speaker,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("MuteMic", SD_BUS_ARGS("b", mute),
				SD_BUS_RESULT("b", success), mute_mic,
				SD_BUS_VTABLE_UNPRIVILEGED),
	CHANGES("AudioMode"),
	CHANGES("SpeakerState"),
	CHANGES("MicState"),
	SD_BUS_VTABLE_END,
};

int session_new(sd_bus *bus, struct session **ret)
{
	struct session *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->bus = sd_bus_ref(bus);
	r = sd_bus_add_object_vtable(bus, &s->slot, PATH, INTERFACE, vtable, s);
	if (r < 0) {
		session_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

struct session *session_free(struct session *s)
{
	if (!s)
		return NULL;
	sd_bus_slot_unref(s->slot);
	sd_bus_unref(s->bus);
	free(s);
	return NULL;
}

void session_serve(struct session *s, struct bridge *b)
{
	s->bridge = b;
}

int session_take_name(struct session *s, char **ret_owner)
{
	_cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
	const char *comm = "another program";
	pid_t pid = 0;
	int r = sd_bus_request_name(s->bus, NAME, 0);

	if (r != -EEXIST && r != -EALREADY)
		return r < 0 ? r : 0;
	if (sd_bus_get_name_creds(s->bus, NAME,
				  SD_BUS_CREDS_PID | SD_BUS_CREDS_COMM |
					  SD_BUS_CREDS_AUGMENT,
				  &creds) >= 0) {
		sd_bus_creds_get_pid(creds, &pid);
		sd_bus_creds_get_comm(creds, &comm);
	}
	return asprintf(ret_owner, "%s (pid %d)", comm, (int)pid) < 0 ? -ENOMEM : -EEXIST;
}
