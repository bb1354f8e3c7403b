/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conf.h"
#include "util/cleanup.h"

struct folder {
	char path[64];
	char file[128], etc[128], lib[128];
};

static int setup(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	strcpy(f->path, "/tmp/tacet-conf-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	snprintf(f->file, sizeof(f->file), "%s/tacetd.conf", f->path);
	snprintf(f->etc, sizeof(f->etc), "%s/etc", f->path);
	snprintf(f->lib, sizeof(f->lib), "%s/lib", f->path);
	assert_int_equal(mkdir(f->etc, 0700), 0);
	assert_int_equal(mkdir(f->lib, 0700), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct folder *f = *state;
	char command[96];

	snprintf(command, sizeof(command), "rm -r %s", f->path);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[192];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fputs(text, f) < 0, 0);
	assert_int_equal(fclose(f), 0);
}

static int load(struct folder *f, struct conf **ret, char **ret_errors)
{
	const struct conf_paths paths = { f->file, { f->lib, f->etc } };

	*ret_errors = NULL;
	return conf_load(&paths, ret, ret_errors);
}

static struct conf *load_good(struct folder *f)
{
	struct conf *c;
	char *errors;
	int r = load(f, &c, &errors);

	if (r < 0)
		fail_msg("%s", errors);
	return c;
}

/* The faults of @text, without the folder's name. */
static void expect_errors(struct folder *f, const char *text, const char *expected)
{
	_cleanup_free_ char *errors = NULL;
	char got[2048] = "";
	struct conf *c;
	size_t n = strlen(f->path) + 1;

	write_file(f->path, "tacetd.conf", text);
	assert_int_equal(load(f, &c, &errors), -EBADMSG);
	for (char *line = errors; line && *line;) {
		char *next = strchr(line, '\n');

		assert_non_null(next);
		assert_int_equal(strncmp(line, f->path, n - 1), 0);
		strncat(got, line + n, next + 1 - line - n);
		line = next + 1;
	}
	assert_string_equal(got, expected);
}

static void no_file_gives_the_defaults(void **state)
{
	_cleanup_(conf_freep) struct conf *c = load_good(*state);
	const struct conf_card *k = conf_card(c, "Any");

	assert_int_equal(c->rule, CONF_RULE_AUTO);
	assert_false(c->foreign_takeover);
	assert_int_equal(c->trace_length, 32);
	assert_int_equal(c->max_leases, 256);
	assert_int_equal(c->max_leases_per_user, 64);
	assert_int_equal(k->manage, CONF_MANAGE_AUTO);
	assert_true(k->lock);
	assert_false(k->follow_jacks);
	assert_int_equal(k->timeout_us, 5000000);
	assert_int_equal(k->quiesce, QUIESCE_AUTO);
	assert_null(k->lock_exclude);
}

static void every_key_fills_its_field(void **state)
{
	_cleanup_(conf_freep) struct conf *c = NULL;
	struct folder *f = *state;
	const struct conf_card *k;
	const struct conf_hold *h;

	write_file(f->path, "tacetd.conf",
		   "# a comment\n"
		   "[tacetd]\nRule=always\nForeignTakeover=yes\nTraceLength=5\n"
		   "MaxLeases=1024\nMaxLeasesPerUser=1\n"
		   "[card Phone]\nManage=yes\nLock=no\nLockExclude=A Switch, B,C\n"
		   "FollowJacks=on\nDefaultVerb=Voice Call\nDefaultDevices=Speaker, Mic\n"
		   "Timeout=500ms\nUcmTimeout=2min\nResumeTimeout=1.5\nQuiesce=drain\n"
		   "[hold call]\nCard=Phone\nVerb=Voice Call\nDevice=Earpiece\n"
		   "PCM=hw:Phone,2\nDirection=capture\nRate=16000\nChannels=1\n"
		   "Format=S32_LE\n");
	c = load_good(f);
	assert_int_equal(c->rule, CONF_RULE_ALWAYS);
	assert_true(c->foreign_takeover);
	assert_int_equal(c->trace_length, 5);
	assert_int_equal(c->max_leases, 1024);
	assert_int_equal(c->max_leases_per_user, 1);
	k = conf_card(c, "Phone");
	assert_int_equal(k->manage, CONF_MANAGE_YES);
	assert_false(k->lock);
	assert_string_equal(k->lock_exclude[0], "A Switch");
	assert_string_equal(k->lock_exclude[2], "C");
	assert_null(k->lock_exclude[3]);
	assert_true(k->follow_jacks);
	assert_string_equal(k->default_verb, "Voice Call");
	assert_int_equal(k->default_devices.n, 2);
	assert_string_equal(k->default_devices.name[1], "Mic");
	assert_int_equal(k->timeout_us, 500000);
	assert_int_equal(k->ucm_timeout_us, 120000000);
	assert_int_equal(k->resume_timeout_us, 1500000);
	assert_int_equal(k->quiesce, QUIESCE_DRAIN);
	assert_true(conf_card(c, "Other")->lock);
	assert_int_equal(c->n_holds, 1);
	h = c->hold[0];
	assert_string_equal(h->name, "call");
	assert_string_equal(h->card, "Phone");
	assert_string_equal(h->verb, "Voice Call");
	assert_string_equal(h->device, "Earpiece");
	assert_string_equal(h->spec.pcm, "hw:Phone,2");
	assert_true(h->spec.capture);
	assert_int_equal(h->spec.rate, 16000);
	assert_int_equal(h->spec.channels, 1);
	assert_string_equal(h->spec.format, "S32_LE");
}

static void dropins_are_taken_by_name_and_etc_masks_lib(void **state)
{
	_cleanup_(conf_freep) struct conf *c = NULL;
	struct folder *f = *state;

	write_file(f->path, "tacetd.conf", "[tacetd]\nTraceLength=1\n");
	write_file(f->lib, "90-last.conf", "[tacetd]\nTraceLength=9\n");
	write_file(f->lib, "95-masked.conf", "[tacetd]\nTraceLength=95\n");
	write_file(f->etc, "95-masked.conf", "");
	write_file(f->etc, "10-first.conf", "[tacetd]\nTraceLength=2\nRule=always\n");
	write_file(f->etc, "99-not-a-dropin.conf~", "[tacetd]\nTraceLength=99\n");
	c = load_good(f);
	assert_int_equal(c->trace_length, 9);
	assert_int_equal(c->rule, CONF_RULE_ALWAYS);
}

static void a_list_grows_over_files_and_an_empty_value_clears_it(void **state)
{
	_cleanup_(conf_freep) struct conf *c = NULL;
	struct folder *f = *state;

	write_file(f->path, "tacetd.conf",
		   "[card A]\nLockExclude=x\nLockExclude=y\n"
		   "[card B]\nLockExclude=x\nLockExclude=\n");
	write_file(f->etc, "1.conf", "[card A]\nLockExclude=z\n");
	c = load_good(f);
	assert_string_equal(conf_card(c, "A")->lock_exclude[1], "y");
	assert_string_equal(conf_card(c, "A")->lock_exclude[2], "z");
	assert_null(conf_card(c, "B")->lock_exclude);
}

static void each_fault_has_file_line_and_what_is_expected(void **state)
{
	expect_errors(*state, "[tacetd]\n\nRule=perhaps\n",
		      "tacetd.conf:3: Rule=perhaps: expected auto or always.\n");
	expect_errors(
		*state, "[tacetd]\nTraceLength=-1\nTraceLength=1025\n",
		"tacetd.conf:2: TraceLength=-1: expected a number from 0 to 1024.\n"
		"tacetd.conf:3: TraceLength=1025: expected a number from 0 to 1024.\n");
	expect_errors(
		*state, "[card A]\nTimeout=0\n",
		"tacetd.conf:2: Timeout=0: expected a time such as 500ms, 5s or 2min, "
		"above 0 and at most 10min.\n");
	expect_errors(
		*state, "[card A]\nQuiesce=live\n",
		"tacetd.conf:2: Quiesce=live: expected auto, pause, drain or drop.\n");
	expect_errors(*state, "[hold a]\nDirection=up\nCard=A\nPCM=hw:0\n",
		      "tacetd.conf:2: Direction=up: expected playback or capture.\n");
}

static void unknown_sections_and_keys_are_faults(void **state)
{
	expect_errors(*state, "[tacetd]\nRuel=auto\n",
		      "tacetd.conf:2: Unknown key Ruel= in section [tacetd], see "
		      "tacetd.conf(5).\n");
	expect_errors(
		*state, "[cards]\nLock=no\n",
		"tacetd.conf:2: Unknown section [cards], expected [tacetd], [card ID] "
		"or [hold NAME].\n");
	expect_errors(
		*state, "Lock=no\n",
		"tacetd.conf:1: A key stands before any section, expected [tacetd], "
		"[card ID] or [hold NAME] above it.\n");
}

static void broken_syntax_has_its_line(void **state)
{
	expect_errors(*state, "[tacetd]\nnonsense\n",
		      "tacetd.conf:2: This is neither a [section], a Key=value nor a # "
		      "comment.\n");
}

static void an_overlong_line_is_named_and_the_lines_after_it_still_count(void **state)
{
	char text[512] = "[tacetd]\nRule=";

	memset(text + strlen(text), 'x', 300);
	strcat(text, "\nRule=never\n");
	expect_errors(*state, text,
		      "tacetd.conf:2: The line is too long, expected at most 197 bytes.\n"
		      "tacetd.conf:3: Rule=never: expected auto or always.\n");
}

static void a_hold_lacks_nothing_it_needs(void **state)
{
	expect_errors(*state, "[hold call]\nPCM=hw:0\n",
		      "tacetd.conf: Section [hold call] lacks Card=.\n");
	expect_errors(*state, "[card A]\nDefaultDevices=Speaker\n",
		      "tacetd.conf: Section [card A] has DefaultDevices= but lacks "
		      "DefaultVerb=.\n");
}

static void times_have_units(void **state)
{
	uint64_t us = 7;

	assert_int_equal(conf_parse_time("1500us", &us), 0);
	assert_int_equal(us, 1500);
	assert_int_equal(conf_parse_time("10 ms", &us), 0);
	assert_int_equal(us, 10000);
	assert_int_equal(conf_parse_time("10min", &us), 0);
	assert_int_equal(us, 600000000);
	assert_int_equal(conf_parse_time("11min", &us), -EINVAL);
	assert_int_equal(conf_parse_time("-1s", &us), -EINVAL);
	assert_int_equal(conf_parse_time("nan", &us), -EINVAL);
	assert_int_equal(conf_parse_time("5h", &us), -EINVAL);
	assert_int_equal(conf_parse_time("", &us), -EINVAL);
	assert_int_equal(us, 600000000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(no_file_gives_the_defaults),
		TEST(every_key_fills_its_field),
		TEST(dropins_are_taken_by_name_and_etc_masks_lib),
		TEST(a_list_grows_over_files_and_an_empty_value_clears_it),
		TEST(each_fault_has_file_line_and_what_is_expected),
		TEST(unknown_sections_and_keys_are_faults),
		TEST(broken_syntax_has_its_line),
		TEST(an_overlong_line_is_named_and_the_lines_after_it_still_count),
		TEST(a_hold_lacks_nothing_it_needs),
		TEST(times_have_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
