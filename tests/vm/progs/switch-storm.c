/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ask tacetd for switches as fast as it answers, and tell what its reports said.
 *
 * switch-storm [--card ID] [--count N] [--seconds S] [--quiesce MODE] DEVICE DEVICE...
 *
 * Goes round the devices with `to`. Prints `name value` lines; exits 1 when a switch failed.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

struct series {
	uint64_t *value;
	size_t n;
};

struct storm {
	const char *card;
	const char *quiesce;
	struct series gap, first_write, rest, total;
	unsigned long done, unchanged, failed, slipped, streams;
};

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void print_series(const char *name, struct series *s)
{
	if (!s->n)
		return;
	qsort(s->value, s->n, sizeof(*s->value), by_value);
	printf("%s_median_us %" PRIu64 "\n", name, s->value[s->n / 2]);
	printf("%s_p99_us %" PRIu64 "\n", name, s->value[s->n * 99 / 100]);
	printf("%s_max_us %" PRIu64 "\n", name, s->value[s->n - 1]);
}

static int read_u64(sd_bus_message *m, struct series *s)
{
	uint64_t v;
	int r = sd_bus_message_read(m, "v", "t", &v);

	if (r >= 0 && s)
		s->value[s->n++] = v;
	return r;
}

static int count_array(sd_bus_message *m, const char *contents, unsigned long *n)
{
	int r = sd_bus_message_enter_container(m, 'v', contents);

	if (r < 0)
		return r;
	r = sd_bus_message_enter_container(m, 'a', contents + 1);
	while (r >= 0 && sd_bus_message_at_end(m, false) == 0) {
		r = sd_bus_message_skip(m, contents + 1);
		(*n)++;
	}
	if (r < 0)
		return r;
	r = sd_bus_message_exit_container(m);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_report(struct storm *st, sd_bus_message *m)
{
	const char *key, *result = "";
	unsigned long slipped = 0, streams = 0;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &key);
		if (r < 0)
			break;
		if (!strcmp(key, "result"))
			r = sd_bus_message_read(m, "v", "s", &result);
		else if (!strcmp(key, "gap"))
			r = read_u64(m, &st->gap);
		else if (!strcmp(key, "to_first_write"))
			r = read_u64(m, &st->first_write);
		else if (!strcmp(key, "rest"))
			r = read_u64(m, &st->rest);
		else if (!strcmp(key, "slipped"))
			r = count_array(m, "as", &slipped);
		else if (!strcmp(key, "streams"))
			r = count_array(m, "aa{sv}", &streams);
		else
			r = sd_bus_message_skip(m, "v");
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	if (r < 0)
		return r;
	if (!strcmp(result, "done"))
		st->done++;
	else if (!strcmp(result, "unchanged"))
		st->unchanged++;
	else
		st->failed++;
	st->slipped += slipped;
	st->streams += streams;
	return 0;
}

static int one_switch(struct storm *st, sd_bus *bus, const char *device)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL, *reply = NULL;
	uint64_t begin;
	int r = sd_bus_message_new_method_call(bus, &m, "org.tacet1", "/org/tacet1",
					       "org.tacet1.Manager", "Switch");

	if (r >= 0)
		r = sd_bus_message_append(m, "sa{sv}", st->card, 2, "to", "s", device,
					  "quiesce", "s", st->quiesce);
	if (r >= 0) {
		begin = now_us();
		r = sd_bus_call(bus, m, 60 * 1000000ULL, &error, &reply);
		st->total.value[st->total.n++] = now_us() - begin;
	}
	if (r < 0) {
		if (st->failed++ < 5)
			fprintf(stderr, "switch to %s: %s: %s\n", device,
				error.name ? error.name : "?",
				error.message ? error.message : strerror(-r));
	} else {
		r = read_report(st, reply);
		if (r < 0)
			fprintf(stderr, "switch to %s: cannot read the report: %s\n",
				device, strerror(-r));
	}
	sd_bus_error_free(&error);
	sd_bus_message_unref(m);
	sd_bus_message_unref(reply);
	return r;
}

static void usage(void)
{
	fprintf(stderr, "usage: switch-storm [--card ID] [--count N] [--seconds S]"
			" [--quiesce MODE] DEVICE DEVICE...\n");
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "card", 1, NULL, 'c' },
						 { "count", 1, NULL, 'n' },
						 { "seconds", 1, NULL, 's' },
						 { "quiesce", 1, NULL, 'q' },
						 { 0 } };
	struct storm st = { .card = "TacetPhone", .quiesce = "auto" };
	unsigned long count = 100, seconds = 0, i;
	struct series *all[] = { &st.gap, &st.first_write, &st.rest, &st.total };
	sd_bus *bus = NULL;
	uint64_t begin;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'c')
			st.card = optarg;
		else if (c == 'n')
			count = strtoul(optarg, NULL, 10);
		else if (c == 's')
			seconds = strtoul(optarg, NULL, 10);
		else if (c == 'q')
			st.quiesce = optarg;
		else
			usage();
	}
	if (argc - optind < 2 || !count)
		usage();
	for (i = 0; i < 4; i++) {
		all[i]->value = calloc(count, sizeof(uint64_t));
		if (!all[i]->value)
			return 1;
	}
	r = sd_bus_open_system(&bus);
	if (r < 0) {
		fprintf(stderr, "cannot reach the system bus: %s\n", strerror(-r));
		return 1;
	}
	begin = now_us();
	for (i = 0; i < count; i++) {
		if (seconds && now_us() - begin > seconds * 1000000)
			break;
		one_switch(&st, bus, argv[optind + i % (argc - optind)]);
		if (st.failed > 100)
			break;
	}
	printf("switches %lu\ndone %lu\nunchanged %lu\nfailed %lu\nslipped %lu\nstreams "
	       "%lu\n",
	       i, st.done, st.unchanged, st.failed, st.slipped, st.streams);
	printf("elapsed_us %" PRIu64 "\n", now_us() - begin);
	print_series("gap", &st.gap);
	print_series("to_first_write", &st.first_write);
	print_series("rest", &st.rest);
	print_series("total", &st.total);
	sd_bus_flush_close_unref(bus);
	for (c = 0; c < 4; c++)
		free(all[c]->value);
	return st.failed ? 1 : 0;
}
