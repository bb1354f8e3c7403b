/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Watches one substream by its timer: port-watch CARD DEVICE SUBDEVICE p|c [SECONDS]
 *
 * Prints "watching", then each event as START, STOP, PAUSE or LOST with the age of its stamp,
 * and at the end of its input (or when the timer is lost) how often it woke up.
 *
 * build: -IROOT/daemon -Wno-unused-parameter -Wno-missing-field-initializers
 * build: ROOT/daemon/port/pcm-timer.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "port/pcm-timer.h"

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void on_timer(struct pcm_timer *t, enum pcm_timer_event ev, uint64_t at_us,
		     void *userdata)
{
	static const char *const name[] = { "START", "STOP", "PAUSE", "LOST" };

	printf("%s age=%llu us\n", name[ev], (unsigned long long)(now_us() - at_us));
	if (ev == PCM_TIMER_LOST)
		sd_event_exit(userdata, 0);
}

static int on_input(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	char buf[64];

	if (read(fd, buf, sizeof(buf)) <= 0)
		sd_event_exit(userdata, 0);
	return 0;
}

int main(int argc, char *argv[])
{
	struct pcm_timer *t;
	sd_event *event;
	int r, wakeups = 0;

	if (argc < 5)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (sd_event_new(&event) < 0 ||
	    sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_input, event) < 0)
		return 1;
	r = pcm_timer_new(event, atoi(argv[1]), (unsigned int)atoi(argv[2]),
			  (unsigned int)atoi(argv[3]), argv[4][0] == 'c', on_timer, event,
			  &t);
	if (r < 0) {
		printf("no timer: %s\n", strerror(-r));
		return 3;
	}
	printf("watching\n");
	while (sd_event_get_state(event) != SD_EVENT_FINISHED) {
		r = sd_event_run(event, 60 * 1000000ull);
		if (r <= 0)
			return 1;
		wakeups++;
	}
	printf("wakeups=%d\n", wakeups);
	pcm_timer_free(t);
	sd_event_unref(event);
	return 0;
}
