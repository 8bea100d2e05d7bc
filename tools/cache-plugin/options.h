/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CACHE_PLUGIN_OPTIONS_H
#define CACHE_PLUGIN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct options - what is behind -plugin FILE,
 * @memory: path of the file of struct dram
 * @size: bytes of the range
 * @base: its physical address, or 0 if the guest is to say
 * @capacity: lines
 * @evict_one_in: see struct cache
 * @fill_one_in: an access in so many has a line read ahead, or 0
 * @seed: of what happens by chance
 * @kernel: look at accesses of the guest's kernel, too
 * @report: path of a JSON file, or NULL
 * @mtrr_uncachable: on x86-64, the MTRRs say UC of the range, and not WB
 * @help: say what options there are, and do nothing else
 */
struct options {
	const char *memory;
	uint64_t size;
	uint64_t base;
	uint32_t capacity;
	uint32_t evict_one_in;
	uint32_t fill_one_in;
	uint64_t seed;
	bool kernel;
	const char *report;
	bool mtrr_uncachable;
	bool help;
};

extern const char options_help[];

const char *options_parse(struct options *options, int argc, char **argv);

#endif
