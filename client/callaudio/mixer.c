/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "callaudio/mixer.h"
#include "util/cleanup.h"
#include "util/log.h"

struct mixer {
	sd_event *event;
	mixer_changed changed;
	void *userdata;
	int index;
	snd_ctl_t *ctl;
	sd_event_source *source;
};

static void close_card(struct mixer *m)
{
	m->source = sd_event_source_disable_unref(m->source);
	if (m->ctl)
		snd_ctl_close(m->ctl);
	m->ctl = NULL;
	m->index = -1;
}

int mixer_new(sd_event *event, mixer_changed changed, void *userdata, struct mixer **ret)
{
	struct mixer *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->event = sd_event_ref(event);
	m->changed = changed;
	m->userdata = userdata;
	m->index = -1;
	*ret = m;
	return 0;
}

struct mixer *mixer_free(struct mixer *m)
{
	if (!m)
		return NULL;
	close_card(m);
	sd_event_unref(m->event);
	free(m);
	return NULL;
}

static int on_event(sd_event_source *es, int fd, uint32_t revents, void *userdata)
{
	struct mixer *m = userdata;
	snd_ctl_event_t *e;
	bool news = false;
	int r = 0;

	snd_ctl_event_alloca(&e);
	while (m->ctl && (r = snd_ctl_read(m->ctl, e)) > 0)
		news |= snd_ctl_event_get_type(e) == SND_CTL_EVENT_ELEM;
	/* The card went; tacetd tells of a new one. */
	if ((r < 0 && r != -EAGAIN) || revents & (EPOLLERR | EPOLLHUP))
		close_card(m);
	if (news)
		m->changed(m->userdata);
	return 0;
}

int mixer_open(struct mixer *m, int index)
{
	struct pollfd pollfd;
	char name[16];
	int r;

	if (m->ctl && m->index == index)
		return 0;
	close_card(m);
	if (index < 0)
		return 0;
	snprintf(name, sizeof(name), "hw:%d", index);
	r = snd_ctl_open(&m->ctl, name, SND_CTL_NONBLOCK);
	if (r < 0) {
		m->ctl = NULL;
		return r;
	}
	m->index = index;
	r = snd_ctl_subscribe_events(m->ctl, 1);
	if (r >= 0 && snd_ctl_poll_descriptors(m->ctl, &pollfd, 1) != 1)
		r = -EIO;
	if (r >= 0)
		r = sd_event_add_io(m->event, &m->source, pollfd.fd, EPOLLIN, on_event,
				    m);
	if (r < 0)
		close_card(m);
	return r;
}

/* Find a switch: @value can then be read or written. Return: its channels, or a negative errno. */
static int find(struct mixer *m, const char *name, snd_ctl_elem_value_t *value)
{
	snd_ctl_elem_info_t *info;
	snd_ctl_elem_id_t *id;
	int r;

	if (!m->ctl)
		return -ENODEV;
	snd_ctl_elem_info_alloca(&info);
	snd_ctl_elem_id_alloca(&id);
	snd_ctl_elem_info_set_interface(info, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_info_set_name(info, name);
	r = snd_ctl_elem_info(m->ctl, info);
	if (r < 0)
		return r;
	if (snd_ctl_elem_info_get_type(info) != SND_CTL_ELEM_TYPE_BOOLEAN)
		return -ENOENT;
	snd_ctl_elem_info_get_id(info, id);
	snd_ctl_elem_value_set_id(value, id);
	return snd_ctl_elem_info_get_count(info);
}

bool mixer_has(struct mixer *m, const char *name)
{
	snd_ctl_elem_value_t *value;

	snd_ctl_elem_value_alloca(&value);
	return find(m, name, value) > 0;
}

int mixer_get(struct mixer *m, const char *name, bool *ret_on)
{
	snd_ctl_elem_value_t *value;
	bool on = false;
	int n, r;

	snd_ctl_elem_value_alloca(&value);
	n = find(m, name, value);
	if (n < 0)
		return n;
	r = snd_ctl_elem_read(m->ctl, value);
	if (r < 0)
		return r;
	for (int i = 0; i < n; i++)
		on |= snd_ctl_elem_value_get_boolean(value, i);
	*ret_on = on;
	return 0;
}

int mixer_set(struct mixer *m, const char *name, bool on)
{
	snd_ctl_elem_value_t *value;
	int n, r;

	snd_ctl_elem_value_alloca(&value);
	n = find(m, name, value);
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++)
		snd_ctl_elem_value_set_boolean(value, i, on);
	r = snd_ctl_elem_write(m->ctl, value);
	return r < 0 ? r : 0;
}
