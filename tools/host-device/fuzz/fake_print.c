// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the device prints is formatted, so that wrong arguments are found, and then dropped.
 */
#include <string.h>

#include "fake_fd.h"

static char said[4096];

/**
 * fake_vfprintf() - vfprintf(), to nowhere
 */
int fake_vfprintf(FILE *f, const char *fmt, va_list ap)
{
	(void)f;
	return vsnprintf(said, sizeof(said), fmt, ap);
}

/**
 * fake_fprintf() - fprintf(), to nowhere
 */
int fake_fprintf(FILE *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = fake_vfprintf(f, fmt, ap);
	va_end(ap);
	return n;
}

/**
 * fake_fputs() - fputs(), to nowhere
 */
int fake_fputs(const char *s, FILE *f)
{
	(void)f;
	return snprintf(said, sizeof(said), "%s", s);
}

/**
 * fake_fputc() - fputc(), to nowhere
 */
int fake_fputc(int c, FILE *f)
{
	(void)f;
	return c;
}

/* The control socket's "die": the device goes on here. */
/**
 * fake_raise() - raise(), by which the control socket's "die" ends the device; it goes on here
 */
int fake_raise(int sig)
{
	(void)sig;
	return 0;
}
