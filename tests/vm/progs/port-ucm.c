/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Drives a UCM worker through its port: port-ucm CARD ID LOCK COMMAND...
 *
 * Each command runs when the one before it was answered; everything that comes back is printed
 * as one line. Commands:
 *   apply OP=NAME[;OP=NAME]...   OP: verb, enable, disable, enable-modifier, disable-modifier
 *   apply-and-kill OP=NAME...    kill while the sequence runs a program
 *   restore VERB[;DEVICE]...     rollback     kill
 *   run SHELL-COMMAND            in between; its exit status is printed
 *   jack NAME=0|1                wait until the jack was told so
 *   foreign NAME                 wait until a foreign write of NAME was told
 *   gone                         wait until the worker died by itself
 *   idle SECONDS                 prints the worker's context switches and Pss
 * Ends when the last one is done, or with status 1 when the worker failed or died otherwise.
 *
 * build: -IROOT/daemon -Wno-unused-parameter -Wno-missing-field-initializers
 * build: ROOT/daemon/port/ucm.c ROOT/daemon/port/ucm-command.c
 * build: ROOT/daemon/port/ucm-profile.c ROOT/daemon/port/ucm-spawn.c
 * build: ROOT/daemon/core/profile.c ROOT/daemon/util/strv-msg.c ROOT/daemon/util/log.c
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "port/ucm.h"

struct run {
	sd_event *event;
	struct ucm_worker *worker;
	const struct profile *profile;
	const char *verb; /* in which devices are looked up */
	char **command;
	const char *wait; /* "jack Name=1", "foreign Name" or NULL */
	bool killed;
	uint64_t sent_us;
};

static void next(struct run *run);

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void print_bits(const char *what, const struct profile_verb *v, uint64_t bits)
{
	for (unsigned int i = 0; i < v->n_devices; i++) {
		if (bits >> i & 1)
			printf(" %s[%s]", what, v->device[i].name);
	}
}

static void print_profile(const struct profile *p)
{
	for (unsigned int i = 0; i < p->n_verbs; i++) {
		const struct profile_verb *v = &p->verb[i];

		printf("verb [%s] playback=[%s] capture=[%s]\n", v->name, v->playback_pcm,
		       v->capture_pcm);
		for (unsigned int k = 0; k < v->n_devices; k++) {
			const struct profile_device *d = &v->device[k];

			printf("device [%s] of [%s] playback=[%s] capture=[%s] jack=[%s] "
			       "priority=%d,%d",
			       d->name, v->name, d->playback_pcm, d->capture_pcm,
			       d->jack_control, d->playback_priority,
			       d->capture_priority);
			print_bits("conflicts", v, d->conflicts);
			print_bits("supported", v, d->supported);
			printf("\n");
		}
		for (unsigned int k = 0; k < v->n_modifiers; k++) {
			const struct profile_modifier *m = &v->modifier[k];

			printf("modifier [%s] of [%s] playback=[%s] capture=[%s]",
			       m->name, v->name, m->playback_pcm, m->capture_pcm);
			print_bits("conflicts", v, m->conflicts);
			print_bits("supported", v, m->supported);
			printf("\n");
		}
	}
}

static const struct profile_verb *current(struct run *run, int *ret_index)
{
	*ret_index = profile_find_verb(run->profile, run->verb);
	return *ret_index < 0 ? NULL : &run->profile->verb[*ret_index];
}

static void add_step(struct run *run, const char *op, const char *name,
		     struct plan_step *step)
{
	const struct profile_verb *v;

	if (!strcmp(op, "verb")) {
		run->verb = name;
		step->op = PLAN_SET_VERB;
		step->verb = profile_find_verb(run->profile, name); /* -1: none */
		return;
	}
	v = current(run, &step->verb);
	if (!v)
		return;
	if (strstr(op, "modifier")) {
		step->op = op[0] == 'e' ? PLAN_ENABLE_MODIFIER : PLAN_DISABLE_MODIFIER;
		step->index = profile_find_modifier(v, name);
	} else {
		step->op = op[0] == 'e' ? PLAN_ENABLE_DEVICE : PLAN_DISABLE_DEVICE;
		step->index = profile_find_device(v, name);
	}
}

static int apply(struct run *run, char *text)
{
	struct plan_step step[32];
	unsigned int n = 0;

	for (char *s = strtok(text, ";"); s && n < 32; s = strtok(NULL, ";")) {
		char *name = strchr(s, '=');

		if (!name)
			return -EINVAL;
		*name++ = '\0';
		add_step(run, s, name, &step[n++]);
	}
	return ucm_worker_apply(run->worker, step, n);
}

static int restore(struct run *run, char *text)
{
	struct route route = { .verb = ROUTE_NO_VERB };
	const struct profile_verb *v;

	run->verb = strtok(text, ";");
	v = current(run, &route.verb);
	for (char *s = strtok(NULL, ";"); v && s; s = strtok(NULL, ";")) {
		int i = profile_find_device(v, s);

		if (i < 0)
			return -ENOENT;
		route.devices |= UINT64_C(1) << i;
	}
	return ucm_worker_restore(run->worker, &route);
}

static int on_time(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct run *run = userdata;
	char command[200];

	snprintf(command, sizeof(command),
		 "grep -h ctxt /proc/%d/task/*/status; "
		 "grep -E '^(Pss|Pss_Anon|Pss_File|Rss):' /proc/%d/smaps_rollup",
		 ucm_worker_pid(run->worker), ucm_worker_pid(run->worker));
	fflush(stdout);
	if (system(command))
		printf("no figures\n");
	next(run);
	return 0;
}

/* Until the sequence has started its program: another process in the worker's group. */
static int on_look(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct run *run = userdata;
	char command[96];

	snprintf(command, sizeof(command), "grep -qs '^PPid:.%d$' /proc/[0-9]*/status",
		 ucm_worker_pid(run->worker));
	if (!system(command)) {
		run->killed = true;
		ucm_worker_kill(run->worker);
		return 0;
	}
	return sd_event_add_time_relative(run->event, NULL, CLOCK_MONOTONIC, 20000, 0,
					  on_look, run);
}

static int execute(struct run *run, const char *name, char *rest)
{
	if (!strcmp(name, "apply-and-kill")) {
		int r = apply(run, rest);

		return r < 0 ? r : on_look(NULL, 0, run);
	}
	if (!strcmp(name, "apply"))
		return apply(run, rest);
	if (!strcmp(name, "restore"))
		return restore(run, rest);
	if (!strcmp(name, "rollback"))
		return ucm_worker_rollback(run->worker);
	if (!strcmp(name, "gone")) {
		run->killed = true;
		return 0;
	}
	if (!strcmp(name, "kill")) {
		run->killed = true;
		ucm_worker_kill(run->worker);
		return 0;
	}
	if (!strcmp(name, "idle"))
		return sd_event_add_time_relative(run->event, NULL, CLOCK_MONOTONIC,
						  strtoull(rest, NULL, 10) * 1000000, 0,
						  on_time, run);
	return -EINVAL;
}

static void next(struct run *run)
{
	while (*run->command) {
		char *command = *run->command++;
		char *rest = strchr(command, ' ');
		int r;

		if (!strncmp(command, "jack ", 5) || !strncmp(command, "foreign ", 8)) {
			run->wait = command;
			return;
		}
		if (rest)
			*rest++ = '\0';
		if (!strcmp(command, "run")) {
			fflush(stdout);
			r = system(rest);
			printf("run [%s] status=%d locked=%d\n", rest, r >> 8,
			       ucm_worker_locked(run->worker));
			continue;
		}
		run->sent_us = now_us();
		r = execute(run, command, rest);
		if (r >= 0)
			return;
		printf("%s refused: %s\n", command, strerror(-r));
	}
	sd_event_exit(run->event, 0);
}

static void on_ready(struct ucm_worker *w, const struct profile *profile, int error,
		     const char *message, void *userdata)
{
	struct run *run = userdata;

	printf("ready error=%d [%s] locked=%d in %llu us\n", error, message,
	       ucm_worker_locked(w), (unsigned long long)(now_us() - run->sent_us));
	if (!profile) {
		sd_event_exit(run->event, 1);
		return;
	}
	run->profile = profile;
	print_profile(profile);
	next(run);
}

static void on_done(struct ucm_worker *w, const struct ucm_result *r, void *userdata)
{
	struct run *run = userdata;

	for (unsigned int i = 0; i < r->n_writes && i < 64; i++)
		printf("write [%s] [%s] -> [%s] +%lld us\n", r->write[i].name,
		       r->write[i].before, r->write[i].after,
		       (long long)(r->write[i].at_us - r->begin_us));
	printf("done error=%d step=%u writes=%u [%s] locked=%d took=%llu us answer=%llu "
	       "us\n",
	       r->error, r->failed_step, r->n_writes, r->message, ucm_worker_locked(w),
	       (unsigned long long)(r->end_us - r->begin_us),
	       (unsigned long long)(now_us() - run->sent_us));
	next(run);
}

static void on_died(struct ucm_worker *w, const char *how, void *userdata)
{
	struct run *run = userdata;

	printf("died [%s] after %llu us\n", how,
	       (unsigned long long)(now_us() - run->sent_us));
	sd_event_exit(run->event, run->killed ? 0 : 1);
}

static void told(struct run *run, const char *what)
{
	printf("%s\n", what);
	if (run->wait && !strcmp(run->wait, what)) {
		run->wait = NULL;
		next(run);
	}
}

static void on_jack(struct ucm_worker *w, const char *control, bool plugged,
		    void *userdata)
{
	char text[128];

	snprintf(text, sizeof(text), "jack %s=%d", control, plugged);
	told(userdata, text);
}

static void on_foreign(struct ucm_worker *w, const char *name, void *userdata)
{
	char text[128];

	snprintf(text, sizeof(text), "foreign %s", name);
	told(userdata, text);
}

int main(int argc, char *argv[])
{
	static const struct ucm_ops ops = { .ready = on_ready,
					    .done = on_done,
					    .died = on_died,
					    .jack = on_jack,
					    .foreign_write = on_foreign };
	const char *worker = getenv("TACET_WORKER");
	struct ucm_config config = {
		.worker_path = worker ? worker : "/tacet/bin/tacet-ucm-worker",
	};
	struct run run = {};
	int r;

	if (argc < 4)
		return 2;
	config.card_index = atoi(argv[1]);
	config.card_id = argv[2];
	config.lock = atoi(argv[3]);
	run.command = argv + 4;
	run.verb = "";
	run.sent_us = now_us();
	setvbuf(stdout, NULL, _IOLBF, 0);
	r = sd_event_new(&run.event);
	if (r >= 0)
		r = ucm_worker_new(run.event, &config, &ops, &run, &run.worker);
	if (r < 0) {
		printf("no worker: %s\n", strerror(-r));
		return 1;
	}
	r = sd_event_loop(run.event);
	ucm_worker_free(run.worker);
	sd_event_unref(run.event);
	return r;
}
