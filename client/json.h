/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bus messages as JSON, and small readers for JSON objects that may lack anything.
 */
#ifndef TACET_CLIENT_JSON_H
#define TACET_CLIENT_JSON_H

#include <inttypes.h>
#include <stdbool.h>
#include <json-c/json.h>
#include <systemd/sd-bus.h>

static inline void json_putp(json_object **o)
{
	json_object_put(*o);
}

#define _cleanup_json_ __attribute__((cleanup(json_putp)))

/**
 * json_from_message() - read the next complete value of a message as JSON
 * @m: read position before a value; moved behind it
 * @ret: a new reference; untouched on failure
 *
 * Generic: a dictionary becomes an object (its keys as text), an array or a structure an
 * array, a variant its content, a number a number, a byte too.
 *
 * Return: 1 if a value was read, 0 at the end of the message or container, negative errno.
 */
int json_from_message(sd_bus_message *m, json_object **ret);

/* All values of a message: the value itself if there is one, else an array of them. */
int json_from_body(sd_bus_message *m, json_object **ret);

/* Members by name: a default where the member is missing or of another type. */
const char *json_str(json_object *o, const char *key);	  /* "" */
uint64_t json_u64(json_object *o, const char *key);	  /* 0 */
bool json_flag(json_object *o, const char *key);	  /* false */
json_object *json_array(json_object *o, const char *key); /* NULL or an array, borrowed */
json_object *json_object_in(json_object *o,
			    const char *key);	       /* NULL or an object, borrowed */
size_t json_len(json_object *array);		       /* 0 for NULL */
const char *json_str_at(json_object *array, size_t i); /* "" */
uint64_t json_u64_at(json_object *array, size_t i);    /* 0 */

/* The strings of an array with a separator between them; malloc()ed, NULL without memory. */
char *json_join(json_object *array, const char *separator);

/* Print a value for a program: pretty on a terminal, else on one line. */
void json_print(json_object *o, bool one_line);

#endif
