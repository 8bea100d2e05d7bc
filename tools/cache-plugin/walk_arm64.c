// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Page tables of arm64, as in chapter "The AArch64 Virtual Memory System Architecture" of the Arm
 * ARM: stage 1 of EL1 and EL0, with descriptors of 64 bits. What PIR_EL1 permits is not looked at:
 * Linux makes it the same as what the descriptor's bits meant before there was PIR_EL1.
 */
#include <errno.h>

#include "walk.h"

#define BIT(n)		(1ULL << (n))
/* Bits [@low, @high] of a word, where they are. */
#define BITS(high, low)	((BIT((high) - (low) + 1) - 1) << (low))

#define VALID		BIT(0)
#define TABLE		BIT(1)		/* at the last level: a page; without it, a block */
#define AP_USER		BIT(6)
#define AP_READ_ONLY	BIT(7)
#define DBM		BIT(51)		/* the CPU clears AP_READ_ONLY when it writes */
#define TABLE_NO_USER	BIT(61)
#define TABLE_READ_ONLY	BIT(62)

#define TCR_DS		BIT(59)		/* addresses of 52 bits with pages of 4 KiB and 16 KiB */
#define IPS_52		6

/**
 * struct half - how one half of the addresses is translated
 * @table: address of the first table
 * @page: log2 of the page size
 * @bits: how many of an address are translated
 * @wide: physical addresses have 52 bits, not 48
 * @limits: entries that point to tables have limits of access for all below
 */
struct half {
	uint64_t table;
	unsigned int page;
	unsigned int bits;
	bool wide;
	bool limits;
};

/* What a table resolves: its entries are of 8 bytes, and it is of a page. */
static unsigned int level_bits(const struct half *h)
{
	return h->page - 3;
}

static unsigned int levels(const struct half *h)
{
	return (h->bits - h->page + level_bits(h) - 1) / level_bits(h);
}

static uint64_t table_of(const struct half *h, uint64_t ttbr)
{
	/* The first table can be smaller than a page, and is aligned to its size. */
	unsigned int size = 3 + h->bits - h->page - level_bits(h) * (levels(h) - 1);

	if (!h->wide)
		return ttbr & BITS(47, size);
	return (ttbr & BITS(47, size < 6 ? 6 : size)) | (ttbr & BITS(5, 2)) << 46;
}

static int choose_half(const struct walk_arm64 *w, uint64_t va, struct half *h)
{
	static const uint8_t tg0[4] = { 12, 16, 14, 0 }, tg1[4] = { 0, 14, 12, 16 };
	bool upper = va & BIT(55);
	uint64_t tcr = w->tcr;
	unsigned int top = upper ? tcr >> 16 : tcr;	/* TxSZ, and EPDx, which follows it */
	int64_t rest = va;

	if (top & BIT(7))
		return -ENOENT;
	h->page = upper ? tg1[tcr >> 30 & 3] : tg0[tcr >> 14 & 3];
	h->bits = 64 - (top & 63);
	h->wide = h->page == 16 ? (tcr >> 32 & 7) == IPS_52 : tcr & TCR_DS;
	h->limits = !(tcr & (upper ? BIT(42) : BIT(41)));
	/* Pages of 64 KiB can have virtual addresses of 52 bits without wide physical ones. */
	if (!h->page || h->bits <= h->page || h->bits > (h->wide || h->page == 16 ? 52 : 48))
		return -EINVAL;
	/* TBI: the top byte does not matter. */
	if (tcr & (upper ? BIT(38) : BIT(37)))
		rest = (int64_t)(va << 8) >> 8;
	if (rest >> h->bits != (upper ? -1 : 0))
		return -ENOENT;
	h->table = table_of(h, upper ? w->ttbr1 : w->ttbr0);
	return 0;
}

/* An address whose bits below @low are 0. Where it is wide, what is above bit 47 is elsewhere. */
static uint64_t address_in(const struct half *h, uint64_t entry, unsigned int low)
{
	if (!h->wide)
		return entry & BITS(47, low);
	if (h->page == 16)
		return (entry & BITS(47, low)) | (entry & BITS(15, 12)) << 36;
	return (entry & BITS(49, low)) | (entry & BITS(9, 8)) << 42;
}

/* @level: from 0, of pages. */
static bool can_be_block(const struct half *h, unsigned int level)
{
	switch (level) {
	case 1:
		return true;
	case 2:
		return h->page == 12 || h->wide;
	case 3:
		return h->page == 12 && h->wide;
	default:
		return false;
	}
}

static int choose_mode(uint8_t attribute, enum cache_mode *mode)
{
	*mode = CACHE_MODES;
	if (attribute == 0xff || attribute == 0xf0)	/* 0xf0: with allocation tags */
		*mode = CACHE_WRITE_BACK;
	else if (attribute == 0x44)
		*mode = CACHE_WRITE_COMBINING;
	else if (!(attribute & 0xf0))
		*mode = CACHE_UNCACHED;
	return *mode == CACHE_MODES ? -ENOTSUP : 0;
}

/**
 * walk_arm64() - find the entry that maps an address, on a CPU at EL1 or EL0
 * @walk: its registers
 * @va: the address
 * @read: reads the guest's memory
 * @owner: passed to @read
 * @result: the entry
 *
 * The size in @result is that of one entry, also where it has the contiguous bit.
 *
 * Return: 0 or a negative errno, see walk.h.
 */
int walk_arm64(const struct walk_arm64 *walk, uint64_t va, walk_read read, void *owner,
	       struct walk_result *result)
{
	bool read_only = false, no_user = false;
	unsigned int level, shift;
	struct half h;
	uint64_t entry;
	int ret = choose_half(walk, va, &h);

	if (ret)
		return ret;
	va &= BIT(h.bits) - 1;
	for (level = levels(&h); ; ) {
		shift = h.page + level_bits(&h) * --level;
		if (!read(owner, h.table + (va >> shift & (BIT(level_bits(&h)) - 1)) * 8, &entry))
			return -EFAULT;
		if (!(entry & VALID))
			return -ENOENT;
		if (!level || !(entry & TABLE))
			break;
		read_only |= h.limits && entry & TABLE_READ_ONLY;
		no_user |= h.limits && entry & TABLE_NO_USER;
		h.table = address_in(&h, entry, h.page);
	}

	if (level ? !can_be_block(&h, level) : !(entry & TABLE))
		return -EBADMSG;
	*result = (struct walk_result){
		.pa = address_in(&h, entry, shift) | (va & (BIT(shift) - 1)),
		.size = BIT(shift),
		.index = entry >> 2 & 7,
		.writable = !read_only && (!(entry & AP_READ_ONLY) || entry & DBM),
		.user = !no_user && entry & AP_USER,
	};
	result->attribute = walk->mair >> 8 * result->index;
	return choose_mode(result->attribute, &result->mode);
}
