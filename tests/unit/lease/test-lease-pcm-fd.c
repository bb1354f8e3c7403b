/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is no PCM, told without asking it anything that it could answer late; and a call that
 * sleeps is woken. A real PCM is the virtual machine's to try.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "port/interrupt.h"
#include "port/pcm-fd.h"
#include "util/cleanup.h"

static void expect_no_pcm(int fd, int error)
{
	struct pcm_id id, before;

	memset(&id, 0x5a, sizeof(id));
	before = id;
	assert_return_code(fd, errno);
	assert_int_equal(pcm_fd_info(fd, &id), error);
	assert_memory_equal(&id, &before, sizeof(id));
	close(fd);
}

static void files_of_all_kinds_are_no_pcm(void **state)
{
	int p[2];

	expect_no_pcm(open("/dev/null", O_RDWR | O_CLOEXEC), -ENOTTY);
	expect_no_pcm(open("/dev/null", O_PATH | O_CLOEXEC), -ENOTTY);
	expect_no_pcm(open("/", O_RDONLY | O_CLOEXEC), -ENOTTY);
	expect_no_pcm(open("/proc/self/status", O_RDONLY | O_CLOEXEC), -ENOTTY);
	expect_no_pcm(memfd_create("x", MFD_CLOEXEC), -ENOTTY);
	expect_no_pcm(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), -ENOTTY);
	assert_return_code(pipe2(p, O_CLOEXEC), errno);
	expect_no_pcm(p[0], -ENOTTY);
	expect_no_pcm(p[1], -ENOTTY);
}

static void a_closed_descriptor_is_an_error(void **state)
{
	struct pcm_id id;
	struct pcm_abilities can = { .pause = true };
	struct pcm_status st;

	assert_int_equal(pcm_fd_info(-1, &id), -EBADF);
	assert_int_equal(pcm_fd_status(-1, &st), -EBADF);
	assert_int_equal(pcm_fd_abilities(-1, &can), -EBADF);
	assert_true(can.pause);
	assert_int_equal(pcm_fd_pause(-1, true), -EBADF);
	assert_int_equal(pcm_fd_drain_start(-1), -EBADF);
	assert_int_equal(pcm_fd_drop(-1), -EBADF);
}

static void a_drain_of_something_else_fails_and_returns(void **state)
{
	_cleanup_close_ int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_int_equal(pcm_fd_drain_start(fd), -ENOTTY);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
}

static void a_call_that_sleeps_is_interrupted(void **state)
{
	int p[2];
	char c;

	assert_return_code(pipe2(p, O_CLOEXEC), errno);
	assert_return_code(interrupt_begin(), 0);
	assert_int_equal(read(p[0], &c, 1), -1); /* would sleep for ever */
	assert_int_equal(errno, EINTR);
	interrupt_end();
	/* And no signal is left over that would interrupt the next one. */
	assert_int_equal(poll(NULL, 0, 5), 0);
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_all_kinds_are_no_pcm),
		cmocka_unit_test(a_closed_descriptor_is_an_error),
		cmocka_unit_test(a_drain_of_something_else_fails_and_returns),
		cmocka_unit_test(a_call_that_sleeps_is_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
