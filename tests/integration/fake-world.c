/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * In the place of the ports that need a kernel with sound: the folder $TACET_TEST_ROOT is the
 * world. cards/N holds "ID DRIVER" of a card, proc/asound/cardN the states of its PCMs, which a
 * PAUSE or DROP of ours changes as a kernel would. There are no PCM timers, so that the daemon
 * has to look.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <unistd.h>

#include "port/cards.h"
#include "port/control-fd.h"
#include "port/held.h"
#include "port/pcm-fd.h"
#include "port/pcm-timer.h"
#include "port/takeover.h"
#include "util/cleanup.h"

#define CARDS 32

static const char *root(void)
{
	return getenv("TACET_TEST_ROOT") ?: "/nonexistent";
}

/* Cards. */

struct cards {
	const struct cards_ops *ops;
	void *userdata;
	sd_event_source *source;
	bool present[CARDS];
};

static void look(struct cards *c)
{
	for (int i = 0; i < CARDS; i++) {
		struct card_info info = { .index = i };
		_cleanup_fclose_ FILE *f = NULL;
		char path[PATH_MAX];
		bool there;

		snprintf(path, sizeof(path), "%s/cards/%d", root(), i);
		f = fopen(path, "re");
		there = f && fscanf(f, "%31s %63s", info.id, info.driver) == 2;
		strcpy(info.name, info.id);
		if (there && !c->present[i])
			c->ops->added(&info, c->userdata);
		else if (!there && c->present[i])
			c->ops->removed(i, c->userdata);
		c->present[i] = there;
	}
}

static int on_change(sd_event_source *s, const struct inotify_event *ev, void *userdata)
{
	look(userdata);
	return 0;
}

int cards_new(sd_event *event, const struct cards_ops *ops, void *userdata,
	      struct cards **ret)
{
	struct cards *c = calloc(1, sizeof(*c));
	char path[PATH_MAX];
	int r;

	if (!c)
		return -ENOMEM;
	c->ops = ops;
	c->userdata = userdata;
	snprintf(path, sizeof(path), "%s/cards", root());
	r = sd_event_add_inotify(event, &c->source, path, IN_MOVED_TO | IN_DELETE,
				 on_change, c);
	if (r < 0) {
		free(c);
		return r;
	}
	*ret = c;
	look(c);
	return 0;
}

struct cards *cards_free(struct cards *c)
{
	if (c)
		sd_event_source_disable_unref(c->source);
	free(c);
	return NULL;
}

bool cards_is_there(int index)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/unplugged", root());
	return access(path, F_OK) < 0;
}

/* Timers. */

int pcm_timer_new(sd_event *event, int card_index, unsigned int device,
		  unsigned int subdevice, bool capture, pcm_timer_handler handler,
		  void *userdata, struct pcm_timer **ret)
{
	return -ENODEV;
}

int pcm_timer_drain_queue(struct pcm_timer *t)
{
	return 0;
}

struct pcm_timer *pcm_timer_free(struct pcm_timer *t)
{
	return NULL;
}

/* States. */

static void status_path(char *path, size_t size, const struct pcm_id *p)
{
	snprintf(path, size, "%s/proc/asound/card%d/pcm%u%c/sub%u/status", root(),
		 p->card, p->device, p->capture ? 'c' : 'p', p->subdevice);
}

static int set_state(const struct pcm_id *p, const char *state)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[PATH_MAX];
	int owner = getpid();

	status_path(path, sizeof(path), p);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "state: %*s owner_pid : %d", &owner) != 1)
			owner = getpid();
		fclose(TAKE_PTR(f));
	}
	f = fopen(path, "we");
	if (!f)
		return -errno;
	if (strcmp(state, "closed"))
		fprintf(f, "state: %s\nowner_pid   : %d\nhw_ptr      : 4800\n", state,
			owner);
	else
		fputs("closed\n", f);
	return 0;
}

static enum pcm_state get_state(const struct pcm_id *p)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[PATH_MAX], word[32] = "";

	status_path(path, sizeof(path), p);
	f = fopen(path, "re");
	if (!f || fscanf(f, "state: %31s", word) != 1)
		return PCM_CLOSED;
	for (int i = 0; i < PCM_STATE_MAX; i++)
		if (!strcasecmp(word, pcm_state_name(i)))
			return i;
	return PCM_OPEN;
}

/* Held PCMs. */

struct held {
	struct pcm_id pcm;
};

int held_open(const struct held_spec *spec, struct held **ret, const char **ret_step)
{
	const char *comma = strchr(spec->pcm, ',');
	struct held *h = calloc(1, sizeof(*h));
	int r;

	*ret_step = "open";
	if (!h)
		return -ENOMEM;
	h->pcm.device = comma ? atoi(comma + 1) : 0;
	h->pcm.capture = spec->capture;
	r = get_state(&h->pcm) == PCM_CLOSED ? set_state(&h->pcm, "RUNNING") : -EBUSY;
	if (r < 0) {
		free(h);
		return r;
	}
	*ret = h;
	return 0;
}

struct held *held_close(struct held *h)
{
	if (h)
		set_state(&h->pcm, "closed");
	free(h);
	return NULL;
}

enum pcm_state held_state(struct held *h)
{
	return get_state(&h->pcm);
}

void held_id(struct held *h, uint16_t *ret_device, uint16_t *ret_subdevice)
{
	*ret_device = h->pcm.device;
	*ret_subdevice = h->pcm.subdevice;
}

/* Foreign PCMs are taken with the same words. */

int takeover_fd(pid_t pid, const struct pcm_id *pcm, int *ret_fd)
{
	char text[64];
	int fd = memfd_create("taken", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	snprintf(text, sizeof(text), "pcm %d %u %u %c, pauses 1", pcm->card, pcm->device,
		 pcm->subdevice, pcm->capture ? 'c' : 'p');
	if (write(fd, text, strlen(text)) < 0) {
		close(fd);
		return -errno;
	}
	*ret_fd = fd;
	return 0;
}

void takeover_store(int fd, unsigned int number)
{
}

void takeover_unstore(unsigned int number)
{
}

void takeover_adopt(int *fds, char *const *names, int n)
{
}

/* Control devices: a file that says "control CARD". */

int control_fd_card(int fd)
{
	char text[64] = "";
	int card;

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return -errno;
	return sscanf(text, "control %d", &card) == 1 ? card : -ENOTTY;
}

/* Leased PCMs: a file that says "pcm CARD DEVICE SUBDEVICE p|c, pauses 0|1". */

static int parse(int fd, struct pcm_id *ret, int *ret_pauses)
{
	char text[64] = "", direction;

	memset(ret, 0, sizeof(*ret));
	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return -errno;
	if (sscanf(text, "pcm %d %u %u %c, pauses %d", &ret->card, &ret->device,
		   &ret->subdevice, &direction, ret_pauses) != 5)
		return -ENOTTY;
	ret->capture = direction == 'c';
	return 0;
}

int pcm_fd_info(int fd, struct pcm_id *ret)
{
	int pauses;

	return parse(fd, ret, &pauses);
}

int pcm_fd_status(int fd, struct pcm_status *ret)
{
	struct pcm_id p;
	int r = pcm_fd_info(fd, &p);

	if (r < 0)
		return r;
	*ret = (struct pcm_status){ .state = get_state(&p), .delay = 480 };
	return 0;
}

int pcm_fd_abilities(int fd, struct pcm_abilities *ret)
{
	struct pcm_id p;
	int pauses, r = parse(fd, &p, &pauses);

	if (r >= 0)
		*ret = (struct pcm_abilities){ .pause = pauses };
	return r < 0 ? r : 0;
}

static int change(int fd, enum pcm_state from, const char *to)
{
	struct pcm_id p;
	int r = pcm_fd_info(fd, &p);

	if (r < 0)
		return r;
	return get_state(&p) == from ? set_state(&p, to) : -EBADFD;
}

int pcm_fd_pause(int fd, bool push)
{
	return push ? change(fd, PCM_RUNNING, "PAUSED")
		    : change(fd, PCM_PAUSED, "RUNNING");
}

int pcm_fd_drain_start(int fd)
{
	return change(fd, PCM_RUNNING, "DRAINING");
}

int pcm_fd_drop(int fd)
{
	return change(fd, PCM_RUNNING, "SETUP");
}
