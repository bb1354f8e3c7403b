// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <sound/asound.h>
#include <string.h>
#include <sys/ioctl.h>

#include "worker/ctl.h"

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
