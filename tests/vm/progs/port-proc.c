/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists the open substreams of a card: port-proc CARD
 *
 * build: -IROOT/daemon -Wno-unused-parameter -Wno-missing-field-initializers
 * build: ROOT/daemon/port/proc.c ROOT/daemon/core/world.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/proc.h"

int main(int argc, char *argv[])
{
	struct proc_stream list[64];
	unsigned int n;
	int r;

	if (argc < 2)
		return 2;
	r = proc_scan("", atoi(argv[1]), list, 64, &n);
	if (r < 0) {
		printf("no scan: %s\n", strerror(-r));
		return 1;
	}
	for (unsigned int i = 0; i < n && i < 64; i++) {
		const struct proc_stream *s = &list[i];

		printf("%u,%u %s %s owner=%d process=[%s] rate=%u channels=%u "
		       "hw_ptr=%llu appl_ptr=%llu\n",
		       s->device, s->subdevice, s->capture ? "capture" : "playback",
		       pcm_state_name(s->state), s->owner, s->process, s->rate,
		       s->channels, (unsigned long long)s->hw_ptr,
		       (unsigned long long)s->appl_ptr);
	}
	printf("%u open\n", n);
	return 0;
}
