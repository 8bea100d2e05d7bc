// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * vgpu-conformance: does a vhost-user virtio-gpu do what the map attributes ask of a device?
 */
#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clause.h"
#include "driver.h"
#include "test.h"

static jmp_buf end_of_test;
static const struct clause *failed;
static const char *about;
static char impossible[200];

/**
 * test_about() - which clause the test has come to: see @about of struct test
 *
 * Return: which it was before.
 */
const char *test_about(const char *id)
{
	const char *before = about;

	about = id;
	return before;
}

/**
 * test_lost() - the device has crashed, hangs or is gone
 * @fmt: how that was seen
 */
void test_lost(const char *fmt, ...)
{
	char how[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(how, sizeof(how), fmt, ap);
	va_end(ap);
	clause_check(about, false, "%s", how);
	abort();
}

/**
 * test_failed() - a clause does not hold: the test is over
 */
void test_failed(const struct clause *c)
{
	/* What comes when the device is stopped comes of that. */
	if (!failed)
		failed = c;
	longjmp(end_of_test, 1);
}

/**
 * test_impossible() - the test cannot be run, which is not the fault of the device
 */
void test_impossible(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(impossible, sizeof(impossible), fmt, ap);
	va_end(ap);
	longjmp(end_of_test, 1);
}

/* What setjmp() comes back to has no variables of its own. */
static void until_it_ends(void (*f)(void))
{
	if (!setjmp(end_of_test))
		f();
}

static void run_until_it_ends(void (*f)(void))
{
	failed = NULL;
	*impossible = '\0';
	until_it_ends(f);
	until_it_ends(driver_stop);
}

static uint64_t offered;
static bool has_window;

static void look_for_answer(void)
{
	driver_start(BIT(VIRTIO_F_VERSION_1));
	offered = driver.f.features;
	has_window = driver.f.window_size;
}

static const char *why_skip(const struct test *t)
{
	if (t->needs & NEEDS_ATTR && !(offered & BIT(VIRTIO_GPU_F_MAP_ATTR)))
		return "the device does not offer VIRTIO_GPU_F_MAP_ATTR";
	if (t->needs & NEEDS_BLOB && !(offered & BIT(VIRTIO_GPU_F_RESOURCE_BLOB)))
		return "the device does not offer VIRTIO_GPU_F_RESOURCE_BLOB";
	if (t->needs & NEEDS_ACCESS && !(offered & BIT(VIRTIO_GPU_F_CPU_ACCESS)))
		return "the device does not offer VIRTIO_GPU_F_CPU_ACCESS";
	if (t->needs & (NEEDS_ATTR | NEEDS_BLOB | NEEDS_ACCESS) && !has_window)
		return "the device has no host-visible window";
	if (t->needs & NEEDS_TRIGGER && !options.trigger)
		return "no --trigger";
	return NULL;
}

static void run_test(const struct test *t, unsigned int number)
{
	const char *skip = why_skip(t);

	failed = NULL;
	test_about(t->about);
	if (!skip) {
		run_until_it_ends(t->run);
		skip = *impossible ? impossible : NULL;
	}
	if (skip && !failed)
		clause_unreached(t->about, skip);
	if (failed && failed->result == CLAUSE_NOT_FOLLOWED)
		printf("not ok %u %s # TODO %s, a SHOULD: %s\n", number, t->name, failed->id,
		       failed->told);
	else if (failed)
		printf("not ok %u %s # %s: %s\n", number, t->name, failed->id, failed->told);
	else if (skip)
		printf("ok %u %s # SKIP %s\n", number, t->name, skip);
	else
		printf("ok %u %s\n", number, t->name);
	fflush(stdout);
}

/* Return: whether anything could be tested. */
static bool run_all(const char *only)
{
	static const struct test * const all[] = { tests_base, tests_hostile, tests_attr, tests_change,
						    tests_access };
	unsigned int n = 0;

	test_about("B1");
	run_until_it_ends(look_for_answer);
	if (*impossible) {
		fprintf(stderr, "vgpu-conformance: %s\n", impossible);
		return false;
	}
	if (!(offered & BIT(VIRTIO_GPU_F_MAP_ATTR)))
		clause_unreached(NULL, "the device does not offer VIRTIO_GPU_F_MAP_ATTR");
	puts("TAP version 13");
	for (unsigned int i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (const struct test *t = all[i]; t->name; t++)
			if (!only || !strcmp(only, t->name))
				run_test(t, ++n);
	printf("1..%u\n", n);
	if (!n)
		fprintf(stderr, "vgpu-conformance: no such test: %s\n", only);
	return n;
}

static void print_usage(FILE *out)
{
	fputs("usage: vgpu-conformance --device COMMAND | --socket PATH [option...]\n"
	      "  --device COMMAND   start the device with COMMAND for each test; it listens at $VGPU_SOCKET\n"
	      "  --socket PATH      test a running device, which accepts one front end after the other\n"
	      "  --trigger COMMAND  how to make the device declare a change: COMMAND change RESOURCE MODE\n"
	      "                     FLAGS, COMMAND time-out MS, COMMAND settled RESOURCE; exit status 77\n"
	      "                     if that is not supported\n"
	      "  --blob-id N        blob_id of a HOST3D blob that can be created without a renderer (0)\n"
	      "  --flagged-blob-id N  blob_id of a blob that is SYNC_REQUIRED from its creation on\n"
	      "  --capset N         create blobs in a context of this capset; venus (4) has a blob 0\n"
	      "  --timeout MS       how long to wait for anything (5000)\n"
	      "  --test NAME        run this test only\n"
	      "  --json FILE        write the result of each clause\n"
	      "  --clauses          list the clauses, and end\n"
	      "See vgpu-conformance(1).\n", out);
}

enum { OPT_CLAUSES = 1, OPT_HELP };

static const struct option long_options[] = {
	{ "device", required_argument, NULL, 'd' },
	{ "socket", required_argument, NULL, 's' },
	{ "trigger", required_argument, NULL, 't' },
	{ "blob-id", required_argument, NULL, 'b' },
	{ "flagged-blob-id", required_argument, NULL, 'f' },
	{ "capset", required_argument, NULL, 'c' },
	{ "timeout", required_argument, NULL, 'w' },
	{ "test", required_argument, NULL, 'o' },
	{ "json", required_argument, NULL, 'j' },
	{ "clauses", no_argument, NULL, OPT_CLAUSES },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 }
};

/* An option that has a value.  Return: false if @c is none. */
static bool set_option(int c, const char *value)
{
	switch (c) {
	case 'd':
		options.device = value;
		return true;
	case 's':
		options.socket = value;
		return true;
	case 't':
		options.trigger = value;
		return true;
	case 'b':
		options.blob_id = strtoull(value, NULL, 0);
		return true;
	case 'f':
		options.flagged_blob_id = strtoull(value, NULL, 0);
		return true;
	case 'c':
		options.capset = strtoul(value, NULL, 0);
		return true;
	case 'w':
		options.timeout_ms = atoi(value);
		return true;
	case 'j':
		options.json = value;
		return true;
	default:
		return false;
	}
}

/* Return: the exit status. */
static int run_and_report(const char *only)
{
	signal(SIGPIPE, SIG_IGN);
	if (!run_all(only))
		return 2;
	clauses_print(stdout);
	if (options.json && clauses_write_json(options.json)) {
		fprintf(stderr, "vgpu-conformance: cannot write %s\n", options.json);
		return 2;
	}
	return clauses_failed() ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *only = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case 'o':
			only = optarg;
			break;
		case OPT_CLAUSES:
			clauses_list();
			return 0;
		case OPT_HELP:
			print_usage(stdout);
			return 0;
		default:
			if (set_option(c, optarg))
				break;
			print_usage(stderr);
			return 2;
		}
	}
	if (!options.device == !options.socket || optind != argc || options.timeout_ms <= 0) {
		print_usage(stderr);
		return 2;
	}
	return run_and_report(only);
}
