/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The route of each card on disk: remembered over a reboot, and the intent of the switch in
 * progress, so that a kill at any instant leads back to a known route.
 */
#ifndef TACET_PORT_JOURNAL_H
#define TACET_PORT_JOURNAL_H

#include <stddef.h>

#include "core/profile.h"

struct journal_entry {
	bool have_route;
	struct route_names route; /* in force, or the one to go back to */
	bool switching;		  /* a switch had begun and did not report its end */
	struct route_names to;
	uint64_t switch_id;
};

/* Pure: text of an entry with its checksum, and back. parse: 0, or -EBADMSG with a sentence. */
int journal_format(const struct journal_entry *e, char *buf, size_t size);
int journal_parse(const char *text, size_t size, struct journal_entry *ret, char *why,
		  size_t why_size);

/**
 * journal_store() - replace the entry of a card: new file, fsync, rename, fsync of the folder
 *
 * Return: 0, or a negative errno (-ENOSPC, -EROFS, ...); the old entry is then intact.
 * Blocks for as long as the disk takes.
 */
int journal_store(int dir_fd, const char *card_id, const struct journal_entry *e);

/* Return: 0; -ENOENT; -EBADMSG after a broken file was set aside as `<card id>.state.bad`,
 * with @why filled; or another negative errno. */
int journal_load(int dir_fd, const char *card_id, struct journal_entry *ret, char *why,
		 size_t why_size);

#endif
