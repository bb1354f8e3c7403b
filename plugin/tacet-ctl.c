/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ALSA control `tacet`: hw, but what tacetd keeps locked is written by tacetd, within a
 * rest. Reads and events pass straight. Without a running tacetd nothing is locked, and it is hw.
 *
 * It is made for UCM's private ctl.hw. The kernel's numbers of elements are kept.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <alsa/asoundlib.h>
#include <alsa/control_external.h>

#include "ctl.h"
#include "util/cleanup.h"

static void ids_free(struct ctl *c)
{
	for (unsigned int i = 0; i < c->n_ids; i++)
		if (c->ids[i])
			snd_ctl_elem_id_free(c->ids[i]);
	free(c->ids);
	c->ids = NULL;
	c->n_ids = 0;
}

static int ids_put(struct ctl *c, const snd_ctl_elem_list_t *list, unsigned int i)
{
	unsigned int numid = snd_ctl_elem_list_get_numid(list, i);

	if (numid > c->n_ids) {
		snd_ctl_elem_id_t **grown = reallocarray(c->ids, numid, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		memset(grown + c->n_ids, 0, (numid - c->n_ids) * sizeof(*grown));
		c->ids = grown;
		c->n_ids = numid;
	}
	if (numid == 0 || c->ids[numid - 1])
		return 0;
	if (snd_ctl_elem_id_malloc(&c->ids[numid - 1]) < 0)
		return -ENOMEM;
	snd_ctl_elem_list_get_id(list, i, c->ids[numid - 1]);
	return 0;
}

/* The elements of the card now, by number. Return: their highest number or a negative errno. */
static int ids_read(struct ctl *c)
{
	snd_ctl_elem_list_t *list;
	unsigned int count, used;
	int r;

	snd_ctl_elem_list_alloca(&list);
	ids_free(c);
	do {
		snd_ctl_elem_list_free_space(list);
		r = snd_ctl_elem_list(c->hw, list);
		if (r < 0)
			return r;
		/* elements may come between the two questions: ask for a few more */
		count = snd_ctl_elem_list_get_count(list) + 8;
		r = snd_ctl_elem_list_alloc_space(list, count);
		if (r >= 0)
			r = snd_ctl_elem_list(c->hw, list);
		if (r < 0)
			goto out;
		used = snd_ctl_elem_list_get_used(list);
	} while (snd_ctl_elem_list_get_count(list) > count);
	for (unsigned int i = 0; r >= 0 && i < used; i++)
		r = ids_put(c, list, i);
out:
	snd_ctl_elem_list_free_space(list);
	return r < 0 ? r : (int)c->n_ids;
}

static int on_elem_count(snd_ctl_ext_t *ext)
{
	return ids_read(ext->private_data);
}

/* alsa-lib counts from 0 where the kernel's numbers count from 1, and so do these. A number
 * that is not in use has a name that no element has.
 */
static int on_elem_list(snd_ctl_ext_t *ext, unsigned int offset, snd_ctl_elem_id_t *id)
{
	struct ctl *c = ext->private_data;

	if (offset >= c->n_ids && ids_read(c) < 0)
		return -ENODEV;
	if (offset < c->n_ids && c->ids[offset]) {
		snd_ctl_elem_id_copy(id, c->ids[offset]);
		return 0;
	}
	snd_ctl_elem_id_clear(id);
	snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_CARD);
	snd_ctl_elem_id_set_name(id, "(no element)");
	return 0;
}

/* The key is the kernel's number. */
static snd_ctl_ext_key_t on_find_elem(snd_ctl_ext_t *ext, const snd_ctl_elem_id_t *id)
{
	struct ctl *c = ext->private_data;
	snd_ctl_elem_info_t *info;
	snd_ctl_elem_id_t *name;

	snd_ctl_elem_info_alloca(&info);
	snd_ctl_elem_id_alloca(&name);
	snd_ctl_elem_id_copy(name, id);
	/* By its name: elements may have come and gone since it was listed. */
	snd_ctl_elem_id_set_numid(name, 0);
	snd_ctl_elem_info_set_id(info, name);
	if (snd_ctl_elem_info(c->hw, info) < 0)
		return SND_CTL_EXT_KEY_NOT_FOUND;
	return snd_ctl_elem_info_get_numid(info);
}

static int on_get_attribute(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int *type,
			    unsigned int *access, unsigned int *count)
{
	snd_ctl_elem_info_t *info;
	int r;

	snd_ctl_elem_info_alloca(&info);
	r = ctl_get_info(ext->private_data, key, info);
	if (r < 0)
		return r;
	*type = (int)snd_ctl_elem_info_get_type(info);
	*count = snd_ctl_elem_info_get_count(info);
	*access = 0;
	if (snd_ctl_elem_info_is_readable(info))
		*access |= SND_CTL_EXT_ACCESS_READ;
	if (snd_ctl_elem_info_is_writable(info))
		*access |= SND_CTL_EXT_ACCESS_WRITE;
	if (snd_ctl_elem_info_is_volatile(info))
		*access |= SND_CTL_EXT_ACCESS_VOLATILE;
	if (snd_ctl_elem_info_is_inactive(info))
		*access |= SND_CTL_EXT_ACCESS_INACTIVE;
	if (snd_ctl_elem_info_is_tlv_readable(info))
		*access |= SND_CTL_EXT_ACCESS_TLV_READ | SND_CTL_EXT_ACCESS_TLV_CALLBACK;
	if (snd_ctl_elem_info_is_tlv_writable(info))
		*access |= SND_CTL_EXT_ACCESS_TLV_WRITE | SND_CTL_EXT_ACCESS_TLV_CALLBACK;
	if (snd_ctl_elem_info_is_tlv_commandable(info))
		*access |=
			SND_CTL_EXT_ACCESS_TLV_COMMAND | SND_CTL_EXT_ACCESS_TLV_CALLBACK;
	return 0;
}

static int on_get_integer_info(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *min,
			       long *max, long *step)
{
	snd_ctl_elem_info_t *info;
	int r;

	snd_ctl_elem_info_alloca(&info);
	r = ctl_get_info(ext->private_data, key, info);
	if (r < 0)
		return r;
	*min = snd_ctl_elem_info_get_min(info);
	*max = snd_ctl_elem_info_get_max(info);
	*step = snd_ctl_elem_info_get_step(info);
	return 0;
}

static int on_get_integer64_info(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int64_t *min,
				 int64_t *max, int64_t *step)
{
	snd_ctl_elem_info_t *info;
	int r;

	snd_ctl_elem_info_alloca(&info);
	r = ctl_get_info(ext->private_data, key, info);
	if (r < 0)
		return r;
	*min = snd_ctl_elem_info_get_min64(info);
	*max = snd_ctl_elem_info_get_max64(info);
	*step = snd_ctl_elem_info_get_step64(info);
	return 0;
}

static int on_get_enumerated_info(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key,
				  unsigned int *items)
{
	snd_ctl_elem_info_t *info;
	int r;

	snd_ctl_elem_info_alloca(&info);
	r = ctl_get_info(ext->private_data, key, info);
	if (r >= 0)
		*items = snd_ctl_elem_info_get_items(info);
	return r;
}

static int on_get_enumerated_name(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key,
				  unsigned int item, char *name, size_t size)
{
	struct ctl *c = ext->private_data;
	snd_ctl_elem_info_t *info;
	int r;

	snd_ctl_elem_info_alloca(&info);
	snd_ctl_elem_info_set_numid(info, (unsigned int)key);
	snd_ctl_elem_info_set_item(info, item);
	r = snd_ctl_elem_info(c->hw, info);
	if (r >= 0)
		snprintf(name, size, "%s", snd_ctl_elem_info_get_item_name(info));
	return r;
}

/* A TLV routes nothing: it passes, and a lock on its element is told as EPERM. */
static int on_tlv(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int op_flag,
		  unsigned int numid, unsigned int *tlv, unsigned int tlv_size)
{
	struct ctl *c = ext->private_data;
	snd_ctl_elem_id_t *id;

	(void)numid;
	snd_ctl_elem_id_alloca(&id);
	snd_ctl_elem_id_set_numid(id, (unsigned int)key);
	if (op_flag == 0)
		return snd_ctl_elem_tlv_read(c->hw, id, tlv, tlv_size);
	return op_flag > 0 ? snd_ctl_elem_tlv_write(c->hw, id, tlv)
			   : snd_ctl_elem_tlv_command(c->hw, id, tlv);
}

static void on_subscribe(snd_ctl_ext_t *ext, int subscribe)
{
	struct ctl *c = ext->private_data;

	(void)snd_ctl_subscribe_events(c->hw, subscribe);
}

static int on_read_event(snd_ctl_ext_t *ext, snd_ctl_elem_id_t *id, unsigned int *mask)
{
	struct ctl *c = ext->private_data;
	snd_ctl_event_t *event;
	int r;

	snd_ctl_event_alloca(&event);
	snd_ctl_nonblock(c->hw, ext->nonblock);
	r = snd_ctl_read(c->hw, event);
	if (r <= 0)
		return r;
	snd_ctl_event_elem_get_id(event, id);
	*mask = snd_ctl_event_elem_get_mask(event);
	return r;
}

static void on_close(snd_ctl_ext_t *ext)
{
	struct ctl *c = ext->private_data;

	ctl_client_close(&c->client);
	ids_free(c);
	free(c->kept);
	snd_ctl_close(c->hw);
	free(c);
}

static const snd_ctl_ext_callback_t callbacks = {
	.close = on_close,
	.elem_count = on_elem_count,
	.elem_list = on_elem_list,
	.find_elem = on_find_elem,
	.get_attribute = on_get_attribute,
	.get_integer_info = on_get_integer_info,
	.get_integer64_info = on_get_integer64_info,
	.get_enumerated_info = on_get_enumerated_info,
	.get_enumerated_name = on_get_enumerated_name,
	.read_integer = ctl_read_integer,
	.read_integer64 = ctl_read_integer64,
	.read_enumerated = ctl_read_enumerated,
	.read_bytes = ctl_read_bytes,
	.read_iec958 = ctl_read_iec958,
	.write_integer = ctl_write_integer,
	.write_integer64 = ctl_write_integer64,
	.write_enumerated = ctl_write_enumerated,
	.write_bytes = ctl_write_bytes,
	.write_iec958 = ctl_write_iec958,
	.subscribe_events = on_subscribe,
	.read_event = on_read_event,
};

/* Through hw's own configuration: what a user has made of ctl.hw is not asked. */
static int open_hw(snd_ctl_t **ret, const char *card, int mode)
{
	char text[160];
	snd_config_t *conf = NULL;
	snd_input_t *in = NULL;
	int r;

	if (strpbrk(card, "\"\\\n") || strlen(card) > 80)
		return -EINVAL;
	snprintf(text, sizeof(text), "ctl.tacet_hw { type hw card \"%s\" }\n", card);
	r = snd_input_buffer_open(&in, text, (ssize_t)strlen(text));
	if (r < 0)
		return r;
	r = snd_config_top(&conf);
	if (r >= 0)
		r = snd_config_load(conf, in);
	if (r >= 0)
		r = snd_ctl_open_lconf(ret, "tacet_hw", mode, conf);
	if (conf)
		snd_config_delete(conf);
	snd_input_close(in);
	return r;
}

static int describe(struct ctl *c)
{
	snd_ctl_card_info_t *info;
	struct pollfd pfd;
	int r;

	snd_ctl_card_info_alloca(&info);
	r = snd_ctl_card_info(c->hw, info);
	if (r < 0)
		return r;
	c->ext.card_idx = snd_ctl_card_info_get_card(info);
	snprintf(c->ext.id, sizeof(c->ext.id), "%s", snd_ctl_card_info_get_id(info));
	snprintf(c->ext.driver, sizeof(c->ext.driver), "%s",
		 snd_ctl_card_info_get_driver(info));
	snprintf(c->ext.name, sizeof(c->ext.name), "%s",
		 snd_ctl_card_info_get_name(info));
	snprintf(c->ext.longname, sizeof(c->ext.longname), "%s",
		 snd_ctl_card_info_get_longname(info));
	snprintf(c->ext.mixername, sizeof(c->ext.mixername), "%s",
		 snd_ctl_card_info_get_mixername(info));
	if (snd_ctl_poll_descriptors(c->hw, &pfd, 1) != 1)
		return -EINVAL;
	c->fd = c->ext.poll_fd = pfd.fd;
	return 0;
}

static int create(snd_ctl_t **ret, const char *name, const char *card, int mode,
		  const char *socket)
{
	struct ctl *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->client.fd = -1;
	strcpy(c->client.socket, socket);
	r = open_hw(&c->hw, card, mode);
	if (r < 0) {
		free(c);
		return r;
	}
	c->ext.version = SND_CTL_EXT_VERSION;
	c->ext.callback = &callbacks;
	c->ext.private_data = c;
	c->ext.tlv.c = on_tlv;
	r = describe(c);
	if (r >= 0)
		r = snd_ctl_ext_create(&c->ext, name, mode);
	if (r < 0) {
		snd_ctl_close(c->hw);
		free(c);
		return r;
	}
	*ret = c->ext.handle;
	return 0;
}

static int parse_socket(snd_config_t *n, char *ret, size_t size)
{
	const char *s;

	if (snd_config_get_string(n, &s) < 0 || strlen(s) >= size)
		return -EINVAL;
	strcpy(ret, s);
	return 0;
}

/* alsa-lib finds these two by name; nothing else of ours is visible. */
#pragma GCC visibility push(default)
int _snd_ctl_tacet_open(snd_ctl_t **handlep, const char *name, snd_config_t *root,
			snd_config_t *conf, int mode);
SND_CTL_PLUGIN_DEFINE_FUNC(tacet)
{
	char socket[sizeof(((struct ctl_client *)0)->socket)] = OUTSIDE_SOCKET_PATH;
	_cleanup_free_ char *card = NULL;
	snd_config_iterator_t i, next;
	const char *id, *env;

	(void)root;
	snd_config_for_each(i, next, conf)
	{
		snd_config_t *n = snd_config_iterator_entry(i);
		int r = 0;

		if (snd_config_get_id(n, &id) < 0 || strcmp(id, "comment") == 0 ||
		    strcmp(id, "type") == 0 || strcmp(id, "hint") == 0)
			continue;
		if (strcmp(id, "card") == 0) {
			free(card);
			card = NULL;
			r = snd_config_get_ascii(n, &card);
		} else if (strcmp(id, "socket") == 0) {
			r = parse_socket(n, socket, sizeof(socket));
		} else {
			SNDERR("tacet: unknown field %s", id);
			return -EINVAL;
		}
		if (r < 0) {
			SNDERR("tacet: invalid %s", id);
			return -EINVAL;
		}
	}
	env = secure_getenv("TACET_CONTROL_SOCKET");
	if (env && strlen(env) < sizeof(socket))
		strcpy(socket, env);
	return create(handlep, name, card ? card : "0", mode, socket);
}
SND_CTL_PLUGIN_SYMBOL(tacet);
#pragma GCC visibility pop
