/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every profile of a tree of alsa-ucm-conf: alsa-lib reads it for a card that is not there, the
 * core plans each verb, device and modifier of it in every legal order, and alsa-lib performs
 * the steps on controls that are not there either.
 *
 * alsa-profiles TREE: prints what cannot be, with the reason, and the sum.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <alsa/asoundlib.h>
#include <alsa/use-case.h>

#include "core/plan.h"
#include "mock-card.h"
#include "port/ucm-profile.h"
#include "util/cleanup.h"
#include "worker/worker.h"

static unsigned int n_cards, n_verbs, n_devices, n_modifiers, n_plans, n_steps, n_wrong;
static const char *where; /* of the card in hand */

__attribute__((format(printf, 1, 2))) static void wrong(const char *fmt, ...)
{
	va_list ap;

	printf("wrong: %s: ", where);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	n_wrong++;
}

/* Why a profile cannot be read or performed for a card that is not there, nor by this alsa-lib.
 * Any other reason is a fault of ours.
 */
static const char *const reasons[] = {
	"no UCM profile",		  /* its file only passes on to one by hardware */
	"the UCM profile has no verbs",	  /* a part of another card's */
	"is not supported for this",	  /* HDA, USB: chosen by the model */
	"is not defined in this context", /* it looks at the machine in sysfs */
	"no use case device defined", /* devices by the controls that a real one has */
	"unable to find device", /* the same, and one of them is renamed or removed */
	"Incompatible syntax",	 /* newer than this alsa-lib */
	"could not open configuration",	  /* it includes what the package lacks */
	"cdev is not equal for playback", /* a fault of the profile: no alsa-lib can */
};

__attribute__((format(printf, 1, 2))) static void cannot(const char *fmt, ...)
{
	char text[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (strstr(text, reasons[i])) {
			printf("cannot: %s: %s\n", where, text);
			return;
		}
	wrong("%s", text);
}

static int rank(const struct plan_step *s)
{
	return (int)s->op;
}

/* Modifiers off, devices off, the verb, devices on, modifiers on. */
static void check_order(const struct plan *plan)
{
	for (unsigned int i = 1; i < plan->n_steps; i++)
		if (rank(&plan->step[i]) < rank(&plan->step[i - 1]))
			wrong("step %u comes too late", i);
}

static void check_conflicts(const struct profile_verb *v, const struct route *r)
{
	for (unsigned int i = 0; i < v->n_devices; i++)
		if ((r->devices & 1ULL << i) && (r->devices & v->device[i].conflicts))
			wrong("%s: %s is on beside what it conflicts with", v->name,
			      v->device[i].name);
}

static const char *op_name(enum plan_op op)
{
	static const char *const names[] = {
		[PLAN_DISABLE_MODIFIER] = "_dismod", [PLAN_DISABLE_DEVICE] = "_disdev",
		[PLAN_SET_VERB] = "_verb",	     [PLAN_ENABLE_DEVICE] = "_enadev",
		[PLAN_ENABLE_MODIFIER] = "_enamod",
	};

	return names[op];
}

/* Return: 0, or what alsa-lib said of the step in @ret. */
static int perform(snd_use_case_mgr_t *mgr, const struct profile *p,
		   const struct plan *plan, char *ret, size_t size)
{
	for (unsigned int i = 0; i < plan->n_steps; i++) {
		const struct plan_step *s = &plan->step[i];
		const struct profile_verb *v = s->verb >= 0 ? &p->verb[s->verb] : NULL;
		const char *name =
			!v			 ? "Inactive"
			: s->op == PLAN_SET_VERB ? v->name
			: s->op == PLAN_ENABLE_DEVICE || s->op == PLAN_DISABLE_DEVICE
				? v->device[s->index].name
				: v->modifier[s->index].name;
		int r;

		message_clear();
		r = snd_use_case_set(mgr, op_name(s->op), name);
		n_steps++;
		if (r < 0) {
			snprintf(ret, size, "%s %s: %s", op_name(s->op) + 1, name,
				 message_text(r));
			return r;
		}
	}
	return 0;
}

struct run {
	snd_use_case_mgr_t *mgr;
	const struct profile *p;
	struct route now;
};

/* Route, then open; close, then unroute: the voice of a call beside it all. */
static void check_held(const struct profile *p, const struct plan *plan,
		       const struct world *w)
{
	const struct world_stream *s = &w->stream[0];
	bool fed = route_feeds(p, &plan->to, w->card_id, w->card_index, s->device,
			       false) != 0;

	if (plan->unchanged)
		return;
	if (plan->stream[0].method != METHOD_CLOSE)
		wrong("a held stream is not closed before the writes");
	if ((plan->stream[0].after == AFTER_REOPEN) != fed)
		wrong("a held stream is %s after the writes",
		      fed ? "not opened" : "opened without a back end");
}

/* Plan @r from where we are, check the plan, perform it. Return: 0 when it could be planned. */
static int go(struct run *run, const struct request *r, struct tacet_error *e)
{
	static struct plan plan;
	static struct world w;
	char why[300];
	int k;

	w = (struct world){
		.card_id = "Mock",
		.n_streams = 1,
		.stream = { { .id = 1, .kind = STREAM_HELD, .state = PCM_RUNNING } },
	};
	if (plan_make(run->p, &run->now, true, r, &w, &plan, e) < 0)
		return -1;
	n_plans++;
	check_order(&plan);
	check_held(run->p, &plan, &w);
	if (plan.to.verb >= 0)
		check_conflicts(&run->p->verb[plan.to.verb], &plan.to);
	k = perform(run->mgr, run->p, &plan, why, sizeof(why));
	if (k < 0)
		cannot("%s", why);
	run->now = plan.to;
	return 0;
}

static void add(struct name_list *list, const char *name)
{
	snprintf(list->name[list->n++], TACET_NAME_MAX, "%s", name);
}

static void set_verb(struct run *run, const char *verb)
{
	struct request r = {};
	struct tacet_error e;

	snprintf(r.verb, sizeof(r.verb), "%s", verb);
	if (go(run, &r, &e) < 0)
		wrong("verb %s: %s", verb, e.message);
}

static void one_device(struct run *run, const struct profile_verb *v, unsigned int i)
{
	struct request on = {}, off = {};
	struct tacet_error e;

	add(&on.enable, v->device[i].name);
	add(&off.disable, v->device[i].name);
	if (go(run, &on, &e) < 0) {
		wrong("%s, %s on: %s", v->name, v->device[i].name, e.message);
		return;
	}
	if (go(run, &off, &e) < 0)
		wrong("%s, %s off: %s", v->name, v->device[i].name, e.message);
	if (run->now.devices)
		wrong("%s, %s: something stayed on", v->name, v->device[i].name);
}

/* Two devices: both on and off in both orders, or never together. */
static void two_devices(struct run *run, const struct profile_verb *v, unsigned int i,
			unsigned int k)
{
	const struct profile_device *a = &v->device[i], *b = &v->device[k];
	bool apart = (a->conflicts & 1ULL << k) ||
		     (a->supported && !(a->supported & 1ULL << k)) ||
		     (b->supported && !(b->supported & 1ULL << i));
	struct request first = {}, second = {}, off_first = {}, off_second = {};
	struct tacet_error e;

	add(&first.enable, a->name);
	add(&second.enable, b->name);
	add(&off_first.disable, a->name);
	add(&off_second.disable, b->name);
	if (go(run, &first, &e) < 0) {
		wrong("%s, %s on: %s", v->name, a->name, e.message);
		return;
	}
	if (go(run, &second, &e) == 0) {
		if (apart)
			wrong("%s: %s is on beside %s", v->name, b->name, a->name);
		go(run, &off_first, &e);
		go(run, &off_second, &e);
	} else {
		struct request to = {};

		if (!apart)
			wrong("%s: %s beside %s: %s", v->name, b->name, a->name,
			      e.message);
		/* One gives way to the other, and goes first. */
		snprintf(to.to, sizeof(to.to), "%s", b->name);
		if (go(run, &to, &e) < 0)
			wrong("%s, to %s: %s", v->name, b->name, e.message);
		if ((a->conflicts & 1ULL << k) && (run->now.devices & 1ULL << i))
			wrong("%s: %s did not give way to %s", v->name, a->name, b->name);
		go(run, &off_second, &e);
	}
	if (run->now.devices & 1ULL << i)
		go(run, &off_first, &e);
	if (run->now.devices)
		wrong("%s: something stayed on after %s and %s", v->name, a->name,
		      b->name);
}

static void one_modifier(struct run *run, const struct profile_verb *v, unsigned int i)
{
	const struct profile_modifier *m = &v->modifier[i];
	struct request on = {}, off = {};
	struct tacet_error e;
	unsigned int d = 0;

	while (m->supported && d < v->n_devices && !(m->supported & 1ULL << d))
		d++;
	add(&on.enable_modifiers, m->name);
	if (m->supported && d < v->n_devices) {
		add(&on.enable, v->device[d].name);
		add(&off.disable, v->device[d].name);
	}
	add(&off.disable_modifiers, m->name);
	if (go(run, &on, &e) < 0)
		wrong("%s, modifier %s: %s", v->name, m->name, e.message);
	else if (go(run, &off, &e) < 0)
		wrong("%s, modifier %s off: %s", v->name, m->name, e.message);
}

static void every_order(struct run *run)
{
	for (unsigned int n = 0; n < run->p->n_verbs; n++) {
		const struct profile_verb *v = &run->p->verb[n];

		set_verb(run, v->name);
		n_verbs++;
		n_devices += v->n_devices;
		n_modifiers += v->n_modifiers;
		for (unsigned int i = 0; i < v->n_devices; i++) {
			one_device(run, v, i);
			for (unsigned int k = 0; k < v->n_devices; k++)
				if (k != i)
					two_devices(run, v, i, k);
		}
		for (unsigned int i = 0; i < v->n_modifiers; i++)
			one_modifier(run, v, i);
		/* The next verb is set with something on. */
		if (v->n_devices) {
			struct request on = {};
			struct tacet_error e;

			add(&on.enable, v->device[0].name);
			go(run, &on, &e);
		}
	}
	set_verb(run, "Inactive");
}

/* The profile as the daemon gets it, through the worker's messages. */
static int read_profile(struct worker *w, struct profile *ret, char *why, size_t size)
{
	struct ucm_loss loss = {};
	static struct strv_msg m;
	int sock[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) < 0)
		return -errno;
	r = 8 << 20;
	setsockopt(sock[0], SOL_SOCKET, SO_SNDBUFFORCE, &r, sizeof(r));
	w->sock = sock[0];
	r = profile_load(w, 0, why, size);
	close(sock[0]);
	while (r >= 0 && strv_msg_recv(sock[1], &m, 0) > 0)
		if (ucm_profile_add(ret, strv_msg_next(&m), &m, &loss) < 0) {
			snprintf(why, size, "a broken message");
			r = -EBADMSG;
		}
	close(sock[1]);
	if (r >= 0 && loss.n)
		wrong("%u items left out: %s", loss.n, loss.first);
	return r;
}

/* One card, in a process of its own: alsa-lib keeps much. */
static void try_card(void)
{
	struct profile *p = calloc(1, sizeof(*p));
	struct worker w = { .sock = -1, .ctl = { .fd = -1 } };
	char why[512] = "";
	int r;

	if (!p || ctl_open(&w.ctl, 0) < 0) {
		wrong("the card that is not there does not open");
		return;
	}
	message_install();
	r = read_profile(&w, p, why, sizeof(why));
	if (r < 0) {
		cannot("%s", why);
	} else {
		struct run run = { .mgr = w.mgr,
				   .p = p,
				   .now = { .verb = ROUTE_NO_VERB } };

		n_cards++;
		/* What the profile was chosen by is known; what it sets shall be there. */
		mock_controls();
		every_order(&run);
	}
	profile_unload(&w);
	ctl_close(&w.ctl);
	free(w.jack);
	free(p);
}

struct sum {
	unsigned int cards, verbs, devices, modifiers, plans, steps, wrong;
};

static int try_apart(const char *driver, const char *name, bool controls, struct sum *sum)
{
	static char label[600];
	struct sum one = {};
	int fds[2], status;
	pid_t child;

	snprintf(label, sizeof(label), "%s/%s, %s controls", driver, name,
		 controls ? "all" : "no");
	where = label;
	mock_card(driver, name, controls);
	fflush(stdout);
	if (pipe(fds) < 0)
		return -1;
	child = (pid_t)syscall(SYS_fork);
	if (child == 0) {
		try_card();
		one = (struct sum){ n_cards, n_verbs, n_devices, n_modifiers,
				    n_plans, n_steps, n_wrong };
		fflush(stdout);
		_exit(write(fds[1], &one, sizeof(one)) == sizeof(one) ? 0 : 1);
	}
	close(fds[1]);
	if (read(fds[0], &one, sizeof(one)) != sizeof(one))
		memset(&one, 0, sizeof(one));
	close(fds[0]);
	waitpid(child, &status, 0);
	if (status) {
		printf("wrong: %s: ended with %d\n", label, status);
		sum->wrong++;
	}
	sum->cards += one.cards;
	sum->verbs += one.verbs;
	sum->devices += one.devices;
	sum->modifiers += one.modifiers;
	sum->plans += one.plans;
	sum->steps += one.steps;
	sum->wrong += one.wrong;
	return 0;
}

static int real(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int try_tree(const char *tree, struct sum *sum)
{
	_cleanup_free_ char *base = NULL;
	struct dirent **drivers, **names;
	int n, k;

	if (asprintf(&base, "%s/conf.d", tree) < 0)
		return -1;
	n = scandir(base, &drivers, real, alphasort);
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *folder = NULL;

		if (asprintf(&folder, "%s/%s", base, drivers[i]->d_name) < 0)
			return -1;
		k = scandir(folder, &names, real, alphasort);
		for (int j = 0; j < k; j++) {
			char *end = strstr(names[j]->d_name, ".conf");

			if (end && !end[5]) {
				*end = '\0';
				try_apart(drivers[i]->d_name, names[j]->d_name, true,
					  sum);
				try_apart(drivers[i]->d_name, names[j]->d_name, false,
					  sum);
			}
			free(names[j]);
		}
		if (k >= 0)
			free(names);
		free(drivers[i]);
	}
	if (n >= 0)
		free(drivers);
	return n;
}

int main(int argc, char **argv)
{
	struct sum sum = {};

	if (argc != 2 || access(argv[1], R_OK) < 0) {
		printf("no tree of alsa-ucm-conf here\n");
		return 77;
	}
	setenv("ALSA_CONFIG_UCM2", argv[1], 1);
	/* Nothing of this machine decides, and nothing of it is written. */
	setenv("SYSFS_PATH", "/nonexistent", 1);
	try_tree(argv[1], &sum);
	printf("%u cards, %u verbs, %u devices, %u modifiers, %u plans, %u steps, %u "
	       "wrong\n",
	       sum.cards, sum.verbs, sum.devices, sum.modifiers, sum.plans, sum.steps,
	       sum.wrong);
	return sum.wrong || sum.cards < 50 || sum.plans < 1000;
}
