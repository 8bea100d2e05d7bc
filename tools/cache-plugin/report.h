/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CACHE_PLUGIN_REPORT_H
#define CACHE_PLUGIN_REPORT_H

#include <stdint.h>

#include "cache.h"

/**
 * struct report - what is said at the end
 * @counts: of the caches
 * @no_entry: accesses for which the page tables had no entry any more, or one that leads elsewhere: the
 *	TLB has not been flushed, or is about to be
 * @other_mode: accesses by a memory type that the caches here do not have
 * @dram: what else has been counted is there
 */
struct report {
	const struct cache_counts *counts;
	uint64_t no_entry;
	uint64_t other_mode;
	const struct dram *dram;
};

int report_write(const struct report *report, const char *path);
void report_print(const struct report *report);

#endif
