/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tacet_media: what its parts have of each other
 *
 * Copyright (C) 2026 The Tacet developers
 */
#ifndef TACET_MEDIA_INTERNAL_H
#define TACET_MEDIA_INTERNAL_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/usb.h>
#include <media/media-device.h>
#include <media/media-dev-allocator.h>
#include <media/media-devnode.h>
#include <media/media-request.h>

#include "compat.h"
#include "tacet/media-life.h"
#include "tacet/media.h"

#define TACET_MC "mc"

/* What was prevented; media-show.c has the names. */
enum tacet_media_count {
	TACET_MEDIA_COUNT_DEFERRED,   /* kept for open files */
	TACET_MEDIA_COUNT_RETIRED,    /* a fresh device instead of a dying one */
	TACET_MEDIA_COUNT_REFUSED,    /* a module on its way out */
	TACET_MEDIA_COUNT_STRAY,      /* let go of what it had not */
	TACET_MEDIA_COUNT_LATE_IOCTL, /* on a device that was unregistered meanwhile */
	TACET_MEDIA_COUNT_DRAINED,    /* unregistering waited for ioctls */
	TACET_MEDIA_COUNT_ORPHANED,   /* requests that outlived their device */
	TACET_MEDIA_COUNTS
};

void tacet_media_count(enum tacet_media_count what);

/*
 * mc's own allocator. While functions are being replaced, its code and ours run side by side, so
 * ours makes the same blocks, and keeps them in the same list under the same lock.
 */
struct tacet_block {
	struct media_device mdev;
	struct module *owner; /* of the driver that allocated it first */
	struct list_head list;
	struct kref refcount; /* users */
};

/* A driver that has a device, and how often. */
struct tacet_media_user {
	struct list_head entry;
	struct module *owner;
	unsigned int times;
	char name[32];
};

/* What we know of a block; under the allocator's lock. */
struct tacet_record {
	struct hlist_node by_parent; /* unhashed if it is not found any more */
	struct hlist_node by_mdev;
	struct list_head entry;
	struct tacet_block *block;
	struct device *parent; /* a reference; NULL if it is gone (adopted too late) */
	struct media_devnode *devnode; /* once unregistered */
	struct list_head users;
	unsigned int unnamed; /* users from before us */
	enum tacet_media_state state;
};

/* media-main.c */
const char *tacet_media_active(void);

/* media-core.c: what mc does not export */
int tacet_media_core_resolve(void);
void tacet_media_lock(void);
void tacet_media_unlock(void);
void tacet_media_assert_locked(void);
struct list_head *tacet_media_blocks(void);

typedef long (*tacet_media_fn)(struct media_device *mdev, void *arg);

enum tacet_media_ioctl {
	TACET_MEDIA_DEVICE_INFO,
	TACET_MEDIA_ENUM_ENTITIES,
	TACET_MEDIA_ENUM_LINKS,
	TACET_MEDIA_SETUP_LINK,
	TACET_MEDIA_G_TOPOLOGY,
	TACET_MEDIA_REQUEST_ALLOC,
	TACET_MEDIA_IOCTLS
};

extern tacet_media_fn tacet_media_core_fn[TACET_MEDIA_IOCTLS];

/* media-alloc.c */
struct media_device *tacet_usb_allocate(struct usb_device *udev, const char *driver,
					struct module *owner);
void tacet_media_arm(void);
void tacet_media_disarm(void);
bool tacet_media_is_armed(void);
extern struct list_head tacet_media_records;

/* media-ioctl.c */
struct tacet_inside {
	struct hlist_node entry;
	const struct media_devnode *devnode;
};

bool tacet_media_enter(struct media_devnode *devnode, struct tacet_inside *inside);
void tacet_media_leave(struct tacet_inside *inside);
long tacet_media_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
long tacet_media_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
void tacet_media_unregister_prepare(struct media_devnode *devnode);
void tacet_media_ioctl_init(void);
void tacet_media_in(void);
void tacet_media_out(void);
void tacet_media_settle(bool leaving);

/* mc's own, found at load: drops all objects of a request. Not to be called by this name. */
void media_request_clean(struct media_request *request);

/* media-request.c */
void tacet_requests_watch(struct media_device *mdev);
void tacet_requests_orphan(struct media_device *mdev);
void tacet_requests_unwatch_all(void);
long tacet_request_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int tacet_requests_init(void);
void tacet_requests_exit(void);

/* media-show.c: debugfs */
unsigned int tacet_media_files(struct media_devnode *devnode);
void tacet_media_show_init(void);
void tacet_media_show_exit(void);

#endif
