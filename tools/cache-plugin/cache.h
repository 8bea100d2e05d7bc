/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CACHE_PLUGIN_CACHE_H
#define CACHE_PLUGIN_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "dram.h"

#define CACHE_CPUS	16
#define CACHE_BUFFERS	8	/* write-combining buffers of a CPU, each of a line */
#define CACHE_PENDING	8	/* instructions of a CPU for a line that are not carried out yet */

/* What an instruction does to a line. */
enum cache_operation {
	CACHE_CLEAN,		/* write it back, if it is dirty */
	CACHE_FLUSH,		/* and drop it */
	CACHE_INVALIDATE,	/* drop it, and what was written to it */
};

/**
 * struct cache_view - what the CPUs see, which is another copy of the memory
 * @read: copy @len bytes at @offset from it
 * @write: copy them to it
 * @owner: theirs
 */
struct cache_view {
	void (*read)(void *owner, uint64_t offset, uint8_t *to, size_t len);
	void (*write)(void *owner, uint64_t offset, const uint8_t *from, size_t len);
	void *owner;
};

/**
 * struct cache_counts - what has happened
 * @loads: accesses, by mode
 * @stores: the same
 * @fills: lines that were read into the caches
 * @speculative: of these, by cache_fill()
 * @evictions: lines that left them by themselves
 * @stale: loads of a byte that memory had another value of, written by the device meanwhile
 * @overwritten: bytes of the device that a line written back has replaced by what was there before
 * @mismatched: accesses by another mode than write-back to a line that caches have
 */
struct cache_counts {
	uint64_t loads[CACHE_MODES];
	uint64_t stores[CACHE_MODES];
	uint64_t fills;
	uint64_t speculative;
	uint64_t evictions;
	uint64_t stale;
	uint64_t overwritten;
	uint64_t mismatched;
};

/**
 * struct cache - the caches of all CPUs, and their write-combining buffers
 *
 * One shared level: the private caches of CPUs are coherent among themselves, so that what is outside
 * of all of them cannot tell which one has a line.
 *
 * The caller sees to it that there is one call at a time. The device may access @dram meanwhile.
 *
 * @capacity: lines
 * @evict_one_in: an access in so many evicts a line by chance, or 0
 */
struct cache {
	struct dram *dram;
	struct cache_view view;
	uint32_t capacity;
	uint32_t evict_one_in;
	struct cache_counts counts;
	/* private: */
	uint64_t storing;
	size_t storing_len;
	uint64_t random;
	uint32_t used;
	struct cache_slot *slots;
	uint32_t *slot_of;
	struct cache_buffer *buffers;
	struct cache_queue *queues;
};

int cache_init(struct cache *cache, struct dram *dram, const struct cache_view *view,
	       uint32_t capacity, uint64_t seed);
void cache_fini(struct cache *cache);

void cache_load(struct cache *cache, unsigned int cpu, uint64_t offset, size_t len,
		enum cache_mode mode);
void cache_store(struct cache *cache, unsigned int cpu, uint64_t offset, size_t len,
		 enum cache_mode mode);
void cache_store_nontemporal(struct cache *cache, unsigned int cpu, uint64_t offset, size_t len);
void cache_fill(struct cache *cache, uint64_t offset);

void cache_operate(struct cache *cache, uint64_t offset, enum cache_operation operation);
void cache_operate_later(struct cache *cache, unsigned int cpu, uint64_t offset,
			 enum cache_operation operation);
void cache_operate_all(struct cache *cache, unsigned int cpu, enum cache_operation operation);
void cache_drain(struct cache *cache, unsigned int cpu);
void cache_fence(struct cache *cache, unsigned int cpu);
bool cache_has(struct cache *cache, uint64_t offset);
uint64_t cache_random(struct cache *cache, uint64_t n);
bool cache_is_waiting(const struct cache *cache, unsigned int cpu);

#endif
