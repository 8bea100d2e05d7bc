/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CACHE_PLUGIN_INSTRUCTION_H
#define CACHE_PLUGIN_INSTRUCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an instruction asks of the caches and of the write-combining buffers. */
enum instruction_kind {
	INSTRUCTION_OTHER,
	/* Of the line at an address. */
	INSTRUCTION_CLEAN,		/* carried out by the next fence, as the others but _FLUSH_NOW */
	INSTRUCTION_CLEAN_UNIFICATION,	/* to where instructions are fetched from: no device is */
	INSTRUCTION_FLUSH,		/* clean and invalidate */
	INSTRUCTION_FLUSH_NOW,
	INSTRUCTION_INVALIDATE,
	INSTRUCTION_ZERO,		/* of a block, whose size DCZID_EL0 says; stores, too */
	/* Of all lines; on arm64 of those of a set and way. */
	INSTRUCTION_CLEAN_ALL,
	INSTRUCTION_FLUSH_ALL,
	INSTRUCTION_INVALIDATE_ALL,
	/* These can access memory, too. */
	INSTRUCTION_FENCE,		/* waits for stores, and for instructions for lines */
	INSTRUCTION_NONTEMPORAL_STORE,	/* around the caches, also where memory is write-back */
};

enum instruction_segment {
	INSTRUCTION_NO_SEGMENT,		/* one whose base is 0 */
	INSTRUCTION_FS,
	INSTRUCTION_GS,
};

#define INSTRUCTION_NO_REGISTER	(-1)

/**
 * struct instruction_x86 - an instruction of x86-64, and its address
 *
 * The address is that of INSTRUCTION_CLEAN, _FLUSH and _FLUSH_NOW only.
 *
 * @kind: what it is
 * @base: register that is added, by its number in instructions, or INSTRUCTION_NO_REGISTER
 * @index: the same, @scale times
 * @scale: 1, 2, 4 or 8
 * @displacement: is added
 * @rip_relative: the address of the next instruction is added
 * @address32: the sum is of 32 bits
 * @segment: its base is added at last
 */
struct instruction_x86 {
	enum instruction_kind kind;
	int8_t base;
	int8_t index;
	uint8_t scale;
	int32_t displacement;
	bool rip_relative;
	bool address32;
	enum instruction_segment segment;
};

void instruction_x86_decode(const uint8_t *bytes, size_t len, struct instruction_x86 *instruction);
uint64_t instruction_x86_address(const struct instruction_x86 *instruction, const uint64_t gpr[16],
				 uint64_t next_rip, uint64_t fs_base, uint64_t gs_base);

/**
 * struct instruction_arm64 - an instruction of arm64
 * @kind: what it is
 * @rt: the register that has its address, or set and way; 31 is XZR. Of those kinds only
 */
struct instruction_arm64 {
	enum instruction_kind kind;
	uint8_t rt;
};

void instruction_arm64_decode(uint32_t word, struct instruction_arm64 *instruction);

#endif
