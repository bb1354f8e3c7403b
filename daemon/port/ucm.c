// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/ucm-internal.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Handlers of messages return this when a callback freed the worker. */
#define FREED 1

#define CALL(w, op, ...)                                       \
	({                                                     \
		bool __freed = false;                          \
		(w)->freed = &__freed;                         \
		(w)->ops->op((w), __VA_ARGS__, (w)->userdata); \
		if (!__freed)                                  \
			(w)->freed = NULL;                     \
		__freed;                                       \
	})

static int on_profile_ready(struct ucm_worker *w)
{
	char warning[160] = "";

	if (w->ready)
		return -EBADMSG;
	w->ready = true;
	if (w->loss.n)
		snprintf(warning, sizeof(warning), "%u items of the profile left out: %s",
			 w->loss.n, w->loss.first);
	return CALL(w, ready, w->profile, 0, warning) ? FREED : 0;
}

static int on_profile_failed(struct ucm_worker *w, struct strv_msg *m)
{
	const char *text;
	int error;

	if (w->ready || strv_msg_next_int(m, &error) < 0 || error >= 0)
		return -EBADMSG;
	text = strv_msg_next(m);
	if (!text)
		return -EBADMSG;
	return CALL(w, ready, NULL, error, text) ? FREED : 0;
}

static int on_write(struct ucm_worker *w, struct strv_msg *m)
{
	const char *name = strv_msg_next(m), *before = strv_msg_next(m);
	const char *after = strv_msg_next(m);
	struct ucm_result *r = w->result;
	struct ucm_write *write;
	uint64_t at_us;

	if (!name || !before || !after || strv_msg_next_u64(m, &at_us) < 0 || !r)
		return -EBADMSG;
	if (r->n_writes++ >= ARRAY_SIZE(r->write))
		return 0;
	write = &r->write[r->n_writes - 1];
	snprintf(write->name, sizeof(write->name), "%s", name);
	snprintf(write->before, sizeof(write->before), "%s", before);
	snprintf(write->after, sizeof(write->after), "%s", after);
	write->at_us = at_us;
	return 0;
}

static int on_done(struct ucm_worker *w, struct strv_msg *m)
{
	_cleanup_free_ struct ucm_result *r = NULL;
	const char *text;
	int error, step;

	if (!w->result || strv_msg_next_int(m, &error) < 0 ||
	    strv_msg_next_int(m, &step) < 0 || !(text = strv_msg_next(m)) ||
	    strv_msg_next_u64(m, &w->result->begin_us) < 0 ||
	    strv_msg_next_u64(m, &w->result->end_us) < 0 || error > 0 || step < 0)
		return -EBADMSG;
	r = TAKE_PTR(w->result);
	r->error = error;
	r->failed_step = (unsigned int)step;
	snprintf(r->message, sizeof(r->message), "%s", text);
	return CALL(w, done, r) ? FREED : 0;
}

static int on_locks(struct ucm_worker *w, struct strv_msg *m)
{
	int held, wanted;
	const char *text;

	if (strv_msg_next_int(m, &held) < 0 || strv_msg_next_int(m, &wanted) < 0 ||
	    held < 0 || wanted < 0)
		return -EBADMSG;
	text = strv_msg_next(m);
	if (!text)
		return -EBADMSG;
	w->n_locked = (unsigned int)held;
	w->n_lockable = (unsigned int)wanted;
	snprintf(w->lock_trouble, sizeof(w->lock_trouble), "%s", text);
	log_card(LOG_DEBUG, w->card_id, "%d of %d route controls locked%s%s", held,
		 wanted, text[0] ? "; " : "", text);
	return 0;
}

static int on_jack(struct ucm_worker *w, struct strv_msg *m)
{
	const char *name = strv_msg_next(m);
	int plugged;

	if (!name || strv_msg_next_int(m, &plugged) < 0)
		return -EBADMSG;
	return CALL(w, jack, name, plugged != 0) ? FREED : 0;
}

static int on_foreign(struct ucm_worker *w, struct strv_msg *m)
{
	const char *name = strv_msg_next(m);

	if (!name)
		return -EBADMSG;
	return CALL(w, foreign_write, name) ? FREED : 0;
}

static int dispatch(struct ucm_worker *w, struct strv_msg *m)
{
	const char *kind = strv_msg_next(m);
	int r;

	if (!w->ready) {
		r = ucm_profile_add(w->profile, kind, m, &w->loss);
		if (r)
			return r < 0 ? r : 0;
	}
	if (!strcmp(kind, "write"))
		return on_write(w, m);
	if (!strcmp(kind, "done"))
		return on_done(w, m);
	if (!strcmp(kind, "locks"))
		return on_locks(w, m);
	if (!strcmp(kind, "ready"))
		return on_profile_ready(w);
	if (!strcmp(kind, "failed"))
		return on_profile_failed(w, m);
	if (!strcmp(kind, "jack"))
		return w->ready ? on_jack(w, m) : -EBADMSG;
	if (!strcmp(kind, "foreign"))
		return w->ready ? on_foreign(w, m) : -EBADMSG;
	return -EBADMSG;
}

/* Return: FREED, or 0 when the socket is empty or closed. */
static int take_messages(struct ucm_worker *w)
{
	struct strv_msg m;
	int r;

	while (!w->closed) {
		r = strv_msg_recv(w->sock, &m, MSG_DONTWAIT);
		if (r == -EAGAIN)
			return 0;
		if (r > 0)
			r = dispatch(w, &m);
		else if (r == 0)
			r = -ECONNRESET; /* its exit tells the rest */
		if (r == FREED)
			return FREED;
		if (r < 0) {
			log_card(LOG_DEBUG, w->card_id, "UCM worker: %s", strerror(-r));
			w->closed = true;
			sd_event_source_set_enabled(w->readable, SD_EVENT_OFF);
			ucm_process_kill(&w->process);
		}
	}
	return 0;
}

static int on_readable(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	take_messages(userdata);
	return 0;
}

static int on_exited(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct ucm_worker *w = userdata;
	char how[64];

	/* what it said last comes before its end */
	if (take_messages(w) == FREED)
		return 0;
	w->closed = true;
	sd_event_source_set_enabled(w->readable, SD_EVENT_OFF);
	sd_event_source_set_enabled(w->exited, SD_EVENT_OFF);
	/* what its sequences started and left behind goes with it */
	ucm_process_kill(&w->process);
	ucm_process_reap(&w->process, how, sizeof(how));
	(void)CALL(w, died, how);
	return 0;
}

static int send_start(struct ucm_worker *w, const struct ucm_config *config)
{
	struct strv_msg m;

	strv_msg_begin(&m, "start");
	strv_msg_addf(&m, "%d", config->card_index);
	strv_msg_add(&m, config->card_id);
	strv_msg_add(&m, config->lock ? "1" : "0");
	for (const char *const *name = config->unlocked; name && *name; name++)
		strv_msg_add(&m, *name);
	return strv_msg_send(w->sock, &m, MSG_DONTWAIT);
}

static inline void ucm_worker_freep(struct ucm_worker **w)
{
	ucm_worker_free(*w);
}

int ucm_worker_new(sd_event *event, const struct ucm_config *config,
		   const struct ucm_ops *ops, void *userdata, struct ucm_worker **ret)
{
	_cleanup_(ucm_worker_freep) struct ucm_worker *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->event = sd_event_ref(event);
	w->sock = -1;
	w->process = UCM_PROCESS_NONE;
	w->ops = ops;
	w->userdata = userdata;
	w->want_locks = config->lock;
	snprintf(w->card_id, sizeof(w->card_id), "%s", config->card_id);
	/* large and sparse: only the pages in use cost memory */
	w->profile = calloc(1, sizeof(*w->profile));
	if (!w->profile)
		return -ENOMEM;
	r = ucm_process_start(config->worker_path, &w->process, &w->sock);
	if (r < 0)
		return r;
	r = sd_event_add_io(event, &w->readable, w->sock, EPOLLIN, on_readable, w);
	if (r < 0)
		return r;
	r = sd_event_add_io(event, &w->exited, w->process.pidfd, EPOLLIN, on_exited, w);
	if (r < 0)
		return r;
	r = send_start(w, config);
	/* a worker that ended already is told by ops->died */
	if (r < 0 && r != -EPIPE && r != -ECONNRESET)
		return r;
	*ret = TAKE_PTR(w);
	return 0;
}

void ucm_worker_kill(struct ucm_worker *w)
{
	ucm_process_kill(&w->process);
}

bool ucm_worker_locked(const struct ucm_worker *w)
{
	return w->want_locks && !w->closed && w->n_lockable &&
	       w->n_locked == w->n_lockable && !w->result;
}

const char *ucm_worker_lock_trouble(const struct ucm_worker *w)
{
	return w->lock_trouble;
}

pid_t ucm_worker_pid(const struct ucm_worker *w)
{
	return w->process.pid;
}

struct ucm_worker *ucm_worker_free(struct ucm_worker *w)
{
	if (!w)
		return NULL;
	if (w->freed)
		*w->freed = true;
	sd_event_source_disable_unref(w->readable);
	sd_event_source_disable_unref(w->exited);
	ucm_process_dispose(&w->process, w->event);
	if (w->sock >= 0)
		close(w->sock);
	sd_event_unref(w->event);
	free(w->profile);
	free(w->result);
	free(w);
	return NULL;
}
