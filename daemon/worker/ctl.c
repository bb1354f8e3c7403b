// SPDX-License-Identifier: LGPL-2.1-or-later
#include "worker/ctl.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sound/asound.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/cleanup.h"

static_assert(CTL_NAME_MAX == SNDRV_CTL_ELEM_ID_NAME_MAXLEN);
static_assert(CTL_VALUE_MAX >= sizeof(((struct snd_ctl_elem_value *)0)->value));

static uint16_t value_size(const struct snd_ctl_elem_info *info)
{
	static const uint16_t size[] = {
		[SNDRV_CTL_ELEM_TYPE_BOOLEAN] = sizeof(long),
		[SNDRV_CTL_ELEM_TYPE_INTEGER] = sizeof(long),
		[SNDRV_CTL_ELEM_TYPE_ENUMERATED] = sizeof(unsigned int),
		[SNDRV_CTL_ELEM_TYPE_BYTES] = 1,
		[SNDRV_CTL_ELEM_TYPE_INTEGER64] = sizeof(long long),
	};
	size_t n;

	if ((size_t)info->type >= ARRAY_SIZE(size))
		return 0;
	n = (size_t)size[info->type] * info->count;
	return n <= CTL_VALUE_MAX ? (uint16_t)n : 0;
}

int ctl_read(const struct ctl *c, const struct ctl_elem *e, void *ret)
{
	struct snd_ctl_elem_value v = { .id.numid = e->numid };

	if (!e->size)
		return -ENOTSUP;
	if (ioctl(c->fd, SNDRV_CTL_IOCTL_ELEM_READ, &v) < 0)
		return -errno;
	memcpy(ret, &v.value, e->size);
	return 0;
}

int ctl_write(const struct ctl *c, const struct ctl_elem *e, const void *value)
{
	struct snd_ctl_elem_value v = { .id.numid = e->numid };
	int fd = e->lock_fd >= 0 ? e->lock_fd : c->fd;

	memcpy(&v.value, value, e->size);
	return ioctl(fd, SNDRV_CTL_IOCTL_ELEM_WRITE, &v) < 0 ? -errno : 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = ((const struct ctl_elem *)a)->numid;
	uint32_t y = ((const struct ctl_elem *)b)->numid;

	return x < y ? -1 : x > y;
}

/* All ids of the card in one array. Return: their number or negative errno. */
static int list_ids(int fd, struct snd_ctl_elem_id **ret)
{
	_cleanup_free_ struct snd_ctl_elem_id *ids = NULL;
	struct snd_ctl_elem_list list = {};
	unsigned int n;

	do {
		/* elements may come between the two questions: ask for a few more */
		list.space = 0;
		if (ioctl(fd, SNDRV_CTL_IOCTL_ELEM_LIST, &list) < 0)
			return -errno;
		n = list.count + 8;
		free(ids);
		ids = calloc(n, sizeof(*ids));
		if (!ids)
			return -ENOMEM;
		list.space = n;
		list.pids = ids;
		if (ioctl(fd, SNDRV_CTL_IOCTL_ELEM_LIST, &list) < 0)
			return -errno;
	} while (list.count > n);
	*ret = TAKE_PTR(ids);
	return (int)list.used;
}

/* Carry over what was known about an element. */
static void keep(struct ctl *c, const struct ctl_elem *old, struct ctl_elem *e,
		 uint8_t *values)
{
	e->user = old->user;
	e->free = old->free;
	e->jack = old->jack;
	e->plugged = old->plugged;
	e->ucm_wrote = old->ucm_wrote;
	e->lock_fd = old->lock_fd;
	e->saved = old->saved;
	if (old->size == e->size && old->known) {
		memcpy(values + e->value, c->values + old->value, e->size);
		e->known = true;
	}
}

static int describe(int fd, struct ctl_elem *e)
{
	struct snd_ctl_elem_info info = { .id.numid = e->numid };
	const unsigned int rw = SNDRV_CTL_ELEM_ACCESS_READ | SNDRV_CTL_ELEM_ACCESS_WRITE;

	if (ioctl(fd, SNDRV_CTL_IOCTL_ELEM_INFO, &info) < 0)
		return -errno;
	e->type = (uint32_t)info.type;
	/* user elements belong to programs, not to the hardware */
	e->writable =
		(info.access & rw) == rw && !(info.access & SNDRV_CTL_ELEM_ACCESS_USER);
	e->size = info.access & SNDRV_CTL_ELEM_ACCESS_READ ? value_size(&info) : 0;
	e->plugged = -1;
	e->lock_fd = -1;
	return 0;
}

int ctl_reload(struct ctl *c)
{
	_cleanup_free_ struct snd_ctl_elem_id *ids = NULL;
	_cleanup_free_ struct ctl_elem *elem = NULL;
	_cleanup_free_ uint8_t *values = NULL;
	unsigned int n = 0;
	size_t size = 0;
	int n_ids = list_ids(c->fd, &ids);

	if (n_ids < 0)
		return n_ids;
	elem = calloc((size_t)n_ids + 1, sizeof(*elem));
	if (!elem)
		return -ENOMEM;
	for (int i = 0; i < n_ids; i++) {
		struct ctl_elem *e = &elem[n];

		e->numid = ids[i].numid;
		e->index = ids[i].index;
		e->iface = (uint32_t)ids[i].iface;
		memcpy(e->name, ids[i].name, sizeof(e->name));
		e->name[sizeof(e->name) - 1] = '\0';
		if (describe(c->fd, e) < 0)
			continue;
		e->value = size;
		size += (e->size + 7u) & ~7u;
		n++;
	}
	qsort(elem, n, sizeof(*elem), compare);
	values = calloc(1, size + 1);
	if (!values)
		return -ENOMEM;
	for (unsigned int i = 0; i < n; i++) {
		struct ctl_elem *e = &elem[i];
		const struct ctl_elem *old = ctl_find_numid(c, e->numid);

		if (old && !strcmp(old->name, e->name) && old->index == e->index)
			keep(c, old, e, values);
		if (!e->known && e->writable)
			e->known = ctl_read(c, e, values + e->value) >= 0;
	}
	free(c->elem);
	free(c->values);
	c->elem = TAKE_PTR(elem);
	c->values = TAKE_PTR(values);
	c->n = n;
	return 0;
}

int ctl_open(struct ctl *c, int card)
{
	int subscribe = 1, r;
	char path[64];

	*c = (struct ctl){ .card = card, .fd = -1 };
	snprintf(path, sizeof(path), "/dev/snd/controlC%d", card);
	c->fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (c->fd < 0)
		return -errno;
	/* subscribe first: what changes while we read is told */
	r = ioctl(c->fd, SNDRV_CTL_IOCTL_SUBSCRIBE_EVENTS, &subscribe) < 0 ? -errno : 0;
	if (r >= 0)
		r = ctl_reload(c);
	if (r < 0)
		ctl_close(c);
	return r;
}

void ctl_close(struct ctl *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->elem);
	free(c->values);
	*c = (struct ctl){ .fd = -1 };
}

struct ctl_elem *ctl_find_numid(struct ctl *c, uint32_t numid)
{
	const struct ctl_elem key = { .numid = numid };

	if (!c->n)
		return NULL;
	return bsearch(&key, c->elem, c->n, sizeof(*c->elem), compare);
}

/* The value of "key" in "iface=CARD,name='x',index=0", without its quotes. */
static bool id_part(const char *id, const char *key, char *ret, size_t size)
{
	size_t key_n = strlen(key);
	const char *p = id;

	while (p && *p) {
		size_t n;

		p += strspn(p, ", \t");
		if (!strncmp(p, key, key_n) && p[key_n] == '=') {
			const char *v = p + key_n + 1;
			char quote = *v == '\'' || *v == '"' ? *v++ : ',';

			n = strcspn(v, (const char[]){ quote, '\0' });
			snprintf(ret, size, "%.*s", (int)n, v);
			return true;
		}
		/* skip this part with its quoted commas */
		n = strcspn(p, "=,");
		p += n;
		if (*p == '=') {
			char quote = p[1];

			if (quote == '\'' || quote == '"')
				p = strchr(p + 2, quote);
			p = p ? strchr(p, ',') : NULL;
		}
	}
	return false;
}

static bool iface_matches(const char *iface, uint32_t value)
{
	static const char *const name[] = { "CARD",    "HWDEP", "MIXER",    "PCM",
					    "RAWMIDI", "TIMER", "SEQUENCER" };

	return value < ARRAY_SIZE(name) && !strcmp(iface, name[value]);
}

struct ctl_elem *ctl_find(struct ctl *c, const char *id)
{
	char name[CTL_NAME_MAX] = "", part[32];
	const char *iface = NULL;
	unsigned long index = 0;

	if (!strchr(id, '=')) {
		snprintf(name, sizeof(name), "%s", id);
	} else {
		if (id_part(id, "numid", part, sizeof(part)))
			return ctl_find_numid(c, (uint32_t)strtoul(part, NULL, 0));
		id_part(id, "name", name, sizeof(name));
		if (id_part(id, "index", part, sizeof(part)))
			index = strtoul(part, NULL, 0);
		if (id_part(id, "iface", part, sizeof(part)))
			iface = part;
	}
	for (unsigned int i = 0; i < c->n; i++) {
		struct ctl_elem *e = &c->elem[i];

		if (!strcmp(e->name, name) && e->index == index &&
		    (!iface || iface_matches(iface, e->iface)))
			return e;
	}
	return NULL;
}

void ctl_mark_user_simple(struct ctl *c, const char *id)
{
	/* what alsa-lib's simple mixer takes together */
	static const char *const suffix[] = {
		"",
		" Volume",
		" Switch",
		" Playback Volume",
		" Playback Switch",
		" Capture Volume",
		" Capture Switch",
		" Playback",
	};
	char name[CTL_NAME_MAX] = "", part[32];
	unsigned long index = 0;
	size_t n;

	if (strchr(id, '=')) {
		id_part(id, "name", name, sizeof(name));
		if (id_part(id, "index", part, sizeof(part)))
			index = strtoul(part, NULL, 0);
	} else {
		const char *comma = strrchr(id, ',');

		n = comma ? (size_t)(comma - id) : strlen(id);
		snprintf(name, sizeof(name), "%.*s", (int)n, id);
		if (comma)
			index = strtoul(comma + 1, NULL, 0);
	}
	n = strlen(name);
	if (!n)
		return;
	for (unsigned int i = 0; i < c->n; i++) {
		struct ctl_elem *e = &c->elem[i];

		if (strncmp(e->name, name, n) || e->index != index)
			continue;
		for (unsigned int s = 0; s < ARRAY_SIZE(suffix); s++) {
			if (!strcmp(e->name + n, suffix[s]))
				e->user = true;
		}
	}
}

bool ctl_elem_routes(const struct ctl_elem *e)
{
	if (!e->writable || e->user || e->free)
		return false;
	if (e->ucm_wrote)
		return true;
	if (e->iface != SNDRV_CTL_ELEM_IFACE_MIXER)
		return false;
	switch (e->type) {
	case SNDRV_CTL_ELEM_TYPE_BOOLEAN:
	case SNDRV_CTL_ELEM_TYPE_ENUMERATED:
		return true;
	case SNDRV_CTL_ELEM_TYPE_INTEGER:
		return !strstr(e->name, "Volume");
	default:
		return false;
	}
}

bool ctl_elem_is_boolean(const struct ctl_elem *e)
{
	return e->type == SNDRV_CTL_ELEM_TYPE_BOOLEAN && e->size >= sizeof(long);
}

static void enum_text(const struct ctl *c, const struct ctl_elem *e, unsigned int item,
		      char *buf, size_t size)
{
	struct snd_ctl_elem_info info = {
		.id.numid = e->numid,
		.value.enumerated.item = item,
	};

	if (ioctl(c->fd, SNDRV_CTL_IOCTL_ELEM_INFO, &info) < 0)
		snprintf(buf, size, "%u", item);
	else
		snprintf(buf, size, "%.63s", info.value.enumerated.name);
}

void ctl_text(const struct ctl *c, const struct ctl_elem *e, const void *value, char *buf,
	      size_t size)
{
	char one[64];
	size_t n = 0, step;

	if (e->type == SNDRV_CTL_ELEM_TYPE_ENUMERATED)
		step = sizeof(unsigned int);
	else if (e->type == SNDRV_CTL_ELEM_TYPE_BYTES)
		step = 1;
	else
		step = sizeof(long);
	buf[0] = '\0';
	for (size_t i = 0; i < e->size && n + 1 < size; i += step) {
		const uint8_t *p = (const uint8_t *)value + i;
		long integer = 0;
		unsigned int item = 0;

		switch (e->type) {
		case SNDRV_CTL_ELEM_TYPE_BOOLEAN:
			memcpy(&integer, p, sizeof(integer));
			snprintf(one, sizeof(one), "%s", integer ? "on" : "off");
			break;
		case SNDRV_CTL_ELEM_TYPE_ENUMERATED:
			memcpy(&item, p, sizeof(item));
			enum_text(c, e, item, one, sizeof(one));
			break;
		case SNDRV_CTL_ELEM_TYPE_BYTES:
			snprintf(one, sizeof(one), "%02x", *p);
			break;
		default:
			memcpy(&integer, p, sizeof(integer));
			snprintf(one, sizeof(one), "%ld", integer);
			break;
		}
		n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? "," : "", one);
	}
}

static int lock_owner(const struct ctl *c, const struct ctl_elem *e)
{
	struct snd_ctl_elem_info info = { .id.numid = e->numid };

	if (ioctl(c->fd, SNDRV_CTL_IOCTL_ELEM_INFO, &info) < 0 ||
	    !(info.access & SNDRV_CTL_ELEM_ACCESS_LOCK))
		return 0;
	return info.owner > 0 ? info.owner : 0;
}

void ctl_lock(struct ctl *c, struct ctl_locks *ret)
{
	*ret = (struct ctl_locks){};
	for (unsigned int i = 0; i < c->n; i++) {
		struct ctl_elem *e = &c->elem[i];
		struct snd_ctl_elem_id id = { .numid = e->numid };

		if (!ctl_elem_routes(e))
			continue;
		ret->wanted++;
		if (e->lock_fd < 0 && ioctl(c->fd, SNDRV_CTL_IOCTL_ELEM_LOCK, &id) < 0) {
			if (!ret->error) {
				ret->error = -errno;
				memcpy(ret->name, e->name, sizeof(ret->name));
				ret->owner = lock_owner(c, e);
			}
			continue;
		}
		if (e->lock_fd < 0)
			e->lock_fd = c->fd;
		ret->held++;
	}
}

void ctl_unlock(struct ctl *c)
{
	for (unsigned int i = 0; i < c->n; i++) {
		struct ctl_elem *e = &c->elem[i];
		struct snd_ctl_elem_id id = { .numid = e->numid };

		if (e->lock_fd >= 0)
			ioctl(e->lock_fd, SNDRV_CTL_IOCTL_ELEM_UNLOCK, &id);
		e->lock_fd = -1;
	}
}
