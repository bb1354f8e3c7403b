/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server for other programs' writes against good and bad clients; a memory file with the
 * right words in it is a control device.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/outside-msg.h"
#include "ctl-client.h"
#include "port/control-fd.h"
#include "port/outside.h"
#include "util/cleanup.h"

int control_fd_card(int fd)
{
	char text[32] = "";
	int card;

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return -errno;
	return sscanf(text, "fake control %d", &card) == 1 ? card : -ENOTTY;
}

struct bench {
	sd_event *event;
	struct lease_server *leases;
	struct outside_server *server;
	char path[64];
	unsigned int writes, gone;
	struct outside_client *last;
	struct outside_msg msg;
	int answer; /* what each write is answered with; 1 = not yet */
};

static void on_write(struct outside_client *o, const struct outside_msg *m,
		     void *userdata)
{
	struct bench *b = userdata;

	b->writes++;
	b->last = o;
	b->msg = *m;
	if (b->answer <= 0)
		outside_answer(o, b->answer);
}

static void on_gone(struct outside_client *o, void *userdata)
{
	struct bench *b = userdata;

	b->gone++;
	b->last = NULL;
}

static const struct outside_ops ops = { on_write, on_gone };

static const struct lease_ops lease_ops;

static int setup(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct bench *b = calloc(1, sizeof(*b));
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_non_null(b);
	strcpy(b->path, "/tmp/tacet-test-XXXXXX");
	assert_non_null(mkdtemp(b->path));
	strcat(b->path, "/control");
	strcpy(sa.sun_path, b->path);
	assert_return_code(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), errno);
	assert_return_code(listen(fd, SOMAXCONN), errno);
	assert_return_code(sd_event_new(&b->event), 0);
	assert_return_code(lease_server_new(b->event, &lease_ops, b, &b->leases), 0);
	assert_return_code(outside_server_new(b->event, &ops, b->leases, b, &b->server),
			   0);
	assert_return_code(outside_server_listen_fd(b->server, fd), 0);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	outside_server_free(b->server);
	lease_server_free(b->leases);
	sd_event_unref(b->event);
	(void)unlink(b->path);
	*strrchr(b->path, '/') = '\0';
	(void)rmdir(b->path);
	free(b);
	return 0;
}

static int fake_control(int card)
{
	int fd = memfd_create("control", MFD_CLOEXEC);

	assert_true(dprintf(fd, "fake control %d", card) > 0);
	return fd;
}

static struct outside_msg write_of(int64_t value)
{
	struct outside_msg m;

	outside_msg_init(&m, OUTSIDE_WRITE);
	m.numid = 3;
	m.elem_type = OUTSIDE_INTEGER;
	m.count = 1;
	m.value.integer[0] = value;
	return m;
}

/* The plugin's side, which blocks, in a thread of its own. */
struct writer {
	struct ctl_client client;
	int control;
	unsigned int n;
	int result;
	pthread_t thread;
	bool done;
};

static void *write_all(void *arg)
{
	struct writer *w = arg;

	for (unsigned int i = 0; i < w->n; i++) {
		struct outside_msg m = write_of(i);

		w->result = ctl_client_write(&w->client, w->control, &m);
	}
	__atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void writer_start(struct bench *b, struct writer *w, unsigned int n)
{
	*w = (struct writer){ .client.fd = -1, .control = fake_control(2), .n = n };
	strcpy(w->client.socket, b->path);
	assert_int_equal(pthread_create(&w->thread, NULL, write_all, w), 0);
}

static void run(struct bench *b)
{
	assert_return_code(sd_event_run(b->event, 10000), 0);
}

static void writer_end(struct bench *b, struct writer *w)
{
	while (!__atomic_load_n(&w->done, __ATOMIC_ACQUIRE))
		run(b);
	pthread_join(w->thread, NULL);
	close(w->control);
	ctl_client_close(&w->client);
}

static int client(struct bench *b)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strcpy(sa.sun_path, b->path);
	assert_return_code(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), errno);
	return fd;
}

static void say(int conn, const void *buf, size_t size, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct iovec iov = { (void *)buf, size };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cm;

	if (fd >= 0) {
		mh.msg_control = control.buf;
		mh.msg_controllen = sizeof(control.buf);
		cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cm), &fd, sizeof(int));
	}
	assert_return_code(sendmsg(conn, &mh, MSG_NOSIGNAL), errno);
}

static bool hung_up(struct bench *b, int conn)
{
	char byte;

	for (int i = 0; i < 500; i++) {
		ssize_t n = recv(conn, &byte, 1, MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return true;
		run(b);
	}
	return false;
}

static void writes_come_one_by_one_and_are_answered(void **state)
{
	struct bench *b = *state;
	struct writer w;

	writer_start(b, &w, 100);
	writer_end(b, &w);
	assert_int_equal(w.result, 0);
	assert_int_equal(b->writes, 100);
	assert_int_equal(b->msg.value.integer[0], 99);
	assert_int_equal(outside_card(b->last), 2);
	assert_int_equal(outside_pid(b->last), getpid());
}

static void an_error_reaches_the_program_as_its_errno(void **state)
{
	struct bench *b = *state;
	struct writer w;

	b->answer = -EBUSY;
	writer_start(b, &w, 1);
	writer_end(b, &w);
	assert_int_equal(w.result, -EBUSY);
}

static void without_a_server_the_program_is_told_at_once(void **state)
{
	struct ctl_client c = { .fd = -1, .socket = "/nonexistent/control" };
	struct outside_msg m = write_of(1);

	assert_int_equal(ctl_client_write(&c, -1, &m), -ENOTCONN);
}

static void a_server_that_ends_lets_its_waiters_go(void **state)
{
	struct bench *b = *state;
	struct writer w;

	b->answer = 1;
	writer_start(b, &w, 1);
	while (!b->last)
		run(b);
	b->server = outside_server_free(b->server);
	unlink(b->path);
	pthread_join(w.thread, NULL);
	close(w.control);
	assert_int_equal(w.result, -ECONNRESET);
}

static void a_server_that_has_gone_is_noticed_before_the_next_write(void **state)
{
	struct bench *b = *state;
	struct ctl_client c = { .fd = -1 };

	assert_false(ctl_client_lives(&c));
	c.fd = client(b);
	assert_true(ctl_client_lives(&c));
	b->server = outside_server_free(b->server);
	assert_false(ctl_client_lives(&c));
	ctl_client_close(&c);
}

static void a_program_that_goes_away_is_told_to_the_manager(void **state)
{
	struct bench *b = *state;
	struct outside_msg m = write_of(1);
	int conn = client(b), control = fake_control(0);

	b->answer = 1;
	say(conn, &m, sizeof(m), control);
	while (!b->last)
		run(b);
	close(conn);
	while (!b->gone)
		run(b);
	close(control);
}

static void who_shows_no_control_device_is_let_go(void **state)
{
	struct bench *b = *state;
	struct outside_msg m = write_of(1);
	int conn = client(b), other = memfd_create("other", MFD_CLOEXEC);

	say(conn, &m, sizeof(m), other);
	assert_true(hung_up(b, conn));
	close(conn);
	conn = client(b);
	say(conn, &m, sizeof(m), -1);
	assert_true(hung_up(b, conn));
	close(conn);
	close(other);
	assert_int_equal(b->writes, 0);
}

static void who_does_not_wait_for_the_answer_is_let_go(void **state)
{
	struct bench *b = *state;
	struct outside_msg m = write_of(1);
	int conn = client(b), control = fake_control(0);

	b->answer = 1;
	say(conn, &m, sizeof(m), control);
	say(conn, &m, sizeof(m), -1);
	assert_true(hung_up(b, conn));
	assert_int_equal(b->writes, 1);
	assert_int_equal(b->gone, 1);
	close(conn);
	close(control);
}

static void who_talks_nonsense_is_let_go(void **state)
{
	struct bench *b = *state;
	char noise[2000];

	memset(noise, 0x5a, sizeof(noise));
	for (size_t size = 1; size < sizeof(noise); size += 333) {
		int conn = client(b);

		say(conn, noise, size, -1);
		assert_true(hung_up(b, conn));
		close(conn);
	}
	assert_int_equal(b->writes, 0);
}

static void who_connects_and_is_silent_is_let_go(void **state)
{
	struct bench *b = *state;
	int conn = client(b);

	assert_true(hung_up(b, conn));
	close(conn);
}

static void too_many_of_one_user_are_refused_and_the_others_served(void **state)
{
	struct bench *b = *state;
	struct outside_msg m = write_of(1);
	int conns[40], control = fake_control(0);

	for (int i = 0; i < 32; i++) {
		conns[i] = client(b);
		say(conns[i], &m, sizeof(m), control);
		while (b->writes < (unsigned int)i + 1)
			run(b);
	}
	conns[32] = client(b);
	assert_true(hung_up(b, conns[32]));
	for (int i = 0; i < 33; i++)
		close(conns[i]);
	while (b->gone < 32)
		run(b);
	conns[0] = client(b);
	say(conns[0], &m, sizeof(m), control);
	while (b->writes < 33)
		run(b);
	close(conns[0]);
	close(control);
}

static void a_child_has_a_connection_of_its_own(void **state)
{
	struct bench *b = *state;
	struct writer w;
	pid_t child;
	int status, r;

	/* The parent's connection, as it is at a fork. */
	writer_start(b, &w, 1);
	while (!__atomic_load_n(&w.done, __ATOMIC_ACQUIRE))
		run(b);
	pthread_join(w.thread, NULL);
	child = fork();
	if (child == 0) {
		struct outside_msg m = write_of(77);

		_exit(ctl_client_write(&w.client, w.control, &m) == 0 ? 0 : 1);
	}
	do {
		run(b);
		r = waitpid(child, &status, WNOHANG);
	} while (r == 0);
	assert_int_equal(status, 0);
	assert_int_equal(b->msg.value.integer[0], 77);
	/* And the parent's is as it was. */
	w.done = false;
	assert_int_equal(pthread_create(&w.thread, NULL, write_all, &w), 0);
	writer_end(b, &w);
	assert_int_equal(w.result, 0);
	assert_int_equal(b->writes, 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writes_come_one_by_one_and_are_answered),
		TEST(an_error_reaches_the_program_as_its_errno),
		TEST(without_a_server_the_program_is_told_at_once),
		TEST(a_server_that_ends_lets_its_waiters_go),
		TEST(a_server_that_has_gone_is_noticed_before_the_next_write),
		TEST(a_program_that_goes_away_is_told_to_the_manager),
		TEST(who_shows_no_control_device_is_let_go),
		TEST(who_does_not_wait_for_the_answer_is_let_go),
		TEST(who_talks_nonsense_is_let_go),
		TEST(who_connects_and_is_silent_is_let_go),
		TEST(too_many_of_one_user_are_refused_and_the_others_served),
		TEST(a_child_has_a_connection_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
