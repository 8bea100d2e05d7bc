// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What our tests use of libigt, for architectures Debian does not package IGT
 * for: the same options, the same output as far as scripts/root/igt-report reads it,
 * and the same exit statuses. Nothing else of IGT.
 */
#include <getopt.h>
#include <stdarg.h>
#include <sys/time.h>
#include <unistd.h>

#include "igt.h"

#define EXIT_SKIP	77
#define EXIT_INVALID	79	/* no subtest of that name */
#define EXIT_FAIL	98

sigjmp_buf igt_subtest_jmpbuf;

static struct {
	const char *only;	/* the subtest to run, or NULL for all */
	const char *current;	/* that is running, or NULL */
	struct timeval since;
	bool list;
	bool broken;		/* a fixture failed: no subtest can run */
	unsigned int passed;
	unsigned int failed;
	unsigned int skipped;
} run;

int igt_subtest_init_parse_opts(int *argc, char *argv[], const char *short_opts,
				const struct option *long_opts, const char *help,
				int (*handler)(int opt, int index, void *data), void *data)
{
	static const struct option options[] = {
		{ "list-subtests", no_argument, NULL, 'l' },
		{ "run-subtest", required_argument, NULL, 'r' },
		{ }
	};
	int opt;

	(void)short_opts;
	(void)long_opts;
	(void)help;
	(void)handler;
	(void)data;
	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((opt = getopt_long(*argc, argv, "", options, NULL)) != -1) {
		if (opt == 'l')
			run.list = true;
		else if (opt == 'r')
			run.only = optarg;
		else
			exit(EXIT_INVALID);
	}
	return 0;
}

/* How what is running ends: back to where it was entered. */
static void leave(const char *verdict) __attribute__((noreturn));
static void leave(const char *verdict)
{
	struct timeval now, took;

	if (run.current) {
		gettimeofday(&now, NULL);
		timersub(&now, &run.since, &took);
		printf("Subtest %s: %s (%lld.%03llds)\n", run.current, verdict,
		       (long long)took.tv_sec, (long long)took.tv_usec / 1000);
		run.current = NULL;
	}
	siglongjmp(igt_subtest_jmpbuf, 1);
}

bool __igt_fixture(void)
{
	return !run.list && !run.broken;
}

void __igt_fixture_complete(void)
{
}

bool __igt_run_subtest(const char *name, const char *file, int line)
{
	(void)file;
	(void)line;
	if (run.only && strcmp(run.only, name))
		return false;
	if (run.list) {
		puts(name);
		return false;
	}
	if (run.broken) {
		printf("Subtest %s: FAIL (0.000s)\n", name);
		run.failed++;
		return false;
	}
	printf("Starting subtest: %s\n", name);
	run.current = name;
	gettimeofday(&run.since, NULL);
	return true;
}

void igt_success(void)
{
	run.passed++;
	leave("SUCCESS");
}

void igt_exit(void)
{
	if (run.list)
		exit(0);
	if (run.failed || run.broken)
		exit(EXIT_FAIL);
	if (run.passed)
		exit(0);
	exit(run.skipped ? EXIT_SKIP : EXIT_INVALID);
}

void igt_describe_f(const char *fmt, ...)
{
	(void)fmt;
}

void igt_log(const char *domain, enum igt_log_level level, const char *fmt, ...)
{
	va_list args;

	(void)domain;
	if (level == IGT_LOG_DEBUG)
		return;
	va_start(args, fmt);
	vfprintf(level == IGT_LOG_INFO ? stdout : stderr, fmt, args);
	va_end(args);
}

static void skip(void) __attribute__((noreturn));
static void skip(void)
{
	run.skipped++;
	/* Without a subtest: whatever the fixture did not find, no subtest has. */
	if (!run.current)
		exit(EXIT_SKIP);
	leave("SKIP");
}

void igt_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	skip();
}

void __igt_skip_check(const char *file, int line, const char *func, const char *check,
		      const char *fmt, ...)
{
	va_list args;

	printf("%s:%d %s(): test requirement not met: %s\n", file, line, func, check);
	if (fmt) {
		va_start(args, fmt);
		vprintf(fmt, args);
		va_end(args);
	}
	skip();
}

void __igt_fail_assert(const char *domain, const char *file, int line, const char *func,
		       const char *assertion, const char *fmt, ...)
{
	va_list args;

	(void)domain;
	fprintf(stderr, "CRITICAL: Test assertion failure function %s, file %s:%d\n", func, file,
		line);
	fprintf(stderr, "CRITICAL: Failed assertion: %s\n", assertion);
	if (fmt) {
		fputs("CRITICAL: ", stderr);
		va_start(args, fmt);
		vfprintf(stderr, fmt, args);
		va_end(args);
	}
	if (run.current)
		run.failed++;
	else
		run.broken = true;
	leave("FAIL");
}
