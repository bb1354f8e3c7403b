// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator: one media device for each parent device
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * What is decided is in tacet/media-life.h; here it is looked up and done. While we are not in
 * force (functions are being replaced, or given back), devices are kept as mc's own code keeps
 * them, in mc's list alone; arming makes a record for each, disarming drops the records.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "media.h"

#define TABLE_BITS 10

static DEFINE_HASHTABLE(by_parent, TABLE_BITS);
static DEFINE_HASHTABLE(by_mdev, TABLE_BITS);
LIST_HEAD(tacet_media_records);

/* Changed under the allocator's lock. */
static enum { ARMING, ARMED, LEAVING } mode;
static DECLARE_WAIT_QUEUE_HEAD(mode_changed);

static struct tacet_record *find_parent(const struct device *parent)
{
	struct tacet_record *record;

	tacet_media_assert_locked();
	hash_for_each_possible(by_parent, record, by_parent, (unsigned long)parent) {
		if (record->parent == parent)
			return record;
	}
	return NULL;
}

static struct tacet_record *find_mdev(const struct media_device *mdev)
{
	struct tacet_record *record;

	tacet_media_assert_locked();
	hash_for_each_possible(by_mdev, record, by_mdev, (unsigned long)mdev) {
		if (&record->block->mdev == mdev)
			return record;
	}
	return NULL;
}

static struct tacet_media_user *user_of(const struct tacet_record *record,
					const struct module *owner)
{
	struct tacet_media_user *user;

	list_for_each_entry(user, &record->users, entry) {
		if (user->owner == owner)
			return user;
	}
	return NULL;
}

static struct tacet_media_view view_of(const struct tacet_record *record,
				       const struct module *owner)
{
	const struct tacet_media_user *user = user_of(record, owner);

	return (struct tacet_media_view){
		.state = record->state,
		.users = kref_read(&record->block->refcount),
		.mine = user ? user->times : 0,
		.owner_stays = true,
	};
}

/* A record for a block; takes a reference to its parent. */
static struct tacet_record *make_record(struct tacet_block *block, struct device *parent)
{
	struct tacet_record *record = kzalloc(sizeof(*record), GFP_KERNEL);

	if (!record)
		return NULL;
	INIT_LIST_HEAD(&record->users);
	record->block = block;
	record->parent = get_device(parent);
	record->state = TACET_MEDIA_ALLOCATED;
	hash_add(by_mdev, &record->by_mdev, (unsigned long)&block->mdev);
	if (parent)
		hash_add(by_parent, &record->by_parent, (unsigned long)parent);
	else
		record->state = TACET_MEDIA_RETIRED;
	list_add_tail(&record->entry, &tacet_media_records);
	return record;
}

/* Forget a block, which is somebody else's now or about to be freed. */
static void drop_record(struct tacet_record *record)
{
	struct tacet_media_user *user, *next;

	list_for_each_entry_safe(user, next, &record->users, entry)
		kfree(user);
	hash_del(&record->by_mdev);
	hash_del(&record->by_parent);
	list_del(&record->entry);
	put_device(record->parent);
	kfree(record);
}

static void unlist(struct tacet_record *record)
{
	hash_del(&record->by_parent);
	list_del_init(&record->block->list);
}

static struct tacet_media_user *make_user(const char *name, struct module *owner)
{
	struct tacet_media_user *user = kzalloc(sizeof(*user), GFP_KERNEL);

	if (user) {
		user->owner = owner;
		strscpy(user->name, name ?: "?", sizeof(user->name));
	}
	return user;
}

static void add_user(struct tacet_record *record, struct tacet_media_user *user)
{
	struct tacet_media_user *known = user_of(record, user->owner);

	if (known) {
		kfree(user);
		user = known;
	} else {
		list_add_tail(&user->entry, &record->users);
	}
	user->times++;
}

/* The driver's count goes down; with the last one the driver is no user any more. */
static void drop_user(struct tacet_record *record, struct module *owner)
{
	struct tacet_media_user *user = user_of(record, owner);

	if (!user) {
		record->unnamed--;
	} else if (!--user->times) {
		list_del(&user->entry);
		kfree(user);
	}
}

/* Name the media device after its parent. */
static void init_mdev(struct media_device *mdev, struct device *parent,
		      const char *driver)
{
#if IS_REACHABLE(CONFIG_USB)
	if (parent->type && !strcmp(parent->type->name, "usb_device")) {
		struct usb_device *udev = to_usb_device(parent);

		__media_device_usb_init(mdev, udev, udev->product, driver);
		return;
	}
#endif
	mdev->dev = parent;
	strscpy(mdev->driver_name, driver, sizeof(mdev->driver_name));
	strscpy(mdev->model, dev_name(parent), sizeof(mdev->model));
	scnprintf(mdev->bus_info, sizeof(mdev->bus_info), "%s:%s",
		  dev_is_pci(parent) ? "PCI" : dev_bus_name(parent), dev_name(parent));
	media_device_init(mdev);
}

static struct tacet_block *make_block(struct device *parent, const char *driver,
				      struct module *owner)
{
	struct tacet_block *block = kzalloc(sizeof(*block), GFP_KERNEL);

	/* mc's code frees the block by the media device's address. */
	BUILD_BUG_ON(offsetof(struct tacet_block, mdev));
	if (!block)
		return NULL;
	block->owner = owner;
	kref_init(&block->refcount);
	init_mdev(&block->mdev, parent, driver);
	INIT_LIST_HEAD(&block->list);
	if (tacet_media_blocks())
		list_add_tail(&block->list, tacet_media_blocks());
	return block;
}

static void free_block(struct tacet_block *block)
{
	media_device_cleanup(&block->mdev);
	kfree(block);
}

/* As mc keeps devices, while its code may be at work as well. */
static struct media_device *old_allocate(struct device *parent, const char *driver,
					 struct module *owner)
{
	struct list_head *blocks = tacet_media_blocks();
	struct tacet_block *block;

	if (blocks) {
		list_for_each_entry(block, blocks, list) {
			if (block->mdev.dev != parent)
				continue;
			if (block->owner != owner && !try_module_get(block->owner))
				return ERR_PTR(-ENODEV);
			if (kref_get_unless_zero(&block->refcount))
				return &block->mdev;
			if (block->owner != owner)
				module_put(block->owner);
		}
	}
	block = make_block(parent, driver, owner);
	return block ? &block->mdev : ERR_PTR(-ENOMEM);
}

static struct media_device *fresh(struct device *parent, const char *driver,
				  struct module *owner, struct tacet_media_user *user)
{
	struct tacet_block *block = make_block(parent, driver, owner);
	struct tacet_record *record;

	record = block ? make_record(block, parent) : NULL;
	if (!record) {
		if (block) {
			list_del(&block->list);
			free_block(block);
		}
		kfree(user);
		return ERR_PTR(-ENOMEM);
	}
	add_user(record, user);
	return &block->mdev;
}

/* Take part in a device that others have; NULL: it is not to be had, make another. */
static struct media_device *share(struct tacet_record *record,
				  struct tacet_media_user *user)
{
	struct tacet_media_view view = view_of(record, user->owner);
	struct module *first = record->block->owner;
	struct tacet_media_step step;

	/* The owner of itself is alive, it calls us. */
	view.owner_stays = first == user->owner || try_module_get(first);
	step = tacet_media_step(view, TACET_MEDIA_ALLOCATE);
	record->state = step.state;
	if (step.acts & TACET_MEDIA_UNLIST)
		unlist(record);
	if (step.verdict == TACET_MEDIA_OK &&
	    !WARN_ON(!kref_get_unless_zero(&record->block->refcount))) {
		add_user(record, user);
		return &record->block->mdev;
	}
	if (view.owner_stays && first != user->owner)
		module_put(first);
	if (step.verdict == TACET_MEDIA_REFUSED) {
		tacet_media_count(TACET_MEDIA_COUNT_REFUSED);
		kfree(user);
		return ERR_PTR(-ENODEV);
	}
	tacet_media_count(TACET_MEDIA_COUNT_RETIRED);
	return NULL;
}

/*
 * Where all functions change at once, old ones may still be under way until we are armed; they
 * have another lock, so wait for that.
 */
static void begin(void)
{
	tacet_media_in();
	if (!IS_ENABLED(CONFIG_LIVEPATCH))
		wait_event(mode_changed, READ_ONCE(mode) != ARMING);
	tacet_media_lock();
}

static void end(void)
{
	tacet_media_unlock();
	tacet_media_out();
}

struct media_device *tacet_media_allocate(struct device *parent, const char *driver,
					  struct module *owner)
{
	struct tacet_media_user *user = make_user(driver, owner);
	struct media_device *mdev = NULL;
	struct tacet_record *record;

	if (!user)
		return ERR_PTR(-ENOMEM);
	begin();
	if (mode != ARMED) {
		kfree(user);
		mdev = old_allocate(parent, driver, owner);
		end();
		return mdev;
	}
	record = find_parent(parent);
	if (record)
		mdev = share(record, user);
	if (!mdev)
		mdev = fresh(parent, driver, owner, user);
	end();
	return mdev;
}
EXPORT_SYMBOL_GPL(tacet_media_allocate);

/* In the place of media_device_usb_allocate(). */
struct media_device *tacet_usb_allocate(struct usb_device *udev, const char *driver,
					struct module *owner)
{
	return tacet_media_allocate(&udev->dev, driver, owner);
}

#if IS_REACHABLE(CONFIG_USB)

static int is_parent(struct usb_device *udev, void *parent)
{
	return &udev->dev == parent;
}

/*
 * The parent of a device from before us may be gone, and its address another's: only one that is
 * plugged in is believed.
 */
static struct device *plugged_in(struct device *parent)
{
	return parent && usb_for_each_dev(parent, is_parent) ? parent : NULL;
}

#else

static struct device *plugged_in(struct device *parent)
{
	return NULL;
}

#endif

/* Make a record for a block from before us; without @parent it is not found any more. */
static struct tacet_record *adopt(struct tacet_block *block, struct device *parent)
{
	struct tacet_record *record = make_record(block, parent);

	if (!record) {
		pr_err("no memory to take over a media device, which stays\n");
		return NULL;
	}
	record->unnamed = kref_read(&block->refcount);
	if (!parent)
		list_del_init(&block->list);
	return record;
}

/* The caller of kref_put() does the rest, it knows from the return value. */
static void no_release(struct kref *kref)
{
}

/* As mc keeps devices; unlike mc, the count drops under the lock that finds them. */
static void old_delete(struct tacet_block *block, struct module *owner)
{
	bool last;

	if (block->owner != owner)
		module_put(block->owner);
	last = kref_put(&block->refcount, no_release);
	if (last)
		list_del_init(&block->list);
	tacet_media_unlock();
	if (last) {
		media_device_unregister(&block->mdev);
		free_block(block);
	}
	tacet_media_out();
}

/*
 * The device node's last reference is gone: nobody looks at the media device any more. mc calls
 * this at the last close, or tacet_media_delete() gets here itself.
 */
static void last_close(struct media_devnode *devnode)
{
	struct tacet_media_view view = {};
	struct tacet_record *record;
	struct tacet_block *block = NULL;
	struct tacet_media_step step;

	tacet_media_lock();
	list_for_each_entry(record, &tacet_media_records, entry) {
		if (record->devnode != devnode)
			continue;
		block = record->block;
		view.state = record->state;
		step = tacet_media_step(view, TACET_MEDIA_LAST_CLOSE);
		WARN_ON(step.state != TACET_MEDIA_RELEASED);
		break;
	}
	if (!WARN_ON(!block))
		free_block(block); /* before its parent */
	if (block)
		drop_record(record);
	tacet_media_unlock();
	/* Whoever unloads us waits until this has returned (tacet_media_settle()). */
	module_put(THIS_MODULE);
}

/*
 * Keep the memory until the last close. The reference to the node is ours until it is
 * unregistered: media_device_unregister() still writes to the device after its own put.
 */
static void defer(struct tacet_record *record)
{
	struct media_devnode *devnode = record->block->mdev.devnode;

	record->devnode = devnode;
	get_device(&devnode->dev);
	devnode->release = last_close;
	__module_get(THIS_MODULE);
}

static void unregister(struct media_device *mdev, struct media_devnode *devnode)
{
	media_device_unregister(mdev);
	if (tacet_media_files(devnode))
		tacet_media_count(TACET_MEDIA_COUNT_DEFERRED);
	put_device(&devnode->dev);
}

/* The driver lets go of a device that is known. Returns the node to unregister, if any. */
static struct media_devnode *let_go(struct tacet_record *record, const char *driver,
				    struct module *owner)
{
	struct tacet_media_view view = view_of(record, owner);
	struct tacet_block *block = record->block;
	struct media_devnode *devnode = NULL;
	struct tacet_media_step step;

	/* With other users, one may be registering it just now: do not look. */
	if (view.users == 1)
		view.registered = media_devnode_is_registered(block->mdev.devnode);
	if (!view.mine)
		view.mine = record->unnamed;
	step = tacet_media_step(view, TACET_MEDIA_DELETE);
	if (step.verdict == TACET_MEDIA_STRAY) {
		tacet_media_count(TACET_MEDIA_COUNT_STRAY);
		pr_err("%s lets go of a media device that it does not have\n", driver);
		return NULL;
	}
	record->state = step.state;
	drop_user(record, owner);
	WARN_ON(kref_put(&block->refcount, no_release) != !step.users);
	if (block->owner != owner)
		module_put(block->owner);
	if (step.acts & TACET_MEDIA_UNLIST)
		unlist(record);
	if (step.acts & TACET_MEDIA_UNREGISTER) {
		defer(record);
		devnode = record->devnode;
	}
	if (step.acts & TACET_MEDIA_FREE) {
		free_block(block);
		drop_record(record);
	}
	return devnode;
}

void tacet_media_delete(struct media_device *mdev, const char *driver,
			struct module *owner)
{
	struct media_devnode *devnode = NULL;
	struct tacet_record *record;
	struct tacet_block *block;

	begin();
	record = find_mdev(mdev);
	block = container_of(mdev, struct tacet_block, mdev);
	if (!record && mode != ARMED) {
		old_delete(block, owner);
		return;
	}
	/* From before us, where mc's list is not known. */
	if (!record)
		record = adopt(block, NULL);
	if (record)
		devnode = let_go(record, driver, owner);
	tacet_media_unlock();
	/* Not under the lock: it waits for ioctls, which wait for user space. */
	if (devnode)
		unregister(mdev, devnode);
	tacet_media_out();
}
EXPORT_SYMBOL_GPL(tacet_media_delete);

/* All functions are ours: from now on, the records count. */
void tacet_media_arm(void)
{
	struct list_head *blocks;
	struct tacet_block *block, *next;
	unsigned int adopted = 0;

	tacet_media_lock();
	blocks = tacet_media_blocks();
	if (blocks) {
		list_for_each_entry_safe(block, next, blocks, list)
			adopted += !!adopt(block, plugged_in(block->mdev.dev));
	}
	WRITE_ONCE(mode, ARMED);
	tacet_media_unlock();
	wake_up_all(&mode_changed);
	if (adopted)
		pr_info("took over %u media devices\n", adopted);
}

/* Give the devices back: the blocks stay in mc's list, as its code would have left them. */
void tacet_media_disarm(void)
{
	struct tacet_record *record, *next;

	tacet_media_lock();
	WRITE_ONCE(mode, LEAVING);
	list_for_each_entry_safe(record, next, &tacet_media_records, entry) {
		if (tacet_media_has_users(record->state))
			drop_record(record);
	}
	tacet_media_unlock();
	tacet_requests_unwatch_all();
}

bool tacet_media_is_armed(void)
{
	return READ_ONCE(mode) == ARMED;
}
