/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CACHE_PLUGIN_DRAM_H
#define CACHE_PLUGIN_DRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define DRAM_LINE	64	/* bytes of a cache line */

/* What caches have of a line: the low bits of its byte in struct dram's @lines. */
enum dram_line {
	DRAM_LINE_NONE,		/* nothing: the CPUs see memory */
	DRAM_LINE_CLEAN,
	DRAM_LINE_DIRTY,
	DRAM_LINE_STATE = 0x7f,
	DRAM_LINE_LOCKED = 0x80,
};

/**
 * struct dram - memory as a device has it that does not snoop the CPUs' caches
 *
 * A file, which the plugin and the device map. What the CPUs see is elsewhere, in the machine's own
 * memory: what caches hold, or else what memory has, and stores that are still to be reported.
 *
 * @size: bytes, a multiple of the page size
 * @bytes: the memory
 * @held: what caches hold of a line, if they have it
 * @lines: for each line enum dram_line, and who has set DRAM_LINE_LOCKED may change that and both
 *	memories there
 */
struct dram {
	uint64_t size;
	uint8_t *bytes;
	uint8_t *held;
	atomic_uchar *lines;
	void *map;
	size_t map_size;
};

int dram_open(struct dram *dram, const char *path, uint64_t size);
void dram_close(struct dram *dram);

uint8_t dram_lock(struct dram *dram, uint64_t line);
void dram_unlock(struct dram *dram, uint64_t line, uint8_t state);

size_t dram_in_line(uint64_t offset, size_t len);
void dram_write(struct dram *dram, uint8_t *seen, uint64_t offset, const void *from, size_t len);
void dram_read(struct dram *dram, uint64_t offset, void *to, size_t len);
void dram_snoop_write(struct dram *dram, uint8_t *seen, uint64_t offset, const void *from,
		      size_t len);
void dram_snoop_read(struct dram *dram, const uint8_t *seen, uint64_t offset, void *to, size_t len);
void dram_clear(struct dram *dram, uint64_t offset, uint64_t len);

#endif
