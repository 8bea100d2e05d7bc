// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Instructions as the GNU assembler writes them, and some that it does not write, but a CPU runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../instruction.h"

#define OTHER			INSTRUCTION_OTHER
#define CLEAN			INSTRUCTION_CLEAN
#define CLEAN_UNIFICATION	INSTRUCTION_CLEAN_UNIFICATION
#define FLUSH			INSTRUCTION_FLUSH
#define FLUSH_NOW		INSTRUCTION_FLUSH_NOW
#define INVALIDATE		INSTRUCTION_INVALIDATE
#define ZERO			INSTRUCTION_ZERO
#define CLEAN_ALL		INSTRUCTION_CLEAN_ALL
#define FLUSH_ALL		INSTRUCTION_FLUSH_ALL
#define INVALIDATE_ALL		INSTRUCTION_INVALIDATE_ALL
#define FENCE			INSTRUCTION_FENCE
#define NT			INSTRUCTION_NONTEMPORAL_STORE

/* ---- x86 ---------------------------------------------------------------- */

/* Each has its own bits in both halves, and sums of them do, too. */
#define REG(n)	(((n) + 1) * 0x0010000000100000ULL)
#define RAX	REG(0)
#define RCX	REG(1)
#define RDX	REG(2)
#define RBX	REG(3)
#define RSP	REG(4)
#define RBP	REG(5)
#define RSI	REG(6)
#define RDI	REG(7)
#define R8	REG(8)
#define R9	REG(9)
#define R10	REG(10)
#define R12	REG(12)
#define R13	REG(13)
#define R14	REG(14)
#define R15	REG(15)
#define RIP	0x0000123456789abcULL
#define FS	0xf000000000000000ULL
#define GS	0xe000000000000000ULL

#define B(s)	s, sizeof(s) - 1

struct x86_row {
	const char *name;
	const char *bytes;
	size_t len;
	enum instruction_kind kind;
	uint64_t address;	/* of CLEAN and FLUSH */
};

static const struct x86_row x86_rows[] = {
	{ "clflush (%rax)", B("\x0f\xae\x38"), FLUSH_NOW, RAX },
	{ "clflush (%r8)", B("\x41\x0f\xae\x38"), FLUSH_NOW, R8 },
	{ "clflush 0x7f(%rbx)", B("\x0f\xae\x7b\x7f"), FLUSH_NOW, RBX + 0x7f },
	{ "clflush -0x80(%rbx)", B("\x0f\xae\x7b\x80"), FLUSH_NOW, RBX - 0x80 },
	{ "clflush 0x12345678(%rdi)", B("\x0f\xae\xbf\x78\x56\x34\x12"), FLUSH_NOW, RDI + 0x12345678 },
	{ "clflush -0x12345678(%r15)", B("\x41\x0f\xae\xbf\x88\xa9\xcb\xed"),
	  FLUSH_NOW, R15 - 0x12345678 },
	{ "clflush (%rsp)", B("\x0f\xae\x3c\x24"), FLUSH_NOW, RSP },
	{ "clflush 8(%rsp)", B("\x0f\xae\x7c\x24\x08"), FLUSH_NOW, RSP + 8 },
	{ "clflush (%r12)", B("\x41\x0f\xae\x3c\x24"), FLUSH_NOW, R12 },
	{ "clflush (%rbp)", B("\x0f\xae\x7d\x00"), FLUSH_NOW, RBP },
	{ "clflush (%r13)", B("\x41\x0f\xae\x7d\x00"), FLUSH_NOW, R13 },
	{ "clflush 0x10(%rax,%rcx,4)", B("\x0f\xae\x7c\x88\x10"), FLUSH_NOW, RAX + 4 * RCX + 0x10 },
	{ "clflush (%rdx,%rsi)", B("\x0f\xae\x3c\x32"), FLUSH_NOW, RDX + RSI },
	{ "clflush (%r9,%r12,8)", B("\x43\x0f\xae\x3c\xe1"), FLUSH_NOW, R9 + 8 * R12 },
	{ "clflush (%rbp,%rbp,2)", B("\x0f\xae\x7c\x6d\x00"), FLUSH_NOW, RBP + 2 * RBP },
	{ "clflush (%r13,%r13)", B("\x43\x0f\xae\x7c\x2d\x00"), FLUSH_NOW, R13 + R13 },
	{ "clflush 0x1000(,%r14,8)", B("\x42\x0f\xae\x3c\xf5\x00\x10\x00\x00"),
	  FLUSH_NOW, 8 * R14 + 0x1000 },
	{ "clflush -0x40(,%rax,1)", B("\x0f\xae\x3c\x05\xc0\xff\xff\xff"), FLUSH_NOW, RAX - 0x40 },
	{ "clflush 0x1000", B("\x0f\xae\x3c\x25\x00\x10\x00\x00"), FLUSH_NOW, 0x1000 },
	{ "clflush -0x1000", B("\x0f\xae\x3c\x25\x00\xf0\xff\xff"), FLUSH_NOW, -0x1000 },
	{ "clflush 0x100(%rip)", B("\x0f\xae\x3d\x00\x01\x00\x00"), FLUSH_NOW, RIP + 0x100 },
	{ "clflush -0x100(%rip)", B("\x0f\xae\x3d\x00\xff\xff\xff"), FLUSH_NOW, RIP - 0x100 },
	{ "clflush (%eax)", B("\x67\x0f\xae\x38"), FLUSH_NOW, (uint32_t)RAX },
	{ "clflush -0x40000(%ecx)", B("\x67\x0f\xae\xb9\x00\x00\xfc\xff"),
	  FLUSH_NOW, (uint32_t)(RCX - 0x40000) },
	{ "clflush -0x300000(%r8d,%ecx,2)", B("\x67\x41\x0f\xae\xbc\x48\x00\x00\xd0\xff"),
	  FLUSH_NOW, (uint32_t)(R8 + 2 * RCX - 0x300000) },
	{ "clflush 0x100(%eip)", B("\x67\x0f\xae\x3d\x00\x01\x00\x00"),
	  FLUSH_NOW, (uint32_t)(RIP + 0x100) },
	{ "clflush %fs:(%rax)", B("\x64\x0f\xae\x38"), FLUSH_NOW, FS + RAX },
	{ "clflush %gs:0x40", B("\x65\x0f\xae\x3c\x25\x40\x00\x00\x00"), FLUSH_NOW, GS + 0x40 },
	{ "clflush %gs:-0x40000(%ecx)", B("\x65\x67\x0f\xae\xb9\x00\x00\xfc\xff"),
	  FLUSH_NOW, GS + (uint32_t)(RCX - 0x40000) },
	{ "clflush %ds:(%rbp)", B("\x3e\x0f\xae\x7d\x00"), FLUSH_NOW, RBP },
	{ "clflush %es:(%rax)", B("\x26\x0f\xae\x38"), FLUSH_NOW, RAX },
	{ "clflush %ss:(%rax)", B("\x36\x0f\xae\x38"), FLUSH_NOW, RAX },
	{ "clflush %cs:(%rax)", B("\x2e\x0f\xae\x38"), FLUSH_NOW, RAX },
	{ "clflushopt (%rax)", B("\x66\x0f\xae\x38"), FLUSH, RAX },
	{ "clflushopt %fs:16(%r8d,%r9d,2)", B("\x64\x67\x66\x43\x0f\xae\x7c\x48\x10"),
	  FLUSH, FS + (uint32_t)(R8 + 2 * R9 + 16) },
	{ "clwb (%rax)", B("\x66\x0f\xae\x30"), CLEAN, RAX },
	{ "clwb 0x40(%r10,%rbx,2)", B("\x66\x41\x0f\xae\x74\x5a\x40"),
	  CLEAN, R10 + 2 * RBX + 0x40 },
	{ "clwb %gs:(%r15)", B("\x65\x66\x41\x0f\xae\x37"), CLEAN, GS + R15 },
	{ "xsaveopt (%rax)", B("\x0f\xae\x30"), OTHER, 0 },
	{ "xsaveopt64 (%rax)", B("\x48\x0f\xae\x30"), OTHER, 0 },
	{ "xsave (%rax)", B("\x0f\xae\x20"), OTHER, 0 },
	{ "clrssbsy (%rax)", B("\xf3\x0f\xae\x30"), OTHER, 0 },
	{ "tpause %eax", B("\x66\x0f\xae\xf0"), OTHER, 0 },
	{ "umwait %eax", B("\xf2\x0f\xae\xf0"), OTHER, 0 },
	{ "umonitor %rax", B("\xf3\x0f\xae\xf0"), OTHER, 0 },
	{ "ldmxcsr (%rax)", B("\x0f\xae\x10"), OTHER, 0 },
	{ "mfence", B("\x0f\xae\xf0"), FENCE, 0 },
	{ "sfence", B("\x0f\xae\xf8"), FENCE, 0 },
	{ "lfence", B("\x0f\xae\xe8"), OTHER, 0 },
	{ "cpuid", B("\x0f\xa2"), FENCE, 0 },
	{ "iretq", B("\x48\xcf"), FENCE, 0 },
	{ "iretl", B("\xcf"), FENCE, 0 },
	{ "in $0x80, %al", B("\xe4\x80"), FENCE, 0 },
	{ "in $0x80, %eax", B("\xe5\x80"), FENCE, 0 },
	{ "out %al, $0x80", B("\xe6\x80"), FENCE, 0 },
	{ "out %eax, $0x80", B("\xe7\x80"), FENCE, 0 },
	{ "in %dx, %al", B("\xec"), FENCE, 0 },
	{ "in %dx, %ax", B("\x66\xed"), FENCE, 0 },
	{ "out %al, %dx", B("\xee"), FENCE, 0 },
	{ "out %ax, %dx", B("\x66\xef"), FENCE, 0 },
	{ "insb", B("\x6c"), FENCE, 0 },
	{ "rep outsl", B("\xf3\x6f"), FENCE, 0 },
	{ "call .", B("\xe8\xfb\xff\xff\xff"), OTHER, 0 },
	{ "jmp .+0x1000", B("\xe9\xfb\x0f\x00\x00"), OTHER, 0 },
	{ "lock addl $1, (%rax)", B("\xf0\x83\x00\x01"), FENCE, 0 },
	{ "lock cmpxchg16b (%r8)", B("\xf0\x49\x0f\xc7\x08"), FENCE, 0 },
	{ "xacquire lock incl (%rax)", B("\xf2\xf0\xff\x00"), FENCE, 0 },
	{ "cmpxchg %rcx, (%rax)", B("\x48\x0f\xb1\x08"), OTHER, 0 },
	{ "xchg %eax, (%rcx)", B("\x87\x01"), FENCE, 0 },
	{ "xchg %r8, (%r9)", B("\x4d\x87\x01"), FENCE, 0 },
	{ "xchg %al, (%rcx)", B("\x86\x01"), FENCE, 0 },
	{ "xchg %ecx, %edx", B("\x87\xca"), OTHER, 0 },
	{ "xchg %cl, %dl", B("\x86\xca"), OTHER, 0 },
	{ "xchg %rax, %rcx", B("\x48\x91"), OTHER, 0 },
	{ "wbinvd", B("\x0f\x09"), FLUSH_ALL, 0 },
	{ "wbnoinvd", B("\xf3\x0f\x09"), CLEAN_ALL, 0 },
	{ "invd", B("\x0f\x08"), INVALIDATE_ALL, 0 },
	{ "movnti %eax, (%rcx)", B("\x0f\xc3\x01"), NT, 0 },
	{ "movnti %r8, 8(%r9)", B("\x4d\x0f\xc3\x41\x08"), NT, 0 },
	{ "movntps %xmm0, (%rax)", B("\x0f\x2b\x00"), NT, 0 },
	{ "movntpd %xmm9, (%rax)", B("\x66\x44\x0f\x2b\x08"), NT, 0 },
	{ "movntss %xmm0, (%rax)", B("\xf3\x0f\x2b\x00"), NT, 0 },
	{ "movntsd %xmm0, (%rax)", B("\xf2\x0f\x2b\x00"), NT, 0 },
	{ "movntdq %xmm0, (%rax)", B("\x66\x0f\xe7\x00"), NT, 0 },
	{ "movntq %mm0, (%rax)", B("\x0f\xe7\x00"), NT, 0 },
	{ "maskmovq %mm0, %mm1", B("\x0f\xf7\xc8"), NT, 0 },
	{ "maskmovdqu %xmm0, %xmm1", B("\x66\x0f\xf7\xc8"), NT, 0 },
	{ "vmaskmovdqu %xmm0, %xmm1", B("\xc5\xf9\xf7\xc8"), NT, 0 },
	{ "vmovntps %xmm0, (%rax)", B("\xc5\xf8\x2b\x00"), NT, 0 },
	{ "vmovntps %ymm9, (%r10)", B("\xc4\x41\x7c\x2b\x0a"), NT, 0 },
	{ "vmovntps %zmm0, (%rax)", B("\x62\xf1\x7c\x48\x2b\x00"), NT, 0 },
	{ "vmovntpd %ymm0, (%rax)", B("\xc5\xfd\x2b\x00"), NT, 0 },
	{ "vmovntpd %zmm20, 0x40(%rax)", B("\x62\xe1\xfd\x48\x2b\x60\x01"), NT, 0 },
	{ "vmovntdq %xmm0, (%rax)", B("\xc5\xf9\xe7\x00"), NT, 0 },
	{ "vmovntdq %ymm0, (%r8,%r9)", B("\xc4\x81\x7d\xe7\x04\x08"), NT, 0 },
	{ "vmovntdq %zmm31, (%r8)", B("\x62\x41\x7d\x48\xe7\x38"), NT, 0 },
	{ "vmovntdqa (%rax), %ymm0", B("\xc4\xe2\x7d\x2a\x00"), OTHER, 0 },
	{ "vmovntdqa (%rax), %zmm0", B("\x62\xf2\x7d\x48\x2a\x00"), OTHER, 0 },
	{ "movntdqa (%rax), %xmm0", B("\x66\x0f\x38\x2a\x00"), OTHER, 0 },
	{ "vmovaps %ymm0, (%rax)", B("\xc5\xfc\x29\x00"), OTHER, 0 },
	{ "vmovdqa64 %zmm0, (%rax)", B("\x62\xf1\xfd\x48\x7f\x00"), OTHER, 0 },
	{ "vpermps (%rax), %ymm1, %ymm2", B("\xc4\xe2\x75\x16\x10"), OTHER, 0 },
	{ "vmaskmovps %ymm0, %ymm1, (%rax)", B("\xc4\xe2\x75\x2e\x00"), OTHER, 0 },
	{ "shlx %eax, (%rcx), %edx", B("\xc4\xe2\x79\xf7\x11"), OTHER, 0 },
	{ "vpackusdw (%rax), %ymm1, %ymm2", B("\xc4\xe2\x75\x2b\x10"), OTHER, 0 },
	{ "vpackusdw (%rax), %zmm1, %zmm2", B("\x62\xf2\x75\x48\x2b\x10"), OTHER, 0 },
	{ "movaps %xmm0, (%rax)", B("\x0f\x29\x00"), OTHER, 0 },
	{ "bextr %eax, %ecx, %edx", B("\xc4\xe2\x78\xf7\xd1"), OTHER, 0 },
	{ "movbe %eax, (%rcx)", B("\x0f\x38\xf1\x01"), OTHER, 0 },
	{ "psubb %mm0, %mm1", B("\x0f\xf8\xc8"), OTHER, 0 },
	{ "mov %rax, (%rcx)", B("\x48\x89\x01"), OTHER, 0 },
	{ "mov %rax, %cr3", B("\x0f\x22\xd8"), OTHER, 0 },
	{ "nop", B("\x90"), OTHER, 0 },
	{ "nopw 0x0(%rax,%rax,1)", B("\x66\x0f\x1f\x04\x00"), OTHER, 0 },
	{ "prefetchw (%rax)", B("\x0f\x0d\x08"), OTHER, 0 },
	{ "rep stosq", B("\xf3\x48\xab"), OTHER, 0 },
	{ "ret", B("\xc3"), OTHER, 0 },
};

/* What the manual allows, and no assembler writes. */
static const struct x86_row x86_odd_rows[] = {
	{ "prefixes in any order", B("\x66\x64\x67\x41\x0f\xae\x38"), FLUSH, FS + (uint32_t)R8 },
	{ "in another", B("\x67\x66\x64\x41\x0f\xae\x38"), FLUSH, FS + (uint32_t)R8 },
	{ "and twice", B("\x66\x66\x66\x0f\xae\x30"), CLEAN, RAX },
	{ "REX before a prefix is ignored", B("\x41\x66\x0f\xae\x30"), CLEAN, RAX },
	{ "the last REX counts", B("\x41\x48\x0f\xae\x38"), FLUSH_NOW, RAX },
	{ "REX.R does not matter", B("\x44\x0f\xae\x38"), FLUSH_NOW, RAX },
	{ "REX.B without a base", B("\x41\x0f\xae\x3c\x25\x00\x10\x00\x00"), FLUSH_NOW, 0x1000 },
	{ "REX.B with RIP", B("\x41\x0f\xae\x3d\x00\x01\x00\x00"), FLUSH_NOW, RIP + 0x100 },
	{ "no index has no scale", B("\x0f\xae\x3c\xe0"), FLUSH_NOW, RAX },
	{ "DS does not undo FS", B("\x64\x3e\x0f\xae\x38"), FLUSH_NOW, FS + RAX },
	{ "the last of FS and GS counts", B("\x64\x65\x0f\xae\x38"), FLUSH_NOW, GS + RAX },
	{ "F3 counts before 66", B("\xf3\x66\x0f\xae\x30"), OTHER, 0 },
	{ "also after it", B("\x66\xf3\x0f\xae\x30"), OTHER, 0 },
	{ "F2 does", B("\x66\xf2\x0f\xae\x38"), OTHER, 0 },
	{ "WBNOINVD with 66", B("\x66\xf3\x0f\x09"), CLEAN_ALL, 0 },
	{ "WBINVD with REX", B("\x48\x0f\x09"), FLUSH_ALL, 0 },
	{ "MFENCE of another rm", B("\x0f\xae\xf7"), FENCE, 0 },
	{ "SFENCE of another rm", B("\x0f\xae\xff"), FENCE, 0 },
	{ "LOCK after another prefix", B("\x66\xf0\x01\x08"), FENCE, 0 },
	{ "LOCK and REX", B("\xf0\x48\x01\x08"), FENCE, 0 },
	{ "MOVNTI with registers", B("\x0f\xc3\xc1"), OTHER, 0 },
	{ "MOVNTPS with registers", B("\x0f\x2b\xc1"), OTHER, 0 },
	{ "MASKMOVQ with memory", B("\x0f\xf7\x01"), OTHER, 0 },
	{ "VMOVNTPS in VEX of 3 bytes", B("\xc4\xe1\x78\x2b\x00"), NT, 0 },
	{ "nothing", B(""), OTHER, 0 },
	{ "prefixes only", B("\x66\xf0\x48"), OTHER, 0 },
};

/* In a block of its own, that sanitizers see what is read beyond it. */
static struct instruction_x86 decode_x86(const char *bytes, size_t len)
{
	struct instruction_x86 in;
	uint8_t *copy = malloc(len ?: 1);

	memcpy(copy, bytes, len);
	instruction_x86_decode(len ? copy : copy + 1, len, &in);
	free(copy);
	return in;
}

static void check_x86(const struct x86_row *row)
{
	struct instruction_x86 in = decode_x86(row->bytes, row->len);
	uint64_t gpr[16], address;

	for (unsigned int i = 0; i < 16; i++)
		gpr[i] = REG(i);
	address = instruction_x86_address(&in, gpr, RIP, FS, GS);
	if (in.kind != row->kind)
		fail_msg("%s: kind %d", row->name, in.kind);
	if ((in.kind == CLEAN || in.kind == FLUSH) && address != row->address)
		fail_msg("%s: address %#lx", row->name, address);
}

static void test_x86(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(x86_rows) / sizeof(x86_rows[0]); i++)
		check_x86(&x86_rows[i]);
}

static void test_x86_odd(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(x86_odd_rows) / sizeof(x86_odd_rows[0]); i++)
		check_x86(&x86_odd_rows[i]);
}

static void test_x86_cut_off(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(x86_rows) / sizeof(x86_rows[0]); i++)
		for (size_t len = 0; len < x86_rows[i].len; len++) {
			struct instruction_x86 in = decode_x86(x86_rows[i].bytes, len);

			if (x86_rows[i].kind == CLEAN || x86_rows[i].kind == FLUSH)
				assert_int_equal(in.kind, OTHER);
		}
	/* What follows the opcode or ModRM of the others is not looked at. */
	assert_int_equal(decode_x86("\x0f", 1).kind, OTHER);
	assert_int_equal(decode_x86("\x0f\x2b", 2).kind, OTHER);
	assert_int_equal(decode_x86("\x87", 1).kind, OTHER);
	assert_int_equal(decode_x86("\xf0", 1).kind, OTHER);
	assert_int_equal(decode_x86("\xc5\xf8\x2b", 3).kind, OTHER);
	assert_int_equal(decode_x86("\x62\xf1\x7c\x48\x2b", 5).kind, OTHER);
}

static void test_x86_anything(void **state)
{
	(void)state;
	srandom(1);
	for (unsigned int i = 0; i < 100000; i++) {
		const uint64_t gpr[16] = { random() };
		struct instruction_x86 in;
		char bytes[15];

		for (unsigned int j = 0; j < sizeof(bytes); j++)
			bytes[j] = random();
		if (i % 2)
			memcpy(bytes, "\x0f\xae", 2);
		in = decode_x86(bytes, 1 + random() % sizeof(bytes));
		instruction_x86_address(&in, gpr, random(), random(), random());
	}
}

/* ---- arm64 -------------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t word;
	enum instruction_kind kind;
} arm64_rows[] = {
	{ "dc cvac, x0", 0xd50b7a20, CLEAN },
	{ "dc cgdvac, x1", 0xd50b7aa1, CLEAN },
	{ "dc cvap, x2", 0xd50b7c22, CLEAN },
	{ "dc cgdvap, x3", 0xd50b7ca3, CLEAN },
	{ "dc cvadp, x4", 0xd50b7d24, CLEAN },
	{ "dc cgdvadp, x5", 0xd50b7da5, CLEAN },
	{ "dc cvau, x6", 0xd50b7b26, CLEAN_UNIFICATION },
	{ "dc civac, x7", 0xd50b7e27, FLUSH },
	{ "dc cigdvac, x8", 0xd50b7ea8, FLUSH },
	{ "dc ivac, x9", 0xd5087629, INVALIDATE },
	{ "dc igdvac, x10", 0xd50876aa, INVALIDATE },
	{ "dc zva, x11", 0xd50b742b, ZERO },
	{ "dc gzva, x12", 0xd50b748c, ZERO },
	{ "dc gva, x13", 0xd50b746d, OTHER },
	{ "dc isw, x14", 0xd508764e, INVALIDATE_ALL },
	{ "dc igdsw, x15", 0xd50876cf, INVALIDATE_ALL },
	{ "dc csw, x16", 0xd5087a50, CLEAN_ALL },
	{ "dc cgdsw, x17", 0xd5087ad1, CLEAN_ALL },
	{ "dc cisw, x18", 0xd5087e52, FLUSH_ALL },
	{ "dc cigdsw, x19", 0xd5087ed3, FLUSH_ALL },
	{ "dc cgvac, x20", 0xd50b7a74, OTHER },
	{ "dc cigvac, x21", 0xd50b7e75, OTHER },
	{ "dc igvac, x22", 0xd5087676, OTHER },
	{ "ic ivau, x23", 0xd50b7537, OTHER },
	{ "dc civac, xzr", 0xd50b7e3f, FLUSH },
	{ "dc cvac, x30", 0xd50b7a3e, CLEAN },
	{ "dsb sy", 0xd5033f9f, FENCE },
	{ "dsb st", 0xd5033e9f, FENCE },
	{ "dsb ld", 0xd5033d9f, OTHER },
	{ "dsb ish", 0xd5033b9f, FENCE },
	{ "dsb ishst", 0xd5033a9f, FENCE },
	{ "dsb ishld", 0xd503399f, OTHER },
	{ "dsb nsh", 0xd503379f, FENCE },
	{ "dsb nshst", 0xd503369f, FENCE },
	{ "dsb nshld", 0xd503359f, OTHER },
	{ "dsb osh", 0xd503339f, FENCE },
	{ "dsb oshst", 0xd503329f, FENCE },
	{ "dsb oshld", 0xd503319f, OTHER },
	{ "ssbb", 0xd503309f, OTHER },
	{ "pssbb", 0xd503349f, OTHER },
	{ "dsb synxs", 0xd5033e3f, FENCE },
	{ "dsb ishnxs", 0xd5033a3f, FENCE },
	{ "dsb nshnxs", 0xd503363f, FENCE },
	{ "dsb oshnxs", 0xd503323f, FENCE },
	{ "dmb sy", 0xd5033fbf, OTHER },
	{ "dmb ishst", 0xd5033abf, OTHER },
	{ "dmb oshst", 0xd50332bf, OTHER },
	{ "isb", 0xd5033fdf, OTHER },
	{ "stnp x0, x1, [x2]", 0xa8000440, OTHER },
	{ "stnp w3, w4, [sp, #-8]", 0x283f13e3, OTHER },
	{ "stnp q0, q1, [x5, #64]", 0xac0204a0, OTHER },
	{ "stnp d0, d1, [x6]", 0x6c0004c0, OTHER },
	{ "stnp s0, s1, [x7]", 0x2c0004e0, OTHER },
	{ "ldnp x0, x1, [x2]", 0xa8400440, OTHER },
	{ "ldnp q0, q1, [x2]", 0xac400440, OTHER },
	{ "stp x0, x1, [x2]", 0xa9000440, OTHER },
	{ "stp x0, x1, [x2], #16", 0xa8810440, OTHER },
	{ "stp x0, x1, [x2, #16]!", 0xa9810440, OTHER },
	{ "stgp x0, x1, [x2]", 0x69000440, OTHER },
	{ "str x0, [x1]", 0xf9000020, OTHER },
	{ "clrex", 0xd5033f5f, OTHER },
	{ "at s1e1r, x0", 0xd5087800, OTHER },
	{ "tlbi vae1, x0", 0xd5088720, OTHER },
	{ "sb", 0xd50330ff, OTHER },
};

static void test_arm64(void **state)
{
	struct instruction_arm64 in;

	(void)state;
	for (unsigned int i = 0; i < sizeof(arm64_rows) / sizeof(arm64_rows[0]); i++) {
		instruction_arm64_decode(arm64_rows[i].word, &in);
		if (in.kind != arm64_rows[i].kind)
			fail_msg("%s: kind %d", arm64_rows[i].name, in.kind);
	}
	instruction_arm64_decode(0xd50b7e3f, &in);	/* dc civac, xzr */
	assert_int_equal(in.rt, 31);
	instruction_arm64_decode(0xd50b7a33, &in);	/* dc cvac, x19 */
	assert_int_equal(in.rt, 19);
}

/* All that are SYS, SYSL, MSR, MRS, hints and barriers: no others than the rows are recognised. */
static void test_arm64_system(void **state)
{
	unsigned int counts[NT + 1] = { 0 };
	struct instruction_arm64 in;

	(void)state;
	for (uint32_t word = 0xd5000000; word < 0xd5400000; word++) {
		instruction_arm64_decode(word, &in);
		counts[in.kind]++;
	}
	assert_int_equal(counts[CLEAN], 6 * 32);
	assert_int_equal(counts[CLEAN_UNIFICATION], 32);
	assert_int_equal(counts[FLUSH], 2 * 32);
	assert_int_equal(counts[INVALIDATE], 2 * 32);
	assert_int_equal(counts[ZERO], 2 * 32);
	assert_int_equal(counts[CLEAN_ALL], 2 * 32);
	assert_int_equal(counts[FLUSH_ALL], 2 * 32);
	assert_int_equal(counts[INVALIDATE_ALL], 2 * 32);
	assert_int_equal(counts[FENCE], 8 + 4);
	assert_int_equal(counts[NT], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x86),
		cmocka_unit_test(test_x86_odd),
		cmocka_unit_test(test_x86_cut_off),
		cmocka_unit_test(test_x86_anything),
		cmocka_unit_test(test_arm64),
		cmocka_unit_test(test_arm64_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
