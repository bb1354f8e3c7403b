/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tacet_media's interface for drivers: one media device for each parent device
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Drivers that use the kernel's own media_device_usb_allocate() and media_device_delete() need
 * not be changed: while tacet_media is in force, both are these.
 */
#ifndef TACET_MEDIA_H
#define TACET_MEDIA_H

#include <linux/device.h>
#include <linux/module.h>
#include <media/media-device.h>

/**
 * tacet_media_allocate() - the media device of a parent device, found or made
 * @parent: the USB, PCI or platform device that all drivers which share it have in common
 * @driver: the driver's name, KBUILD_MODNAME
 * @owner:  the driver's module, THIS_MODULE
 *
 * Call it once for each time that the driver binds, then register the media device if it has no
 * device node yet (media_devnode_is_registered()). The first driver gives it its names; each
 * other one holds that driver's module until it lets go. A driver that binds anew while its last
 * binding has not let go gets a fresh media device.
 *
 * Context: may sleep; takes the allocator's lock.
 * Return: the media device; give it back with tacet_media_delete(). ERR_PTR: -ENOMEM, or
 * -ENODEV if the module of the first driver is being removed.
 */
struct media_device *tacet_media_allocate(struct device *parent, const char *driver,
					  struct module *owner);

/**
 * tacet_media_delete() - let go of a media device
 * @mdev:   from tacet_media_allocate()
 * @driver: as there
 * @owner:  as there
 *
 * The last driver that lets go unregisters it: no ioctl of it runs when this returns, and no new
 * one begins. Its memory stays until its last file is closed. Do not call
 * media_device_unregister() or media_device_cleanup() for it.
 *
 * Context: may sleep; waits for ioctls that have begun. Take no lock that they take.
 */
void tacet_media_delete(struct media_device *mdev, const char *driver,
			struct module *owner);

#endif
