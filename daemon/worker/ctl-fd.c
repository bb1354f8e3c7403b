// SPDX-License-Identifier: LGPL-2.1-or-later
#include "worker/ctl.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

int ctl_foreign_fd(const struct ctl *c)
{
	DIR *dir = opendir("/proc/self/fd");
	struct stat ours, st;
	struct dirent *de;
	int found = -1, n = 0;

	if (!dir)
		return -1;
	if (fstat(c->fd, &ours) < 0) {
		closedir(dir);
		return -1;
	}
	while ((de = readdir(dir))) {
		int fd = atoi(de->d_name);

		if (de->d_name[0] == '.' || fd == c->fd || fd == dirfd(dir))
			continue;
		if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) ||
		    st.st_rdev != ours.st_rdev)
			continue;
		found = fd;
		n++;
	}
	closedir(dir);
	return n == 1 ? found : -1;
}
