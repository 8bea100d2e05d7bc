/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef RANGE_H
#define RANGE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct range - physical addresses
 * @first: first byte
 * @last: last byte, so that the end of the address space is no special case
 */
struct range {
	uint64_t first;
	uint64_t last;
};

static inline bool range_has(struct range a, uint64_t address)
{
	return address >= a.first && address <= a.last;
}

static inline bool ranges_overlap(struct range a, struct range b)
{
	return a.first <= b.last && b.first <= a.last;
}

#endif
