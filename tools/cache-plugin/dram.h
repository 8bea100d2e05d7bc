/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CACHE_PLUGIN_DRAM_H
#define CACHE_PLUGIN_DRAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRAM_LINE	64	/* bytes of a cache line */
#define DRAM_PAGE	4096	/* bytes, of what dram_allow() is about */

/* How an access is mapped. */
enum cache_mode {
	CACHE_WRITE_BACK,
	CACHE_WRITE_COMBINING,	/* on arm64 Normal Non-cacheable */
	CACHE_UNCACHED,		/* on arm64 Device */
	CACHE_MODES
};

/* What dram_allow() is told: a bit for each cache mode, and DRAM_RESTRICTED; or that there is no rule. */
#define DRAM_UNRESTRICTED	0
#define DRAM_RESTRICTED		0x80
#define DRAM_ALLOWS(mode)	(1U << (mode))
#define DRAM_ANY		(DRAM_ALLOWS(CACHE_MODES) - 1)

/* What caches have of a line: the low bits of its byte in struct dram's @lines. */
enum dram_line {
	DRAM_LINE_NONE,		/* nothing: the CPUs see memory */
	DRAM_LINE_CLEAN,
	DRAM_LINE_DIRTY,
	DRAM_LINE_STATE = 0x7f,
	DRAM_LINE_LOCKED = 0x80,
};

/**
 * struct dram_count - accesses of CPUs to pages that dram_allow() is about
 * @judged: all
 * @out_of_mode: those by another mode
 */
struct dram_count {
	atomic_ullong judged;
	atomic_ullong out_of_mode;
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
 * @count: what dram_judge() has seen
 * @allowed: for each page, what dram_allow() has been told last
 */
struct dram {
	uint64_t size;
	uint8_t *bytes;
	uint8_t *held;
	atomic_uchar *lines;
	struct dram_count *count;
	atomic_uchar *allowed;
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
void dram_flush(struct dram *dram, uint8_t *seen, uint64_t offset, uint64_t len);
void dram_allow(struct dram *dram, uint64_t offset, uint64_t len, uint8_t modes);
uint8_t dram_allowed(const struct dram *dram, uint64_t offset);
bool dram_judge(struct dram *dram, uint64_t offset, uint8_t modes);

#endif
