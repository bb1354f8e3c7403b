/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may ask. Root and tacetd's own user may do everything; members of audio may switch:
 * they can write the mixer anyway, so asking polkit would protect nothing and cost time in the
 * middle of a call. Everybody else is polkit's decision, and where polkit is not on the bus
 * the answer is no. Nothing here waits: the loop goes on while others answer.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port/bus-internal.h"
#include "util/cleanup.h"
#include "util/log.h"

static const char *const action_ids[] = {
	[BUS_ACTION_SWITCH] = "org.tacet1.switch",
	[BUS_ACTION_CONFIGURE] = "org.tacet1.configure",
};

void bus_call_free(struct bus_call *call)
{
	for (struct bus_call **p = &call->bus->calls; *p; p = &(*p)->next) {
		if (*p != call)
			continue;
		*p = call->next;
		break;
	}
	sd_bus_slot_unref(call->polkit);
	sd_bus_message_unref(call->message);
	free(call);
}

void bus_client_free(struct bus_client *c)
{
	struct bus *b = c->bus;

	for (struct bus_client **p = &b->clients; *p; p = &(*p)->next) {
		if (*p != c)
			continue;
		*p = c->next;
		break;
	}
	for (struct bus_call *call = b->calls, *next; call; call = next) {
		next = call->next;
		if (call->client != c)
			continue;
		call->client = NULL;
		if (!call->granted)
			bus_call_free(call);
	}
	sd_bus_slot_unref(c->match);
	sd_bus_slot_unref(c->creds);
	free(c->name);
	free(c);
}

static void client_gone(struct bus_client *c)
{
	struct bus *b = c->bus;
	uint64_t id = c->id;
	bool asked = c->asked;

	bus_client_free(c);
	if (asked)
		b->ops->gone(id, b->userdata);
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const char *new_owner;

	if (sd_bus_message_read(m, "sss", NULL, NULL, &new_owner) >= 0 && !*new_owner)
		client_gone(userdata);
	return 0;
}

static void deny(struct bus_call *call, const char *why)
{
	struct tacet_error e;

	tacet_error_set(&e, TACET_ERR_ACCESS_DENIED, "%s", why);
	bus_call_fail(call, &e);
}

static int on_polkit(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct bus_call *call = userdata;
	int authorized = 0, challenge = 0;

	call->polkit = sd_bus_slot_unref(call->polkit);
	if (sd_bus_message_is_method_error(m, NULL)) {
		log_debug("polkit gives no answer: %s",
			  sd_bus_message_get_error(m)->message);
		deny(call,
		     call->action == BUS_ACTION_SWITCH
			     ? "Only root and members of the group audio may switch "
			       "while polkit does not run."
			     : "Only root may do this while polkit does not run.");
		return 0;
	}
	if (sd_bus_message_enter_container(m, 'r', "bba{ss}") < 0 ||
	    sd_bus_message_read(m, "bb", &authorized, &challenge) < 0)
		authorized = 0;
	if (authorized)
		bus_call_run(call);
	else
		deny(call, call->action == BUS_ACTION_SWITCH
				   ? "Not an active local session, and not in the group "
				     "audio (polkit action org.tacet1.switch)."
				   : "Not an administrator (polkit action "
				     "org.tacet1.configure).");
	return 0;
}

static int ask_polkit(struct bus_call *call)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int interactive =
		sd_bus_message_get_allow_interactive_authorization(call->message);
	int r;

	r = sd_bus_message_new_method_call(call->bus->bus, &m,
					   "org.freedesktop.PolicyKit1",
					   "/org/freedesktop/PolicyKit1/Authority",
					   "org.freedesktop.PolicyKit1.Authority",
					   "CheckAuthorization");
	if (r < 0)
		return r;
	r = sd_bus_message_append(m, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name",
				  "s", call->client->name, action_ids[call->action], 0,
				  (uint32_t)(interactive > 0), "");
	if (r < 0)
		return r;
	/* A person may have to type a password. */
	return sd_bus_call_async(call->bus->bus, &call->polkit, m, on_polkit, call,
				 interactive > 0 ? 120 * UINT64_C(1000000) : 0);
}

static void decide(struct bus_call *call)
{
	const struct bus_client *c = call->client;

	if (c->uid == 0 || c->uid == geteuid() ||
	    (call->action == BUS_ACTION_SWITCH && c->audio))
		bus_call_run(call);
	else if (ask_polkit(call) < 0)
		deny(call, "polkit cannot be asked.");
}

static bool user_in_group(uid_t uid, gid_t group)
{
	const struct passwd *pw = getpwuid(uid);
	gid_t gids[128];
	int n = ARRAY_SIZE(gids);

	if (!pw || getgrouplist(pw->pw_name, pw->pw_gid, gids, &n) < 0)
		return false;
	for (int i = 0; i < n; i++)
		if (gids[i] == group)
			return true;
	return false;
}

/* Of the group audio, from the file itself: NSS would load half a megabyte into a daemon that
 * wants this one number. */
static gid_t audio_gid(void)
{
	_cleanup_fclose_ FILE *f = fopen("/etc/group", "re");
	char line[1024];
	gid_t gid;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "audio:%*[^:]:%u:", &gid) == 1)
			return gid;
	return (gid_t)-1;
}

static int on_creds(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct bus_client *c = userdata;
	gid_t audio = audio_gid();
	bool have_uid = false, have_groups = false;
	const char *key;

	c->creds = sd_bus_slot_unref(c->creds);
	/* Gone already: the match for its leaving may have come too late. */
	if (sd_bus_message_is_method_error(m, NULL) ||
	    sd_bus_message_enter_container(m, 'a', "{sv}") < 0) {
		client_gone(c);
		return 0;
	}
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		if (sd_bus_message_read(m, "s", &key) < 0)
			break;
		if (!strcmp(key, "UnixUserID")) {
			uint32_t uid;

			have_uid = sd_bus_message_read(m, "v", "u", &uid) >= 0;
			if (have_uid)
				c->uid = uid;
		} else if (!strcmp(key, "UnixGroupIDs")) {
			const uint32_t *gids = NULL;
			size_t size = 0;

			if (sd_bus_message_enter_container(m, 'v', "au") < 0 ||
			    sd_bus_message_read_array(m, 'u', (const void **)&gids,
						      &size) < 0)
				break;
			have_groups = true;
			for (size_t i = 0; i < size / sizeof(*gids); i++)
				if (gids[i] == audio)
					c->audio = true;
			sd_bus_message_exit_container(m);
		} else {
			sd_bus_message_skip(m, "v");
		}
		sd_bus_message_exit_container(m);
	}
	if (!have_uid)
		c->uid = (uid_t)-1; /* nobody's; polkit will know */
	else if (!have_groups && audio != (gid_t)-1)
		c->audio = user_in_group(c->uid, audio);
	c->known = true;

	/* In the order of their arrival; a call may end, and even the client, within. */
	for (bool more = true; more;) {
		struct bus_call *oldest = NULL;

		for (struct bus_call *call = c->bus->calls; call; call = call->next)
			if (call->client == c && !call->granted && !call->polkit)
				oldest = call;
		more = oldest;
		if (oldest)
			decide(oldest);
	}
	return 0;
}

static int client_of(struct bus *b, sd_bus_message *m, struct bus_client **ret)
{
	const char *sender = sd_bus_message_get_sender(m);
	_cleanup_free_ char *rule = NULL;
	struct bus_client *c;
	int r;

	if (!sender)
		return -EINVAL;
	for (c = b->clients; c; c = c->next) {
		if (strcmp(c->name, sender))
			continue;
		*ret = c;
		return 0;
	}
	if (asprintf(&rule,
		     "type='signal',sender='org.freedesktop.DBus',"
		     "path='/org/freedesktop/DBus',interface='org.freedesktop.DBus',"
		     "member='NameOwnerChanged',arg0='%s'",
		     sender) < 0)
		return -ENOMEM;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->bus = b;
	c->id = ++b->last_client;
	c->next = b->clients;
	b->clients = c;
	c->name = strdup(sender);
	/* The bus keeps the order: when it answers who this is, the match is in place. */
	if (!c->name)
		r = -ENOMEM;
	else
		r = sd_bus_add_match_async(b->bus, &c->match, rule, on_owner_changed,
					   NULL, c);
	if (r >= 0)
		r = sd_bus_call_method_async(b->bus, &c->creds, "org.freedesktop.DBus",
					     "/org/freedesktop/DBus",
					     "org.freedesktop.DBus",
					     "GetConnectionCredentials", on_creds, c, "s",
					     sender);
	if (r < 0) {
		bus_client_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

int bus_authorize(struct bus *b, sd_bus_message *m, enum bus_action action,
		  const char *card, const struct request *request)
{
	struct bus_client *client = NULL;
	struct bus_call *call;
	int r;

	r = client_of(b, m, &client);
	if (r < 0)
		return r;
	call = calloc(1, sizeof(*call));
	if (!call)
		return -ENOMEM;
	call->bus = b;
	call->client = client;
	call->message = sd_bus_message_ref(m);
	call->action = action;
	snprintf(call->card, sizeof(call->card), "%s", card);
	if (request)
		call->request = *request;
	call->next = b->calls;
	b->calls = call;
	if (client->known)
		decide(call);
	return 1;
}
