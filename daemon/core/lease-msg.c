/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/lease-msg.h"

void lease_msg_init(struct lease_msg *m, enum lease_type type)
{
	*m = (struct lease_msg){ .magic = LEASE_MAGIC,
				 .version = LEASE_VERSION,
				 .type = type };
}

static int lease_msg_check(const void *buf, size_t size, struct lease_msg *m)
{
	if (size != sizeof(*m))
		return -EBADMSG;
	memcpy(m, buf, sizeof(*m));
	if (m->magic != LEASE_MAGIC)
		return -EBADMSG;
	if (m->version != LEASE_VERSION)
		return -EPROTONOSUPPORT;
	for (size_t i = 0; i < sizeof(m->reserved) / sizeof(m->reserved[0]); i++)
		if (m->reserved[i] != 0)
			return -EBADMSG;
	if (m->type == 0 || m->type >= LEASE_TYPE_MAX)
		return -EBADMSG;
	if ((m->type == LEASE_LEASE) != (m->kind != 0) || m->kind >= LEASE_KIND_MAX)
		return -EBADMSG;
	if ((m->type == LEASE_DENY) != (m->error != 0) || m->error > 4095)
		return -EBADMSG;
	return 0;
}

/* What a client may say, and when. */
static bool lease_msg_in_turn(enum lease_type type, enum lease_phase phase)
{
	switch (type) {
	case LEASE_LEASE:
		return phase == LEASE_PHASE_NEW;
	case LEASE_BYE:
		return phase == LEASE_PHASE_WAITING || phase == LEASE_PHASE_GRANTED;
	case LEASE_HELD:
		return phase == LEASE_PHASE_GRANTED;
	case LEASE_GRANT:
	case LEASE_DENY:
	case LEASE_GONE:
	case LEASE_REST:
	case LEASE_GO:
	case LEASE_PARK:
	case LEASE_TYPE_MAX:
		break;
	}
	return false;
}

int lease_msg_from_client(const void *buf, size_t size, unsigned int n_fds,
			  enum lease_phase phase, struct lease_msg *ret)
{
	struct lease_msg m;
	int r;

	r = lease_msg_check(buf, size, &m);
	if (r < 0)
		return r;
	if (!lease_msg_in_turn(m.type, phase))
		return -EPROTO;
	if (n_fds != (m.type == LEASE_LEASE ? 1 : 0))
		return -EPROTO;
	*ret = m;
	return 0;
}

int lease_msg_from_server(const void *buf, size_t size, struct lease_msg *ret)
{
	struct lease_msg m;
	int r;

	r = lease_msg_check(buf, size, &m);
	if (r < 0)
		return r;
	switch ((enum lease_type)m.type) {
	case LEASE_GRANT:
	case LEASE_DENY:
	case LEASE_GONE:
	case LEASE_REST:
	case LEASE_GO:
	case LEASE_PARK:
		*ret = m;
		return 0;
	case LEASE_LEASE:
	case LEASE_BYE:
	case LEASE_HELD:
	case LEASE_TYPE_MAX:
		break;
	}
	return -EBADMSG;
}
