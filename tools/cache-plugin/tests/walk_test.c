// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Page tables of few words, each written where the architectures' manuals say that it is looked
 * for: a walk that reads anything else finds that there is no memory.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../walk.h"

#define BIT(n)	(1ULL << (n))

#define KIB	1024ULL
#define MIB	(1024 * KIB)
#define GIB	(1024 * MIB)
#define TIB	(1024 * GIB)

#define WB	CACHE_WRITE_BACK
#define WC	CACHE_WRITE_COMBINING
#define UC	CACHE_UNCACHED

struct machine {
	struct {
		uint64_t pa;
		uint64_t value;
	} words[16];
	unsigned int used;
	struct walk_x86 x86;
	struct walk_arm64 arm64;
	struct walk_result result;
};

/* The last one written counts. */
static bool read_word(void *owner, uint64_t pa, uint64_t *entry)
{
	struct machine *m = owner;

	for (unsigned int i = m->used; i--; )
		if (m->words[i].pa == pa) {
			*entry = m->words[i].value;
			return true;
		}
	return false;
}

static void write_entry(struct machine *m, uint64_t table, unsigned int index, uint64_t value)
{
	assert_true(m->used < sizeof(m->words) / sizeof(m->words[0]));
	m->words[m->used].pa = table + index * 8;
	m->words[m->used++].value = value;
}

static int walk(struct machine *m, uint64_t va)
{
	memset(&m->result, 0xee, sizeof(m->result));
	return walk_x86(&m->x86, va, read_word, m, &m->result);
}

static int walk_arm(struct machine *m, uint64_t va)
{
	memset(&m->result, 0xee, sizeof(m->result));
	return walk_arm64(&m->arm64, va, read_word, m, &m->result);
}

static void assert_mapped(const struct machine *m, uint64_t pa, uint64_t size)
{
	assert_int_equal(m->result.pa, pa);
	assert_int_equal(m->result.size, size);
}

/* ---- x86 ---------------------------------------------------------------- */

/* Addresses of either half; the first one's indices in five levels are 0, 1, 2, 3 and 4. */
#define VA	0x0000008080604567ULL
#define VA_HIGH	0xffff808080604567ULL
#define P	0x1
#define RW	0x2
#define US	0x4
#define PWT	0x8
#define PCD	0x10
#define PS	0x80
#define NX	BIT(63)

/* Tables at 0x1000, 0x2000, 0x3000, 0x4000, and a page. */
static int setup_x86(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	m->x86 = (struct walk_x86){ .cr3 = 0x1000, .pat = WALK_PAT_LINUX };
	write_entry(m, 0x1000, 1, 0x2000 | P | RW | US);
	write_entry(m, 0x2000, 2, 0x3000 | P | RW | US);
	write_entry(m, 0x3000, 3, 0x4000 | P | RW | US);
	write_entry(m, 0x4000, 4, 0xabcdef000 | P | RW | US);
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void test_x86_page(void **state)
{
	struct machine *m = *state;

	assert_int_equal(walk(m, VA), 0);
	assert_mapped(m, 0xabcdef567, 4 * KIB);
	assert_int_equal(m->result.mode, WB);
	assert_int_equal(m->result.index, 0);
	assert_int_equal(m->result.attribute, 6);
	assert_true(m->result.writable);
	assert_true(m->result.user);
}

static void test_x86_large(void **state)
{
	struct machine *m = *state;

	write_entry(m, 0x3000, 3, 0xabce00000 | P | PS);
	assert_int_equal(walk(m, VA), 0);
	assert_mapped(m, 0xabce04567, 2 * MIB);
	write_entry(m, 0x2000, 2, 0x40000000 | P | PS);
	assert_int_equal(walk(m, VA), 0);
	assert_mapped(m, 0x40604567, GIB);
}

/* What software has in an entry, and what is above 52 bits, is not of the address. */
static void test_x86_other_bits(void **state)
{
	struct machine *m = *state;
	uint64_t other = 0xfff0000000000e60 | P;

	write_entry(m, 0x1000, 1, 0x2000 | other);
	write_entry(m, 0x2000, 2, 0x3000 | other);
	write_entry(m, 0x3000, 3, 0x4000 | other);
	write_entry(m, 0x4000, 4, 0xffffffffff000 | other | 0x100);
	assert_int_equal(walk(m, VA), 0);
	assert_mapped(m, 0xffffffffff567, 4 * KIB);
	assert_int_equal(m->result.index, 0);
	write_entry(m, 0x3000, 3, 0xfffffffe00000 | other | PS | 0x100);
	assert_int_equal(walk(m, VA), 0);
	assert_mapped(m, 0xfffffffe04567, 2 * MIB);
}

static void test_x86_pcid(void **state)
{
	struct machine *m = *state;

	m->x86.cr3 |= 0xfff | BIT(63);
	assert_int_equal(walk(m, VA), 0);
	assert_mapped(m, 0xabcdef567, 4 * KIB);
}

/* Each index of the PAT, in each size of page. */
static void test_x86_pat(void **state)
{
	static const enum cache_mode modes[8] = {
		WB, WC, UC, UC, WB, CACHE_MODES, UC, CACHE_MODES
	};
	static const uint8_t attributes[8] = { 6, 1, 7, 0, 6, 5, 7, 4 };
	static const struct {
		uint64_t table, entry, pat, pa;
		unsigned int index;
	} sizes[] = {
		{ 0x4000, 0x5000 | P, 0x80, 0x5567, 4 },
		{ 0x3000, 0x200000 | P | PS, 0x1000, 0x204567, 3 },
		{ 0x2000, 0x40000000 | P | PS, 0x1000, 0x40604567, 2 },
	};
	struct machine *m = *state;

	for (unsigned int s = 0; s < 3; s++)
		for (unsigned int i = 0; i < 8; i++) {
			uint64_t bits = (i & 1 ? PWT : 0) | (i & 2 ? PCD : 0) |
					(i & 4 ? sizes[s].pat : 0);

			m->used = 4;
			write_entry(m, sizes[s].table, sizes[s].index, sizes[s].entry | bits);
			assert_int_equal(walk(m, VA), modes[i] == CACHE_MODES ? -ENOTSUP : 0);
			assert_int_equal(m->result.index, i);
			assert_int_equal(m->result.mode, modes[i]);
			assert_int_equal(m->result.attribute, attributes[i]);
			assert_int_equal(m->result.pa, sizes[s].pa);
			assert_false(m->result.writable);
		}
}

static void test_x86_pat_of_tables(void **state)
{
	struct machine *m = *state;

	write_entry(m, 0x1000, 1, 0x2000 | P | PWT | PCD);
	write_entry(m, 0x3000, 3, 0x4000 | P | PCD);
	assert_int_equal(walk(m, VA), 0);
	assert_int_equal(m->result.index, 0);
}

/* Where MTRRs say UC, only WC is something else. */
static void test_x86_mtrr(void **state)
{
	static const struct {
		uint8_t type;
		int wb;		/* or an error */
		int uc;
	} types[] = {
		{ 0, UC, UC }, { 1, WC, WC }, { 2, -EINVAL, -EINVAL }, { 3, -EINVAL, -EINVAL },
		{ 4, -ENOTSUP, UC }, { 5, -ENOTSUP, UC }, { 6, WB, UC }, { 7, UC, UC },
		{ 8, -EINVAL, -EINVAL }, { 0xff, -EINVAL, -EINVAL },
	};
	struct machine *m = *state;

	for (unsigned int i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (unsigned int uncachable = 0; uncachable < 2; uncachable++) {
			int want = uncachable ? types[i].uc : types[i].wb;

			m->x86.pat = ~0xffULL | types[i].type;
			m->x86.mtrr_uncachable = uncachable;
			assert_int_equal(walk(m, VA), want < 0 ? want : 0);
			if (want >= 0)
				assert_int_equal(m->result.mode, want);
		}
}

static void test_x86_rights(void **state)
{
	static const struct {
		uint64_t table;
		unsigned int index;
		uint64_t next;
	} entries[] = {
		{ 0x1000, 1, 0x2000 }, { 0x2000, 2, 0x3000 }, { 0x3000, 3, 0x4000 },
		{ 0x4000, 4, 0x5000 },
	};
	struct machine *m = *state;

	for (unsigned int i = 0; i < 4; i++) {
		m->used = 4;
		write_entry(m, entries[i].table, entries[i].index, entries[i].next | P | US);
		assert_int_equal(walk(m, VA), 0);
		assert_false(m->result.writable);
		assert_true(m->result.user);
		write_entry(m, entries[i].table, entries[i].index, entries[i].next | P | RW | NX);
		assert_int_equal(walk(m, VA), 0);
		assert_true(m->result.writable);
		assert_false(m->result.user);
		/* And if it is not there, or the table is not. */
		write_entry(m, entries[i].table, entries[i].index, entries[i].next | RW | US | PS);
		assert_int_equal(walk(m, VA), -ENOENT);
		if (i == 3)
			break;
		write_entry(m, entries[i].table, entries[i].index, 0x900000 | P);
		assert_int_equal(walk(m, VA), -EFAULT);
	}
	m->x86.cr3 = 0x900000;
	assert_int_equal(walk(m, VA), -EFAULT);
}

static void test_x86_malformed(void **state)
{
	struct machine *m = *state;

	write_entry(m, 0x3000, 3, 0x202000 | P | PS);
	assert_int_equal(walk(m, VA), -EBADMSG);
	write_entry(m, 0x3000, 3, 0x300000 | P | PS);
	assert_int_equal(walk(m, VA), -EBADMSG);
	write_entry(m, 0x2000, 2, 0x60000000 | P | PS);
	assert_int_equal(walk(m, VA), -EBADMSG);
	/* These would be aligned. */
	write_entry(m, 0x1000, 1, P | PS);
	assert_int_equal(walk(m, VA), -EBADMSG);
	/* A table that is below itself, whose entry is a page in the end. */
	write_entry(m, 0x1000, 1, 0x1000 | P);
	write_entry(m, 0x1000, 2, 0x1000 | P);
	write_entry(m, 0x1000, 3, 0x1000 | P);
	write_entry(m, 0x1000, 4, 0x1000 | P);
	assert_int_equal(walk(m, VA), 0);
	assert_mapped(m, 0x1567, 4 * KIB);
}

static void test_x86_five_levels(void **state)
{
	struct machine *m = *state;
	uint64_t va = VA | 5ULL << 48;

	m->x86.cr3 = 0x8000;
	m->x86.la57 = true;
	write_entry(m, 0x8000, 0, 0x1000 | P);
	write_entry(m, 0x8000, 5, 0x1000 | P);
	write_entry(m, 0x8000, 511, 0x9000 | P);
	write_entry(m, 0x9000, 257, 0x2000 | P);
	assert_int_equal(walk(m, VA), 0);
	assert_mapped(m, 0xabcdef567, 4 * KIB);
	assert_int_equal(walk(m, va), 0);
	assert_mapped(m, 0xabcdef567, 4 * KIB);
	assert_int_equal(walk(m, VA_HIGH), 0);
	assert_mapped(m, 0xabcdef567, 4 * KIB);
	assert_int_equal(walk(m, va | BIT(56)), -ENOENT);
	assert_int_equal(walk(m, va | BIT(57)), -ENOENT);
	write_entry(m, 0x8000, 5, P | PS);
	assert_int_equal(walk(m, va), -EBADMSG);
	m->x86.cr3 = 0x1000;
	m->x86.la57 = false;
	assert_int_equal(walk(m, va), -ENOENT);
}

static void test_x86_canonical(void **state)
{
	struct machine *m = *state;

	write_entry(m, 0x1000, 257, 0x2000 | P);
	assert_int_equal(walk(m, VA_HIGH), 0);
	assert_mapped(m, 0xabcdef567, 4 * KIB);
	assert_int_equal(walk(m, VA_HIGH & ~BIT(63)), -ENOENT);
	assert_int_equal(walk(m, VA_HIGH & ~BIT(48)), -ENOENT);
	assert_int_equal(walk(m, VA_HIGH & 0xffffffffffff), -ENOENT);
	assert_int_equal(walk(m, VA | BIT(48)), -ENOENT);
	assert_int_equal(walk(m, VA | BIT(63)), -ENOENT);
}

/* ---- arm64 -------------------------------------------------------------- */

#define BLOCK	0x1
#define TABLE	0x3
#define PAGE	0x3
#define USER	0x40		/* AP[1] */
#define RO	0x80		/* AP[2] */
#define DBM	BIT(51)
#define ATTR(n)	((uint64_t)(n) << 2)

/* TCR_EL1. */
#define T0SZ(n)	((uint64_t)(n))
#define T1SZ(n)	((uint64_t)(n) << 16)
#define EPD0	BIT(7)
#define EPD1	BIT(23)
#define TG0(n)	((uint64_t)(n) << 14)
#define TG1(n)	((uint64_t)(n) << 30)
#define IPS(n)	((uint64_t)(n) << 32)
#define TBI0	BIT(37)
#define TBI1	BIT(38)
#define HPD0	BIT(41)
#define HPD1	BIT(42)
#define DS	BIT(59)

#define TG0_4K	TG0(0)
#define TG0_16K	TG0(2)
#define TG0_64K	TG0(1)
#define TG1_4K	TG1(2)
#define TG1_16K	TG1(1)
#define TG1_64K	TG1(3)

/* 4 KiB pages, 48 bits, in both halves; VA and VA_HIGH, as in setup_x86(). */
static int setup_arm64(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	m->arm64 = (struct walk_arm64){
		.ttbr0 = 0x1000,
		.ttbr1 = 0x10000,
		.tcr = TG0_4K | TG1_4K | T0SZ(16) | T1SZ(16) | IPS(5),
		.mair = 0x00000000000044ff,
	};
	write_entry(m, 0x1000, 1, 0x2000 | TABLE);
	write_entry(m, 0x2000, 2, 0x3000 | TABLE);
	write_entry(m, 0x3000, 3, 0x4000 | TABLE);
	write_entry(m, 0x4000, 4, 0xabcdef000 | PAGE | USER);
	write_entry(m, 0x10000, 257, 0x2000 | TABLE);
	*state = m;
	return 0;
}

static void test_arm64_page(void **state)
{
	struct machine *m = *state;

	assert_int_equal(walk_arm(m, VA), 0);
	assert_mapped(m, 0xabcdef567, 4 * KIB);
	assert_int_equal(m->result.mode, WB);
	assert_int_equal(m->result.index, 0);
	assert_int_equal(m->result.attribute, 0xff);
	assert_true(m->result.writable);
	assert_true(m->result.user);
	assert_int_equal(walk_arm(m, VA_HIGH), 0);
	assert_mapped(m, 0xabcdef567, 4 * KIB);
}

static void test_arm64_blocks(void **state)
{
	struct machine *m = *state;

	write_entry(m, 0x3000, 3, 0xabce00000 | BLOCK);
	assert_int_equal(walk_arm(m, VA), 0);
	assert_mapped(m, 0xabce04567, 2 * MIB);
	write_entry(m, 0x2000, 2, 0x40000000 | BLOCK);
	assert_int_equal(walk_arm(m, VA), 0);
	assert_mapped(m, 0x40604567, GIB);
	write_entry(m, 0x1000, 1, 0x40000000 | BLOCK);
	assert_int_equal(walk_arm(m, VA), -EBADMSG);
}

static void test_arm64_other_bits(void **state)
{
	struct machine *m = *state;
	uint64_t other = 0x87ff000000000000;

	write_entry(m, 0x1000, 1, 0x2000 | TABLE | other | 0xffc);
	write_entry(m, 0x2000, 2, 0x3000 | TABLE | other | 0xffc);
	write_entry(m, 0x3000, 3, 0x4000 | TABLE | other | 0xffc);
	write_entry(m, 0x4000, 4, 0xfffffffff000 | PAGE | other | 0xfe0);
	assert_int_equal(walk_arm(m, VA), 0);
	assert_mapped(m, 0xfffffffff567, 4 * KIB);
	write_entry(m, 0x3000, 3, 0xffffffe00000 | BLOCK | other | 0x11fe0);
	assert_int_equal(walk_arm(m, VA), 0);
	assert_mapped(m, 0xffffffe04567, 2 * MIB);
	assert_int_equal(m->result.index, 0);
}

static void test_arm64_ttbr(void **state)
{
	struct machine *m = *state;

	/* ASID and CnP. */
	m->arm64.ttbr0 |= 0xffff000000000001;
	m->arm64.ttbr1 |= 0xffff000000000001;
	assert_int_equal(walk_arm(m, VA), 0);
	assert_int_equal(walk_arm(m, VA_HIGH), 0);
	/* Four of the bits of a wide address, which this one is not. */
	m->arm64.ttbr0 |= 0x3c;
	assert_int_equal(walk_arm(m, VA), 0);
	/* Not even with addresses of 52 bits, which pages of 4 KiB have with DS only. */
	m->arm64.tcr = (m->arm64.tcr & ~IPS(7)) | IPS(6);
	assert_int_equal(walk_arm(m, VA), 0);
	m->arm64.ttbr0 = 0x5000;
	assert_int_equal(walk_arm(m, VA), -EFAULT);
}

/* Where the walk starts, and in how small a table. */
static void test_arm64_sizes(void **state)
{
	static const struct {
		unsigned int bits;
		uint64_t va, table;
		unsigned int index;
	} starts[] = {
		{ 47, 0x8080604567, 0x1000, 1 },
		{ 40, 0x8080604567, 0x1010, 1 },
		{ 39, 0x80604567, 0x2000, 2 },
		{ 33, 0x80604567, 0x2040, 2 },
		{ 32, 0x80604567, 0x2020, 2 },
		{ 30, 0x604567, 0x3000, 3 },
		{ 25, 0x604567, 0x3080, 3 },
		{ 23, 0x604567, 0x3020, 3 },
		{ 21, 0x4567, 0x4000, 4 },
		{ 16, 0x4567, 0x4080, 4 },
	};
	struct machine *m = *state;

	for (unsigned int i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		uint64_t next = (starts[i].table & ~0xfffULL) + 0x1000;

		m->used = 5;
		m->arm64.tcr = TG0_4K | T0SZ(64 - starts[i].bits) |
			       TG1_4K | T1SZ(64 - starts[i].bits);
		m->arm64.ttbr0 = starts[i].table | 1;
		m->arm64.ttbr1 = starts[i].table | 1;
		write_entry(m, starts[i].table, starts[i].index,
			    next == 0x5000 ? 0xabcdef000 | PAGE : next | TABLE);
		assert_int_equal(walk_arm(m, starts[i].va), 0);
		assert_mapped(m, 0xabcdef567, 4 * KIB);
		assert_int_equal(walk_arm(m, starts[i].va | 1ULL << starts[i].bits), -ENOENT);
		/* In the upper half the bits above are ones. */
		assert_int_equal(walk_arm(m, starts[i].va | -1ULL << starts[i].bits), 0);
		assert_mapped(m, 0xabcdef567, 4 * KIB);
		assert_int_equal(walk_arm(m, starts[i].va | -2ULL << starts[i].bits), -ENOENT);
	}
}

static void test_arm64_16k(void **state)
{
	struct machine *m = *state;
	/* Indices 1, 2, 3, 4 of 1, 11, 11 and 11 bits. */
	uint64_t va = BIT(47) | 2ULL << 36 | 3ULL << 25 | 4ULL << 14 | 0x1567;

	m->used = 0;
	m->arm64.tcr = TG0_16K | TG1_16K | T0SZ(16) | T1SZ(16);
	m->arm64.ttbr0 = 0x14010;
	m->arm64.ttbr1 = 0x14010;
	write_entry(m, 0x14010, 1, 0x18000 | TABLE);
	write_entry(m, 0x18000, 2, 0x1c000 | TABLE);
	write_entry(m, 0x1c000, 3, 0x20000 | TABLE);
	write_entry(m, 0x20000, 4, 0xabcdec000 | PAGE);
	assert_int_equal(walk_arm(m, va), 0);
	assert_mapped(m, 0xabcded567, 16 * KIB);
	assert_int_equal(walk_arm(m, va | -BIT(48)), 0);
	assert_mapped(m, 0xabcded567, 16 * KIB);
	/* Of 47 bits, three levels. */
	m->arm64.tcr = TG0_16K | T0SZ(17);
	m->arm64.ttbr0 = 0x18000;
	assert_int_equal(walk_arm(m, va & ~BIT(47)), 0);
	assert_mapped(m, 0xabcded567, 16 * KIB);

	write_entry(m, 0x1c000, 3, 0x40000000 | BLOCK);
	assert_int_equal(walk_arm(m, va & ~BIT(47)), 0);
	assert_mapped(m, 0x40011567, 32 * MIB);
	write_entry(m, 0x18000, 2, 0x1000000000 | BLOCK);
	assert_int_equal(walk_arm(m, va & ~BIT(47)), -EBADMSG);
}

static void test_arm64_64k(void **state)
{
	struct machine *m = *state;
	/* Indices 2, 3, 4 of up to 10, 13 and 13 bits. */
	uint64_t va = 2ULL << 42 | 3ULL << 29 | 4ULL << 16 | 0x1567;

	m->used = 0;
	m->arm64.tcr = TG0_64K | TG1_64K | T0SZ(16) | T1SZ(12);
	m->arm64.ttbr0 = 0x100200;
	m->arm64.ttbr1 = 0x102000;
	write_entry(m, 0x100200, 2, 0x110000 | TABLE);
	write_entry(m, 0x102000, 1 << 9 | 2, 0x110000 | TABLE);
	write_entry(m, 0x110000, 3, 0x120000 | TABLE);
	write_entry(m, 0x120000, 4, 0xabcde0000 | PAGE);
	assert_int_equal(walk_arm(m, va), 0);
	assert_mapped(m, 0xabcde1567, 64 * KIB);
	/* 52 bits: one of them is beyond those that the lower half has. */
	assert_int_equal(walk_arm(m, va | -BIT(51)), 0);
	assert_mapped(m, 0xabcde1567, 64 * KIB);
	write_entry(m, 0x120000, 4, 0xabcde0000 | PAGE | 0xf000);
	assert_int_equal(walk_arm(m, va), 0);
	assert_mapped(m, 0xabcde1567, 64 * KIB);
	write_entry(m, 0x110000, 3, 0x80000000 | BLOCK);
	assert_int_equal(walk_arm(m, va), 0);
	assert_mapped(m, 0x80041567, 512 * MIB);
	write_entry(m, 0x100200, 2, 0x40000000000 | BLOCK);
	assert_int_equal(walk_arm(m, va), -EBADMSG);
}

static void test_arm64_64k_wide(void **state)
{
	struct machine *m = *state;
	uint64_t va = 2ULL << 42 | 3ULL << 29 | 4ULL << 16 | 0x1567;

	m->used = 0;
	m->arm64.tcr = TG0_64K | T0SZ(12) | IPS(6);
	/* 0x5000000102000, of 1024 entries, and 0x9000000110000, 0xf000000120000. */
	m->arm64.ttbr0 = 0xffff000000102015;
	write_entry(m, 0x5000000102000, 2, 0x110000 | TABLE | 9 << 12);
	write_entry(m, 0x9000000110000, 3, 0x120000 | TABLE | 15 << 12);
	write_entry(m, 0xf000000120000, 4, 0xabcde0000 | PAGE | 6 << 12);
	assert_int_equal(walk_arm(m, va), 0);
	assert_mapped(m, 0x6000abcde1567, 64 * KIB);
	write_entry(m, 0x9000000110000, 3, 0x80000000 | BLOCK | 6 << 12);
	assert_int_equal(walk_arm(m, va), 0);
	assert_mapped(m, 0x6000080041567, 512 * MIB);
	write_entry(m, 0x5000000102000, 2, 0x40000000000 | BLOCK | 6 << 12);
	assert_int_equal(walk_arm(m, va), 0);
	assert_mapped(m, 0x6040060041567, 4 * TIB);
}

static void test_arm64_4k_wide(void **state)
{
	struct machine *m = *state;
	/* Indices 6 of 4 bits, and 1, 2, 3, 4. */
	uint64_t va = VA | 6ULL << 48;

	m->used = 0;
	m->arm64.tcr = TG0_4K | TG1_4K | T0SZ(12) | T1SZ(12) | IPS(6) | DS;
	m->arm64.ttbr0 = 0xffff000000001015;
	m->arm64.ttbr1 = 0xffff000000001015;
	write_entry(m, 0x5000000001000, 6, 0x2000 | TABLE | BIT(48) | 2 << 8);
	write_entry(m, 0x9000000002000, 1, 0x3000 | TABLE | 3ULL << 48 | 3 << 8);
	write_entry(m, 0xf000000003000, 2, 0x4000 | TABLE);
	write_entry(m, 0x4000, 3, 0x5000 | TABLE);
	write_entry(m, 0x5000, 4, 0xabcdef000 | PAGE | 2ULL << 48 | 1 << 8);
	assert_int_equal(walk_arm(m, va), 0);
	assert_mapped(m, 0x6000abcdef567, 4 * KIB);
	/* Its index is 14. */
	write_entry(m, 0x5000000001000, 14, 0x2000 | TABLE | BIT(48) | 2 << 8);
	assert_int_equal(walk_arm(m, va | -BIT(51)), 0);
	assert_mapped(m, 0x6000abcdef567, 4 * KIB);

	write_entry(m, 0x4000, 3, 0x200000 | BLOCK | 2ULL << 48 | 1 << 8);
	assert_int_equal(walk_arm(m, va), 0);
	assert_mapped(m, 0x6000000204567, 2 * MIB);
	write_entry(m, 0xf000000003000, 2, 0x40000000 | BLOCK);
	assert_int_equal(walk_arm(m, va), 0);
	assert_mapped(m, 0x40604567, GIB);
	write_entry(m, 0x9000000002000, 1, 0x8000000000 | BLOCK | 2ULL << 48 | 1 << 8);
	assert_int_equal(walk_arm(m, va), 0);
	assert_mapped(m, 0x6008080604567, 512 * GIB);
	write_entry(m, 0x5000000001000, 6, BLOCK);
	assert_int_equal(walk_arm(m, va), -EBADMSG);
}

static void test_arm64_16k_wide(void **state)
{
	struct machine *m = *state;
	/* Indices 17 of 5 bits, and 2, 3, 4. */
	uint64_t va = 2ULL << 36 | 3ULL << 25 | 4ULL << 14 | 0x1567, upper = -15ULL << 47 | va;

	m->used = 0;
	m->arm64.tcr = TG1_16K | T1SZ(12) | IPS(6) | DS;
	m->arm64.ttbr1 = 0x14100 | 5 << 2;
	write_entry(m, 0x5000000014100, 17, 0x18000 | TABLE | BIT(48) | 2 << 8);
	write_entry(m, 0x9000000018000, 2, 0x1c000 | TABLE);
	write_entry(m, 0x1c000, 3, 0x20000 | TABLE);
	write_entry(m, 0x20000, 4, 0xabcdec000 | PAGE | 2ULL << 48 | 1 << 8);
	assert_int_equal(walk_arm(m, upper), 0);
	assert_mapped(m, 0x6000abcded567, 16 * KIB);
	write_entry(m, 0x9000000018000, 2, 0x1000000000 | BLOCK | 2ULL << 48 | 1 << 8);
	assert_int_equal(walk_arm(m, upper), 0);
	assert_mapped(m, 0x6001006011567, 64 * GIB);
	write_entry(m, 0x5000000014100, 17, BLOCK);
	assert_int_equal(walk_arm(m, upper), -EBADMSG);
}

static void test_arm64_top_byte(void **state)
{
	struct machine *m = *state;
	uint64_t tcr = m->arm64.tcr, tag = 0x5aULL << 56;
	uint64_t tagged_high = (VA_HIGH & ~(0xffULL << 56)) | tag;

	assert_int_equal(walk_arm(m, VA | tag), -ENOENT);
	assert_int_equal(walk_arm(m, tagged_high), -ENOENT);
	m->arm64.tcr = tcr | TBI0;
	assert_int_equal(walk_arm(m, VA | tag), 0);
	assert_mapped(m, 0xabcdef567, 4 * KIB);
	assert_int_equal(walk_arm(m, VA | 0xffULL << 56), 0);
	assert_int_equal(walk_arm(m, VA | tag | BIT(48)), -ENOENT);
	assert_int_equal(walk_arm(m, tagged_high), -ENOENT);
	m->arm64.tcr = tcr | TBI1;
	assert_int_equal(walk_arm(m, VA | tag), -ENOENT);
	assert_int_equal(walk_arm(m, tagged_high), 0);
	assert_mapped(m, 0xabcdef567, 4 * KIB);
	assert_int_equal(walk_arm(m, tagged_high & ~BIT(48)), -ENOENT);
}

static void test_arm64_disabled(void **state)
{
	struct machine *m = *state;
	uint64_t tcr = m->arm64.tcr;

	m->arm64.tcr = tcr | EPD0;
	assert_int_equal(walk_arm(m, VA), -ENOENT);
	assert_int_equal(walk_arm(m, VA_HIGH), 0);
	m->arm64.tcr = tcr | EPD1;
	assert_int_equal(walk_arm(m, VA), 0);
	assert_int_equal(walk_arm(m, VA_HIGH), -ENOENT);
}

static void test_arm64_mair(void **state)
{
	static const struct {
		uint8_t attribute;
		enum cache_mode mode;
	} types[] = {
		{ 0xff, WB }, { 0xf0, WB }, { 0x44, WC }, { 0x00, UC }, { 0x04, UC }, { 0x08, UC },
		{ 0x0c, UC }, { 0xbb, CACHE_MODES }, { 0x4f, CACHE_MODES }, { 0xf4, CACHE_MODES },
		{ 0x40, CACHE_MODES }, { 0xaa, CACHE_MODES },
	};
	struct machine *m = *state;

	for (unsigned int i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		unsigned int index = i % 8;

		m->used = 5;
		m->arm64.mair = ~(0xffULL << 8 * index) | (uint64_t)types[i].attribute << 8 * index;
		if (types[i].mode == WB)
			m->arm64.mair &= 0xffULL << 8 * index;
		write_entry(m, 0x4000, 4, 0x5000 | PAGE | ATTR(index));
		assert_int_equal(walk_arm(m, VA), types[i].mode == CACHE_MODES ? -ENOTSUP : 0);
		assert_mapped(m, 0x5567, 4 * KIB);
		assert_int_equal(m->result.index, index);
		assert_int_equal(m->result.attribute, types[i].attribute);
		assert_int_equal(m->result.mode, types[i].mode);
	}
	m->arm64.mair = 0x4400;
	write_entry(m, 0x3000, 3, 0x200000 | BLOCK | ATTR(1));
	assert_int_equal(walk_arm(m, VA), 0);
	assert_int_equal(m->result.mode, WC);
}

static void test_arm64_rights(void **state)
{
	static const struct {
		uint64_t entry;
		bool writable, user;
	} pages[] = {
		{ 0, true, false }, { USER, true, true }, { RO, false, false },
		{ RO | USER, false, true }, { RO | DBM, true, false }, { DBM | USER, true, true },
	};
	struct machine *m = *state;
	uint64_t tcr = m->arm64.tcr;

	for (unsigned int i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		m->used = 5;
		write_entry(m, 0x4000, 4, 0x5000 | PAGE | pages[i].entry);
		assert_int_equal(walk_arm(m, VA), 0);
		assert_int_equal(m->result.writable, pages[i].writable);
		assert_int_equal(m->result.user, pages[i].user);
	}
	/* APTable, of all tables below, unless HPD says that there is no such thing. */
	for (unsigned int i = 0; i < 4; i++) {
		m->used = 5;
		m->arm64.tcr = tcr | (i & 2 ? HPD0 : HPD1);
		write_entry(m, 0x4000, 4, 0x5000 | PAGE | USER | DBM);
		write_entry(m, 0x2000, 2, 0x3000 | TABLE | (i & 1 ? BIT(61) : BIT(62)));
		assert_int_equal(walk_arm(m, VA), 0);
		assert_int_equal(m->result.writable, i != 0);
		assert_int_equal(m->result.user, i != 1);
		assert_int_equal(walk_arm(m, VA_HIGH), 0);
		assert_int_equal(m->result.writable, i != 2);
		assert_int_equal(m->result.user, i != 3);
	}
}

static void test_arm64_malformed(void **state)
{
	struct machine *m = *state;

	write_entry(m, 0x4000, 4, 0x5000 | BLOCK);
	assert_int_equal(walk_arm(m, VA), -EBADMSG);
	write_entry(m, 0x4000, 4, 0x5000 | 2);
	assert_int_equal(walk_arm(m, VA), -ENOENT);
	write_entry(m, 0x3000, 3, 0x900000 | TABLE);
	assert_int_equal(walk_arm(m, VA), -EFAULT);
	write_entry(m, 0x3000, 3, 0x4000 | 2);
	assert_int_equal(walk_arm(m, VA), -ENOENT);
	write_entry(m, 0x2000, 2, 0);
	assert_int_equal(walk_arm(m, VA), -ENOENT);
	write_entry(m, 0x1000, 1, 0x3000);
	assert_int_equal(walk_arm(m, VA), -ENOENT);
	/* A table that is below itself. */
	for (unsigned int i = 1; i <= 4; i++)
		write_entry(m, 0x1000, i, 0x1000 | TABLE);
	assert_int_equal(walk_arm(m, VA), 0);
	assert_mapped(m, 0x1567, 4 * KIB);
}

static void test_arm64_refused(void **state)
{
	static const struct {
		uint64_t tcr;
		int lower, upper;
	} registers[] = {
		{ TG0(3) | TG1_4K | T0SZ(16) | T1SZ(16), -EINVAL, 0 },
		{ TG0_4K | TG1(0) | T0SZ(16) | T1SZ(16), 0, -EINVAL },
		/* More bits than 48 need DS. */
		{ TG0_4K | TG1_4K | T0SZ(15) | T1SZ(16), -EINVAL, 0 },
		{ TG0_4K | TG1_4K | T0SZ(16) | T1SZ(15), 0, -EINVAL },
		{ TG0_16K | TG1_4K | T0SZ(15) | T1SZ(16), -EINVAL, 0 },
		{ TG0_4K | TG1_4K | T0SZ(11) | T1SZ(11) | DS, -EINVAL, -EINVAL },
		{ TG0_64K | TG1_64K | T0SZ(11) | T1SZ(11) | IPS(6), -EINVAL, -EINVAL },
		{ TG0_4K | TG1_64K, -EINVAL, -EINVAL },
		/* Fewer than in a page. */
		{ TG0_4K | TG1_4K | T0SZ(52) | T1SZ(16), -EINVAL, 0 },
		{ TG0_64K | TG1_16K | T0SZ(48) | T1SZ(50), -EINVAL, -EINVAL },
		{ TG0_4K | TG1_4K | T0SZ(63) | T1SZ(63), -EINVAL, -EINVAL },
	};
	struct machine *m = *state;

	for (unsigned int i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		m->arm64.tcr = registers[i].tcr;
		assert_int_equal(walk_arm(m, VA), registers[i].lower);
		assert_int_equal(walk_arm(m, VA_HIGH), registers[i].upper);
	}
}

/* Any registers and entries: sanitizers look, and a walk ends after five entries. */
static bool read_anything(void *owner, uint64_t pa, uint64_t *entry)
{
	unsigned int *reads = owner;

	assert_true(++*reads <= 5);
	assert_int_equal(pa % 8, 0);
	*entry = (uint64_t)random() << 40 ^ (uint64_t)random() << 20 ^ random();
	/* Most of them tables, that they be long. */
	*entry = (*entry & ~0x80ULL) | 3;
	return true;
}

static void test_anything(void **state)
{
	struct walk_result result;

	(void)state;
	srandom(1);
	for (unsigned int i = 0; i < 100000; i++) {
		uint64_t word[5];
		unsigned int reads = 0;

		for (unsigned int j = 0; j < 5; j++)
			word[j] = (uint64_t)random() << 40 ^ (uint64_t)random() << 20 ^ random();
		walk_arm64(&(struct walk_arm64){ word[0], word[1], word[2], word[3] },
			   i % 2 ? word[4] : word[4] >> 20, read_anything, &reads, &result);
		reads = 0;
		walk_x86(&(struct walk_x86){ word[0], i % 2, word[1], i % 3 }, word[4] >> 18,
			 read_anything, &reads, &result);
	}
}

#define X86(f) cmocka_unit_test_setup_teardown(test_x86_##f, setup_x86, teardown)
#define ARM64(f) cmocka_unit_test_setup_teardown(test_arm64_##f, setup_arm64, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		X86(page), X86(large), X86(other_bits), X86(pcid), X86(pat), X86(pat_of_tables),
		X86(mtrr), X86(rights), X86(malformed), X86(five_levels), X86(canonical),
		ARM64(page), ARM64(blocks), ARM64(other_bits), ARM64(ttbr), ARM64(sizes),
		ARM64(16k), ARM64(64k), ARM64(64k_wide), ARM64(4k_wide), ARM64(16k_wide),
		ARM64(top_byte), ARM64(disabled), ARM64(mair), ARM64(rights), ARM64(malformed),
		ARM64(refused),
		cmocka_unit_test(test_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
