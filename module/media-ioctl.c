// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctls of media devices, and how unregistering waits for them
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * mc looks up the media device, then copies the argument from user space, which may take as long
 * as user space likes, then uses the device, which may be gone by then. Here the argument comes
 * first. Then the ioctl enters: if the device is still registered it is on a list of those
 * inside, both decided under one lock. Unregistering marks the device under that lock, so that
 * nobody enters any more, and waits until the list has nobody of this device. Devices do not
 * wait for each other's ioctls.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compat.h>
#include <linux/hash.h>
#include <linux/media.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "media.h"

#define BUCKET_BITS 6

/* Those inside, by device node. */
static struct bucket {
	spinlock_t lock; /* the list; and the mark of the nodes that hash here */
	struct hlist_head inside;
	wait_queue_head_t left;
} buckets[1 << BUCKET_BITS];

static struct bucket *bucket_of(const struct media_devnode *devnode)
{
	return &buckets[hash_ptr(devnode, BUCKET_BITS)];
}

/**
 * tacet_media_enter() - begin to use a device node's media device
 * @devnode: the node; the caller has a reference
 * @inside:  belongs to the list until tacet_media_leave()
 *
 * Return: false if it is unregistered; then do not touch the media device.
 */
bool tacet_media_enter(struct media_devnode *devnode, struct tacet_inside *inside)
{
	struct bucket *bucket = bucket_of(devnode);
	bool registered;

	inside->devnode = devnode;
	spin_lock(&bucket->lock);
	registered = media_devnode_is_registered(devnode);
	if (registered)
		hlist_add_head(&inside->entry, &bucket->inside);
	spin_unlock(&bucket->lock);
	if (!registered)
		tacet_media_count(TACET_MEDIA_COUNT_LATE_IOCTL);
	return registered;
}

/* The media device is not touched any more; it may be gone at once. */
void tacet_media_leave(struct tacet_inside *inside)
{
	struct bucket *bucket = bucket_of(inside->devnode);

	spin_lock(&bucket->lock);
	hlist_del(&inside->entry);
	/* Under the lock, so that we are out of here before whoever waits goes on. */
	wake_up(&bucket->left);
	spin_unlock(&bucket->lock);
}

static bool is_empty(struct bucket *bucket, const struct media_devnode *devnode)
{
	struct tacet_inside *inside;
	bool empty = true;

	spin_lock(&bucket->lock);
	hlist_for_each_entry(inside, &bucket->inside, entry) {
		if (inside->devnode == devnode)
			empty = false;
	}
	spin_unlock(&bucket->lock);
	return empty;
}

static void drain(struct media_devnode *devnode)
{
	struct bucket *bucket = bucket_of(devnode);

	if (is_empty(bucket, devnode))
		return;
	tacet_media_count(TACET_MEDIA_COUNT_DRAINED);
	wait_event(bucket->left, is_empty(bucket, devnode));
}

/*
 * In the place of media_devnode_unregister_prepare(), which media_device_unregister() calls
 * first, with the graph's mutex held. Those inside want that mutex, so it is let go while we
 * wait: the graph is still whole, and whoever else unregisters this device sees that it is not
 * registered any more and returns, as ever. A registration that fails calls this too, without
 * the mutex; it has taken the node from the media device by then.
 *
 * mc marks the node under media_devnode_lock, for open(). An open that sees the old mark still
 * gets its reference before media_devnode_unregister() has that lock, and only then may the node
 * go.
 */
void tacet_media_unregister_prepare(struct media_devnode *devnode)
{
	struct media_device *mdev;
	struct bucket *bucket;
	bool held;

	tacet_media_in();
	if (!media_devnode_is_registered(devnode))
		goto out;
	mdev = devnode->media_dev;
	bucket = bucket_of(devnode);
	spin_lock(&bucket->lock);
	clear_bit(MEDIA_FLAG_REGISTERED, &devnode->flags);
	spin_unlock(&bucket->lock);

	held = mdev->devnode == devnode;
	if (held) {
		lockdep_assert_held(&mdev->graph_mutex);
		mutex_unlock(&mdev->graph_mutex);
	}
	drain(devnode);
	tacet_requests_orphan(mdev);
	if (held)
		mutex_lock(&mdev->graph_mutex);
out:
	tacet_media_out();
}

static const struct {
	unsigned int cmd;
	bool graph; /* under the graph's mutex */
} ioctls[TACET_MEDIA_IOCTLS] = {
	[TACET_MEDIA_DEVICE_INFO] = { MEDIA_IOC_DEVICE_INFO, true },
	[TACET_MEDIA_ENUM_ENTITIES] = { MEDIA_IOC_ENUM_ENTITIES, true },
	[TACET_MEDIA_ENUM_LINKS] = { MEDIA_IOC_ENUM_LINKS, true },
	[TACET_MEDIA_SETUP_LINK] = { MEDIA_IOC_SETUP_LINK, true },
	[TACET_MEDIA_G_TOPOLOGY] = { MEDIA_IOC_G_TOPOLOGY, true },
	[TACET_MEDIA_REQUEST_ALLOC] = { MEDIA_IOC_REQUEST_ALLOC, false },
};

/* Run an ioctl on the media device, if it is still there. */
static long run(struct media_devnode *devnode, enum tacet_media_ioctl which, void *arg)
{
	struct tacet_inside inside;
	struct media_device *mdev;
	long ret;

	if (!tacet_media_enter(devnode, &inside))
		return -EIO; /* as mc answers for a device that is gone */
	mdev = devnode->media_dev;
	if (which == TACET_MEDIA_REQUEST_ALLOC)
		tacet_requests_watch(mdev);
	if (ioctls[which].graph)
		mutex_lock(&mdev->graph_mutex);
	ret = tacet_media_core_fn[which](mdev, arg);
	if (ioctls[which].graph)
		mutex_unlock(&mdev->graph_mutex);
	tacet_media_leave(&inside);
	return ret;
}

static long copy_and_run(struct media_devnode *devnode, unsigned int cmd,
			 void __user *user)
{
	u64 arg[256 / sizeof(u64)] = {};
	unsigned int i;
	long ret;

	BUILD_BUG_ON(sizeof(struct media_device_info) > sizeof(arg) ||
		     sizeof(struct media_entity_desc) > sizeof(arg) ||
		     sizeof(struct media_links_enum) > sizeof(arg) ||
		     sizeof(struct media_v2_topology) > sizeof(arg));
	for (i = 0; i < ARRAY_SIZE(ioctls); i++) {
		if (ioctls[i].cmd == cmd)
			break;
	}
	if (i == ARRAY_SIZE(ioctls))
		return -ENOIOCTLCMD;
	if ((_IOC_DIR(cmd) & _IOC_WRITE) && copy_from_user(arg, user, _IOC_SIZE(cmd)))
		return -EFAULT;
	ret = run(devnode, i, arg);
	if (!ret && (_IOC_DIR(cmd) & _IOC_READ) &&
	    copy_to_user(user, arg, _IOC_SIZE(cmd)))
		ret = -EFAULT;
	return ret;
}

/* In the place of media_device_ioctl(). */
long tacet_media_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	long ret;

	tacet_media_in();
	ret = copy_and_run(media_devnode_data(file), cmd, (void __user *)arg);
	tacet_media_out();
	return ret;
}

#ifdef CONFIG_COMPAT

/* MEDIA_IOC_ENUM_LINKS of a 32-bit program. */
struct links_enum32 {
	__u32 entity;
	compat_uptr_t pads;
	compat_uptr_t links;
	__u32 reserved[4];
};

static long enum_links32(struct media_devnode *devnode, struct links_enum32 __user *user)
{
	struct media_links_enum links = {};
	struct links_enum32 links32;
	long ret;

	if (copy_from_user(&links32, user, sizeof(links32)))
		return -EFAULT;
	links.entity = links32.entity;
	links.pads = compat_ptr(links32.pads);
	links.links = compat_ptr(links32.links);
	ret = run(devnode, TACET_MEDIA_ENUM_LINKS, &links);
	if (!ret && copy_to_user(user->reserved, links.reserved, sizeof(user->reserved)))
		ret = -EFAULT;
	return ret;
}

/* In the place of media_device_compat_ioctl(). */
long tacet_media_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct media_devnode *devnode = media_devnode_data(file);
	long ret;

	tacet_media_in();
	if (cmd == _IOWR('|', 0x02, struct links_enum32))
		ret = enum_links32(devnode, (void __user *)arg);
	else
		ret = copy_and_run(devnode, cmd, (void __user *)arg);
	tacet_media_out();
	return ret;
}

#endif

#ifndef CONFIG_LIVEPATCH

/* Who is in one of our functions; livepatch knows that by itself. */

static atomic_t functions_in = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(functions_out);

void tacet_media_in(void)
{
	atomic_inc(&functions_in);
}

void tacet_media_out(void)
{
	if (atomic_dec_and_test(&functions_in))
		wake_up_all(&functions_out);
}

/*
 * On the way in there is nothing to wait for: see begin() in media-alloc.c. On the way out,
 * nobody may be left in a function of ours.
 */
void tacet_media_settle(bool leaving)
{
	if (leaving)
		wait_event(functions_out, !atomic_read(&functions_in));
	synchronize_rcu_tasks();
}

#else

void tacet_media_in(void)
{
}

void tacet_media_out(void)
{
}

void tacet_media_settle(bool leaving)
{
}

#endif

void tacet_media_ioctl_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(buckets); i++) {
		spin_lock_init(&buckets[i].lock);
		INIT_HLIST_HEAD(&buckets[i].inside);
		init_waitqueue_head(&buckets[i].left);
	}
}
