/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "json.h"

/* Text for a dictionary's key; JSON knows no other kind. */
static int key_from_message(sd_bus_message *m, char *buf, size_t size, const char **ret)
{
	_cleanup_json_ json_object *o = NULL;
	char type;
	int r;

	r = sd_bus_message_peek_type(m, &type, NULL);
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	if (type == SD_BUS_TYPE_STRING || type == SD_BUS_TYPE_OBJECT_PATH ||
	    type == SD_BUS_TYPE_SIGNATURE) {
		r = sd_bus_message_read_basic(m, type, ret);
		return r < 0 ? r : 0;
	}
	r = json_from_message(m, &o);
	if (r < 0)
		return r;
	snprintf(buf, size, "%s", json_object_to_json_string(o));
	*ret = buf;
	return 0;
}

static int dictionary_from_message(sd_bus_message *m, const char *contents,
				   json_object **ret)
{
	_cleanup_json_ json_object *dict = json_object_new_object();
	char entry[256];
	size_t n = strlen(contents);
	int r;

	if (!dict)
		return -ENOMEM;
	if (n < 4 || n - 2 >= sizeof(entry))
		return -EBADMSG;
	memcpy(entry, contents + 1, n - 2);
	entry[n - 2] = '\0';

	r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, contents);
	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, entry)) >
	       0) {
		json_object *value = NULL;
		const char *key;
		char buf[64];

		r = key_from_message(m, buf, sizeof(buf), &key);
		if (r < 0)
			return r;
		r = json_from_message(m, &value);
		if (r <= 0)
			return r < 0 ? r : -EBADMSG;
		if (json_object_object_add(dict, key, value) < 0) {
			json_object_put(value);
			return -ENOMEM;
		}
		r = sd_bus_message_exit_container(m);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(dict);
	return 1;
}

static int list_from_message(sd_bus_message *m, char type, const char *contents,
			     json_object **ret)
{
	_cleanup_json_ json_object *list = json_object_new_array();
	int r;

	if (!list)
		return -ENOMEM;
	r = sd_bus_message_enter_container(m, type, contents);
	if (r < 0)
		return r;
	for (;;) {
		json_object *value = NULL;

		r = json_from_message(m, &value);
		if (r < 0)
			return r;
		if (r == 0)
			break;
		if (json_object_array_add(list, value) < 0) {
			json_object_put(value);
			return -ENOMEM;
		}
	}
	r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(list);
	return 1;
}

static int basic_from_message(sd_bus_message *m, char type, json_object **ret)
{
	union {
		uint8_t y;
		int b;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
		double d;
		const char *s;
	} v;
	json_object *o;
	int r;

	r = sd_bus_message_read_basic(m, type, &v);
	if (r < 0)
		return r;
	switch (type) {
	case SD_BUS_TYPE_BYTE:
		o = json_object_new_int(v.y);
		break;
	case SD_BUS_TYPE_BOOLEAN:
		o = json_object_new_boolean(v.b);
		break;
	case SD_BUS_TYPE_INT16:
		o = json_object_new_int(v.n);
		break;
	case SD_BUS_TYPE_UINT16:
		o = json_object_new_int(v.q);
		break;
	case SD_BUS_TYPE_INT32:
	case SD_BUS_TYPE_UNIX_FD:
		o = json_object_new_int(v.i);
		break;
	case SD_BUS_TYPE_UINT32:
		o = json_object_new_int64(v.u);
		break;
	case SD_BUS_TYPE_INT64:
		o = json_object_new_int64(v.x);
		break;
	case SD_BUS_TYPE_UINT64:
		o = json_object_new_uint64(v.t);
		break;
	case SD_BUS_TYPE_DOUBLE:
		o = json_object_new_double(v.d);
		break;
	default:
		o = json_object_new_string(v.s);
	}
	if (!o)
		return -ENOMEM;
	*ret = o;
	return 1;
}

int json_from_message(sd_bus_message *m, json_object **ret)
{
	const char *contents;
	char type;
	int r;

	r = sd_bus_message_peek_type(m, &type, &contents);
	if (r <= 0)
		return r;
	switch (type) {
	case SD_BUS_TYPE_ARRAY:
		if (contents[0] == SD_BUS_TYPE_DICT_ENTRY_BEGIN)
			return dictionary_from_message(m, contents, ret);
		return list_from_message(m, type, contents, ret);
	case SD_BUS_TYPE_STRUCT:
		return list_from_message(m, type, contents, ret);
	case SD_BUS_TYPE_VARIANT: {
		_cleanup_json_ json_object *o = NULL;

		r = sd_bus_message_enter_container(m, type, contents);
		if (r < 0)
			return r;
		r = json_from_message(m, &o);
		if (r <= 0)
			return r < 0 ? r : -EBADMSG;
		r = sd_bus_message_exit_container(m);
		if (r < 0)
			return r;
		*ret = TAKE_PTR(o);
		return 1;
	}
	default:
		return basic_from_message(m, type, ret);
	}
}

int json_from_body(sd_bus_message *m, json_object **ret)
{
	_cleanup_json_ json_object *list = json_object_new_array();
	int r;

	if (!list)
		return -ENOMEM;
	for (;;) {
		json_object *value = NULL;

		r = json_from_message(m, &value);
		if (r < 0)
			return r;
		if (r == 0)
			break;
		if (json_object_array_add(list, value) < 0) {
			json_object_put(value);
			return -ENOMEM;
		}
	}
	if (json_object_array_length(list) == 1)
		*ret = json_object_get(json_object_array_get_idx(list, 0));
	else
		*ret = TAKE_PTR(list);
	return 0;
}

static json_object *member(json_object *o, const char *key, json_type type)
{
	json_object *v;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, type))
		return NULL;
	return v;
}

const char *json_str(json_object *o, const char *key)
{
	json_object *v = member(o, key, json_type_string);

	return v ? json_object_get_string(v) : "";
}

uint64_t json_u64(json_object *o, const char *key)
{
	json_object *v = member(o, key, json_type_int);

	return v ? json_object_get_uint64(v) : 0;
}

bool json_flag(json_object *o, const char *key)
{
	json_object *v = member(o, key, json_type_boolean);

	return v && json_object_get_boolean(v);
}

json_object *json_array(json_object *o, const char *key)
{
	return member(o, key, json_type_array);
}

json_object *json_object_in(json_object *o, const char *key)
{
	return member(o, key, json_type_object);
}

size_t json_len(json_object *array)
{
	return json_object_is_type(array, json_type_array)
		       ? json_object_array_length(array)
		       : 0;
}

const char *json_str_at(json_object *array, size_t i)
{
	json_object *v;

	if (i >= json_len(array))
		return "";
	v = json_object_array_get_idx(array, i);
	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

uint64_t json_u64_at(json_object *array, size_t i)
{
	json_object *v;

	if (i >= json_len(array))
		return 0;
	v = json_object_array_get_idx(array, i);
	return json_object_is_type(v, json_type_int) ? json_object_get_uint64(v) : 0;
}

char *json_join(json_object *array, const char *separator)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (i = 0; i < json_len(array); i++)
		fprintf(f, "%s%s", i ? separator : "", json_str_at(array, i));
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

void json_print(json_object *o, bool one_line)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	flags |= one_line || !isatty(STDOUT_FILENO)
			 ? JSON_C_TO_STRING_PLAIN
			 : JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	puts(json_object_to_json_string_ext(o, flags));
	fflush(stdout);
}
