/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ALSA PCM `tacet`: hw, leased to tacetd. Without a running daemon it is hw.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

#include "plugin.h"

enum method {
	METHOD_AUTO,
	METHOD_DIRECT,
	METHOD_COPY,
};

struct pcm_conf {
	const char *card; /* in the configuration's memory */
	long device, subdevice;
	enum method method;
	struct lease_conf lease;
};

/* The number or the string of @n, as a string in @buf or in @n. */
static int get_ascii(snd_config_t *n, char *buf, size_t size, const char **ret)
{
	long value;

	if (snd_config_get_string(n, ret) >= 0)
		return 0;
	if (snd_config_get_integer(n, &value) < 0)
		return -EINVAL;
	snprintf(buf, size, "%ld", value);
	*ret = buf;
	return 0;
}

/* Arguments of a PCM name arrive as strings. */
static int get_number(snd_config_t *n, long min, long max, long *ret)
{
	char buf[32], *end;
	const char *s;
	long value;

	if (get_ascii(n, buf, sizeof(buf), &s) < 0)
		return -EINVAL;
	errno = 0;
	value = strtol(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0' || value < min || value > max)
		return -EINVAL;
	*ret = value;
	return 0;
}

static int get_method(snd_config_t *n, enum method *ret)
{
	static const char *const names[] = { "auto", "direct", "copy" };
	const char *s;

	if (snd_config_get_string(n, &s) < 0)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(s, names[i]) == 0) {
			*ret = (enum method)i;
			return 0;
		}
	return -EINVAL;
}

static int get_socket(snd_config_t *n, struct lease_conf *lease)
{
	const char *s;

	if (snd_config_get_string(n, &s) < 0 || strlen(s) >= sizeof(lease->socket))
		return -EINVAL;
	strcpy(lease->socket, s);
	return 0;
}

static int parse_field(const char *id, snd_config_t *n, char *card_buf, size_t card_size,
		       struct pcm_conf *c)
{
	long value;
	int r;

	if (strcmp(id, "card") == 0)
		return get_ascii(n, card_buf, card_size, &c->card);
	if (strcmp(id, "device") == 0)
		return get_number(n, 0, 65535, &c->device);
	if (strcmp(id, "subdevice") == 0)
		return get_number(n, -1, 65535, &c->subdevice);
	if (strcmp(id, "method") == 0)
		return get_method(n, &c->method);
	if (strcmp(id, "socket") == 0)
		return get_socket(n, &c->lease);
	if (strcmp(id, "grant_timeout") == 0) {
		r = get_number(n, 0, 600000, &value);
		if (r >= 0)
			c->lease.grant_ms = (int)value;
		return r;
	}
	if (strcmp(id, "close_timeout") == 0) {
		r = get_number(n, 0, 600000, &value);
		if (r >= 0)
			c->lease.gone_ms = (int)value;
		return r;
	}
	return -ENOENT;
}

/* Through hw's own configuration, so that its defaults and checks are hw's. */
static int open_hw(snd_pcm_t **ret, const char *name, snd_config_t *root,
		   const struct pcm_conf *c, snd_pcm_stream_t stream, int mode)
{
	char text[256];
	snd_config_t *conf = NULL;
	snd_input_t *in = NULL;
	int r;

	if (strpbrk(c->card, "\"\\\n"))
		return -EINVAL;
	snprintf(text, sizeof(text), "type hw\ncard \"%s\"\ndevice %ld\nsubdevice %ld\n",
		 c->card, c->device, c->subdevice);
	r = snd_input_buffer_open(&in, text, (ssize_t)strlen(text));
	if (r < 0)
		return r;
	r = snd_config_top(&conf);
	if (r >= 0)
		r = snd_config_load(conf, in);
	if (r >= 0)
		r = _snd_pcm_hw_open(ret, name, root, conf, stream, mode);
	if (conf)
		snd_config_delete(conf);
	snd_input_close(in);
	return r;
}

/* Where a stream may go on without a copy: PAUSE is invisible, and what an application does
 * by itself within a rest (a drain or a drop releases the pause) meets a repaired kernel.
 */
static bool direct_is_safe(snd_pcm_t *hw)
{
	snd_pcm_hw_params_t *params;

	if (access("/sys/module/tacet_dpcm", F_OK) < 0)
		return false;

	snd_pcm_hw_params_alloca(&params);
	return snd_pcm_hw_params_any(hw, params) >= 0 &&
	       snd_pcm_hw_params_can_pause(params);
}

/* alsa-lib finds these two by name; nothing else of ours is visible. */
#pragma GCC visibility push(default)
int _snd_pcm_tacet_open(snd_pcm_t **pcmp, const char *name, snd_config_t *root,
			snd_config_t *conf, snd_pcm_stream_t stream, int mode);
SND_PCM_PLUGIN_DEFINE_FUNC(tacet)
{
	struct pcm_conf c = {
		.card = "0",
		.subdevice = -1,
		.lease = { .socket = LEASE_SOCKET_PATH,
			   .grant_ms = 5000,
			   .gone_ms = 2000 },
	};
	snd_config_iterator_t i, next;
	char card_buf[32];
	const char *id, *env;
	snd_pcm_t *hw;
	int r;

	snd_config_for_each(i, next, conf)
	{
		snd_config_t *n = snd_config_iterator_entry(i);

		if (snd_config_get_id(n, &id) < 0 || strcmp(id, "comment") == 0 ||
		    strcmp(id, "type") == 0 || strcmp(id, "hint") == 0)
			continue;
		r = parse_field(id, n, card_buf, sizeof(card_buf), &c);
		if (r < 0) {
			SNDERR("tacet: %s %s", r == -ENOENT ? "unknown field" : "invalid",
			       id);
			return -EINVAL;
		}
	}
	env = secure_getenv("TACET_LEASE_SOCKET");
	if (env && strlen(env) < sizeof(c.lease.socket))
		strcpy(c.lease.socket, env);

	r = open_hw(&hw, name, root, &c, stream, mode);
	if (r < 0)
		return r;
	if (c.method == METHOD_COPY || (c.method == METHOD_AUTO && !direct_is_safe(hw))) {
		r = copy_wrap(pcmp, name, hw, stream, mode, &c.lease);
		if (r != -ENOTSUP)
			return r;
	}
	return direct_wrap(pcmp, name, hw, &c.lease);
}
SND_PCM_PLUGIN_SYMBOL(tacet);
#pragma GCC visibility pop
