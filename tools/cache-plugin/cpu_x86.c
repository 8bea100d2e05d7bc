// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * x86-64 in 64-bit mode.
 */
#include "cpu.h"
#include "request.h"

static const uint8_t request[] = { REQUEST_X86 };

/* The first sixteen as instructions number them. */
static const char *const register_names[] = {
	"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
	"r14", "r15", "fs_base", "gs_base", "cr3", "cr4", NULL,
};

enum { FS_BASE = 16, GS_BASE, CR3, CR4 };

#define CR4_LA57 0x1000

static void decode(const uint8_t *bytes, size_t len, struct cpu_instruction *insn)
{
	instruction_x86_decode(bytes, len, &insn->x86);
	insn->kind = insn->x86.kind;
}

static uint64_t address(struct cpu *cpu, const struct cpu_instruction *insn)
{
	uint64_t gpr[16];

	for (unsigned int i = 0; i < 16; i++)
		gpr[i] = cpu_register(cpu, i);
	return instruction_x86_address(&insn->x86, gpr, insn->next, cpu_register(cpu, FS_BASE),
				       cpu_register(cpu, GS_BASE));
}

static uint64_t argument(struct cpu *cpu, unsigned int i)
{
	static const unsigned int number[] = { 7 /* RDI */, 6 /* RSI */, 2 /* RDX */ };

	return cpu_register(cpu, number[i]);
}

static bool is_user(uint64_t va)
{
	return !(va >> 63);
}

/* The PAT is none of the registers that QEMU shows, and Linux's never changes. */
static int walk(struct cpu *cpu, uint64_t va, struct walk_result *result)
{
	struct walk_x86 now = {
		.cr3 = cpu_register(cpu, CR3),
		.la57 = cpu_register(cpu, CR4) & CR4_LA57,
		.pat = WALK_PAT_LINUX,
		.mtrr_uncachable = cpu->mtrr_uncachable,
	};

	return walk_x86(&now, va, cpu_read_memory, cpu, result);
}

const struct cpu_type cpu_x86 = {
	.target = "x86_64",
	.register_names = register_names,
	.decode = decode,
	.address = address,
	.argument = argument,
	.request = request,
	.request_size = sizeof(request),
	.uncached = CACHE_UNCACHED,
	.is_user = is_user,
	.walk = walk,
};
