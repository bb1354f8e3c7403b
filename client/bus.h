/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way to tacetd, and what a person needs to read when there is none.
 */
#ifndef TACET_CLIENT_BUS_H
#define TACET_CLIENT_BUS_H

#include "tacetctl.h"

/**
 * bus_open() - connect to the system bus; says on stderr what is wrong if it cannot
 * @ret: the connection, which the caller flushes, closes and unreferences
 *
 * Return: CTL_DONE or CTL_FAILED.
 */
int bus_open(struct ctl *ctl, sd_bus **ret);

/**
 * bus_get() - call a method of the manager that takes nothing, or one number
 * @types: "" or "u", with the number behind it
 * @ret: the reply as JSON
 *
 * Return: CTL_DONE, or the exit status after the error was told.
 */
int bus_get(struct ctl *ctl, sd_bus *bus, const char *method, json_object **ret,
	    const char *types, ...);

/**
 * bus_fail() - tell an error: a sentence on stderr, and with --json an object on stdout
 * @name: the error's bus name
 * @message: as it came
 *
 * Return: the exit status that belongs to the error.
 */
int bus_fail(struct ctl *ctl, const char *name, const char *message);

/* The same with the sentence only: for callers that have better JSON to show. */
int bus_tell(const char *name, const char *message);

/* The text for a person: the message and what can be done about it; malloc()ed or NULL. */
char *bus_sentence(const char *name, const char *message);

#endif
