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

/* All ids of the card in one array, for free(). Return: NULL with a negative errno in @ret_n, or
 * the array with their number there. */
static struct snd_ctl_elem_id *list_ids(int fd, int *ret_n)
{
	struct snd_ctl_elem_list list = {};

	for (;;) {
		struct snd_ctl_elem_id *ids;
		unsigned int n;

		/* elements may come between the two questions: ask for a few more */
		list.space = 0;
		if (ioctl(fd, SNDRV_CTL_IOCTL_ELEM_LIST, &list) < 0) {
			*ret_n = -errno;
			return NULL;
		}
		n = list.count + 8;
		ids = calloc(n, sizeof(*ids));
		if (!ids) {
			*ret_n = -ENOMEM;
			return NULL;
		}
		list.space = n;
		list.pids = ids;
		if (ioctl(fd, SNDRV_CTL_IOCTL_ELEM_LIST, &list) < 0) {
			*ret_n = -errno;
			free(ids);
			return NULL;
		}
		if (list.count <= n) {
			*ret_n = (int)list.used;
			return ids;
		}
		free(ids);
	}
}

/* Carry over what was known about an element. Under another number it is a new one of the same
 * name: its value is not known, and nobody has it locked. */
static void keep(const struct ctl *c, const struct ctl_elem *old, struct ctl_elem *e,
		 uint8_t *values)
{
	e->user = old->user;
	e->free = old->free;
	e->jack = old->jack;
	e->ucm_wrote = old->ucm_wrote;
	if (old->numid != e->numid)
		return;
	e->plugged = old->plugged;
	e->lock_fd = old->lock_fd;
	e->saved = old->saved;
	if (old->size == e->size && old->known) {
		memcpy(values + e->value, c->values + old->value, e->size);
		e->known = true;
	}
}

static bool same_id(const struct ctl_elem *a, const struct ctl_elem *b)
{
	return a->iface == b->iface && a->index == b->index && !strcmp(a->name, b->name);
}

static const struct ctl_elem *find_old(struct ctl *c, const struct ctl_elem *e)
{
	const struct ctl_elem *old = ctl_find_numid(c, e->numid);

	if (old && same_id(old, e))
		return old;
	for (unsigned int i = 0; i < c->n; i++) {
		if (same_id(&c->elem[i], e))
			return &c->elem[i];
	}
	return NULL;
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

/* Elements that went stay in the list, under no number: when they come back, we still know what
 * the profile says of them. */
static unsigned int keep_gone(struct ctl *c, struct ctl_elem *elem, unsigned int n)
{
	unsigned int n_new = n;

	for (unsigned int i = 0; i < c->n; i++) {
		struct ctl_elem *old = &c->elem[i];
		bool found = false;

		for (unsigned int k = 0; k < n_new && !found; k++)
			found = same_id(&elem[k], old);
		if (found)
			continue;
		elem[n] = *old;
		elem[n].numid = 0;
		elem[n].size = 0;
		elem[n].known = elem[n].writable = elem[n].saved = false;
		elem[n].lock_fd = -1;
		n++;
	}
	return n;
}

/* The value of what routes is read now, so that a side effect of UCM's writes can be undone. Any
 * other is read when it is about to be written: some take a DSP's answer. */
static void read_values(struct ctl *c)
{
	for (unsigned int i = 0; i < c->n; i++) {
		if (ctl_elem_routes(&c->elem[i]))
			ctl_know(c, &c->elem[i]);
	}
}

int ctl_reload(struct ctl *c)
{
	_cleanup_free_ struct snd_ctl_elem_id *ids = NULL;
	_cleanup_free_ struct ctl_elem *elem = NULL;
	_cleanup_free_ uint8_t *values = NULL;
	unsigned int n = 0;
	size_t size = 0;
	int n_ids;

	ids = list_ids(c->fd, &n_ids);
	if (!ids)
		return n_ids;
	elem = calloc((size_t)n_ids + c->n + 1, sizeof(*elem));
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
	values = calloc(1, size + 1);
	if (!values)
		return -ENOMEM;
	for (unsigned int i = 0; i < n && c->n; i++) {
		const struct ctl_elem *old = find_old(c, &elem[i]);

		if (old)
			keep(c, old, &elem[i], values);
	}
	if (c->n)
		n = keep_gone(c, elem, n);
	qsort(elem, n, sizeof(*elem), compare);
	free(c->elem);
	free(c->values);
	c->elem = TAKE_PTR(elem);
	c->values = TAKE_PTR(values);
	c->n = n;
	read_values(c);
	return 0;
}

void ctl_know(struct ctl *c, struct ctl_elem *e)
{
	if (!e->known)
		e->known = ctl_read(c, e, c->values + e->value) >= 0;
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

	if (!c->n || !numid)
		return NULL;
	return bsearch(&key, c->elem, c->n, sizeof(*c->elem), compare);
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
