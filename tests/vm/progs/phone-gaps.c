// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How long nothing is heard when the sound moves from one BE of the virtual phone to another
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * phone-gaps [-c CARD] [-f FE] < SOMETHING
 *   -f  PCM device whose frames count; default 0
 * Reads what the BEs hear until stdin is closed. A move is the first record on a BE after the last
 * on another; its gap is from the end of the one to the begin of the other, 0 if they overlap.
 * Prints "moves N", and gap_median_us, gap_p99_us, gap_longest_us. Exit status 1 if a log
 * overflowed or there was no move.
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

struct heard {
	uint64_t begin, end; /* ns */
	unsigned int be;
};

struct log {
	int fd;
	uint8_t bytes[4 * TACET_PHONE_LOG_RECORD_MAX];
	size_t have;
};

static struct log logs[MAX_BES];
static size_t num_logs;
static struct heard *heard;
static size_t num_heard, room;
static int fe;

static void take(const struct tacet_phone_chunk *chunk)
{
	if (chunk->lost) {
		fprintf(stderr, "phone-gaps: a log overflowed\n");
		exit(1);
	}
	if (chunk->fe != fe || !chunk->rate || (chunk->flags & TACET_PHONE_LOG_CAPTURE))
		return;
	if (num_heard == room) {
		room = room ? 2 * room : 4096;
		heard = realloc(heard, room * sizeof(*heard));
		if (!heard)
			exit(1);
	}
	heard[num_heard++] = (struct heard){
		.begin = chunk->time_ns,
		.end = chunk->time_ns +
		       (uint64_t)chunk->frames * 1000000000 / chunk->rate,
		.be = chunk->be,
	};
}

/* Returns false when there is nothing more for now. */
static bool read_log(struct log *log)
{
	ssize_t n = read(log->fd, log->bytes + log->have, sizeof(log->bytes) - log->have);
	struct tacet_phone_chunk chunk;
	size_t at = 0;

	if (n <= 0)
		return false;
	log->have += n;
	while (log->have - at >= sizeof(chunk)) {
		memcpy(&chunk, log->bytes + at, sizeof(chunk));
		if (chunk.magic != TACET_PHONE_LOG_MAGIC) {
			fprintf(stderr, "phone-gaps: not a record\n");
			exit(1);
		}
		if (log->have - at < chunk.size)
			break;
		take(&chunk);
		at += chunk.size;
	}
	memmove(log->bytes, log->bytes + at, log->have - at);
	log->have -= at;
	return true;
}

static void open_logs(const char *card)
{
	char path[512];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), ROOT "/%s/be", card);
	dir = opendir(path);
	if (!dir) {
		fprintf(stderr, "phone-gaps: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	while ((entry = readdir(dir)) && num_logs < MAX_BES) {
		snprintf(path, sizeof(path), ROOT "/%s/be/%s/log", card, entry->d_name);
		logs[num_logs].fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (logs[num_logs].fd >= 0)
			num_logs++;
	}
	closedir(dir);
}

static void follow(void)
{
	struct pollfd fds[MAX_BES + 1];
	char byte;

	for (;;) {
		fds[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
		for (size_t i = 0; i < num_logs; i++)
			fds[i + 1] =
				(struct pollfd){ .fd = logs[i].fd, .events = POLLIN };
		if (poll(fds, num_logs + 1, -1) < 0)
			exit(1);
		for (size_t i = 0; i < num_logs; i++)
			while (read_log(&logs[i]))
				;
		if (fds[0].revents && read(STDIN_FILENO, &byte, 1) <= 0)
			return;
	}
}

static int by_begin(const void *a, const void *b)
{
	const struct heard *x = a, *y = b;

	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static int by_length(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int main(int argc, char **argv)
{
	const char *card = "TacetPhone";
	uint64_t *gaps, end = 0;
	unsigned int last;
	size_t moves = 0;
	int option;

	while ((option = getopt(argc, argv, "c:f:")) != -1) {
		switch (option) {
		case 'c':
			card = optarg;
			break;
		case 'f':
			fe = atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	open_logs(card);
	follow();
	if (num_heard == 0)
		return 1;
	qsort(heard, num_heard, sizeof(*heard), by_begin);
	gaps = calloc(num_heard, sizeof(*gaps));
	if (!gaps)
		return 1;
	last = heard[0].be;
	for (size_t i = 0; i < num_heard; i++) {
		if (heard[i].be != last)
			gaps[moves++] = heard[i].begin > end ? heard[i].begin - end : 0;
		last = heard[i].be;
		if (heard[i].end > end)
			end = heard[i].end;
	}
	printf("moves %zu\n", moves);
	if (moves == 0)
		return 1;
	qsort(gaps, moves, sizeof(*gaps), by_length);
	printf("gap_median_us %llu\ngap_p99_us %llu\ngap_longest_us %llu\n",
	       (unsigned long long)gaps[moves / 2] / 1000,
	       (unsigned long long)gaps[(moves * 99) / 100] / 1000,
	       (unsigned long long)gaps[moves - 1] / 1000);
	return 0;
}
