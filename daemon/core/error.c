/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include <stdarg.h>
#include <stdio.h>

#include "core/error.h"

static const char *const names[TACET_ERR_MAX] = {
	[TACET_OK] = "",
	[TACET_ERR_INVALID_REQUEST] = "org.tacet1.Error.InvalidRequest",
	[TACET_ERR_NO_SUCH_CARD] = "org.tacet1.Error.NoSuchCard",
	[TACET_ERR_NOT_MANAGED] = "org.tacet1.Error.NotManaged",
	[TACET_ERR_NO_SUCH_VERB] = "org.tacet1.Error.NoSuchVerb",
	[TACET_ERR_NO_SUCH_DEVICE] = "org.tacet1.Error.NoSuchDevice",
	[TACET_ERR_NO_SUCH_MODIFIER] = "org.tacet1.Error.NoSuchModifier",
	[TACET_ERR_CONFLICT] = "org.tacet1.Error.Conflict",
	[TACET_ERR_BUSY] = "org.tacet1.Error.Busy",
	[TACET_ERR_TIMED_OUT] = "org.tacet1.Error.TimedOut",
	[TACET_ERR_STUCK] = "org.tacet1.Error.Stuck",
	[TACET_ERR_UCM_FAILED] = "org.tacet1.Error.UcmFailed",
	[TACET_ERR_ROUTE_UNKNOWN] = "org.tacet1.Error.RouteUnknown",
	[TACET_ERR_CARD_GONE] = "org.tacet1.Error.CardGone",
	[TACET_ERR_NOT_REPAIRED] = "org.tacet1.Error.NotRepaired",
	[TACET_ERR_REPLACED] = "org.tacet1.Error.Replaced",
	[TACET_ERR_CANCELLED] = "org.tacet1.Error.Cancelled",
	[TACET_ERR_QUEUE_FULL] = "org.tacet1.Error.QueueFull",
	[TACET_ERR_ACCESS_DENIED] = "org.tacet1.Error.AccessDenied",
	[TACET_ERR_CONFIGURATION] = "org.tacet1.Error.Configuration",
	[TACET_ERR_INTERNAL] = "org.tacet1.Error.Internal",
};

const char *tacet_error_name(enum tacet_error_code code)
{
	if ((unsigned int)code >= TACET_ERR_MAX)
		return names[TACET_ERR_INTERNAL];
	return names[code];
}

int tacet_error_set(struct tacet_error *e, enum tacet_error_code code, const char *fmt,
		    ...)
{
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
	return -1;
}
