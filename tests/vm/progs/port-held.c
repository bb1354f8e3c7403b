/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Holds a PCM until the end of its input: port-held PCM p|c [RATE [CHANNELS [FORMAT]]]
 *
 * Prints "held DEVICE SUBDEVICE STATE in N us", and the state once more before it closes.
 *
 * build: -IROOT/daemon -Wno-unused-parameter -Wno-missing-field-initializers
 * build: ROOT/daemon/port/held.c ROOT/daemon/port/held-params.c ROOT/daemon/port/pcm-fd.c
 * build: ROOT/daemon/port/interrupt.c ROOT/daemon/core/world.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "port/held.h"

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

int main(int argc, char *argv[])
{
	struct held_spec spec = {};
	uint16_t device, subdevice;
	const char *step = NULL;
	struct held *held;
	uint64_t begin;
	char buf[64];
	int r;

	if (argc < 3)
		return 2;
	snprintf(spec.pcm, sizeof(spec.pcm), "%s", argv[1]);
	spec.capture = argv[2][0] == 'c';
	spec.rate = argc > 3 ? (unsigned int)atoi(argv[3]) : 0;
	spec.channels = argc > 4 ? (unsigned int)atoi(argv[4]) : 0;
	snprintf(spec.format, sizeof(spec.format), "%s", argc > 5 ? argv[5] : "");
	setvbuf(stdout, NULL, _IOLBF, 0);
	begin = now_us();
	r = held_open(&spec, &held, &step);
	if (r < 0) {
		printf("not held: %s: %s\n", step, strerror(-r));
		return 1;
	}
	held_id(held, &device, &subdevice);
	printf("held %u %u %s in %llu us\n", device, subdevice,
	       pcm_state_name(held_state(held)), (unsigned long long)(now_us() - begin));
	while (read(STDIN_FILENO, buf, sizeof(buf)) > 0)
		;
	printf("closing %s\n", pcm_state_name(held_state(held)));
	held_close(held);
	return 0;
}
