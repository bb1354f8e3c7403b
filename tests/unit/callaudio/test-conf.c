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

#include "callaudio/ca-conf.h"
#include "util/cleanup.h"

struct folder {
	char path[64];
	char file[128], etc[128];
};

static int setup(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	strcpy(f->path, "/tmp/tacet-ca-conf-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	snprintf(f->file, sizeof(f->file), "%s/callaudiod.conf", f->path);
	snprintf(f->etc, sizeof(f->etc), "%s/etc", f->path);
	assert_int_equal(mkdir(f->etc, 0700), 0);
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

static int load(struct folder *f, struct ca_conf **ret, char **ret_errors)
{
	const struct conf_paths paths = { f->file, { f->etc } };

	*ret_errors = NULL;
	return ca_conf_load(&paths, ret, ret_errors);
}

static void without_a_file_the_defaults_hold(void **state)
{
	_cleanup_free_ struct ca_conf *c = NULL;
	_cleanup_free_ char *errors = NULL;

	assert_int_equal(load(*state, &c, &errors), 0);
	assert_string_equal(c->card, "");
	assert_int_equal(c->follow, CA_FOLLOW_NONE);
	assert_int_equal(c->mute_by, CA_MUTE_AUTO);
	assert_memory_equal(&c->names, &ca_default_names, sizeof(c->names));
}

static void every_key_reaches_its_field_and_drop_ins_win(void **state)
{
	_cleanup_free_ struct ca_conf *c = NULL;
	_cleanup_free_ char *errors = NULL;
	struct folder *f = *state;

	write_file(f->path, "callaudiod.conf",
		   "[callaudiod]\n"
		   "Card=TacetPhone\n"
		   "FollowCalls=modemmanager\n"
		   "CallVerbs=Talk, Phone\n"
		   "DefaultVerbs=Tunes\n"
		   "Earpiece=Ear\n"
		   "Speaker=Loud, Louder\n"
		   "Bluetooth=Blue\n"
		   "Mic=Mouth\n"
		   "Mute=control\n"
		   "MuteControls=A Switch,B Switch\n");
	write_file(f->etc, "50-more.conf", "[callaudiod]\nFollowCalls=ofono\n");
	assert_int_equal(load(f, &c, &errors), 0);
	assert_string_equal(c->card, "TacetPhone");
	assert_int_equal(c->follow, CA_FOLLOW_OFONO);
	assert_int_equal(c->names.call_verbs.n, 2);
	assert_string_equal(c->names.call_verbs.name[1], "Phone");
	assert_string_equal(c->names.default_verbs.name[0], "Tunes");
	assert_string_equal(c->names.earpiece.name[0], "Ear");
	assert_string_equal(c->names.speaker.name[1], "Louder");
	assert_string_equal(c->names.bluetooth.name[0], "Blue");
	assert_string_equal(c->names.mic.name[0], "Mouth");
	assert_int_equal(c->mute_by, CA_MUTE_CONTROL);
	assert_string_equal(c->mute_controls.name[1], "B Switch");
}

static void every_mistake_is_told_with_file_and_line(void **state)
{
	_cleanup_free_ char *errors = NULL, *expected = NULL;
	struct ca_conf *c = NULL;
	struct folder *f = *state;

	write_file(f->path, "callaudiod.conf",
		   "Card=X\n"
		   "[callaudiod]\n"
		   "Mute=softly\n"
		   "Volume=11\n"
		   "nonsense\n");
	write_file(f->etc, "50-more.conf", "\n[phone]\nFollowCalls=yes\n");
	assert_int_equal(load(f, &c, &errors), -EBADMSG);
	assert_null(c);
	assert_true(
		asprintf(&expected,
			 "%s:1: A key stands before any section, expected [callaudiod] "
			 "above it.\n"
			 "%s:3: Mute=softly: expected auto, control or device.\n"
			 "%s:4: Unknown key Volume=, see tacet-callaudiod.conf(5).\n"
			 "%s:5: This is neither a [section], a Key=value nor a # "
			 "comment.\n"
			 "%s/50-more.conf:3: Unknown section [phone], expected "
			 "[callaudiod].\n",
			 f->file, f->file, f->file, f->file, f->etc) > 0);
	assert_string_equal(errors, expected);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_file_the_defaults_hold),
		TEST(every_key_reaches_its_field_and_drop_ins_win),
		TEST(every_mistake_is_told_with_file_and_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
