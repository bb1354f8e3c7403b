/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Is this packet a word of outside-proto.h, from that side, at this moment? Pure.
 */
#ifndef TACET_CORE_OUTSIDE_MSG_H
#define TACET_CORE_OUTSIDE_MSG_H

#include <stdbool.h>
#include <stddef.h>

#include "port/outside-proto.h"

/* A message of @type, everything else zero. */
void outside_msg_init(struct outside_msg *m, enum outside_type type);

/**
 * outside_msg_from_client() - validate what the server received
 * @n_fds: how many file descriptors came along; the first message brings one, the others none
 * @first: nothing was said on this connection before
 * @waiting: the last write was not answered yet
 * @ret: the message, copied; untouched on failure
 *
 * Return: 0; -EBADMSG for what is no message of ours, -EPROTO for one out of turn or with the
 * wrong number of file descriptors, -EPROTONOSUPPORT for another version.
 */
int outside_msg_from_client(const void *buf, size_t size, unsigned int n_fds, bool first,
			    bool waiting, struct outside_msg *ret);

/* The same for what the plugin received. Return: 0, -EBADMSG or -EPROTONOSUPPORT. */
int outside_msg_from_server(const void *buf, size_t size, struct outside_msg *ret);

/**
 * outside_msg_native() - the value as this machine's struct snd_ctl_elem_value has it
 * @buf: at least 8 * OUTSIDE_INTEGERS bytes
 *
 * Return: how many bytes of @buf count, or -ERANGE for a number that does not fit its type.
 */
int outside_msg_native(const struct outside_msg *m, void *buf);

#endif
