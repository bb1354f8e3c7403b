/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints cards as they come and go, until the end of its input: port-cards
 *
 * build: -IROOT/daemon -Wno-unused-parameter -Wno-missing-field-initializers
 * build: ROOT/daemon/port/cards.c ROOT/daemon/util/log.c -ludev
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "port/cards.h"

static void on_added(const struct card_info *card, void *userdata)
{
	printf("added %d id=[%s] driver=[%s] name=[%s]\n", card->index, card->id,
	       card->driver, card->name);
}

static void on_removed(int index, void *userdata)
{
	printf("removed %d\n", index);
}

static int on_input(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	char buf[64];

	if (read(fd, buf, sizeof(buf)) <= 0)
		sd_event_exit(userdata, 0);
	return 0;
}

int main(void)
{
	static const struct cards_ops ops = { .added = on_added, .removed = on_removed };
	struct cards *cards;
	sd_event *event;
	int r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (sd_event_new(&event) < 0 ||
	    sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_input, event) < 0)
		return 1;
	r = cards_new(event, &ops, NULL, &cards);
	if (r < 0) {
		printf("no cards: %s\n", strerror(-r));
		return 1;
	}
	printf("watching\n");
	r = sd_event_loop(event);
	cards_free(cards);
	sd_event_unref(event);
	return r;
}
