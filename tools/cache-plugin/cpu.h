/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CACHE_PLUGIN_CPU_H
#define CACHE_PLUGIN_CPU_H

#include "instruction.h"
#include "qemu_plugin.h"
#include "walk.h"

#define CPU_REGISTERS	40

/**
 * struct cpu - a CPU of the guest, of which its own thread asks only
 * @number: QEMU's
 * @registers: by the index in struct cpu_type's @register_names; NULL if QEMU has none of that name
 * @mtrr_uncachable: see struct walk_x86
 * @bytes: room for what QEMU answers
 */
struct cpu {
	unsigned int number;
	bool mtrr_uncachable;
	struct qemu_plugin_register *registers[CPU_REGISTERS];
	struct qemu_array *bytes;
};

/**
 * struct cpu_instruction - an instruction that matters to caches, as it was translated
 * @kind: what it is
 * @next: address of the next one
 * @x86: on x86-64
 * @arm64: on arm64
 */
struct cpu_instruction {
	enum instruction_kind kind;
	uint64_t next;
	union {
		struct instruction_x86 x86;
		struct instruction_arm64 arm64;
	};
};

/**
 * struct cpu_type - what has to be known of an architecture
 * @target: QEMU's name of it
 * @register_names: up to CPU_REGISTERS, NULL behind the last
 * @decode: fills in all but @next of an instruction
 * @address: virtual address that an instruction names
 * @argument: of a request, see request.h; the first is 0
 * @request: the bytes of a request
 * @request_size: how many
 * @uncached: the mode that memory is mapped by which a device wants to be uncached
 * @is_user: whether user space has addresses like this
 * @walk: as walk_x86(), for a CPU as it is now
 */
struct cpu_type {
	const char *target;
	const char *const *register_names;
	void (*decode)(const uint8_t *bytes, size_t len, struct cpu_instruction *insn);
	uint64_t (*address)(struct cpu *cpu, const struct cpu_instruction *insn);
	uint64_t (*argument)(struct cpu *cpu, unsigned int i);
	const uint8_t *request;
	size_t request_size;
	enum cache_mode uncached;
	bool (*is_user)(uint64_t va);
	int (*walk)(struct cpu *cpu, uint64_t va, struct walk_result *result);
};

extern const struct cpu_type cpu_x86, cpu_arm64;

const char *cpu_init(struct cpu *cpu, unsigned int number, const struct cpu_type *type);
uint64_t cpu_register(struct cpu *cpu, unsigned int index);
bool cpu_read_memory(void *cpu, uint64_t pa, uint64_t *word);

#endif
