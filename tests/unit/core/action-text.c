/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "action-text.h"

static const char *deadline_name(enum sw_deadline d)
{
	switch (d) {
	case DEADLINE_REQUEST:
		return "request";
	case DEADLINE_UCM:
		return "ucm";
	case DEADLINE_RESUME:
		return "resume";
	case DEADLINE_MAX:
		break;
	}
	return "?";
}

static const char *error_text(enum tacet_error_code code)
{
	return code == TACET_OK ? "ok" : strrchr(tacet_error_name(code), '.') + 1;
}

const char *action_text(const struct sw_action *a, char *buf, size_t size)
{
	const char *name = sw_action_name(a->type);

	switch (a->type) {
	case SWA_PLAN:
	case SWA_JOURNAL:
	case SWA_APPLY:
	case SWA_ROLLBACK:
	case SWA_RESTORE:
	case SWA_COMMIT:
		snprintf(buf, size, "%s %" PRIu64, name, a->request);
		break;
	case SWA_QUIESCE:
		snprintf(buf, size, "%s %" PRIu32 " %s", name, a->stream,
			 stream_method_name(a->method));
		break;
	case SWA_RESUME:
		snprintf(buf, size, "%s %" PRIu32,
			 a->after == AFTER_REOPEN ? "reopen" : name, a->stream);
		break;
	case SWA_PARK:
		snprintf(buf, size, "%s %" PRIu32, name, a->stream);
		break;
	case SWA_REPORT:
		if (a->stream)
			snprintf(buf, size, "%s %" PRIu64 " %s %" PRIu32, name,
				 a->request, error_text(a->error), a->stream);
		else
			snprintf(buf, size, "%s %" PRIu64 " %s", name, a->request,
				 error_text(a->error));
		break;
	case SWA_ANSWER:
		snprintf(buf, size, "%s %" PRIu64 " %s", name, a->request,
			 error_text(a->error));
		break;
	case SWA_ARM:
	case SWA_DISARM:
		if (a->deadline == DEADLINE_REQUEST)
			snprintf(buf, size, "%s request %" PRIu64, name, a->request);
		else
			snprintf(buf, size, "%s %s", name, deadline_name(a->deadline));
		break;
	case SWA_CHECK:
	case SWA_KILL_WORKER:
	case SWA_GATE_CLOSE:
	case SWA_GATE_OPEN:
	case SWA_MAX:
		snprintf(buf, size, "%s", name);
		break;
	}
	return buf;
}

const char *actions_text(const struct sw_actions *a, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < a->n && n < size; i++) {
		char one[96];

		n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? ", " : "",
				      action_text(&a->action[i], one, sizeof(one)));
	}
	return buf;
}

const char *event_text(const struct sw_event *ev, char *buf, size_t size)
{
	const char *name = sw_event_name(ev->type);

	switch (ev->type) {
	case SWE_REQUEST:
		snprintf(buf, size, "%s %" PRIu64, name, ev->request.id);
		break;
	case SWE_CLIENT_GONE:
		snprintf(buf, size, "%s %" PRIu64, name, ev->client);
		break;
	case SWE_STREAM_RESTED:
	case SWE_STREAM_REFUSED:
	case SWE_STREAM_MOVED:
	case SWE_STREAM_GONE:
	case SWE_STREAM_RESUMED:
	case SWE_STREAM_RESUME_FAILED:
		snprintf(buf, size, "%s %" PRIu32, name, ev->stream);
		break;
	case SWE_STREAM_NEW:
		snprintf(buf, size, "%s %" PRIu32 " (%s, %s)", name, ev->late.id,
			 stream_kind_name(ev->late.kind),
			 stream_method_name(ev->late.method));
		break;
	case SWE_DEADLINE:
		if (ev->deadline == DEADLINE_REQUEST)
			snprintf(buf, size, "%s request %" PRIu64, name, ev->request.id);
		else
			snprintf(buf, size, "%s %s", name, deadline_name(ev->deadline));
		break;
	case SWE_PLAN_OK:
	case SWE_PLAN_FAILED:
	case SWE_JOURNAL_OK:
	case SWE_JOURNAL_FAILED:
	case SWE_CHECK_OK:
	case SWE_APPLY_OK:
	case SWE_APPLY_FAILED:
	case SWE_ROLLBACK_OK:
	case SWE_ROLLBACK_FAILED:
	case SWE_WORKER_DIED:
	case SWE_RESTORE_OK:
	case SWE_RESTORE_FAILED:
	case SWE_CARD_GONE:
	case SWE_SHUTDOWN:
	case SWE_MAX:
		snprintf(buf, size, "%s", name);
		break;
	}
	return buf;
}
