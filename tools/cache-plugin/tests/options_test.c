// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The plugin's arguments, right and wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../options.h"

#define MAX_ARGS 8

/* The parser writes to its arguments, as QEMU lets it. */
static const char *parse(struct options *o, const char *const *args)
{
	static char copy[MAX_ARGS][64];
	char *argv[MAX_ARGS];
	int argc = 0;

	for (; args[argc]; argc++) {
		strcpy(copy[argc], args[argc]);
		argv[argc] = copy[argc];
	}
	return options_parse(o, argc, argv);
}

static void test_all(void **state)
{
	static const char *const args[] = {
		"memory=/m", "size=1G", "base=0x100000000", "capacity=7", "evict=0", "fill=3",
		"kernel=on", "mtrr=uc", NULL
	};
	struct options o;

	(void)state;
	assert_null(parse(&o, args));
	assert_string_equal(o.memory, "/m");
	assert_int_equal(o.size, 1ULL << 30);
	assert_int_equal(o.base, 1ULL << 32);
	assert_int_equal(o.capacity, 7);
	assert_int_equal(o.evict_one_in, 0);
	assert_int_equal(o.fill_one_in, 3);
	assert_true(o.kernel);
	assert_true(o.mtrr_uncachable);
	assert_false(o.help);
	assert_null(o.report);
	assert_int_equal(o.seed, 1);
}

static void test_refused(void **state)
{
	static const char *const wrong[] = {
		"memory", "memory=", "size=", "size=1T", "size=-1", "size=1KK", "size=17179869184G",
		"size=99999999999999999999", "capacity=4294967296", "kernel=yes", "colour=red", "",
		"evict=x", "fill= ", "capacity=0", "report=", "mtrr=wt", "help=me", NULL
	};
	struct options o;

	(void)state;
	for (unsigned int i = 0; wrong[i]; i++) {
		const char *const args[] = { "memory=/m", "size=1M", wrong[i], NULL };

		if (!parse(&o, args))
			fail_msg("%s is taken", wrong[i]);
	}
}

static void test_needed(void **state)
{
	static const char *const no_size[] = { "memory=/m", NULL }, *const no_memory[] = { "size=1M", NULL };
	static const char *const help[] = { "help=on", NULL };
	struct options o;

	(void)state;
	assert_non_null(parse(&o, no_size));
	assert_non_null(parse(&o, no_memory));
	assert_null(parse(&o, help));
	assert_true(o.help);
	assert_false(o.mtrr_uncachable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all), cmocka_unit_test(test_refused), cmocka_unit_test(test_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
