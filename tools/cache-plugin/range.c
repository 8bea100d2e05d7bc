// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * vgpu-cache-range BASE SIZE: in the guest, tell the plugin where the range is. Both are numbers as C
 * has them; on a machine without the plugin nothing happens.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "request.h"

#define TEXT(...)	TEXT_(__VA_ARGS__)
#define TEXT_(...)	#__VA_ARGS__

static void request(uint64_t base, uint64_t size)
{
#if defined(__x86_64__)
	asm volatile(".byte " TEXT(REQUEST_X86) : : "D" (base), "S" (size), "d" (0UL));
#elif defined(__aarch64__)
	register uint64_t x0 asm("x0") = base;
	register uint64_t x1 asm("x1") = size;
	register uint64_t x2 asm("x2");

	asm volatile("mrs %0, dczid_el0" : "=r" (x2));
	asm volatile(".byte " TEXT(REQUEST_ARM64) : : "r" (x0), "r" (x1), "r" (x2));
#endif
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || end == text || *end) {
		fprintf(stderr, "vgpu-cache-range: %s is no number\n", text);
		exit(2);
	}
	return n;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: vgpu-cache-range BASE SIZE\n");
		return 2;
	}
	request(number(argv[1]), number(argv[2]));
	return 0;
}
