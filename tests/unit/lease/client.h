/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lease server in the test's own loop, clients that say what the test wants them to, and
 * PCMs that are memory files (fake-pcm-fd.c).
 */
#ifndef TACET_TEST_LEASE_CLIENT_H
#define TACET_TEST_LEASE_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/lease-msg.h"
#include "port/lease.h"
#include "port/pcm-fd.h"

struct bench {
	sd_event *event;
	struct lease_server *server;
	char path[64];
	bool gate_closed;
	unsigned int opened, closed;
	struct lease *last; /* opened last; NULL again when that one was closed */
};

/* cmocka setup and teardown; the bench is *state. */
int bench_setup(void **state);
int bench_teardown(void **state);

/* A file that fake-pcm-fd.c takes for the PCM hw:0,@device. */
int fake_pcm(unsigned int device);
/* For others who want to know whether the server still has it: is there another copy? */
bool fake_pcm_is_shared(int fd);

int client_connect(struct bench *b);
void client_send_raw(int conn, const void *buf, size_t size, const int *fds,
		     unsigned int n);
void client_say(int conn, enum lease_type type, uint32_t serial);
void client_lease(int conn, enum lease_kind kind, int fd);

/* Run the loop until a message is there; fails the test after 5 s or when it is another. */
struct lease_msg client_expect(struct bench *b, int conn, enum lease_type type);
/* Run the loop until the server has hung up; what it says before is passed over. */
void client_expect_end(struct bench *b, int conn);
/* Run the loop until it has nothing to do, then: nothing was said, and it is still there. */
void client_expect_nothing(struct bench *b, int conn);

/* Run the loop until it has nothing to do. */
void bench_settle(struct bench *b);
/* Run the loop until *@what is @value. */
void bench_until(struct bench *b, const unsigned int *what, unsigned int value);

/* Connected, leased, granted. */
int client_granted(struct bench *b, enum lease_kind kind, int fd);

uint64_t now_us(void);

#endif
