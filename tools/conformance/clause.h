/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CONFORMANCE_CLAUSE_H
#define CONFORMANCE_CLAUSE_H

#include <stdbool.h>
#include <stdio.h>

/**
 * enum clause_result - what is known of a clause
 * @CLAUSE_UNKNOWN: no test has come to it
 * @CLAUSE_PASSED: some have, and found nothing wrong
 * @CLAUSE_NOT_FOLLOWED: one has found that the device does not do what it SHOULD
 * @CLAUSE_FAILED: one has found something wrong
 */
enum clause_result {
	CLAUSE_UNKNOWN,
	CLAUSE_PASSED,
	CLAUSE_NOT_FOLLOWED,
	CLAUSE_FAILED,
};

/**
 * struct clause - something that a device has to do
 * @id: [D..] of Documentation/virtio-gpu-map-attr.md, or [B..]: of the virtio or the vhost-user
 *	specification
 * @text: the same in a line
 * @why_not: why no test can come to it, or what a test needs for that, or NULL
 * @result: so far
 * @told: what was wrong first, or why no test has come to it this time
 */
struct clause {
	const char *id;
	const char *text;
	const char *why_not;
	enum clause_result result;
	char told[200];
};

struct clause *clause(const char *id);
void clause_check(const char *id, bool good, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void clause_should(const char *id, bool good, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void clause_unreached(const char *id, const char *why);
void clauses_print(FILE *out);
int clauses_write_json(const char *path);
unsigned int clauses_failed(void);
void clauses_list(void);

#endif
