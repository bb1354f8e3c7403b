/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cleanup attributes: an acquisition releases itself when its scope ends.
 * sd-bus and sd-event objects have their own (sd_bus_message_unrefp and friends).
 */
#ifndef TACET_UTIL_CLEANUP_H
#define TACET_UTIL_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _cleanup_free_	 _cleanup_(freep)
#define _cleanup_close_	 _cleanup_(closep)
#define _cleanup_fclose_ _cleanup_(fclosep)

/* Hand a value over to the caller and disarm the cleanup of the variable that held it. */
#define TAKE_PTR(p)                        \
	({                                 \
		__auto_type __taken = (p); \
		(p) = NULL;                \
		__taken;                   \
	})
#define TAKE_FD(fd)                 \
	({                          \
		int __taken = (fd); \
		(fd) = -1;          \
		__taken;            \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
