// SPDX-License-Identifier: LGPL-2.1-or-later
#include "test.h"

#include <errno.h>
#include <unistd.h>

#include "port/journal-text.h"
#include "scratch.h"

/* The Nth of the calls that touch the disk fails, or everything ends there as if killed. */
static int calls, fail_at, fail_with;
static bool killed;
static jmp_buf kill_point;

static bool fails(void)
{
	if (++calls != fail_at)
		return false;
	if (killed)
		longjmp(kill_point, 1);
	errno = fail_with;
	return true;
}

ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_renameat(int a, const char *from, int b, const char *to);
int __wrap_renameat(int a, const char *from, int b, const char *to);

ssize_t __wrap_write(int fd, const void *p, size_t n)
{
	if (fd <= STDERR_FILENO)
		return __real_write(fd, p, n);
	/* a disk takes what it likes: half of it */
	return fails() ? -1 : __real_write(fd, p, n > 1 ? n / 2 : n);
}

int __wrap_fsync(int fd)
{
	return fails() ? -1 : __real_fsync(fd);
}

int __wrap_renameat(int a, const char *from, int b, const char *to)
{
	return fails() ? -1 : __real_renameat(a, from, b, to);
}

static struct journal_entry *entry(unsigned int n_devices)
{
	struct journal_entry *e = calloc(1, sizeof(*e));

	e->have_route = true;
	strcpy(e->route.verb, "Voice Call");
	e->route.n_devices = n_devices;
	for (unsigned int i = 0; i < n_devices; i++)
		snprintf(e->route.device[i], TACET_NAME_MAX, "Device %u", i);
	e->route.n_modifiers = 1;
	strcpy(e->route.modifier[0], "Play=Tone\\\n\x01\xc3\xa9");
	e->switching = true;
	e->switch_id = UINT64_MAX;
	strcpy(e->to.verb, "HiFi");
	e->to.n_devices = 1;
	strcpy(e->to.device[0], "[end]");
	return e;
}

static void *text_of(const struct journal_entry *e, int *ret_n)
{
	char *text = malloc(JOURNAL_TEXT_MAX);

	*ret_n = journal_format(e, text, JOURNAL_TEXT_MAX);
	assert_true(*ret_n > 0);
	return text;
}

static void what_was_formatted_is_parsed_back(void **state)
{
	struct journal_entry *e = entry(PROFILE_DEVICES),
			     *back = calloc(1, sizeof(*back));
	char why[128] = "";
	int n;
	char *text = text_of(e, &n);

	assert_int_equal(journal_parse(text, (size_t)n, back, why, sizeof(why)), 0);
	assert_memory_equal(e, back, sizeof(*e));
	free(text);
	free(back);
	free(e);
}

static void an_empty_entry_is_an_entry(void **state)
{
	struct journal_entry *e = calloc(1, sizeof(*e)), *back = entry(1);
	char why[128];
	int n;
	char *text = text_of(e, &n);

	assert_int_equal(journal_parse(text, (size_t)n, back, why, sizeof(why)), 0);
	assert_memory_equal(e, back, sizeof(*e));
	free(text);
	free(back);
	free(e);
}

static void the_longest_entry_fits_and_a_small_buffer_is_refused(void **state)
{
	struct journal_entry *e = entry(PROFILE_DEVICES);
	char small[64];
	int n;

	e->route.n_modifiers = e->to.n_modifiers = PROFILE_MODIFIERS;
	e->to.n_devices = PROFILE_DEVICES;
	for (unsigned int i = 0; i < PROFILE_DEVICES; i++) {
		memset(e->route.device[i], '\x01', TACET_NAME_MAX - 1);
		memset(e->route.modifier[i], '\x01', TACET_NAME_MAX - 1);
		memset(e->to.device[i], '\x01', TACET_NAME_MAX - 1);
		memset(e->to.modifier[i], '\x01', TACET_NAME_MAX - 1);
	}
	free(text_of(e, &n));
	assert_int_equal(journal_format(e, small, sizeof(small)), -ENOBUFS);
	free(e);
}

static void every_truncation_is_rejected(void **state)
{
	struct journal_entry *e = entry(3), *back = entry(1), *before = entry(1);
	char why[128];
	int n;
	char *text = text_of(e, &n);

	for (int i = 0; i < n; i++) {
		why[0] = '\0';
		assert_int_equal(journal_parse(text, (size_t)i, back, why, sizeof(why)),
				 -EBADMSG);
		assert_true(why[0]);
	}
	/* and a failure leaves the output alone */
	assert_memory_equal(back, before, sizeof(*back));
	free(text);
	free(back);
	free(before);
	free(e);
}

static void every_flipped_bit_is_rejected(void **state)
{
	struct journal_entry *e = entry(2), *back = calloc(1, sizeof(*back));
	char why[128];
	int n;
	char *text = text_of(e, &n);

	for (int i = 0; i < n * 8; i++) {
		text[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(journal_parse(text, (size_t)n, back, why, sizeof(why)),
				 -EBADMSG);
		text[i / 8] ^= (char)(1 << i % 8);
	}
	free(text);
	free(back);
	free(e);
}

static void what_is_stored_is_loaded(void **state)
{
	struct scratch *s = *state;
	struct journal_entry *e = entry(2), *back = calloc(1, sizeof(*back));
	char why[128];

	assert_int_equal(journal_load(s->fd, "Phone", back, why, sizeof(why)), -ENOENT);
	assert_int_equal(journal_store(s->fd, "Phone", e), 0);
	assert_int_equal(journal_load(s->fd, "Phone", back, why, sizeof(why)), 0);
	assert_memory_equal(e, back, sizeof(*e));
	assert_int_equal(journal_load(s->fd, "Other", back, why, sizeof(why)), -ENOENT);
	free(back);
	free(e);
}

static void a_broken_file_is_set_aside(void **state)
{
	struct scratch *s = *state;
	struct journal_entry *back = calloc(1, sizeof(*back));
	char why[128] = "";

	scratch_text(s, "Phone.state", "[tacet]\nversion=1\n[route]\nverb=Hi");
	assert_int_equal(journal_load(s->fd, "Phone", back, why, sizeof(why)), -EBADMSG);
	assert_true(why[0]);
	assert_int_equal(faccessat(s->fd, "Phone.state", F_OK, 0), -1);
	assert_int_equal(faccessat(s->fd, "Phone.state.bad", F_OK, 0), 0);
	assert_int_equal(journal_load(s->fd, "Phone", back, why, sizeof(why)), -ENOENT);
	free(back);
}

static void what_is_no_file_is_not_read(void **state)
{
	struct scratch *s = *state;
	struct journal_entry *back = calloc(1, sizeof(*back));
	char why[128];

	assert_int_equal(mkfifoat(s->fd, "Phone.state", 0600), 0);
	assert_int_equal(journal_load(s->fd, "Phone", back, why, sizeof(why)), -EBADMSG);
	assert_int_equal(symlinkat("/etc/passwd", s->fd, "Link.state"), 0);
	assert_int_equal(journal_load(s->fd, "Link", back, why, sizeof(why)), -ELOOP);
	free(back);
}

static void names_that_are_no_card_ids_are_refused(void **state)
{
	static const char *const id[] = { "", "../x", "a/b", ".", "a b" };
	struct scratch *s = *state;
	struct journal_entry *e = entry(1);
	char why[128];

	for (unsigned int i = 0; i < sizeof(id) / sizeof(id[0]); i++) {
		assert_int_equal(journal_store(s->fd, id[i], e), -EINVAL);
		assert_int_equal(journal_load(s->fd, id[i], e, why, sizeof(why)),
				 -EINVAL);
	}
	free(e);
}

static int count_calls(struct scratch *s, const struct journal_entry *e)
{
	calls = 0;
	fail_at = 0;
	assert_int_equal(journal_store(s->fd, "Phone", e), 0);
	return calls;
}

/* Whatever call fails: an error, and the old entry; only the last call is beyond the rename. */
static void a_full_disk_keeps_the_old_entry(void **state)
{
	struct scratch *s = *state;
	struct journal_entry *old = entry(1), *e = entry(3),
			     *back = calloc(1, sizeof(*back));
	int n = count_calls(s, e);
	char why[128];

	assert_true(n > 4);
	for (int i = 1; i <= n; i++) {
		fail_at = 0;
		assert_int_equal(journal_store(s->fd, "Phone", old), 0);
		calls = 0;
		fail_at = i;
		fail_with = ENOSPC;
		assert_int_equal(journal_store(s->fd, "Phone", e), -ENOSPC);
		assert_int_equal(journal_load(s->fd, "Phone", back, why, sizeof(why)), 0);
		assert_memory_equal(back, i < n ? old : e, sizeof(*back));
		assert_int_equal(faccessat(s->fd, "Phone.state.new", F_OK, 0), -1);
	}
	fail_at = 0;
	free(back);
	free(old);
	free(e);
}

/* Killed before any of the calls: the old entry or the new one, never something else. */
static void a_kill_at_any_instant_leaves_an_entry(void **state)
{
	struct scratch *s = *state;
	struct journal_entry *old = entry(1), *e = entry(3),
			     *back = calloc(1, sizeof(*back));
	const int n = count_calls(s, e);
	char why[128];

	killed = true;
	for (volatile int i = 1; i <= n; i++) {
		fail_at = 0;
		assert_int_equal(journal_store(s->fd, "Phone", old), 0);
		calls = 0;
		fail_at = i;
		/* what the call had allocated is lost with it, as in a process that is killed */
		if (!setjmp(kill_point)) {
			journal_store(s->fd, "Phone", e);
			fail_msg("call %d was not reached", i);
		}
		fail_at = 0;
		assert_int_equal(journal_load(s->fd, "Phone", back, why, sizeof(why)), 0);
		assert_memory_equal(back, i < n ? old : e, sizeof(*back));
	}
	killed = false;
	/* and what lies about does not stand in the way of the next */
	assert_int_equal(journal_store(s->fd, "Phone", e), 0);
	free(back);
	free(old);
	free(e);
}

/* The kill leaks on purpose. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:journal_store";
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_formatted_is_parsed_back),
		cmocka_unit_test(an_empty_entry_is_an_entry),
		cmocka_unit_test(the_longest_entry_fits_and_a_small_buffer_is_refused),
		cmocka_unit_test(every_truncation_is_rejected),
		cmocka_unit_test(every_flipped_bit_is_rejected),
		TEST(what_is_stored_is_loaded),
		TEST(a_broken_file_is_set_aside),
		TEST(what_is_no_file_is_not_read),
		TEST(names_that_are_no_card_ids_are_refused),
		TEST(a_full_disk_keeps_the_old_entry),
		TEST(a_kill_at_any_instant_leaves_an_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
