// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/log.h"

/* What would have gone to the journal: one field a line. */
int __wrap_sd_journal_sendv(const struct iovec *iov, int n);

int __wrap_sd_journal_sendv(const struct iovec *iov, int n)
{
	for (int i = 0; i < n; i++)
		dprintf(STDERR_FILENO, "<%.*s>\n", (int)iov[i].iov_len,
			(const char *)iov[i].iov_base);
	return 0;
}

/* Where logging goes is decided once in a process: each look is a process of its own, with its
 * stderr in a pipe. Return: what it wrote. */
static const char *look(void (*say)(void), const char *journal_stream)
{
	static char text[8192];
	size_t n = 0;
	ssize_t k;
	int fd[2];
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (!pid) {
		struct stat st;
		char stream[64];

		dup2(fd[1], STDERR_FILENO);
		fstat(STDERR_FILENO, &st);
		snprintf(stream, sizeof(stream), "%llu:%llu",
			 (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
		if (journal_stream)
			setenv("JOURNAL_STREAM",
			       *journal_stream ? journal_stream : stream, 1);
		else
			unsetenv("JOURNAL_STREAM");
		say();
		_exit(0);
	}
	close(fd[1]);
	while ((k = read(fd[0], text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)k;
	text[n] = '\0';
	close(fd[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return text;
}

static void say_switch(void)
{
	log_fields_full(
		LOG_NOTICE,
		(&(const struct log_fields){ .message_id = TACET_MESSAGE_SWITCH_DONE,
					     .card = "TacetPhone",
					     .switch_id = 17,
					     .pcm = "hw:TacetPhone,0",
					     .result = "done" }),
		"Switched to %s", "Speaker");
}

static void say_error(void)
{
	errno = ENOENT;
	if (log_error_errno(-EBUSY, "Cannot open: %m") != -EBUSY || errno != ENOENT)
		_exit(1);
}

static void say_debug(void)
{
	log_debug("not of interest");
	log_info("of interest");
	log_set_max_level(LOG_DEBUG);
	log_debug("of interest now");
}

static void the_journal_gets_fields(void **state)
{
	const char *text = look(say_switch, "");

	assert_non_null(strstr(text, "<PRIORITY=5>\n"));
	assert_non_null(strstr(text, "<MESSAGE=Switched to Speaker>\n"));
	assert_non_null(strstr(text, "<MESSAGE_ID=" TACET_MESSAGE_SWITCH_DONE ">\n"));
	assert_non_null(strstr(text, "<TACET_CARD=TacetPhone>\n"));
	assert_non_null(strstr(text, "<TACET_SWITCH=17>\n"));
	assert_non_null(strstr(text, "<TACET_PCM=hw:TacetPhone,0>\n"));
	assert_non_null(strstr(text, "<TACET_RESULT=done>\n"));
	assert_non_null(strstr(text, "<CODE_FUNC=say_switch>\n"));
}

static void fields_that_are_not_set_are_left_out(void **state)
{
	const char *text = look(say_error, "");

	assert_non_null(strstr(text, "<ERRNO=16>\n"));
	assert_null(strstr(text, "TACET_"));
	assert_null(strstr(text, "MESSAGE_ID"));
}

static void a_terminal_gets_lines(void **state)
{
	assert_string_equal(look(say_switch, NULL), "TacetPhone: Switched to Speaker\n");
	/* JOURNAL_STREAM of a service that we were started from, with stderr elsewhere */
	assert_string_equal(look(say_switch, "1:2"), "TacetPhone: Switched to Speaker\n");
	assert_string_equal(look(say_error, NULL),
			    "Cannot open: Device or resource busy\n");
}

static void debugging_is_asked_for(void **state)
{
	unsetenv("TACET_LOG_LEVEL");
	assert_string_equal(look(say_debug, NULL), "of interest\nof interest now\n");
	setenv("TACET_LOG_LEVEL", "debug", 1);
	assert_string_equal(look(say_debug, NULL),
			    "not of interest\nof interest\nof interest now\n");
	unsetenv("TACET_LOG_LEVEL");
}

static void levels_have_names_and_numbers(void **state)
{
	assert_int_equal(log_level_from_string("err"), LOG_ERR);
	assert_int_equal(log_level_from_string("debug"), LOG_DEBUG);
	assert_int_equal(log_level_from_string("4"), LOG_WARNING);
	assert_int_equal(log_level_from_string("8"), -EINVAL);
	assert_int_equal(log_level_from_string(""), -EINVAL);
	assert_int_equal(log_level_from_string("loud"), -EINVAL);
}

static void message_ids_are_ids_and_differ(void **state)
{
	static const char *const id[] = {
		TACET_MESSAGE_STARTED,	     TACET_MESSAGE_STOPPING,
		TACET_MESSAGE_CARD_MANAGED,  TACET_MESSAGE_CARD_IGNORED,
		TACET_MESSAGE_CARD_BROKEN,   TACET_MESSAGE_CARD_GONE,
		TACET_MESSAGE_SWITCH_DONE,   TACET_MESSAGE_SWITCH_FAILED,
		TACET_MESSAGE_SWITCH_BUSY,   TACET_MESSAGE_SLIP,
		TACET_MESSAGE_WORKER_DIED,   TACET_MESSAGE_JOURNAL_FAILED,
		TACET_MESSAGE_JOURNAL_BAD,   TACET_MESSAGE_RESTORED,
		TACET_MESSAGE_CONFIG_BAD,    TACET_MESSAGE_LOCK_FAILED,
		TACET_MESSAGE_FOREIGN_WRITE, TACET_MESSAGE_STREAM_STUCK,
		TACET_MESSAGE_STREAM_FAILED, TACET_MESSAGE_LEASE_REFUSED,
		TACET_MESSAGE_JACK,
	};

	for (unsigned int i = 0; i < sizeof(id) / sizeof(id[0]); i++) {
		assert_int_equal(strspn(id[i], "0123456789abcdef"), 32);
		assert_int_equal(strlen(id[i]), 32);
		for (unsigned int k = 0; k < i; k++)
			assert_string_not_equal(id[i], id[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_journal_gets_fields),
		cmocka_unit_test(fields_that_are_not_set_are_left_out),
		cmocka_unit_test(a_terminal_gets_lines),
		cmocka_unit_test(debugging_is_asked_for),
		cmocka_unit_test(levels_have_names_and_numbers),
		cmocka_unit_test(message_ids_are_ids_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
