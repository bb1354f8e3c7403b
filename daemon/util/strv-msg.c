// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/strv-msg.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

void strv_msg_begin(struct strv_msg *m, const char *kind)
{
	m->size = 0;
	m->next = 0;
	m->too_large = false;
	strv_msg_add(m, kind);
}

void strv_msg_add(struct strv_msg *m, const char *s)
{
	size_t n = strlen(s) + 1;

	if (m->too_large || n > sizeof(m->data) - m->size) {
		m->too_large = true;
		return;
	}
	memcpy(m->data + m->size, s, n);
	m->size += n;
}

void strv_msg_addf(struct strv_msg *m, const char *fmt, ...)
{
	size_t room = sizeof(m->data) - m->size;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = m->too_large ? -1 : vsnprintf(m->data + m->size, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room)
		m->too_large = true;
	else
		m->size += (size_t)n + 1;
}

int strv_msg_send(int fd, const struct strv_msg *m, int flags)
{
	ssize_t n;

	if (m->too_large)
		return -EMSGSIZE;
	do
		n = send(fd, m->data, m->size, flags | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int strv_msg_recv(int fd, struct strv_msg *ret, int flags)
{
	struct iovec iov = { .iov_base = ret->data, .iov_len = sizeof(ret->data) };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	ret->size = 0;
	ret->next = 0;
	ret->too_large = false;
	do
		n = recvmsg(fd, &mh, flags);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n == 0)
		return 0;
	if (mh.msg_flags & MSG_TRUNC || ret->data[n - 1] != '\0')
		return -EBADMSG;
	ret->size = (size_t)n;
	return 1;
}

const char *strv_msg_next(struct strv_msg *m)
{
	const char *s = m->data + m->next;

	if (m->next >= m->size)
		return NULL;
	m->next += strlen(s) + 1;
	return s;
}

int strv_msg_next_int(struct strv_msg *m, int *ret)
{
	const char *s = strv_msg_next(m);
	char *end;
	long v;

	if (!s)
		return -ENODATA;
	errno = 0;
	v = strtol(s, &end, 10);
	if (errno || end == s || *end || v < INT_MIN || v > INT_MAX)
		return -EBADMSG;
	*ret = (int)v;
	return 0;
}

int strv_msg_next_u64(struct strv_msg *m, uint64_t *ret)
{
	const char *s = strv_msg_next(m);
	unsigned long long v;
	char *end;

	if (!s)
		return -ENODATA;
	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno || end == s || *end || *s == '-')
		return -EBADMSG;
	*ret = v;
	return 0;
}
