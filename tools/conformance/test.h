/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CONFORMANCE_TEST_H
#define CONFORMANCE_TEST_H

#include <stdbool.h>

struct clause;

/**
 * struct test - a scene between a driver, a front end and the device
 * @name: in TAP
 * @trigger: it needs --trigger
 * @map_attr: it needs a device that offers VIRTIO_GPU_F_MAP_ATTR
 */
struct test {
	const char *name;
	bool trigger;
	bool map_attr;
	void (*run)(void);
};

extern const struct test tests_base[], tests_attr[], tests_change[];

void test_failed(const struct clause *clause) __attribute__((noreturn));
void test_impossible(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
