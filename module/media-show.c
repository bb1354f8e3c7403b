// SPDX-License-Identifier: GPL-2.0-only
/*
 * What there is and what was prevented: /sys/kernel/debug/tacet-media/{devices,counters}
 *
 * Copyright (C) 2026 The Tacet developers
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "media.h"

static const char *const names[TACET_MEDIA_COUNTS] = {
	[TACET_MEDIA_COUNT_DEFERRED] = "kept_for_files",
	[TACET_MEDIA_COUNT_RETIRED] = "fresh_for_dying",
	[TACET_MEDIA_COUNT_REFUSED] = "module_refused",
	[TACET_MEDIA_COUNT_STRAY] = "stray_delete",
	[TACET_MEDIA_COUNT_LATE_IOCTL] = "late_ioctl",
	[TACET_MEDIA_COUNT_DRAINED] = "waited_for_ioctls",
	[TACET_MEDIA_COUNT_ORPHANED] = "orphaned_request",
};

static atomic_t counts[TACET_MEDIA_COUNTS];
static struct dentry *root;

/* Context: any. */
void tacet_media_count(enum tacet_media_count what)
{
	atomic_inc(&counts[what]);
}

/**
 * tacet_media_files() - how many files of a device node are open
 * @devnode: the node; the caller has a reference
 *
 * Each open file has a reference to the node's character device, which has one of its own until
 * it is unregistered.
 */
unsigned int tacet_media_files(struct media_devnode *devnode)
{
	unsigned int refs = kref_read(&devnode->cdev.kobj.kref);

	return media_devnode_is_registered(devnode) && refs ? refs - 1 : refs;
}

/* A registered device's node, met as a child of the parent, so with a reference. */
struct node {
	const struct media_device *mdev;
	bool registered;
	unsigned int files;
	char name[16];
};

static int look(struct device *child, void *data)
{
	struct node *node = data;
	struct media_devnode *devnode;

	if (!child->bus || strcmp(child->bus->name, "media"))
		return 0;
	devnode = to_media_devnode(child);
	if (devnode->media_dev != node->mdev)
		return 0;
	node->registered = media_devnode_is_registered(devnode);
	node->files = tacet_media_files(devnode);
	strscpy(node->name, dev_name(child), sizeof(node->name));
	return 1;
}

static void find_node(struct tacet_record *record, struct node *node)
{
	struct tacet_media_view view = { .state = record->state };

	if (record->devnode) {
		node->files = tacet_media_files(record->devnode);
		strscpy(node->name, dev_name(&record->devnode->dev), sizeof(node->name));
		return;
	}
	node->mdev = &record->block->mdev;
	if (record->parent && device_for_each_child(record->parent, node, look) &&
	    node->registered)
		record->state = tacet_media_step(view, TACET_MEDIA_REGISTER).state;
}

static void show_record(struct seq_file *file, struct tacet_record *record)
{
	struct node node = { .name = "-" };
	struct tacet_media_user *user;
	unsigned int users = record->unnamed;

	find_node(record, &node);
	list_for_each_entry(user, &record->users, entry)
		users += user->times;
	seq_printf(file, "%s parent=%s state=%s users=%u files=%u by=", node.name,
		   record->parent ? dev_name(record->parent) : "-",
		   tacet_media_state_name(record->state, node.files), users, node.files);
	list_for_each_entry(user, &record->users, entry)
		seq_printf(file, "%s:%u,", user->name, user->times);
	if (record->unnamed)
		seq_printf(file, "earlier:%u,", record->unnamed);
	seq_putc(file, '\n');
}

static int devices_show(struct seq_file *file, void *unused)
{
	struct tacet_record *record;

	tacet_media_lock();
	list_for_each_entry(record, &tacet_media_records, entry)
		show_record(file, record);
	tacet_media_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(devices);

static int counters_show(struct seq_file *file, void *unused)
{
	int i;

	for (i = 0; i < TACET_MEDIA_COUNTS; i++)
		seq_printf(file, "%s %d\n", names[i], atomic_read(&counts[i]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

void tacet_media_show_init(void)
{
	root = debugfs_create_dir("tacet-media", NULL);
	debugfs_create_file("devices", 0400, root, NULL, &devices_fops);
	debugfs_create_file("counters", 0444, root, NULL, &counters_fops);
}

void tacet_media_show_exit(void)
{
	debugfs_remove_recursive(root);
}
