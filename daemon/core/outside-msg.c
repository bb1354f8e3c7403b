/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "core/outside-msg.h"

void outside_msg_init(struct outside_msg *m, enum outside_type type)
{
	*m = (struct outside_msg){ .magic = OUTSIDE_MAGIC,
				   .version = OUTSIDE_VERSION,
				   .type = type };
}

static bool count_is_right(const struct outside_msg *m)
{
	switch ((enum outside_elem)m->elem_type) {
	case OUTSIDE_BOOLEAN:
	case OUTSIDE_INTEGER:
	case OUTSIDE_ENUMERATED:
		return m->count >= 1 && m->count <= OUTSIDE_INTEGERS;
	case OUTSIDE_BYTE:
		return m->count >= 1 && m->count <= OUTSIDE_BYTES;
	case OUTSIDE_INTEGER64:
		return m->count >= 1 && m->count <= OUTSIDE_INTEGERS_64;
	}
	return false;
}

static int check(const void *buf, size_t size, struct outside_msg *m)
{
	if (size != sizeof(*m))
		return -EBADMSG;
	memcpy(m, buf, sizeof(*m));
	if (m->magic != OUTSIDE_MAGIC)
		return -EBADMSG;
	if (m->version != OUTSIDE_VERSION)
		return -EPROTONOSUPPORT;
	if (m->reserved || m->type == 0 || m->type >= OUTSIDE_TYPE_MAX)
		return -EBADMSG;
	return 0;
}

int outside_msg_from_client(const void *buf, size_t size, unsigned int n_fds, bool first,
			    bool waiting, struct outside_msg *ret)
{
	struct outside_msg m;
	int r = check(buf, size, &m);

	if (r < 0)
		return r;
	if (m.type != OUTSIDE_WRITE || m.error || !m.numid || !count_is_right(&m))
		return -EBADMSG;
	if (waiting || n_fds != (first ? 1 : 0))
		return -EPROTO;
	*ret = m;
	return 0;
}

int outside_msg_from_server(const void *buf, size_t size, struct outside_msg *ret)
{
	struct outside_msg m;
	int r = check(buf, size, &m);

	if (r < 0)
		return r;
	if (m.type != OUTSIDE_DONE || m.error > 4095)
		return -EBADMSG;
	*ret = m;
	return 0;
}

int outside_msg_native(const struct outside_msg *m, void *buf)
{
	char *to = buf;

	if (m->elem_type == OUTSIDE_BYTE) {
		memcpy(buf, m->value.bytes, m->count);
		return (int)m->count;
	}
	for (uint32_t i = 0; i < m->count; i++) {
		int64_t value = m->value.integer[i];

		if (m->elem_type == OUTSIDE_INTEGER64) {
			long long native = value;

			memcpy(to, &native, sizeof(native));
			to += sizeof(native);
		} else if (m->elem_type == OUTSIDE_ENUMERATED) {
			unsigned int native = (unsigned int)value;

			if (value < 0 || value > UINT_MAX)
				return -ERANGE;
			memcpy(to, &native, sizeof(native));
			to += sizeof(native);
		} else {
			long native = (long)value;

			if (value < LONG_MIN || value > LONG_MAX)
				return -ERANGE;
			memcpy(to, &native, sizeof(native));
			to += sizeof(native);
		}
	}
	return (int)(to - (char *)buf);
}
