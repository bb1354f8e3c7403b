/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * The arguments of a switch as they come over the bus: whatever keys, types and values a caller
 * sends, the request is refused with a sentence or well formed, and a plan for it is refused or
 * stays within the profile.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/plan.h"
#include "fuzz.h"
#include "phone.h"
#include "port/bus-message.h"
#include "util/cleanup.h"

/* Messages need a bus to be made for; it is never spoken to. */
static sd_bus *bus;

static void set_up(void)
{
	int p[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p) == 0);
	CHECK(sd_bus_new(&bus) >= 0);
	CHECK(sd_bus_set_fd(bus, p[0], p[0]) >= 0);
	CHECK(sd_bus_start(bus) >= 0);
}

static const char *string(struct input *in, char buf[256])
{
	static const char *const known[] = {
		"verb",
		"to",
		"enable",
		"disable",
		"enable_modifiers",
		"disable_modifiers",
		"quiesce",
		"timeout",
		"dry_run",
		"HiFi",
		"Speaker",
		"Earpiece",
		"Headphones",
		"Mic",
		"Headset",
		"auto",
		"pause",
		"drain",
		"drop",
		"live",
		"Inactive",
		"Voice Call",
		"Play Ringtone",
		"",
	};
	unsigned int i = input_byte(in);
	const uint8_t *bytes;
	size_t n;

	if (i < ARRAY_SIZE(known))
		return known[i];
	n = input_bytes(in, 255, &bytes);
	memcpy(buf, bytes, n);
	buf[n] = '\0';
	return buf;
}

static int append_list(sd_bus_message *m, struct input *in)
{
	unsigned int n = input_below(in, 24);
	char buf[256];
	int r = sd_bus_message_open_container(m, 'a', "s");

	for (unsigned int i = 0; r >= 0 && i < n; i++)
		r = sd_bus_message_append_basic(m, 's', string(in, buf));
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* What is not UTF-8 never reaches tacetd: the bus refuses it, and so does sd-bus here. */
static int append_value(sd_bus_message *m, struct input *in)
{
	char buf[256];

	switch (input_below(in, 12)) {
	case 0:
	case 1:
		return sd_bus_message_append(m, "v", "s", string(in, buf));
	case 2:
		return sd_bus_message_append(m, "v", "t", (uint64_t)input_u32(in) << 16);
	case 3:
		return sd_bus_message_append(m, "v", "b", input_below(in, 2));
	case 4:
		return sd_bus_message_append(m, "v", "u", input_u32(in));
	case 5:
		return sd_bus_message_append(m, "v", "d", (double)input_u32(in));
	case 6:
		return sd_bus_message_append(m, "v", "v", "s", string(in, buf));
	case 7:
		return sd_bus_message_append(m, "v", "a{sv}", 1, string(in, buf), "i", 7);
	case 8:
		return sd_bus_message_append(m, "v", "(sas)", string(in, buf), 0);
	default: {
		int r = sd_bus_message_open_container(m, 'v', "as");

		if (r >= 0)
			r = append_list(m, in);
		return r < 0 ? r : sd_bus_message_close_container(m);
	}
	}
}

static int append_entry(sd_bus_message *m, struct input *in)
{
	char buf[256];
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append_basic(m, 's', string(in, buf));
	if (r >= 0)
		r = append_value(m, in);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int build(sd_bus_message *m, struct input *in)
{
	int r;

	if (input_byte(in) == 0xff)
		return sd_bus_message_append(m, "s", "no dictionary at all");
	r = sd_bus_message_open_container(m, 'a', "{sv}");
	while (r >= 0 && in->left)
		r = append_entry(m, in);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static void check_list(const struct name_list *l)
{
	CHECK(l->n <= REQUEST_NAMES);
	for (unsigned int i = 0; i < l->n; i++)
		CHECK(l->name[i][0] && memchr(l->name[i], '\0', TACET_NAME_MAX));
}

static void check_route(const struct route *r)
{
	const struct profile_verb *v;

	CHECK(r->verb >= ROUTE_NO_VERB && r->verb < (int)phone.n_verbs);
	if (r->verb == ROUTE_NO_VERB) {
		CHECK(!r->devices && !r->modifiers);
		return;
	}
	v = &phone.verb[r->verb];
	CHECK(!(r->devices >> v->n_devices) && !(r->modifiers >> v->n_modifiers));
}

/* From a route that a plan could have led to; what it leads to is one again. */
static void check_plan(const struct request *q, struct route *from)
{
	static struct plan plan;
	static struct world w = { .card_id = "TacetPhone" };
	struct tacet_error e = {};
	char text[200];

	if (plan_make(&phone, from, true, q, &w, &plan, &e) < 0) {
		CHECK(e.code != TACET_OK && e.message[0]);
		return;
	}
	check_route(&plan.to);
	CHECK(plan.n_steps <= PLAN_STEPS_MAX);
	CHECK(plan.unchanged == route_equal(from, &plan.to));
	CHECK(plan.unchanged == !plan.n_steps);
	for (unsigned int i = 0; i < plan.n_steps; i++)
		CHECK(!strstr(plan_step_text(&phone, &plan.step[i], text, sizeof(text)),
			      "?"));
	/* The same again has nothing left to do, unless it says "not" of what it asks for. */
	*from = plan.to;
	CHECK(plan_make(&phone, from, true, q, &w, &plan, &e) == 0 && plan.unchanged);
	CHECK(plan_make(&phone, from, false, q, &w, &plan, &e) == 0 && plan.n_steps);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct route from = { .verb = ROUTE_NO_VERB };
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	struct input in = { data, size };
	struct request q;
	struct tacet_error e = {};
	int r;

	if (!bus)
		set_up();
	CHECK(sd_bus_message_new_signal(bus, &m, "/x", "x.X", "X") >= 0);
	from = (struct route){ .verb = (int)input_below(&in, 3) - 1 };
	if (from.verb >= 0)
		from.devices =
			input_byte(&in) & ((1U << phone.verb[from.verb].n_devices) - 1);
	if (build(m, &in) < 0)
		return 0;
	CHECK(sd_bus_message_seal(m, 1, 0) >= 0);
	r = bus_read_request(m, &q, &e);
	if (r < 0) {
		CHECK(r == -EBADMSG || (r == -1 && e.code == TACET_ERR_INVALID_REQUEST));
		CHECK(r == -EBADMSG ||
		      (e.message[0] && memchr(e.message, '\0', sizeof(e.message))));
		return 0;
	}
	CHECK(memchr(q.verb, '\0', sizeof(q.verb)) && memchr(q.to, '\0', sizeof(q.to)));
	check_list(&q.enable);
	check_list(&q.disable);
	check_list(&q.enable_modifiers);
	check_list(&q.disable_modifiers);
	CHECK(q.quiesce < QUIESCE_MODE_MAX && q.timeout_us <= REQUEST_TIMEOUT_MAX_US);
	CHECK(!q.restore && request_check(&q, &e) == 0);
	if (q.quiesce != QUIESCE_LIVE)
		check_plan(&q, &from);
	return 0;
}
