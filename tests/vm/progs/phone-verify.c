// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Prove from the logs of the virtual phone's BEs who heard which frames
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * phone-verify [-c CARD] [-f FE] [-F | -n FRAMES] [-s] [-p] [-r FRAMES] [-e BE]...
 *   -f  PCM device whose pattern (of phone-play or pattern-writer) is verified; default 0
 *   -F  go on reading until stdin is closed; for what is longer than the logs
 *   -n  so many frames were written, and all must have been heard
 *   -s  no frame may have been heard on two BEs
 *   -p  silence may lie before, between and behind the frames
 *   -r  so many frames may be heard again, as of streams that are halted: what the hardware plays
 *       between the kernel's last look at it and its stop is played once more. A few microseconds'
 *       worth, but an emulator can lose the processor in between.
 *   -e  only these BEs may have heard anything
 * Prints "name value" lines. Exit status 1 if a frame is lost, repeated on one BE, out of
 * order, wrong, or on the wrong BE, or if a log overflowed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phone/log.h"

#define MAX_BES 64
#define ROOT	"/sys/kernel/debug/tacet-phone"

struct range {
	uint32_t begin, end;
};

struct ranges {
	struct range *at;
	size_t n, room;
};

struct be {
	char name[64];
	int fd;
	bool expected;
	uint8_t bytes[4 * TACET_PHONE_LOG_RECORD_MAX];
	size_t have;
	uint64_t frames, records;
	struct ranges heard;
	uint32_t last;
};

/* What a generation's frame 0 has for a number. */
struct base {
	uint32_t generation, value;
};

static struct be *bes;
static size_t num_bes;
static struct base *bases;
static size_t num_bases;
static unsigned int fe;
static uint64_t lost_records, wrong, unordered, misplaced;
static bool padded;

static void add_range(struct ranges *to, uint32_t begin, uint32_t end)
{
	if (to->n && to->at[to->n - 1].end == begin) {
		to->at[to->n - 1].end = end;
		return;
	}
	if (to->n == to->room) {
		to->room = to->room ? to->room * 2 : 64;
		to->at = realloc(to->at, to->room * sizeof(*to->at));
		if (!to->at)
			abort();
	}
	to->at[to->n++] = (struct range){ begin, end };
}

static uint32_t sample_number(const uint8_t *frame)
{
	uint16_t left, right;

	memcpy(&left, frame, 2);
	memcpy(&right, frame + 2, 2);
	/* The upper 4 bits are a tag, so that no frame is silence. */
	return left | (uint32_t)(right & 0xfff) << 16;
}

static uint32_t base_of(const struct tacet_phone_chunk *chunk, const uint8_t *frame)
{
	for (size_t i = num_bases; i--;)
		if (bases[i].generation == chunk->generation)
			return bases[i].value;
	bases = realloc(bases, (num_bases + 1) * sizeof(*bases));
	if (!bases)
		abort();
	bases[num_bases] =
		(struct base){ chunk->generation,
			       sample_number(frame) - (uint32_t)chunk->fe_frame };
	return bases[num_bases++].value;
}

/* Frames that follow one another, of which the first should have the number @first. */
static void take_frames(struct be *be, const uint8_t *frame, uint32_t frames,
			uint32_t first)
{
	for (uint32_t i = 0; i < frames; i++)
		wrong += sample_number(frame + i * 4) != first + i;
	if (be->heard.n && first < be->last)
		unordered++;
	be->last = first + frames;
	add_range(&be->heard, first, first + frames);
}

static bool is_silent(const uint8_t *frame)
{
	return !(frame[0] | frame[1] | frame[2] | frame[3]);
}

/* What is silent is nobody's frame, and where it was put in says nothing. */
static void take_padded(struct be *be, const uint8_t *frame, uint32_t frames)
{
	for (uint32_t i = 0, n; i < frames; i += n) {
		bool silent = is_silent(frame + i * 4);

		for (n = 1; i + n < frames && is_silent(frame + (i + n) * 4) == silent;
		     n++)
			;
		if (!silent)
			take_frames(be, frame + i * 4, n, sample_number(frame + i * 4));
	}
}

static void take_record(struct be *be, const uint8_t *bytes)
{
	struct tacet_phone_chunk chunk;
	const uint8_t *frame;

	memcpy(&chunk, bytes, sizeof(chunk));
	lost_records += chunk.lost;
	if (chunk.fe != fe)
		return;
	frame = bytes + chunk.header;
	be->records++;
	be->frames += chunk.frames;
	if (!be->expected)
		misplaced += chunk.frames;
	if (chunk.channels != 2 || chunk.sample_bytes != 2) {
		wrong += chunk.frames;
		return;
	}
	if (padded)
		take_padded(be, frame, chunk.frames);
	else
		take_frames(be, frame, chunk.frames,
			    base_of(&chunk, frame) + chunk.fe_frame);
}

/* Returns false when there is nothing more for now. */
static bool read_log(struct be *be)
{
	ssize_t n = read(be->fd, be->bytes + be->have, sizeof(be->bytes) - be->have);
	size_t at = 0;

	if (n <= 0)
		return false;
	be->have += n;
	while (be->have - at >= sizeof(struct tacet_phone_chunk)) {
		struct tacet_phone_chunk chunk;

		memcpy(&chunk, be->bytes + at, sizeof(chunk));
		if (chunk.magic != TACET_PHONE_LOG_MAGIC) {
			fprintf(stderr, "phone-verify: %s: not a record\n", be->name);
			exit(1);
		}
		if (be->have - at < chunk.size)
			break;
		take_record(be, be->bytes + at);
		at += chunk.size;
	}
	memmove(be->bytes, be->bytes + at, be->have - at);
	be->have -= at;
	return true;
}

static void read_all(void)
{
	for (size_t i = 0; i < num_bes; i++)
		while (read_log(&bes[i]))
			;
}

static void follow(void)
{
	struct pollfd fds[MAX_BES + 1];

	for (;;) {
		fds[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
		for (size_t i = 0; i < num_bes; i++)
			fds[i + 1] = (struct pollfd){ .fd = bes[i].fd, .events = POLLIN };
		if (poll(fds, num_bes + 1, -1) < 0)
			exit(1);
		if (fds[0].revents) {
			char byte;

			if (read(STDIN_FILENO, &byte, 1) <= 0)
				return;
		}
		for (size_t i = 0; i < num_bes; i++)
			if (fds[i + 1].revents)
				read_log(&bes[i]);
	}
}

static int by_begin(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* Frames that are in more than one range. */
static uint64_t overlap(struct ranges *r)
{
	uint64_t twice = 0;
	uint32_t end = 0;

	if (r->n)
		qsort(r->at, r->n, sizeof(*r->at), by_begin);
	for (size_t i = 0; i < r->n; i++) {
		if (r->at[i].begin < end)
			twice += (r->at[i].end < end ? r->at[i].end : end) -
				 r->at[i].begin;
		if (r->at[i].end > end)
			end = r->at[i].end;
	}
	return twice;
}

static uint64_t holes(const struct ranges *sorted, uint64_t frames, uint64_t *ret_end)
{
	uint64_t end = 0, missing = 0;

	for (size_t i = 0; i < sorted->n; i++) {
		if (sorted->at[i].begin > end)
			missing += sorted->at[i].begin - end;
		if (sorted->at[i].end > end)
			end = sorted->at[i].end;
	}
	*ret_end = end;
	return frames > end ? missing + frames - end : missing;
}

static void open_logs(const char *card, char **only, size_t num_only)
{
	char path[512];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), ROOT "/%s/be", card);
	dir = opendir(path);
	bes = calloc(MAX_BES, sizeof(*bes));
	if (!dir || !bes) {
		fprintf(stderr, "phone-verify: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	while ((entry = readdir(dir)) && num_bes < MAX_BES) {
		struct be *be = &bes[num_bes];

		snprintf(path, sizeof(path), ROOT "/%s/be/%s/log", card, entry->d_name);
		be->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (be->fd < 0)
			continue;
		snprintf(be->name, sizeof(be->name), "%.63s", entry->d_name);
		be->expected = !num_only;
		for (size_t i = 0; i < num_only; i++)
			be->expected |= !strcmp(only[i], be->name);
		num_bes++;
	}
	closedir(dir);
}

int main(int argc, char **argv)
{
	const char *card = "TacetPhone";
	uint64_t frames = 0, again = 0, repeated = 0, twice, missing, end;
	bool single = false, until_eof = false;
	struct ranges all = {};
	char *only[MAX_BES];
	size_t num_only = 0;
	int option;

	while ((option = getopt(argc, argv, "c:f:Fn:spr:e:")) != -1) {
		switch (option) {
		case 'c':
			card = optarg;
			break;
		case 'f':
			fe = strtoul(optarg, NULL, 0);
			break;
		case 'F':
			until_eof = true;
			break;
		case 'n':
			frames = strtoull(optarg, NULL, 0);
			break;
		case 's':
			single = true;
			break;
		case 'p':
			padded = true;
			break;
		case 'r':
			again = strtoull(optarg, NULL, 0);
			break;
		case 'e':
			if (num_only == MAX_BES)
				return 2;
			only[num_only++] = optarg;
			break;
		default:
			return 2;
		}
	}
	open_logs(card, only, num_only);
	if (until_eof)
		follow();
	read_all();

	for (size_t i = 0; i < num_bes; i++) {
		for (size_t k = 0; k < bes[i].heard.n; k++)
			add_range(&all, bes[i].heard.at[k].begin, bes[i].heard.at[k].end);
		if (bes[i].records)
			printf("be %s: %llu frames in %llu records, %zu stretches\n",
			       bes[i].name, (unsigned long long)bes[i].frames,
			       (unsigned long long)bes[i].records, bes[i].heard.n);
		repeated += overlap(&bes[i].heard);
	}
	twice = overlap(&all) - repeated;
	missing = holes(&all, frames, &end);
	printf("generations %zu\nframes %llu\nlost %llu\nrepeated %llu\non_two "
	       "%llu\nwrong %llu\n",
	       num_bases, (unsigned long long)end, (unsigned long long)missing,
	       (unsigned long long)repeated, (unsigned long long)twice,
	       (unsigned long long)wrong);
	printf("unordered %llu\nmisplaced %llu\noverflow %llu\n",
	       (unsigned long long)unordered, (unsigned long long)misplaced,
	       (unsigned long long)lost_records);
	if (single)
		repeated += twice;
	return missing || repeated > again || wrong || unordered > again || misplaced ||
	       lost_records || (frames && end != frames);
}
