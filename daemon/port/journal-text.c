// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * [tacet]           [route]           [switch]          [end]
 * version=1         verb=HiFi         id=17             checksum=1a2b3c4d
 *                   device=Speaker    verb=Voice Call
 *                   modifier=...      device=Earpiece
 *
 * route and switch are there when there is one. The checksum covers every byte before its
 * line; "[end]" and a newline after the checksum make a cut file visible.
 */
#include "port/journal-text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"

/* CRC-32 as in zlib */
static uint32_t crc32(const char *p, size_t n)
{
	uint32_t crc = 0xffffffff;

	while (n--) {
		crc ^= (uint8_t)*p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

struct out {
	char *buf;
	size_t size, n;
};

static void put(struct out *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Once the buffer is full, n stays at size: one check at the end is enough. */
static void put(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->buf + o->n, o->size - o->n, fmt, ap);
	va_end(ap);
	o->n = n < 0 || (size_t)n >= o->size - o->n ? o->size : o->n + (size_t)n;
}

static void put_name(struct out *o, const char *key, const char *name)
{
	put(o, "%s=", key);
	for (const char *p = name; *p; p++) {
		if ((uint8_t)*p < ' ' || *p == '\\' || *p == 0x7f)
			put(o, "\\x%02x", (uint8_t)*p);
		else
			put(o, "%c", *p);
	}
	put(o, "\n");
}

static void put_route(struct out *o, const struct route_names *r)
{
	put_name(o, "verb", r->verb);
	for (unsigned int i = 0; i < r->n_devices; i++)
		put_name(o, "device", r->device[i]);
	for (unsigned int i = 0; i < r->n_modifiers; i++)
		put_name(o, "modifier", r->modifier[i]);
}

int journal_format(const struct journal_entry *e, char *buf, size_t size)
{
	struct out o = { .buf = buf, .size = size };

	if (e->route.n_devices > PROFILE_DEVICES || e->to.n_devices > PROFILE_DEVICES ||
	    e->route.n_modifiers > PROFILE_MODIFIERS ||
	    e->to.n_modifiers > PROFILE_MODIFIERS)
		return -EINVAL;
	put(&o, "[tacet]\nversion=1\n");
	if (e->have_route) {
		put(&o, "[route]\n");
		put_route(&o, &e->route);
	}
	if (e->switching) {
		put(&o, "[switch]\nid=%llu\n", (unsigned long long)e->switch_id);
		put_route(&o, &e->to);
	}
	put(&o, "[end]\n");
	if (o.n < size)
		put(&o, "checksum=%08x\n", crc32(buf, o.n));
	return o.n < size ? (int)o.n : -ENOBUFS;
}

struct in {
	const char *p, *end;
	unsigned int line;
	char *why;
	size_t why_size;
};

static int bad(struct in *in, const char *what)
{
	snprintf(in->why, in->why_size, "line %u: %s", in->line, what);
	return -EBADMSG;
}

/* The next line without its newline. Return: its length, or -1 at the end. */
static ssize_t next_line(struct in *in, const char **ret)
{
	const char *nl = memchr(in->p, '\n', (size_t)(in->end - in->p));
	ssize_t n;

	if (!nl)
		return -1;
	*ret = in->p;
	n = nl - in->p;
	in->p = nl + 1;
	in->line++;
	return n;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_name(struct in *in, const char *s, size_t n, char *ret)
{
	char name[TACET_NAME_MAX];
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (k + 1 >= sizeof(name))
			return bad(in, "the name is too long");
		if (c == '\\') {
			if (n - i < 4 || s[i + 1] != 'x' || hex(s[i + 2]) < 0 ||
			    hex(s[i + 3]) < 0)
				return bad(in, "a broken escape");
			c = (char)(hex(s[i + 2]) << 4 | hex(s[i + 3]));
			i += 3;
		}
		if (!c)
			return bad(in, "a name with a NUL");
		name[k++] = c;
	}
	name[k] = '\0';
	memcpy(ret, name, k + 1);
	return 0;
}

static int parse_number(struct in *in, const char *s, size_t n, uint64_t *ret)
{
	char text[24];
	char *end;

	if (n == 0 || n >= sizeof(text) || s[0] < '0' || s[0] > '9')
		return bad(in, "not a number");
	memcpy(text, s, n);
	text[n] = '\0';
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return errno || *end ? bad(in, "not a number") : 0;
}

static int parse_route_line(struct in *in, const char *key, size_t key_n, const char *v,
			    size_t n, struct route_names *r)
{
	if (key_n == 4 && !memcmp(key, "verb", 4))
		return parse_name(in, v, n, r->verb);
	if (key_n == 6 && !memcmp(key, "device", 6)) {
		if (r->n_devices >= PROFILE_DEVICES)
			return bad(in, "too many devices");
		return parse_name(in, v, n, r->device[r->n_devices++]);
	}
	if (key_n == 8 && !memcmp(key, "modifier", 8)) {
		if (r->n_modifiers >= PROFILE_MODIFIERS)
			return bad(in, "too many modifiers");
		return parse_name(in, v, n, r->modifier[r->n_modifiers++]);
	}
	return bad(in, "an unknown key");
}

/* Everything between the first line and [end]. */
static int parse_body(struct in *in, struct journal_entry *e)
{
	enum { TACET, ROUTE, SWITCH, END } section = TACET;
	bool version = false;
	const char *s, *eq;
	ssize_t n;
	int r;

	while ((n = next_line(in, &s)) >= 0) {
		if (section == END)
			return bad(in, "text after the end");
		if (n == 7 && !memcmp(s, "[tacet]", 7) && in->line == 1) {
			section = TACET;
			continue;
		}
		if (n == 7 && !memcmp(s, "[route]", 7) && section == TACET && version) {
			section = ROUTE;
			e->have_route = true;
			continue;
		}
		if (n == 8 && !memcmp(s, "[switch]", 8) && section != SWITCH && version) {
			section = SWITCH;
			e->switching = true;
			continue;
		}
		if (n == 5 && !memcmp(s, "[end]", 5) && version) {
			section = END;
			continue;
		}
		eq = memchr(s, '=', (size_t)n);
		if (!eq)
			return bad(in,
				   "neither a section that belongs here nor key=value");
		if (section == TACET) {
			if (n != 9 || memcmp(s, "version=1", 9))
				return bad(in,
					   "a version that this tacetd does not know");
			version = true;
			continue;
		}
		if (section == SWITCH && eq - s == 2 && !memcmp(s, "id", 2))
			r = parse_number(in, eq + 1, (size_t)(s + n - eq - 1),
					 &e->switch_id);
		else
			r = parse_route_line(in, s, (size_t)(eq - s), eq + 1,
					     (size_t)(s + n - eq - 1),
					     section == SWITCH ? &e->to : &e->route);
		if (r < 0)
			return r;
	}
	return section == END ? 0 : bad(in, "the end is missing");
}

int journal_parse(const char *text, size_t size, struct journal_entry *ret, char *why,
		  size_t why_size)
{
	static const size_t tail = sizeof("checksum=01234567\n") - 1;
	_cleanup_free_ struct journal_entry *e = calloc(1, sizeof(*e));
	struct in in = { .p = text, .why = why, .why_size = why_size };
	char expected[32];
	int r;

	if (!e)
		return -ENOMEM;
	if (size < tail) {
		snprintf(why, why_size, "%s",
			 size ? "the file is cut" : "the file is empty");
		return -EBADMSG;
	}
	snprintf(expected, sizeof(expected), "checksum=%08x\n", crc32(text, size - tail));
	if (memcmp(text + size - tail, expected, tail)) {
		snprintf(why, why_size, "the checksum is wrong or missing");
		return -EBADMSG;
	}
	in.end = text + size - tail;
	r = parse_body(&in, e);
	if (r < 0)
		return r;
	*ret = *e;
	return 0;
}
