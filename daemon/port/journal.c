// SPDX-License-Identifier: LGPL-2.1-or-later
#include "port/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/journal-text.h"
#include "util/cleanup.h"

/* The kernel makes card ids of letters, digits and '_'; anything else is not ours to open. */
static bool card_id_valid(const char *id)
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "0123456789_-");

	return n > 0 && n < TACET_NAME_MAX && !id[n];
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* The text in a file of its own, safely on the disk. */
static int write_new(int dir_fd, const char *name, const char *text, size_t n)
{
	_cleanup_close_ int fd =
		openat(dir_fd, name,
		       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, text, n);
	if (r < 0)
		return r;
	if (fsync(fd) < 0)
		return -errno;
	/* some file systems tell of a lack of space only here */
	return close(TAKE_FD(fd)) < 0 ? -errno : 0;
}

int journal_store(int dir_fd, const char *card_id, const struct journal_entry *e)
{
	_cleanup_free_ char *text = malloc(JOURNAL_TEXT_MAX);
	char name[TACET_NAME_MAX + 16], fresh[TACET_NAME_MAX + 16];
	int n, r;

	if (!text)
		return -ENOMEM;
	if (!card_id_valid(card_id))
		return -EINVAL;
	n = journal_format(e, text, JOURNAL_TEXT_MAX);
	if (n < 0)
		return n;
	snprintf(name, sizeof(name), "%s.state", card_id);
	snprintf(fresh, sizeof(fresh), "%s.state.new", card_id);

	r = write_new(dir_fd, fresh, text, (size_t)n);
	if (r >= 0 && renameat(dir_fd, fresh, dir_fd, name) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(dir_fd, fresh, 0);
		return r;
	}
	return fsync(dir_fd) < 0 ? -errno : 0;
}

/* Return: bytes read, -EBADMSG when there are more than any entry has. */
static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t k = read(fd, buf + n, size - n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		if (k == 0)
			return (ssize_t)n;
		n += (size_t)k;
	}
	return -EBADMSG;
}

int journal_load(int dir_fd, const char *card_id, struct journal_entry *ret, char *why,
		 size_t why_size)
{
	_cleanup_free_ char *text = malloc(JOURNAL_TEXT_MAX);
	char name[TACET_NAME_MAX + 16], bad[TACET_NAME_MAX + 16];
	_cleanup_close_ int fd = -1;
	struct stat st;
	ssize_t n;
	int r;

	if (!text)
		return -ENOMEM;
	if (!card_id_valid(card_id))
		return -EINVAL;
	snprintf(name, sizeof(name), "%s.state", card_id);
	snprintf(bad, sizeof(bad), "%s.state.bad", card_id);

	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	n = S_ISREG(st.st_mode) ? read_all(fd, text, JOURNAL_TEXT_MAX) : -EBADMSG;
	if (n < 0 && n != -EBADMSG)
		return (int)n;
	if (n == -EBADMSG) {
		snprintf(why, why_size, "not a state file: %s",
			 S_ISREG(st.st_mode) ? "too large" : "not a regular file");
		r = -EBADMSG;
	} else {
		r = journal_parse(text, (size_t)n, ret, why, why_size);
	}
	if (r == -EBADMSG)
		renameat(dir_fd, name, dir_fd, bad);
	return r;
}
