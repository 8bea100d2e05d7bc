/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CONFORMANCE_TEST_H
#define CONFORMANCE_TEST_H

#include <stdbool.h>

struct clause;

/**
 * enum need - what a test needs beside a device
 * @NEEDS_ATTR: a device that offers VIRTIO_GPU_F_MAP_ATTR, and has a window
 * @NEEDS_TRIGGER: --trigger
 * @NEEDS_BLOB: a device that offers VIRTIO_GPU_F_RESOURCE_BLOB, and has a window
 * @NEEDS_ACCESS: a device that offers VIRTIO_GPU_F_CPU_ACCESS, and has a window
 */
enum need {
	NEEDS_ATTR = 1 << 0,
	NEEDS_TRIGGER = 1 << 1,
	NEEDS_BLOB = 1 << 2,
	NEEDS_ACCESS = 1 << 3,
};

/**
 * struct test - a scene between a driver, a front end and the device
 * @name: in TAP
 * @about: the clause that does not hold if the device crashes, hangs or leaves meanwhile
 * @needs: enum need
 */
struct test {
	const char *name;
	const char *about;
	unsigned int needs;
	void (*run)(void);
};

extern const struct test tests_base[], tests_hostile[], tests_attr[], tests_change[],
	tests_access[];

const char *test_about(const char *id);
void test_lost(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void test_failed(const struct clause *clause) __attribute__((noreturn));
void test_impossible(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
