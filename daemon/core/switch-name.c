/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include "core/switch.h"

static const char *const phases[SW_PHASE_MAX] = {
	[SW_IDLE] = "idle",	    [SW_PLANNING] = "planning", [SW_JOURNAL] = "journal",
	[SW_QUIESCE] = "quiesce",   [SW_VERIFY] = "verify",	[SW_APPLY] = "apply",
	[SW_ROLLBACK] = "rollback", [SW_RESTORE] = "restore",	[SW_RESUME] = "resume",
	[SW_COMMIT] = "commit",
};

static const char *const events[SWE_MAX] = {
	[SWE_REQUEST] = "request",
	[SWE_CLIENT_GONE] = "client-gone",
	[SWE_PLAN_OK] = "plan-ok",
	[SWE_PLAN_FAILED] = "plan-failed",
	[SWE_JOURNAL_OK] = "journal-ok",
	[SWE_JOURNAL_FAILED] = "journal-failed",
	[SWE_STREAM_RESTED] = "stream-rested",
	[SWE_STREAM_REFUSED] = "stream-refused",
	[SWE_STREAM_MOVED] = "stream-moved",
	[SWE_STREAM_NEW] = "stream-new",
	[SWE_STREAM_GONE] = "stream-gone",
	[SWE_STREAM_RESUMED] = "stream-resumed",
	[SWE_STREAM_RESUME_FAILED] = "stream-resume-failed",
	[SWE_CHECK_OK] = "check-ok",
	[SWE_APPLY_OK] = "apply-ok",
	[SWE_APPLY_FAILED] = "apply-failed",
	[SWE_ROLLBACK_OK] = "rollback-ok",
	[SWE_ROLLBACK_FAILED] = "rollback-failed",
	[SWE_WORKER_DIED] = "worker-died",
	[SWE_RESTORE_OK] = "restore-ok",
	[SWE_RESTORE_FAILED] = "restore-failed",
	[SWE_DEADLINE] = "deadline",
	[SWE_CARD_GONE] = "card-gone",
	[SWE_SHUTDOWN] = "shutdown",
};

static const char *const actions[SWA_MAX] = {
	[SWA_PLAN] = "plan",
	[SWA_JOURNAL] = "journal",
	[SWA_QUIESCE] = "quiesce",
	[SWA_CHECK] = "check",
	[SWA_APPLY] = "apply",
	[SWA_ROLLBACK] = "rollback",
	[SWA_KILL_WORKER] = "kill-worker",
	[SWA_RESTORE] = "restore",
	[SWA_RESUME] = "resume",
	[SWA_PARK] = "park",
	[SWA_COMMIT] = "commit",
	[SWA_REPORT] = "report",
	[SWA_ANSWER] = "answer",
	[SWA_ARM] = "arm",
	[SWA_DISARM] = "disarm",
	[SWA_GATE_CLOSE] = "gate-close",
	[SWA_GATE_OPEN] = "gate-open",
};

const char *sw_phase_name(enum sw_phase p)
{
	return (unsigned int)p < SW_PHASE_MAX ? phases[p] : "unknown";
}

const char *sw_event_name(enum sw_event_type t)
{
	return (unsigned int)t < SWE_MAX ? events[t] : "unknown";
}

const char *sw_action_name(enum sw_action_type t)
{
	return (unsigned int)t < SWA_MAX ? actions[t] : "unknown";
}
