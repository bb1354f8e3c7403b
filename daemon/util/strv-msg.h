/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages of NUL-terminated strings over a SOCK_SEQPACKET socket: what tacetd and its UCM
 * workers say to each other. The first string is the kind of the message.
 */
#ifndef TACET_UTIL_STRV_MSG_H
#define TACET_UTIL_STRV_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STRV_MSG_MAX 16384 /* bytes of one message, all NULs included */

/* A message under construction, or one that was received. Plain; lives on the stack, where
 * only the pages that hold text are ever touched. */
struct strv_msg {
	size_t size;
	size_t next; /* where strv_msg_next() reads */
	bool too_large;
	char data[STRV_MSG_MAX];
};

/* Start a message of the given kind. */
void strv_msg_begin(struct strv_msg *m, const char *kind);

/* Append; a message that grows over the limit is remembered as such and refused when sent. */
void strv_msg_add(struct strv_msg *m, const char *s);
void strv_msg_addf(struct strv_msg *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * strv_msg_send() - send in one piece
 * @flags: of send(2); MSG_NOSIGNAL is added
 *
 * Return: 0, -EMSGSIZE when it grew too large, or another negative errno (-EAGAIN with
 * MSG_DONTWAIT, -EPIPE when the other end is gone).
 */
int strv_msg_send(int fd, const struct strv_msg *m, int flags);

/**
 * strv_msg_recv() - receive one message
 * @flags: of recv(2)
 *
 * Return: 1; 0 at the end of the stream; -EBADMSG for a message that is cut, empty or not
 * NUL-terminated (it is consumed); or another negative errno (-EAGAIN with MSG_DONTWAIT).
 */
int strv_msg_recv(int fd, struct strv_msg *ret, int flags);

/* The next string of a received message, or NULL when there is no more. Points into @m. */
const char *strv_msg_next(struct strv_msg *m);

/* The next string as a number. Return: 0, -ENODATA at the end, or -EBADMSG. */
int strv_msg_next_int(struct strv_msg *m, int *ret);
int strv_msg_next_u64(struct strv_msg *m, uint64_t *ret);

#endif
