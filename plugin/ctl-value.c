/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of controls: read from hw, written by hw, or by tacetd where it keeps them locked.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "core/outside-msg.h"
#include "ctl.h"

/* How long a killed tacetd may take to lock its controls again. */
#define BACK_MS	     10000
#define BACK_STEP_MS 20

int ctl_get_info(struct ctl *c, snd_ctl_ext_key_t key, snd_ctl_elem_info_t *ret)
{
	snd_ctl_elem_info_clear(ret);
	snd_ctl_elem_info_set_numid(ret, (unsigned int)key);
	return snd_ctl_elem_info(c->hw, ret);
}

static int read_value(struct ctl *c, snd_ctl_ext_key_t key, snd_ctl_elem_value_t *ret)
{
	snd_ctl_elem_value_set_numid(ret, (unsigned int)key);
	return snd_ctl_elem_read(c->hw, ret);
}

/* How many values the element has, or a negative errno. */
static int value_count(struct ctl *c, snd_ctl_ext_key_t key)
{
	snd_ctl_elem_info_t *info;
	int r;

	snd_ctl_elem_info_alloca(&info);
	r = ctl_get_info(c, key, info);
	return r < 0 ? r : (int)snd_ctl_elem_info_get_count(info);
}

int ctl_read_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
	struct ctl *c = ext->private_data;
	snd_ctl_elem_value_t *v;
	int r, n = value_count(c, key);

	snd_ctl_elem_value_alloca(&v);
	r = n < 0 ? n : read_value(c, key, v);
	for (int i = 0; r >= 0 && i < n; i++)
		value[i] = snd_ctl_elem_value_get_integer(v, (unsigned int)i);
	return r;
}

int ctl_read_integer64(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int64_t *value)
{
	struct ctl *c = ext->private_data;
	snd_ctl_elem_value_t *v;
	int r, n = value_count(c, key);

	snd_ctl_elem_value_alloca(&v);
	r = n < 0 ? n : read_value(c, key, v);
	for (int i = 0; r >= 0 && i < n; i++)
		value[i] = snd_ctl_elem_value_get_integer64(v, (unsigned int)i);
	return r;
}

int ctl_read_enumerated(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned int *items)
{
	struct ctl *c = ext->private_data;
	snd_ctl_elem_value_t *v;
	int r, n = value_count(c, key);

	snd_ctl_elem_value_alloca(&v);
	r = n < 0 ? n : read_value(c, key, v);
	for (int i = 0; r >= 0 && i < n; i++)
		items[i] = snd_ctl_elem_value_get_enumerated(v, (unsigned int)i);
	return r;
}

int ctl_read_bytes(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned char *data,
		   size_t max_bytes)
{
	snd_ctl_elem_value_t *v;
	int r;

	snd_ctl_elem_value_alloca(&v);
	r = read_value(ext->private_data, key, v);
	if (r >= 0)
		memcpy(data, snd_ctl_elem_value_get_bytes(v), max_bytes);
	return r;
}

int ctl_read_iec958(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, snd_aes_iec958_t *iec958)
{
	snd_ctl_elem_value_t *v;
	int r;

	snd_ctl_elem_value_alloca(&v);
	r = read_value(ext->private_data, key, v);
	if (r >= 0)
		snd_ctl_elem_value_get_iec958(v, iec958);
	return r;
}

/* The value in tacetd's words. Return: false for a kind that it has no word for. */
static bool message_of(const snd_ctl_elem_info_t *info, const snd_ctl_elem_value_t *v,
		       struct outside_msg *ret)
{
	unsigned int n = snd_ctl_elem_info_get_count(info);

	outside_msg_init(ret, OUTSIDE_WRITE);
	ret->numid = snd_ctl_elem_info_get_numid(info);
	ret->elem_type = (uint32_t)snd_ctl_elem_info_get_type(info);
	ret->count = n;
	for (unsigned int i = 0; i < n && i < OUTSIDE_INTEGERS; i++) {
		switch (ret->elem_type) {
		case OUTSIDE_BOOLEAN:
		case OUTSIDE_INTEGER:
			ret->value.integer[i] = snd_ctl_elem_value_get_integer(v, i);
			break;
		case OUTSIDE_INTEGER64:
			ret->value.integer[i] = snd_ctl_elem_value_get_integer64(v, i);
			break;
		case OUTSIDE_ENUMERATED:
			ret->value.integer[i] = snd_ctl_elem_value_get_enumerated(v, i);
			break;
		case OUTSIDE_BYTE:
			break;
		default:
			return false;
		}
	}
	if (ret->elem_type == OUTSIDE_BYTE)
		memcpy(ret->value.bytes, snd_ctl_elem_value_get_bytes(v),
		       n < OUTSIDE_BYTES ? n : OUTSIDE_BYTES);
	return true;
}

/* A route that is set to what it is needs no rest. */
static bool is_there_already(struct ctl *c, const snd_ctl_elem_info_t *info,
			     const struct outside_msg *wanted)
{
	snd_ctl_elem_value_t *v;
	struct outside_msg now;

	if (!snd_ctl_elem_info_is_readable(info) || snd_ctl_elem_info_is_volatile(info))
		return false;
	snd_ctl_elem_value_alloca(&v);
	return read_value(c, snd_ctl_elem_info_get_numid(info), v) >= 0 &&
	       message_of(info, v, &now) &&
	       memcmp(&now.value, &wanted->value, sizeof(now.value)) == 0;
}

static void note_kept(struct ctl *c, unsigned int numid)
{
	bool *grown;

	if (numid >= c->n_kept) {
		grown = reallocarray(c->kept, numid + 1, sizeof(*grown));
		if (!grown)
			return;
		memset(grown + c->n_kept, 0, (numid + 1 - c->n_kept) * sizeof(*grown));
		c->kept = grown;
		c->n_kept = numid + 1;
	}
	c->kept[numid] = true;
}

/* Somebody keeps the element locked: have tacetd write it, if it is tacetd. */
static int write_by_tacetd(struct ctl *c, snd_ctl_elem_info_t *info,
			   snd_ctl_elem_value_t *v)
{
	struct outside_msg m;
	int r;

	if (snd_ctl_elem_info_is_owner(info) || !message_of(info, v, &m))
		return -EPERM;
	c->forsaken = false;
	if (is_there_already(c, info, &m))
		return 0;
	r = ctl_client_write(&c->client, c->fd, &m);
	if (r >= 0)
		note_kept(c, snd_ctl_elem_info_get_numid(info));
	return r < 0 ? r : 1;
}

/*
 * The lock is tacetd's, or was: one that was killed comes back, and until then the streams that it
 * had stopped run. Only what nobody has locked again by then is hw's.
 */
static int write_locked(struct ctl *c, snd_ctl_ext_key_t key, snd_ctl_elem_value_t *v,
			bool lost)
{
	snd_ctl_elem_info_t *info;
	int r;

	snd_ctl_elem_info_alloca(&info);
	for (int waited_ms = 0;; waited_ms += BACK_STEP_MS) {
		r = ctl_get_info(c, key, info);
		if (r < 0)
			return r;
		if (snd_ctl_elem_info_is_locked(info)) {
			r = write_by_tacetd(c, info, v);
			if (r == -ENOTCONN)
				break;
			if (r == -ECONNRESET || r == -ECANCELED || c->client.again)
				lost = true;
			/* EPERM: it is back, but has not taken up the card yet. */
			if (r >= 0 || !lost ||
			    (r != -ECONNRESET && r != -ECANCELED && r != -EPERM))
				return r;
		} else {
			lost = true;
		}
		if (c->forsaken || waited_ms >= BACK_MS)
			break;
		(void)poll(NULL, 0, BACK_STEP_MS);
	}
	c->forsaken |= lost;
	r = snd_ctl_elem_write(c->hw, v);
	return r < 0 ? r : 1;
}

static int write_value(struct ctl *c, snd_ctl_ext_key_t key, snd_ctl_elem_value_t *v)
{
	bool lost;
	int r;

	snd_ctl_elem_value_set_numid(v, (unsigned int)key);
	lost = key < c->n_kept && c->kept[key] && !c->forsaken &&
	       !ctl_client_lives(&c->client);
	r = lost ? -EPERM : snd_ctl_elem_write(c->hw, v);
	return r == -EPERM ? write_locked(c, key, v, lost) : r;
}

int ctl_write_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
	struct ctl *c = ext->private_data;
	snd_ctl_elem_value_t *v;
	int n = value_count(c, key);

	if (n < 0)
		return n;
	snd_ctl_elem_value_alloca(&v);
	for (int i = 0; i < n; i++)
		snd_ctl_elem_value_set_integer(v, (unsigned int)i, value[i]);
	return write_value(c, key, v);
}

int ctl_write_integer64(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int64_t *value)
{
	struct ctl *c = ext->private_data;
	snd_ctl_elem_value_t *v;
	int n = value_count(c, key);

	if (n < 0)
		return n;
	snd_ctl_elem_value_alloca(&v);
	for (int i = 0; i < n; i++)
		snd_ctl_elem_value_set_integer64(v, (unsigned int)i, value[i]);
	return write_value(c, key, v);
}

int ctl_write_enumerated(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned int *items)
{
	struct ctl *c = ext->private_data;
	snd_ctl_elem_value_t *v;
	int n = value_count(c, key);

	if (n < 0)
		return n;
	snd_ctl_elem_value_alloca(&v);
	for (int i = 0; i < n; i++)
		snd_ctl_elem_value_set_enumerated(v, (unsigned int)i, items[i]);
	return write_value(c, key, v);
}

int ctl_write_bytes(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned char *data,
		    size_t max_bytes)
{
	snd_ctl_elem_value_t *v;

	snd_ctl_elem_value_alloca(&v);
	for (size_t i = 0; i < max_bytes; i++)
		snd_ctl_elem_value_set_byte(v, (unsigned int)i, data[i]);
	return write_value(ext->private_data, key, v);
}

int ctl_write_iec958(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, snd_aes_iec958_t *iec958)
{
	snd_ctl_elem_value_t *v;

	snd_ctl_elem_value_alloca(&v);
	snd_ctl_elem_value_set_iec958(v, iec958);
	return write_value(ext->private_data, key, v);
}
