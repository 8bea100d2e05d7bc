/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CACHE_PLUGIN_WALK_H
#define CACHE_PLUGIN_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "cache.h"

/* IA32_PAT as Linux sets it: WB, WC, UC-, UC, WB, WP, UC-, WT. */
#define WALK_PAT_LINUX	0x0407050600070106ULL

/*
 * Reads the word of 64 bits at @pa, a multiple of 8, of the guest's memory, little-endian. False if
 * there is no memory there.
 */
typedef bool (*walk_read)(void *owner, uint64_t pa, uint64_t *entry);

/**
 * struct walk_result - the entry of a page table that maps an address
 * @pa: what the address is mapped to
 * @size: bytes that the entry maps, a power of two
 * @mode: how an access by it is made; CACHE_MODES if it is one that struct cache has not got
 * @index: which byte of the PAT or of MAIR_EL1 the entry chooses
 * @attribute: that byte
 * @writable: the entry, and those on the way to it, let the address be written
 * @user: and user space have it
 */
struct walk_result {
	uint64_t pa;
	uint64_t size;
	enum cache_mode mode;
	unsigned int index;
	uint8_t attribute;
	bool writable;
	bool user;
};

/**
 * struct walk_x86 - what a CPU in 64-bit mode translates addresses by
 * @cr3: the register; its PCID does not matter
 * @la57: CR4.LA57: five levels of tables, not four
 * @pat: the register IA32_PAT
 * @mtrr_uncachable: the MTRRs say UC of what the address is mapped to, and WB otherwise
 */
struct walk_x86 {
	uint64_t cr3;
	bool la57;
	uint64_t pat;
	bool mtrr_uncachable;
};

/**
 * struct walk_arm64 - what a CPU at EL1 or EL0 translates addresses by
 * @ttbr0: TTBR0_EL1
 * @ttbr1: TTBR1_EL1; ASIDs do not matter
 * @tcr: TCR_EL1
 * @mair: MAIR_EL1
 */
struct walk_arm64 {
	uint64_t ttbr0;
	uint64_t ttbr1;
	uint64_t tcr;
	uint64_t mair;
};

/*
 * Both return 0, or
 *
 *	-ENOENT		nothing maps the address, or there cannot be such an address
 *	-EFAULT		a table is where nothing can be read
 *	-EBADMSG	an entry is none that the architecture allows there
 *	-EINVAL		a register has a value that is reserved, or that is not handled
 *	-ENOTSUP	a memory type that struct cache has not got: write-through and others
 *
 * @result is filled in for 0 and -ENOTSUP.
 */
int walk_x86(const struct walk_x86 *walk, uint64_t va, walk_read read, void *owner,
	     struct walk_result *result);
int walk_arm64(const struct walk_arm64 *walk, uint64_t va, walk_read read, void *owner,
	       struct walk_result *result);

#endif
