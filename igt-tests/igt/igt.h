/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The part of IGT's interface that our tests use, declared against the
 * packaged libigt.so, which comes without headers.  A test that is moved into
 * an IGT tree includes IGT's own igt.h instead and needs no change.
 */
#ifndef IGT_H
#define IGT_H

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct option;

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

enum igt_log_level { IGT_LOG_DEBUG, IGT_LOG_INFO, IGT_LOG_WARN, IGT_LOG_CRITICAL };

extern sigjmp_buf igt_subtest_jmpbuf;

int igt_subtest_init_parse_opts(int *argc, char *argv[], const char *short_opts,
				const struct option *long_opts, const char *help,
				int (*handler)(int opt, int index, void *data), void *data);
bool __igt_fixture(void);
void __igt_fixture_complete(void);
bool __igt_run_subtest(const char *name, const char *file, int line);
void igt_success(void);
void igt_exit(void) __attribute__((noreturn));
void igt_describe_f(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void igt_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void igt_log(const char *domain, enum igt_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void __igt_fail_assert(const char *domain, const char *file, int line, const char *func,
		       const char *assertion, const char *fmt, ...)
	__attribute__((format(printf, 6, 7), noreturn));
void __igt_skip_check(const char *file, int line, const char *func, const char *check,
		      const char *fmt, ...)
	__attribute__((format(printf, 5, 6), noreturn));

/* Used as "int igt_main() { ... }", which is why it starts with a variable. */
#define igt_main()								\
	igt_has_main;								\
	static void igt_real_main(void);					\
	int main(int argc, char **argv)						\
	{									\
		igt_subtest_init_parse_opts(&argc, argv, NULL, NULL, NULL,	\
					    NULL, NULL);			\
		igt_real_main();						\
		igt_exit();							\
	}									\
	static void igt_real_main(void)

#define igt_describe(text)	igt_describe_f("%s", text)

/* A failed assertion ends a fixture or subtest with a jump; these loops give
 * it a place to land.
 */
#define igt_fixture()								\
	for (volatile int igt_once = 1;						\
	     igt_once && __igt_fixture() && !sigsetjmp(igt_subtest_jmpbuf, 1);	\
	     igt_once = 0, __igt_fixture_complete())

#define igt_subtest(name)							\
	for (; __igt_run_subtest(name, __FILE__, __LINE__) &&			\
	       !sigsetjmp(igt_subtest_jmpbuf, 1); igt_success())

#define IGT_SUBTEST_NAME_MAX 256
#define igt_subtest_f(...)							\
	for (char igt_name[IGT_SUBTEST_NAME_MAX], *igt_first = igt_name;	\
	     igt_first && (snprintf(igt_name, sizeof(igt_name), __VA_ARGS__), 1); \
	     igt_first = NULL)							\
		igt_subtest(igt_name)

#define igt_info(...)	igt_log(NULL, IGT_LOG_INFO, __VA_ARGS__)
#define igt_debug(...)	igt_log(NULL, IGT_LOG_DEBUG, __VA_ARGS__)

#define igt_assert_f(expr, ...)							\
	do {									\
		if (!(expr))							\
			__igt_fail_assert(NULL, __FILE__, __LINE__, __func__,	\
					  #expr, __VA_ARGS__);			\
	} while (0)
#define igt_assert(expr)							\
	do {									\
		if (!(expr))							\
			__igt_fail_assert(NULL, __FILE__, __LINE__, __func__,	\
					  #expr, NULL);				\
	} while (0)
#define igt_assert_eq(a, b)							\
	do {									\
		long long igt_a = (a), igt_b = (b);				\
										\
		igt_assert_f(igt_a == igt_b, "%s is %lld, %s is %lld\n",	\
			     #a, igt_a, #b, igt_b);				\
	} while (0)

#define igt_require_f(expr, ...)						\
	do {									\
		if (!(expr))							\
			__igt_skip_check(__FILE__, __LINE__, __func__, #expr,	\
					 __VA_ARGS__);				\
	} while (0)
#define igt_require(expr)	igt_require_f(expr, NULL)

#endif
