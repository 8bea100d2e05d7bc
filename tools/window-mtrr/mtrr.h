/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Which memory type range registers may go. */
#ifndef MTRR_H
#define MTRR_H

#include <stddef.h>

#include "range.h"

#define MTRRS	256	/* the register that tells their number has eight bits */

/**
 * struct mtrr - a variable range that is in use
 * @nr: number of the register
 * @uncachable: whether that is its type
 * @count: how many times it has been asked for; 1 is the firmware alone
 * @holds_ram: whether some RAM is in it
 */
struct mtrr {
	unsigned int nr;
	struct range range;
	bool uncachable;
	unsigned int count;
	bool holds_ram;
};

/**
 * struct mtrrs - all of them
 * @ram_outside: whether some RAM, above the fixed ranges and below 4 GiB, is in none
 */
struct mtrrs {
	struct mtrr mtrr[MTRRS];
	size_t count;
	bool ram_outside;
};

/* What memory is that no range says something about. */
enum default_type {
	DEFAULT_UNKNOWN,
	DEFAULT_WRITE_BACK,
	DEFAULT_OTHER,
};

enum mtrr_verdict {
	MTRR_ELSEWHERE,		/* does not make the window uncachable */
	MTRR_DROP,
	MTRR_HOLDS_RAM,
	MTRR_SHARED,		/* not only the firmware has asked for it */
	MTRR_DEFAULT_UNKNOWN,
	MTRR_DEFAULT_OTHER,
};

bool mtrrs_parse(const char *text, struct mtrrs *mtrrs);
bool mtrrs_parse_ram(const char *iomem, struct mtrrs *mtrrs);
enum default_type default_type(const uint64_t *msr, const struct mtrrs *mtrrs);
enum mtrr_verdict mtrr_judge(const struct mtrr *mtrr, struct range window, enum default_type type);
const char *mtrr_verdict_text(enum mtrr_verdict verdict);

#endif
