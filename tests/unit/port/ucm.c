// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port/ucm.h"
#include "scratch.h"

#define SECONDS UINT64_C(1000000)
#define PROFILE "verb|HiFi|-|-;device|Speaker|hw:0,0|-|-|1|0|-|-;modifier|Tone|-|-"

static sd_event *event;
static struct ucm_worker *worker;

/* what was called back, one letter each, and what came with the last call */
static char called[32];
static int last_error;
static char last_text[256];
static char jack_text[64];
static struct ucm_result last_result;
static bool free_in_callback;

static void call(char what)
{
	size_t n = strlen(called);

	assert_true(n + 1 < sizeof(called));
	called[n] = what;
	called[n + 1] = '\0';
	if (free_in_callback)
		worker = ucm_worker_free(worker);
}

static void on_ready(struct ucm_worker *w, const struct profile *profile, int error,
		     const char *message, void *userdata)
{
	last_error = error;
	snprintf(last_text, sizeof(last_text), "%s", message);
	call(profile ? 'r' : 'f');
}

static void on_done(struct ucm_worker *w, const struct ucm_result *result, void *userdata)
{
	last_result = *result;
	call('d');
}

static void on_died(struct ucm_worker *w, const char *how, void *userdata)
{
	snprintf(last_text, sizeof(last_text), "%s", how);
	call('x');
}

static void on_jack(struct ucm_worker *w, const char *control, bool plugged,
		    void *userdata)
{
	snprintf(jack_text, sizeof(jack_text), "%s=%d", control, plugged);
	call('j');
}

static void on_foreign(struct ucm_worker *w, const char *name, void *userdata)
{
	snprintf(last_text, sizeof(last_text), "%s", name);
	call('w');
}

static const struct ucm_ops ops = {
	.ready = on_ready,
	.done = on_done,
	.died = on_died,
	.jack = on_jack,
	.foreign_write = on_foreign,
};

static int setup(void **state)
{
	called[0] = '\0';
	last_text[0] = '\0';
	free_in_callback = false;
	return scratch_setup(state) || sd_event_new(&event) < 0;
}

static int teardown(void **state)
{
	worker = ucm_worker_free(worker);
	event = sd_event_unref(event);
	return scratch_teardown(state);
}

static void start(const char *script)
{
	struct ucm_config config = {
		.worker_path = getenv("FAKE_WORKER"),
		.card_index = 0,
		.card_id = "Phone",
		.lock = true,
	};

	setenv("TACET_FAKE", script, 1);
	assert_int_equal(ucm_worker_new(event, &config, &ops, NULL, &worker), 0);
}

/* Run the loop until the calls are these. */
static void wait_for(const char *calls)
{
	while (strcmp(called, calls)) {
		assert_true(strlen(called) < strlen(calls));
		/* 0: nothing came in time */
		assert_int_not_equal(sd_event_run(event, 20 * SECONDS), 0);
	}
}

static void a_worker_tells_its_profile(void **state)
{
	start(PROFILE ";locks|9|9|-;ready");
	wait_for("r");
	assert_int_equal(last_error, 0);
	assert_string_equal(last_text, "");
	assert_true(ucm_worker_locked(worker));
	assert_true(ucm_worker_pid(worker) > 0);
}

static void locks_that_are_not_all_held_are_no_lock(void **state)
{
	start(PROFILE ";locks|8|9|Speaker Switch: busy;ready");
	wait_for("r");
	assert_false(ucm_worker_locked(worker));
	assert_string_equal(ucm_worker_lock_trouble(worker), "Speaker Switch: busy");
}

static void a_card_without_a_profile_and_a_broken_one_differ(void **state)
{
	start("failed|-2|no UCM profile;exit");
	wait_for("fx");
	assert_int_equal(last_error, -ENOENT);
	assert_string_equal(last_text, "exited with status 7");
}

static void an_answer_brings_its_writes(void **state)
{
	const struct plan_step step = { .op = PLAN_ENABLE_DEVICE, .verb = 0, .index = 0 };

	start(PROFILE ";ready!write|Speaker Switch|off|on|120;write|Gain|1,1|2,2|130;"
		      "done|-5|1|no such control|100|140");
	wait_for("r");
	assert_int_equal(ucm_worker_apply(worker, &step, 1), 0);
	assert_int_equal(ucm_worker_rollback(worker), -EBUSY);
	wait_for("rd");
	assert_int_equal(last_result.error, -5);
	assert_int_equal(last_result.failed_step, 1);
	assert_string_equal(last_result.message, "no such control");
	assert_int_equal(last_result.begin_us, 100);
	assert_int_equal(last_result.end_us, 140);
	assert_int_equal(last_result.n_writes, 2);
	assert_string_equal(last_result.write[1].name, "Gain");
	assert_string_equal(last_result.write[1].before, "1,1");
	assert_string_equal(last_result.write[1].after, "2,2");
	assert_int_equal(last_result.write[1].at_us, 130);
	/* and the next command may come */
	assert_int_equal(ucm_worker_rollback(worker), 0);
	wait_for("rdd");
}

static void nonsense_steps_are_refused(void **state)
{
	static const struct plan_step bad[] = {
		{ .op = PLAN_ENABLE_DEVICE, .verb = 0, .index = 1 },
		{ .op = PLAN_ENABLE_DEVICE, .verb = 0, .index = -1 },
		{ .op = PLAN_ENABLE_MODIFIER, .verb = 1, .index = 0 },
		{ .op = PLAN_SET_VERB, .verb = 7 },
		{ .op = PLAN_OP_MAX, .verb = 0 },
	};

	start(PROFILE ";ready");
	assert_int_equal(ucm_worker_rollback(worker), -ENOTCONN);
	wait_for("r");
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ucm_worker_apply(worker, &bad[i], 1), -EINVAL);
}

static void jacks_and_foreign_writes_are_told(void **state)
{
	start(PROFILE ";ready;jack|Headphone Jack|1;foreign|Speaker Switch");
	wait_for("rjw");
	assert_string_equal(jack_text, "Headphone Jack=1");
	assert_string_equal(last_text, "Speaker Switch");
}

static void a_worker_that_speaks_nonsense_is_ended(void **state)
{
	static const char *const script[] = {
		"garbage;hang",
		PROFILE ";ready;ready;hang",
		PROFILE ";ready;done|0|0|-|1|2;hang",
		PROFILE ";ready;write|a|b|c|1;hang",
		PROFILE ";ready;locks|x|9|-;hang",
		"jack|before|1;hang",
		"unheard of;hang",
		"failed|0|without an error;hang",
		PROFILE ";ready!done|5|0|positive|1|2;hang",
	};

	for (unsigned int i = 0; i < sizeof(script) / sizeof(script[0]); i++) {
		bool ready = strstr(script[i], "ready") != NULL;

		called[0] = '\0';
		start(script[i]);
		if (strchr(script[i], '!')) {
			wait_for("r");
			assert_int_equal(ucm_worker_rollback(worker), 0);
		}
		wait_for(ready ? "rx" : "x");
		assert_string_equal(last_text, "killed by signal 9 (Killed)");
		assert_int_equal(ucm_worker_rollback(worker), -ENOTCONN);
		worker = ucm_worker_free(worker);
	}
}

static pid_t read_child(const char *path)
{
	FILE *f = fopen(path, "re");
	int pid = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	return pid;
}

/* A child of a child: gone, or a zombie that its new parent is about to reap. */
static bool is_dead(pid_t pid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return true;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state == 'Z' || state == 'X';
}

static void wait_dead(pid_t pid)
{
	for (int i = 0; i < 2000 && !is_dead(pid); i++)
		usleep(10000);
	assert_true(is_dead(pid));
}

static void a_killed_worker_takes_its_children_along(void **state)
{
	struct scratch *s = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/pid", s->path);
	setenv("TACET_FAKE_PID", path, 1);
	start(PROFILE ";child;ready!hang");
	wait_for("r");
	assert_int_equal(ucm_worker_rollback(worker), 0);
	ucm_worker_kill(worker);
	wait_for("rx");
	wait_dead(read_child(path));
}

static void a_worker_that_exits_takes_its_children_along(void **state)
{
	struct scratch *s = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/pid", s->path);
	setenv("TACET_FAKE_PID", path, 1);
	start(PROFILE ";child;ready;exit");
	wait_for("rx");
	assert_string_equal(last_text, "exited with status 7");
	wait_dead(read_child(path));
}

static void a_worker_may_be_freed_in_any_callback(void **state)
{
	static const char *const script[][2] = {
		{ PROFILE ";ready;jack|a|1", "r" },
		{ "failed|-2|none", "f" },
		{ "exit", "x" },
	};

	free_in_callback = true;
	for (unsigned int i = 0; i < sizeof(script) / sizeof(script[0]); i++) {
		called[0] = '\0';
		start(script[i][0]);
		wait_for(script[i][1]);
		assert_null(worker);
		/* what is left of it is reaped by the loop */
		while (waitpid(-1, NULL, WNOHANG) != -1)
			sd_event_run(event, SECONDS / 10);
	}
}

static void a_program_that_is_not_there_is_an_error(void **state)
{
	struct ucm_config config = { .worker_path = "/nonexistent", .card_id = "Phone" };

	assert_int_equal(ucm_worker_new(event, &config, &ops, NULL, &worker), -ENOENT);
	assert_null(worker);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_worker_tells_its_profile),
		TEST(locks_that_are_not_all_held_are_no_lock),
		TEST(a_card_without_a_profile_and_a_broken_one_differ),
		TEST(an_answer_brings_its_writes),
		TEST(nonsense_steps_are_refused),
		TEST(jacks_and_foreign_writes_are_told),
		TEST(a_worker_that_speaks_nonsense_is_ended),
		TEST(a_killed_worker_takes_its_children_along),
		TEST(a_worker_that_exits_takes_its_children_along),
		TEST(a_worker_may_be_freed_in_any_callback),
		TEST(a_program_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
