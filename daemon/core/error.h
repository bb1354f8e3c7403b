/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why a switch did not happen, as one value that the core, the bus and the exit status share.
 * Codes are outcomes that a caller handles; a negative errno stays what it is: unexpected.
 */
#ifndef TACET_CORE_ERROR_H
#define TACET_CORE_ERROR_H

#include <stdbool.h>

enum tacet_error_code {
	TACET_OK = 0,
	TACET_ERR_INVALID_REQUEST,
	TACET_ERR_NO_SUCH_CARD,
	TACET_ERR_NOT_MANAGED,
	TACET_ERR_NO_SUCH_VERB,
	TACET_ERR_NO_SUCH_DEVICE,
	TACET_ERR_NO_SUCH_MODIFIER,
	TACET_ERR_CONFLICT,
	TACET_ERR_BUSY,
	TACET_ERR_TIMED_OUT,
	TACET_ERR_STUCK,
	TACET_ERR_UCM_FAILED,
	TACET_ERR_ROUTE_UNKNOWN,
	TACET_ERR_CARD_GONE,
	TACET_ERR_NOT_REPAIRED,
	TACET_ERR_REPLACED,
	TACET_ERR_CANCELLED,
	TACET_ERR_QUEUE_FULL,
	TACET_ERR_ACCESS_DENIED,
	TACET_ERR_CONFIGURATION,
	TACET_ERR_INTERNAL,
	TACET_ERR_MAX,
};

/* A code and the sentence for a person. Plain; copied by value. */
struct tacet_error {
	enum tacet_error_code code;
	char message[512];
};

/**
 * tacet_error_name() - the bus name of a code, "org.tacet1.Error.Busy"
 * @code: any code but TACET_OK
 *
 * Return: a static string, never NULL.
 */
const char *tacet_error_name(enum tacet_error_code code);

/**
 * tacet_error_set() - fill an error; the message is cut to fit, never overrun
 *
 * Return: always -1, so that `return tacet_error_set(...)` reads as failure.
 */
int tacet_error_set(struct tacet_error *e, enum tacet_error_code code, const char *fmt,
		    ...) __attribute__((format(printf, 3, 4)));

#endif
