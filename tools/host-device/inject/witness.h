/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The witness: a table in a blob of the guest's choice, where the device writes
 * which declaration of each blob the guest has acknowledged last.  A program that reads
 * it, then a PTE, then it again, knows which declarations the PTE may have been
 * made under: those that were in force at some time between the two reads.
 *
 * Shared with the tests.
 */
#ifndef HOST_DEVICE_WITNESS_H
#define HOST_DEVICE_WITNESS_H

#include <stdint.h>

#define WITNESS_SLOTS	64
#define WITNESS_RING	16

/**
 * struct witness_slot - one blob
 * @resource: whose, or 0
 * @seq: number of acknowledged declarations; the last is at (@seq - 1) % WITNESS_RING
 * @acked: what they said
 */
struct witness_slot {
	uint32_t resource;
	uint32_t seq;
	struct {
		uint32_t cache_mode;
		uint32_t flags;
	} acked[WITNESS_RING];
};

struct witness {
	struct witness_slot slot[WITNESS_SLOTS];
};

struct blob;
struct gpu;

const char *witness_set(struct gpu *gpu, uint32_t res_id);
void witness_note(struct gpu *gpu, struct blob *blob, uint64_t generation);
void witness_forget(struct gpu *gpu, struct blob *blob);

#endif
