// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Messages to the user, on standard error.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "log.h"

#define WARNINGS_MAX 10	/* a second */

/**
 * log_warn() - say what a guest has brought about, if it does not do so all the time
 */
void log_warn(const char *fmt, ...)
{
	static unsigned int said, left_out;
	static time_t second;
	struct timespec now;
	va_list ap;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec != second) {
		if (left_out)
			fprintf(stderr, "host-device: %u more such messages\n", left_out);
		second = now.tv_sec;
		said = 0;
		left_out = 0;
	}
	if (said == WARNINGS_MAX) {
		left_out++;
		return;
	}
	said++;
	fputs("host-device: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static bool verbose;

/**
 * log_verbose() - have log_event() say something
 */
void log_verbose(bool on)
{
	verbose = on;
}

/**
 * log_event() - log what happens, with --verbose: one line an event
 */
void log_event(const char *fmt, ...)
{
	va_list ap;

	if (!verbose)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}
