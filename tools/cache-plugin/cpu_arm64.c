// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * AArch64 at EL1 and EL0, without a stage 2.
 */
#include "cpu.h"
#include "request.h"

static const uint8_t request[] = { REQUEST_ARM64 };

/* The general ones as instructions number them. */
static const char *const register_names[] = {
	"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
	"x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
	"x28", "x29", "x30", "TTBR0_EL1", "TTBR1_EL1", "TCR_EL1", "MAIR_EL1", NULL,
};

enum { XZR = 31, TTBR0 = 31, TTBR1, TCR, MAIR };

static void decode(const uint8_t *bytes, size_t len, struct cpu_instruction *insn)
{
	insn->arm64.kind = INSTRUCTION_OTHER;
	if (len == 4)
		instruction_arm64_decode(bytes[0] | bytes[1] << 8 | bytes[2] << 16 |
					 (uint32_t)bytes[3] << 24, &insn->arm64);
	insn->kind = insn->arm64.kind;
}

static uint64_t address(struct cpu *cpu, const struct cpu_instruction *insn)
{
	return insn->arm64.rt == XZR ? 0 : cpu_register(cpu, insn->arm64.rt);
}

static uint64_t argument(struct cpu *cpu, unsigned int i)
{
	return cpu_register(cpu, i);
}

/* Bit 55 chooses the table, whatever is above. */
static bool is_user(uint64_t va)
{
	return !(va >> 55 & 1);
}

static int walk(struct cpu *cpu, uint64_t va, struct walk_result *result)
{
	struct walk_arm64 now = {
		.ttbr0 = cpu_register(cpu, TTBR0),
		.ttbr1 = cpu_register(cpu, TTBR1),
		.tcr = cpu_register(cpu, TCR),
		.mair = cpu_register(cpu, MAIR),
	};

	return walk_arm64(&now, va, cpu_read_memory, cpu, result);
}

const struct cpu_type cpu_arm64 = {
	.target = "aarch64",
	.register_names = register_names,
	.decode = decode,
	.address = address,
	.argument = argument,
	.request = request,
	.request_size = sizeof(request),
	/* Device memory cannot be accessed unaligned. */
	.uncached = CACHE_WRITE_COMBINING,
	.is_user = is_user,
	.walk = walk,
};
