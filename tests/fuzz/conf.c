/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * The configuration: any bytes are either taken as a whole, with every value in its range, or
 * refused with at least one complaint that names file and line. A line "%%" parts the file from
 * a drop-in.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "fuzz.h"
#include "util/cleanup.h"

static int file_fd = -1;
static char file[64], dropins[64], dropin[128];

static void write_whole(int fd, const uint8_t *data, size_t size)
{
	CHECK(ftruncate(fd, 0) == 0);
	CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
}

static void remove_folder(void)
{
	(void)unlink(dropin);
	(void)rmdir(dropins);
}

static void set_up(void)
{
	file_fd = memfd_create("conf", MFD_CLOEXEC);
	CHECK(file_fd >= 0);
	snprintf(file, sizeof(file), "/proc/self/fd/%d", file_fd);
	/* In memory where that can be had. */
	strcpy(dropins, access("/dev/shm", W_OK) == 0 ? "/dev/shm/tacet-fuzz-XXXXXX"
						      : "/tmp/tacet-fuzz-XXXXXX");
	CHECK(mkdtemp(dropins));
	snprintf(dropin, sizeof(dropin), "%s/50-fuzz.conf", dropins);
	atexit(remove_folder);
}

static void set_dropin(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = -1;

	if (!data) {
		CHECK(unlink(dropin) == 0 || errno == ENOENT);
		return;
	}
	fd = open(dropin, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	write_whole(fd, data, size);
}

static bool ends(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

static bool time_is_sane(uint64_t us)
{
	return us > 0 && us <= REQUEST_TIMEOUT_MAX_US;
}

static void check_names(const struct name_list *l)
{
	CHECK(l->n <= REQUEST_NAMES);
	for (unsigned int i = 0; i < l->n; i++)
		CHECK(l->name[i][0] && ends(l->name[i], sizeof(l->name[i])));
}

static void check_card(const struct conf *c, const struct conf_card *k)
{
	CHECK(k->id[0] && ends(k->id, sizeof(k->id)));
	CHECK(conf_card(c, k->id) == k);
	CHECK(k->manage <= CONF_MANAGE_NO);
	CHECK(ends(k->default_verb, sizeof(k->default_verb)));
	CHECK(k->quiesce < QUIESCE_LIVE);
	CHECK(time_is_sane(k->timeout_us) && time_is_sane(k->ucm_timeout_us) &&
	      time_is_sane(k->resume_timeout_us));
	CHECK(!k->default_devices.n || k->default_verb[0]);
	check_names(&k->default_devices);
	for (char **s = k->lock_exclude; s && *s; s++)
		CHECK(**s);
}

static void check_hold(const struct conf_hold *h)
{
	CHECK(h->name[0] && ends(h->name, sizeof(h->name)));
	CHECK(h->card[0] && ends(h->card, sizeof(h->card)));
	CHECK(ends(h->verb, sizeof(h->verb)) && ends(h->device, sizeof(h->device)));
	CHECK(h->spec.pcm[0] && ends(h->spec.pcm, sizeof(h->spec.pcm)));
	CHECK(ends(h->spec.format, sizeof(h->spec.format)));
	CHECK(!h->spec.rate || (h->spec.rate >= 4000 && h->spec.rate <= 768000));
	CHECK(h->spec.channels <= 32);
}

static void check_errors(const char *errors)
{
	CHECK(errors && *errors);
	CHECK(errors[strlen(errors) - 1] == '\n');
	CHECK(!strncmp(errors, file, strlen(file)) ||
	      !strncmp(errors, dropins, strlen(dropins)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *cut = memmem(data, size, "%%\n", 3);
	size_t first = cut ? (size_t)(cut - data) : size;
	_cleanup_free_ char *errors = NULL;
	struct conf *c = NULL;
	int r;

	if (file_fd < 0)
		set_up();
	write_whole(file_fd, data, first);
	set_dropin(cut ? cut + 3 : NULL, cut ? size - first - 3 : 0);
	r = conf_load(&(const struct conf_paths){ file, { dropins } }, &c, &errors);
	if (r < 0) {
		CHECK(r == -EBADMSG && !c);
		check_errors(errors);
		return 0;
	}
	CHECK(r == 0 && c && !errors);
	CHECK(c->rule <= CONF_RULE_ALWAYS && c->trace_length <= 1024);
	for (unsigned int i = 0; i < c->n_cards; i++)
		check_card(c, c->card[i]);
	for (unsigned int i = 0; i < c->n_holds; i++)
		check_hold(c->hold[i]);
	conf_free(c);
	return 0;
}
