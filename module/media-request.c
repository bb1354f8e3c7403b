// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that outlive their media device
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * A request is a file of its own. It points to the media device that it was made for, without a
 * reference; a driver such as vivid frees that device while the request's file is open. So the
 * requests of each device are kept on a list, and when it is unregistered those that are left
 * become orphans: they point to a media device of ours, and can only be closed.
 *
 * The list is kept by the operations req_alloc and req_free. Drivers without them, which is
 * every one that Linux has, get ours for as long as the device is registered. A driver that has
 * its own is left alone.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hashtable.h>
#include <linux/media.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/static_call.h>
#include <linux/wait.h>

#include "hook.h"
#include "media.h"

#if TACET_MEDIA_REQUESTS

/* A media device that makes requests: its operations, with ours among them. */
struct watch {
	struct media_device_ops ops;
	const struct media_device_ops *theirs;
	struct media_device *mdev;
	struct list_head entry;
	struct list_head requests;
	bool ending; /* new requests are mc's alone */
	struct rcu_head rcu;
};

struct watched {
	struct media_request request; /* first: mc may free it by this address */
	struct hlist_node by_request;
	struct list_head entry;
	struct watch *watch; /* NULL: an orphan */
	unsigned int busy;   /* ioctls that are under way */
	bool held;	     /* by who ends the watch */
};

/* Everything here, and a request's mdev. Taken in interrupts: drivers end requests there. */
static DEFINE_SPINLOCK(lock);
static DEFINE_HASHTABLE(known, 8);
static LIST_HEAD(watches);
static LIST_HEAD(orphans);
/* A request was freed, or an ioctl of one ended. */
static DECLARE_WAIT_QUEUE_HEAD(changed);

static struct media_device orphanage;

/* Nobody takes its address, so with IBT it may only be called directly. */
DEFINE_STATIC_CALL_NULL(tacet_request_clean, media_request_clean);

static struct watched *find(const struct media_request *request)
{
	struct watched *watched;

	lockdep_assert_held(&lock);
	hash_for_each_possible(known, watched, by_request, (unsigned long)request) {
		if (&watched->request == request)
			return watched;
	}
	return NULL;
}

static struct media_request *request_alloc(struct media_device *mdev)
{
	struct watched *watched;
	unsigned long flags;
	bool ending;

	BUILD_BUG_ON(offsetof(struct watched, request));
	/* Whoever has a request calls us when it is freed. */
	if (!try_module_get(THIS_MODULE))
		return NULL;
	watched = kzalloc(sizeof(*watched), GFP_KERNEL);
	if (!watched) {
		module_put(THIS_MODULE);
		return NULL;
	}
	/* mc fills it in later, but it can be seen here from now on. */
	kref_init(&watched->request.kref);
	INIT_LIST_HEAD(&watched->request.objects);
	spin_lock_init(&watched->request.lock);
	watched->watch = container_of(mdev->ops, struct watch, ops);
	spin_lock_irqsave(&lock, flags);
	ending = watched->watch->ending;
	if (!ending) {
		list_add_tail(&watched->entry, &watched->watch->requests);
		hash_add(known, &watched->by_request, (unsigned long)&watched->request);
	}
	spin_unlock_irqrestore(&lock, flags);
	/* Nobody knows it but mc, which may free it without us. */
	if (ending)
		module_put(THIS_MODULE);
	return &watched->request;
}

static void forget(struct watched *watched)
{
	lockdep_assert_held(&lock);
	hash_del(&watched->by_request);
	list_del(&watched->entry);
	module_put(THIS_MODULE);
}

static void request_free(struct media_request *request)
{
	struct watched *watched;
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	watched = find(request);
	if (watched)
		forget(watched);
	wake_up_all(&changed);
	spin_unlock_irqrestore(&lock, flags);
	/* One that is not known is mc's own, or begins as ours do. */
	kfree(request);
}

static int orphan_validate(struct media_request *request)
{
	return -ENODEV;
}

static void orphan_queue(struct media_request *request)
{
	WARN_ON(1); /* nothing is valid */
}

static const struct media_device_ops orphanage_ops = {
	.req_alloc = request_alloc,
	.req_free = request_free,
	.req_validate = orphan_validate,
	.req_queue = orphan_queue,
};

static struct watch *find_watch(const struct media_device *mdev)
{
	struct watch *watch;

	lockdep_assert_held(&lock);
	list_for_each_entry(watch, &watches, entry) {
		if (watch->mdev == mdev)
			return watch;
	}
	return NULL;
}

/**
 * tacet_requests_watch() - know the requests of a media device from now on
 * @mdev: the media device; the caller is inside (tacet_media_enter())
 *
 * Context: may sleep. Without memory the device's requests go as they did without us.
 */
void tacet_requests_watch(struct media_device *mdev)
{
	const struct media_device_ops *theirs = READ_ONCE(mdev->ops);
	struct watch *watch;
	unsigned long flags;

	if (!tacet_media_is_armed() || !theirs || theirs->req_alloc || theirs->req_free ||
	    !theirs->req_validate || !theirs->req_queue)
		return;
	watch = kzalloc(sizeof(*watch), GFP_KERNEL);
	if (!watch)
		return;
	watch->ops = *theirs;
	watch->ops.req_alloc = request_alloc;
	watch->ops.req_free = request_free;
	watch->theirs = theirs;
	watch->mdev = mdev;
	INIT_LIST_HEAD(&watch->requests);
	spin_lock_irqsave(&lock, flags);
	if (!find_watch(mdev)) {
		list_add_tail(&watch->entry, &watches);
		WRITE_ONCE(mdev->ops, &watch->ops);
		watch = NULL;
	}
	spin_unlock_irqrestore(&lock, flags);
	kfree(watch);
}

/*
 * Take the watch of @mdev, or of any, off the list. The device keeps our operations until its
 * requests are dealt with: who releases one of them must not find mc's, which free it and do not
 * tell us.
 */
static struct watch *end_watch(const struct media_device *mdev)
{
	struct watch *watch;
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	watch = mdev ? find_watch(mdev)
		     : list_first_entry_or_null(&watches, struct watch, entry);
	if (watch) {
		list_del(&watch->entry);
		watch->ending = true;
	}
	spin_unlock_irqrestore(&lock, flags);
	return watch;
}

static void make_orphan(struct watched *watched)
{
	watched->watch = NULL;
	WRITE_ONCE(watched->request.mdev, &orphanage);
	tacet_request_objects_move(&watched->request, &orphanage);
	list_move_tail(&watched->entry, &orphans);
	tacet_media_count(TACET_MEDIA_COUNT_ORPHANED);
}

/*
 * Orphan all requests of a device but those that are in use: whose ioctl is under way, or that
 * are being released and may have read the old media device. Who drops the last reference after
 * the count was read here, reads the new one.
 */
static bool all_parted(struct watch *watch)
{
	struct watched *watched, *next;
	unsigned long flags;
	bool parted;

	spin_lock_irqsave(&lock, flags);
	list_for_each_entry_safe(watched, next, &watch->requests, entry) {
		if (watched->busy)
			continue;
		WRITE_ONCE(watched->request.mdev, &orphanage);
		smp_mb(); /* mdev is written before the count is read */
		if (kref_read(&watched->request.kref))
			make_orphan(watched);
	}
	parted = list_empty(&watch->requests);
	spin_unlock_irqrestore(&lock, flags);
	return parted;
}

/*
 * Hold all requests of a device. Those that are being released tell us by our operations, and
 * those whose ioctl is under way come back to us.
 */
static bool all_held(struct watch *watch)
{
	struct watched *watched;
	unsigned long flags;
	bool held = true;

	spin_lock_irqsave(&lock, flags);
	list_for_each_entry(watched, &watch->requests, entry) {
		if (!watched->held)
			watched->held = kref_get_unless_zero(&watched->request.kref);
		held &= watched->held && !watched->busy;
	}
	spin_unlock_irqrestore(&lock, flags);
	return held;
}

/* Nobody releases a request while we hold it, so mc's operations are safe from here on. */
static void give_back(struct watch *watch)
{
	struct watched *watched, *next;
	unsigned long flags;
	LIST_HEAD(held);

	spin_lock_irqsave(&lock, flags);
	WRITE_ONCE(watch->mdev->ops, watch->theirs);
	list_for_each_entry_safe(watched, next, &watch->requests, entry) {
		forget(watched);
		list_add(&watched->entry, &held);
	}
	spin_unlock_irqrestore(&lock, flags);
	list_for_each_entry_safe(watched, next, &held, entry)
		media_request_put(&watched->request);
}

/**
 * tacet_requests_orphan() - a media device is unregistered: part its requests from it
 * @mdev: the media device; nobody is inside any more, nor gets in
 *
 * Context: may sleep; waits for requests that are queued or released just now.
 */
void tacet_requests_orphan(struct media_device *mdev)
{
	struct watch *watch = end_watch(mdev);

	if (!watch)
		return;
	wait_event(changed, all_parted(watch));
	WRITE_ONCE(mdev->ops, watch->theirs);
	kfree_rcu(watch, rcu);
}

/* Leave all requests to mc, which frees them as it would have. */
void tacet_requests_unwatch_all(void)
{
	struct watch *watch;

	while ((watch = end_watch(NULL))) {
		wait_event(changed, all_held(watch));
		give_back(watch);
		kfree_rcu(watch, rcu);
	}
}

static long queue(struct media_request *request, struct media_device *mdev)
{
	unsigned long flags;
	bool idle;
	int ret;

	/* In the order in which they are validated, and not while a stream stops. */
	mutex_lock(&mdev->req_queue_mutex);
	media_request_get(request);
	spin_lock_irqsave(&request->lock, flags);
	idle = request->state == MEDIA_REQUEST_STATE_IDLE;
	if (idle)
		request->state = MEDIA_REQUEST_STATE_VALIDATING;
	spin_unlock_irqrestore(&request->lock, flags);
	if (!idle) {
		ret = -EBUSY;
		goto out;
	}
	ret = mdev->ops->req_validate(request);
	/* Queued before the driver has it: the driver may complete it at once. */
	spin_lock_irqsave(&request->lock, flags);
	request->state = ret ? MEDIA_REQUEST_STATE_IDLE : MEDIA_REQUEST_STATE_QUEUED;
	spin_unlock_irqrestore(&request->lock, flags);
	if (!ret)
		mdev->ops->req_queue(request);
out:
	mutex_unlock(&mdev->req_queue_mutex);
	/* The reference is the queue's now, unless it did not get there. */
	if (ret)
		media_request_put(request);
	return ret;
}

static long reinit(struct media_request *request, struct media_device *mdev)
{
	unsigned long flags;
	bool rests;

	/* Newer kernels keep it from a request that is being queued, or whose stream stops. */
	mutex_lock(&mdev->req_queue_mutex);
	spin_lock_irqsave(&request->lock, flags);
	rests = !request->access_count &&
		(request->state == MEDIA_REQUEST_STATE_IDLE ||
		 request->state == MEDIA_REQUEST_STATE_COMPLETE);
	if (rests)
		request->state = MEDIA_REQUEST_STATE_CLEANING;
	spin_unlock_irqrestore(&request->lock, flags);
	if (rests) {
		static_call(tacet_request_clean)(request);
		spin_lock_irqsave(&request->lock, flags);
		request->state = MEDIA_REQUEST_STATE_IDLE;
		spin_unlock_irqrestore(&request->lock, flags);
	}
	mutex_unlock(&mdev->req_queue_mutex);
	return rests ? 0 : -EBUSY;
}

static long run(struct media_request *request, unsigned int cmd)
{
	struct watched *watched;
	unsigned long flags;
	long ret = -ENODEV;
	bool orphan;

	spin_lock_irqsave(&lock, flags);
	watched = find(request);
	orphan = watched && !watched->watch;
	if (watched && !orphan)
		watched->busy++;
	spin_unlock_irqrestore(&lock, flags);
	if (orphan)
		return -ENODEV;
	if (cmd == MEDIA_REQUEST_IOC_QUEUE)
		ret = queue(request, request->mdev);
	else
		ret = reinit(request, request->mdev);
	if (!watched)
		return ret;
	spin_lock_irqsave(&lock, flags);
	watched->busy--;
	wake_up_all(&changed);
	spin_unlock_irqrestore(&lock, flags);
	return ret;
}

/* In the place of media_request_ioctl(). */
long tacet_request_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	long ret;

	if (cmd != MEDIA_REQUEST_IOC_QUEUE && cmd != MEDIA_REQUEST_IOC_REINIT)
		return -ENOIOCTLCMD;
	tacet_media_in();
	ret = run(file->private_data, cmd);
	tacet_media_out();
	return ret;
}

int tacet_requests_init(void)
{
	unsigned long clean = tacet_symbol(TACET_MC, "media_request_clean");

	if (!clean) {
		pr_err("not loaded: %s has no function media_request_clean\n", TACET_MC);
		return -ENOENT;
	}
	static_call_update(tacet_request_clean, (typeof(media_request_clean) *)clean);
	media_device_init(&orphanage);
	orphanage.ops = &orphanage_ops;
	return 0;
}

void tacet_requests_exit(void)
{
	media_device_cleanup(&orphanage);
}

#else

void tacet_requests_watch(struct media_device *mdev)
{
}

void tacet_requests_orphan(struct media_device *mdev)
{
}

void tacet_requests_unwatch_all(void)
{
}

int tacet_requests_init(void)
{
	return 0;
}

void tacet_requests_exit(void)
{
}

#endif
