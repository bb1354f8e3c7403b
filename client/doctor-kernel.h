/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which faults a kernel has, from what it calls itself. Pure; the table is the whole knowledge.
 */
#ifndef TACET_CLIENT_DOCTOR_KERNEL_H
#define TACET_CLIENT_DOCTOR_KERNEL_H

#include <stdbool.h>

struct kernel_version {
	unsigned int major, minor, patch;
	/* Distributions hide the stable release they are built from: "5.10.0-32-amd64". */
	bool patch_known;
};

/* The newest release whose source was looked at: nothing is known to mend the faults later. */
#define KERNEL_LOOKED_AT_MAJOR 7
#define KERNEL_LOOKED_AT_MINOR 3
#define KERNEL_LOOKED_AT_PATCH 4

/**
 * kernel_version_parse() - the version that counts
 * @release: as uname -r
 * @build: as uname -v, or Ubuntu's version_signature; Debian's names the stable release behind
 *	   a 5.10.0-32-amd64. May be NULL.
 *
 * Return: 0, or -EINVAL with @ret untouched.
 */
int kernel_version_parse(const char *release, const char *build,
			 struct kernel_version *ret);

enum fault_area {
	FAULT_DPCM,  /* repaired by tacet_dpcm, avoided by tacetd's rest */
	FAULT_MEDIA, /* repaired by tacet_media */
};

struct kernel_fault {
	const char *id; /* "R0"; what the modules' parameter "active" names */
	enum fault_area area;
	const char *effect;   /* a sentence for a person */
	const char *evidence; /* where it was seen, a sentence */
	bool compress;	      /* only where the kernel has SND_SOC_COMPRESS */
};

#define KERNEL_FAULTS_MAX 16

struct kernel_fault_list {
	unsigned int n;
	struct {
		const struct kernel_fault *fault;
		bool certain; /* false: only some releases that call themselves so have it */
	} item[KERNEL_FAULTS_MAX];
};

/**
 * kernel_faults() - the faults of a version, in the order of the table
 * @compress: whether the kernel was built with SND_SOC_COMPRESS, as far as is known
 */
void kernel_faults(const struct kernel_version *v, bool compress,
		   struct kernel_fault_list *ret);

/* Is it newer than what was looked at? */
bool kernel_is_unknown(const struct kernel_version *v);

/* Do the modules load on this kernel? Elsewhere they refuse; module/ has the same list. */
bool kernel_is_repairable(const struct kernel_version *v);

/* Does a module's parameter "active" ("R0 B1 B2") name the fault? */
bool kernel_fault_repaired(const char *active, const char *id);

#endif
