// SPDX-License-Identifier: LGPL-2.1-or-later
#include "port/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "util/cleanup.h"

/* First line of a sysfs attribute, or "" */
static void read_attribute(const char *root, const char *name, char *buf, size_t size)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[512];

	buf[0] = '\0';
	snprintf(path, sizeof(path), "%s/sys/module/tacet_dpcm/%s", root, name);
	f = fopen(path, "re");
	if (f && !fgets(buf, (int)size, f))
		buf[0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}

bool kernel_repaired(const char *root, char *ret_repairs, size_t size)
{
	static const char *const nothing[] = { "", "none", "0", "N", "(null)" };
	char state[32], active[256];

	/* "coming" and "going" are modules whose hooks are not all in place */
	read_attribute(root, "initstate", state, sizeof(state));
	if (strcmp(state, "live"))
		return false;
	read_attribute(root, "parameters/active", active, sizeof(active));
	for (unsigned int i = 0; i < ARRAY_SIZE(nothing); i++) {
		if (!strcmp(active, nothing[i]))
			return false;
	}
	if (ret_repairs && size)
		snprintf(ret_repairs, size, "%s", active);
	return true;
}

bool kernel_miscounts_pauses(const char *root)
{
	_cleanup_fclose_ FILE *f = NULL;
	unsigned int major, minor;
	char path[512];

	snprintf(path, sizeof(path), "%s/proc/sys/kernel/osrelease", root);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%u.%u", &major, &minor) != 2)
		return false;
	return major > 5 || (major == 5 && (minor == 15 || minor >= 17));
}

int kernel_hold_repair(const char *root)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/proc/asound/tacet_dpcm", root);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

const char *kernel_release(void)
{
	static struct utsname u;

	if (!u.release[0] && uname(&u) < 0)
		return "unknown";
	return u.release;
}
