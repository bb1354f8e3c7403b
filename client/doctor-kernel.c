/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"
#include "doctor-kernel.h"

#define ANY 999999u

/* From one release to another, both included. */
struct range {
	unsigned int from[3], to[3];
};

/* The FE's stream lock came with 5.17 and was taken over into 5.15.112, never into 5.10. */
#define UNLOCKED                                 \
	{                                        \
		{ { 3, 5, 0 }, { 5, 15, 111 } }, \
		{                                \
			{ 5, 16, 0 },            \
			{                        \
				5, 16, ANY       \
			}                        \
		}                                \
	}
#define LOCKED                                      \
	{                                           \
		{ { 5, 15, 112 }, { 5, 15, ANY } }, \
		{                                   \
			{ 5, 17, 0 },               \
			{                           \
				ANY, ANY, ANY       \
			}                           \
		}                                   \
	}
#define SINCE(major, minor)                                 \
	{                                                   \
		{ { major, minor, 0 }, { ANY, ANY, ANY } }, \
		{                                           \
			{                                   \
			}                                   \
		}                                           \
	}

static const struct {
	struct kernel_fault fault;
	struct range ranges[2];
} faults[] = {
	{ { "R0", FAULT_DPCM,
	    "A route that changes while sound plays frees a link under the stream's "
	    "trigger: the kernel panics.",
	    "Seen on Debian's 5.10, within a second." },
	  UNLOCKED },
	{ { "B1", FAULT_DPCM,
	    "On cards with compressed offload, a route that changes while such a stream "
	    "starts or stops makes the kernel use freed memory and panic.",
	    "Seen on Debian's 6.1, 6.12 and 7.2, within seconds.", true },
	  LOCKED },
	{ { "B2", FAULT_DPCM,
	    "When two streams share an output and one closes while the other starts or "
	    "stops, the kernel uses freed memory.",
	    "Seen on Debian's 6.1." },
	  LOCKED },
	{ { "B3", FAULT_DPCM,
	    "When a stream that may sleep in its trigger joins an output of one that "
	    "may not, the kernel hangs.",
	    "Seen on Debian's 6.1 and 6.12." },
	  LOCKED },
	{ { "B4", FAULT_DPCM,
	    "Taking one stream away from an output can silence the other stream on it, "
	    "which goes on as if it played.",
	    "Seen on Debian's 6.1, 6.12 and 7.2, each time." },
	  LOCKED },
	{ { "B5", FAULT_DPCM,
	    "An output can be stopped twice, or be started and never stopped, when a "
	    "route changes while a stream starts or stops.",
	    "Read in the source." },
	  LOCKED },
	{ { "B6", FAULT_DPCM,
	    "Two streams that start or stop at once on one output can start it twice, "
	    "or take its hardware away while it runs.",
	    "Seen on Debian's 5.10." },
	  UNLOCKED },
	{ { "B7", FAULT_DPCM,
	    "A compressed offload stream that fails to open leaves a lock taken: "
	    "everything that touches the card then hangs.",
	    "Read in the source of 6.1.", true },
	  { { { 6, 1, 0 }, { 6, 1, ANY } }, {} } },
	{ { "B8", FAULT_DPCM,
	    "When a stream resumes after suspend while another prepares their output, "
	    "the output is started twice, or never stopped.",
	    "Seen on Debian's 5.10, 6.1, 6.12 and 7.2, each time." },
	  SINCE(5, 10) },
	{ { "B9", FAULT_DPCM,
	    "An output that a route change brings to a paused stream is counted as "
	    "started "
	    "twice, and not stopped when the stream ends. tacetd halts copied streams "
	    "instead of pausing them; direct ones still meet it.",
	    "Seen on Debian's 6.1, 6.12 and 7.2, each time." },
	  LOCKED },
	{ { "M1", FAULT_MEDIA,
	    "Unplugging a USB device while a program asks its media device for the "
	    "topology makes the kernel use freed memory and panic.",
	    "Seen on Debian's 6.1 and 6.12, within seconds." },
	  SINCE(5, 2) },
	{ { "M2", FAULT_MEDIA,
	    "A media device that is being deleted can be handed out once more.",
	    "Read in the source." },
	  SINCE(5, 2) },
	{ { "M3", FAULT_MEDIA,
	    "A USB device that is plugged in again can get the media device of the one "
	    "that was pulled.",
	    "Read in the source." },
	  SINCE(5, 2) },
	{ { "M4", FAULT_MEDIA,
	    "A media request that outlives its device keeps a pointer to freed memory.",
	    "Seen on Debian's 6.1 with a virtual camera, each time." },
	  SINCE(4, 20) },
	{ { "M5", FAULT_MEDIA,
	    "Closing a USB sound stream while the device is unplugged can use freed "
	    "memory.",
	    "Read in the source." },
	  SINCE(5, 2) },
	{ { "M6", FAULT_MEDIA,
	    "Unplugging a webcam while a program talks to its media device can use "
	    "freed memory.",
	    "Seen on Debian's 6.1 with a virtual camera, each time." },
	  SINCE(3, 0) },
};

_Static_assert(ARRAY_SIZE(faults) <= KERNEL_FAULTS_MAX, "the list holds them all");

/* -1, 0 or 1, comparing @depth parts. */
static int compare(const struct kernel_version *v, const unsigned int *with,
		   unsigned int depth)
{
	const unsigned int own[] = { v->major, v->minor, v->patch };
	unsigned int i;

	for (i = 0; i < depth; i++)
		if (own[i] != with[i])
			return own[i] < with[i] ? -1 : 1;
	return 0;
}

/* 1: inside; 0: outside; -1: the patch level decides, and nobody knows it. */
static int in_range(const struct kernel_version *v, const struct range *r)
{
	if (r->to[0] == 0)
		return 0;
	if (v->patch_known)
		return compare(v, r->from, 3) >= 0 && compare(v, r->to, 3) <= 0;
	if (compare(v, r->from, 2) < 0 || compare(v, r->to, 2) > 0)
		return 0;
	if ((compare(v, r->from, 2) == 0 && r->from[2] > 0) ||
	    (compare(v, r->to, 2) == 0 && r->to[2] < ANY))
		return -1;
	return 1;
}

void kernel_faults(const struct kernel_version *v, bool compress,
		   struct kernel_fault_list *ret)
{
	size_t i;

	ret->n = 0;
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		int a = in_range(v, &faults[i].ranges[0]);
		int b = in_range(v, &faults[i].ranges[1]);

		if ((!a && !b) || (faults[i].fault.compress && !compress))
			continue;
		ret->item[ret->n].fault = &faults[i].fault;
		ret->item[ret->n].certain = a > 0 || b > 0;
		ret->n++;
	}
}

bool kernel_is_unknown(const struct kernel_version *v)
{
	static const unsigned int newest[] = { KERNEL_LOOKED_AT_MAJOR,
					       KERNEL_LOOKED_AT_MINOR,
					       KERNEL_LOOKED_AT_PATCH };

	return compare(v, newest, 3) > 0;
}

/* "Debian 5.10.223-1", or Ubuntu's "... 5.15.167" at the end of its signature. */
static bool parse_build(const char *build, struct kernel_version *v)
{
	const char *p = strstr(build, "Debian ");
	unsigned int a, b, c;

	if (p)
		p += strlen("Debian ");
	else if (strncmp(build, "Ubuntu ", 7) == 0)
		p = strrchr(build, ' ') + 1;
	if (!p || sscanf(p, "%u.%u.%u", &a, &b, &c) != 3)
		return false;
	/* A backport's name that belongs to another kernel is no help. */
	if (a != v->major || b != v->minor)
		return false;
	v->patch = c;
	return true;
}

int kernel_version_parse(const char *release, const char *build,
			 struct kernel_version *ret)
{
	struct kernel_version v = {};
	int n = 0, fields;

	fields = sscanf(release, "%u.%u%n.%u%n", &v.major, &v.minor, &n, &v.patch, &n);
	if (fields < 2)
		return -EINVAL;
	/* "5.10.0-32-amd64" is any 5.10; "6.12.107+deb13-amd64" and "6.1.0" say what they are. */
	v.patch_known = v.patch > 0 || release[n] != '-';
	if (!v.patch_known && build)
		v.patch_known = parse_build(build, &v);
	*ret = v;
	return 0;
}

bool kernel_is_repairable(const struct kernel_version *v)
{
	static const struct {
		unsigned int major, minor;
	} series[] = { { 5, 10 }, { 6, 1 }, { 6, 12 }, { 7, 2 } };

	for (unsigned int i = 0; i < ARRAY_SIZE(series); i++) {
		if (v->major == series[i].major && v->minor == series[i].minor)
			return true;
	}
	return false;
}

bool kernel_fault_repaired(const char *active, const char *id)
{
	size_t n = strlen(id);
	const char *p;

	for (p = active; (p = strstr(p, id)); p += n) {
		bool begins = p == active || strchr(" ,\t", p[-1]);
		bool ends = !p[n] || strchr(" ,\t\n", p[n]);

		if (begins && ends)
			return true;
	}
	return false;
}
