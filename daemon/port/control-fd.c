/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <sound/asound.h>

#include "port/control-fd.h"

#define ALSA_MAJOR 116

int control_fd_card(int fd)
{
	struct snd_ctl_card_info info;
	struct statx stx;
	int version, flags;

	/* A FUSE file system answers fstat() when it likes; AT_STATX_DONT_SYNC does not ask. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &stx) < 0)
		return -errno;
	if (!S_ISCHR(stx.stx_mode) || stx.stx_rdev_major != ALSA_MAJOR)
		return -ENOTTY;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return -errno;
	if (flags & O_PATH)
		return -EBADF;
	if (ioctl(fd, SNDRV_CTL_IOCTL_PVERSION, &version) < 0 ||
	    ioctl(fd, SNDRV_CTL_IOCTL_CARD_INFO, &info) < 0)
		return -errno;
	return info.card;
}
