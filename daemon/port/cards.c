// SPDX-License-Identifier: LGPL-2.1-or-later
#include "port/cards.h"

#include <errno.h>
#include <fcntl.h>
#include <libudev.h>
#include <sound/asound.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/log.h"

#define CARDS_MAX 256 /* more than any kernel is built for */

struct cards {
	const struct cards_ops *ops;
	void *userdata;
	struct udev *udev;
	struct udev_monitor *monitor;
	sd_event_source *source;
	bool by_kernel;	      /* no udevd runs: the kernel's own events must do */
	bool told[CARDS_MAX]; /* added was called, removed was not */
	bool *freed;	      /* set while callbacks run: they may free us */
};

static void udev_device_freep(struct udev_device **d)
{
	udev_device_unref(*d);
}

static void udev_enumerate_freep(struct udev_enumerate **e)
{
	udev_enumerate_unref(*e);
}

/* "card0" -> 0, "controlC0" -> 0; anything else -> -1 */
static int card_number(const char *sysname, const char *prefix)
{
	size_t n = strlen(prefix);
	char *end;
	long v;

	if (strncmp(sysname, prefix, n) || sysname[n] < '0' || sysname[n] > '9')
		return -1;
	v = strtol(sysname + n, &end, 10);
	return *end || v >= CARDS_MAX ? -1 : (int)v;
}

static void copy_text(char *ret, size_t size, const void *text, size_t max)
{
	snprintf(ret, size, "%.*s", (int)strnlen(text, max), (const char *)text);
}

/* From the card itself; sysfs knows the id even where the control device cannot be opened. */
static void describe(struct udev_device *d, int index, struct card_info *ret)
{
	struct snd_ctl_card_info info = {};
	_cleanup_close_ int fd = -1;
	const char *id = udev_device_get_sysattr_value(d, "id");
	char path[64];

	*ret = (struct card_info){ .index = index };
	if (id)
		copy_text(ret->id, sizeof(ret->id), id, sizeof(ret->id) - 1);
	snprintf(path, sizeof(path), "/dev/snd/controlC%d", index);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || ioctl(fd, SNDRV_CTL_IOCTL_CARD_INFO, &info) < 0) {
		log_debug_errno(-errno, "%s: %m", path);
		return;
	}
	copy_text(ret->id, sizeof(ret->id), info.id, sizeof(info.id));
	copy_text(ret->driver, sizeof(ret->driver), info.driver, sizeof(info.driver));
	copy_text(ret->name, sizeof(ret->name), info.name, sizeof(info.name));
}

/* Return: false when the callback freed us. */
static bool tell_added(struct cards *c, struct udev_device *d, int index)
{
	struct card_info info;
	bool freed = false;

	if (c->told[index])
		return true;
	describe(d, index, &info);
	if (!info.id[0])
		return true; /* gone again */
	c->told[index] = true;
	c->freed = &freed;
	c->ops->added(&info, c->userdata);
	if (!freed)
		c->freed = NULL;
	return !freed;
}

static bool tell_removed(struct cards *c, int index)
{
	bool freed = false;

	if (!c->told[index])
		return true;
	c->told[index] = false;
	c->freed = &freed;
	c->ops->removed(index, c->userdata);
	if (!freed)
		c->freed = NULL;
	return !freed;
}

static bool initialized(struct udev_device *d)
{
	const char *v = udev_device_get_property_value(d, "SOUND_INITIALIZED");

	return v && !strcmp(v, "1");
}

/* udev's rules mark the card with SOUND_INITIALIZED in a "change" event of their own. Without
 * udevd the control device is the last that the kernel adds to a card. */
static bool handle(struct cards *c, struct udev_device *d)
{
	const char *sysname = udev_device_get_sysname(d);
	const char *action = udev_device_get_action(d);
	int card = sysname ? card_number(sysname, "card") : -1;
	int control = sysname ? card_number(sysname, "controlC") : -1;
	bool removed = action && !strcmp(action, "remove");

	if (card >= 0 && removed)
		return tell_removed(c, card);
	if (c->by_kernel)
		return control >= 0 && !removed ? tell_added(c, d, control) : true;
	return card >= 0 && initialized(d) ? tell_added(c, d, card) : true;
}

static int on_event(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct cards *c = userdata;

	for (;;) {
		_cleanup_(udev_device_freep) struct udev_device *d =
			udev_monitor_receive_device(c->monitor);

		if (!d || !handle(c, d))
			return 0;
	}
}

static int enumerate(struct cards *c)
{
	_cleanup_(udev_enumerate_freep) struct udev_enumerate *e =
		udev_enumerate_new(c->udev);
	struct udev_list_entry *entry;
	int r;

	if (!e)
		return -ENOMEM;
	r = udev_enumerate_add_match_subsystem(e, "sound");
	if (r >= 0)
		r = udev_enumerate_add_match_sysname(e, "card[0-9]*");
	if (r >= 0)
		r = udev_enumerate_scan_devices(e);
	if (r < 0)
		return r;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(e))
	{
		_cleanup_(udev_device_freep) struct udev_device *d =
			udev_device_new_from_syspath(c->udev,
						     udev_list_entry_get_name(entry));
		int index = d ? card_number(udev_device_get_sysname(d), "card") : -1;

		if (index < 0 || (!c->by_kernel && !initialized(d)))
			continue;
		if (!tell_added(c, d, index))
			return -ECANCELED;
	}
	return 0;
}

static inline void cards_freep(struct cards **c)
{
	cards_free(*c);
}

int cards_new(sd_event *event, const struct cards_ops *ops, void *userdata,
	      struct cards **ret)
{
	_cleanup_(cards_freep) struct cards *c = calloc(1, sizeof(*c));
	int fd, r;

	if (!c)
		return -ENOMEM;
	c->ops = ops;
	c->userdata = userdata;
	c->by_kernel = access("/run/udev/control", F_OK) < 0;
	c->udev = udev_new();
	if (!c->udev)
		return -ENOMEM;
	c->monitor =
		udev_monitor_new_from_netlink(c->udev, c->by_kernel ? "kernel" : "udev");
	if (!c->monitor)
		return -ENOMEM;
	r = udev_monitor_filter_add_match_subsystem_devtype(c->monitor, "sound", NULL);
	/* listen before looking: a card that comes in between is told twice, and taken once */
	if (r >= 0)
		r = udev_monitor_enable_receiving(c->monitor);
	if (r < 0)
		return r;
	fd = udev_monitor_get_fd(c->monitor);
	r = sd_event_add_io(event, &c->source, fd, EPOLLIN, on_event, c);
	if (r < 0)
		return r;
	r = enumerate(c);
	if (r == -ECANCELED) {
		(void)TAKE_PTR(c); /* the callback freed it */
		return r;
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}

struct cards *cards_free(struct cards *c)
{
	if (!c)
		return NULL;
	if (c->freed)
		*c->freed = true;
	sd_event_source_disable_unref(c->source);
	udev_monitor_unref(c->monitor);
	udev_unref(c->udev);
	free(c);
	return NULL;
}

bool cards_is_there(int index)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/snd/controlC%d", index);
	return access(path, F_OK) == 0 || errno != ENOENT;
}
