// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Page tables of x86-64, as in chapter "Paging" of the Intel SDM's volume 3, and memory types, as
 * in its chapter "Memory Cache Control".
 */
#include <errno.h>

#include "walk.h"

#define BIT(n)		(1ULL << (n))

#define PRESENT		BIT(0)
#define WRITABLE	BIT(1)
#define USER		BIT(2)
#define LARGE		BIT(7)	/* above the last level; there it is the PAT bit */
#define LARGE_PAT	BIT(12)
#define ADDRESS		0x000ffffffffff000ULL

#define PAGE_SHIFT	12
#define LEVEL_SHIFT	9	/* a table has 512 entries */
#define LARGEST		2	/* the level, from 0, of pages of 1 GiB */

enum pat_type {
	PAT_UC = 0,
	PAT_WC = 1,
	PAT_WT = 4,
	PAT_WP = 5,
	PAT_WB = 6,
	PAT_UC_MINUS = 7,	/* UC unless an MTRR says WC */
};

/* The table "Effective Page-Level Memory Types", of MTRRs that say WB or UC. */
static int choose_mode(uint8_t type, bool mtrr_uncachable, enum cache_mode *mode)
{
	*mode = CACHE_MODES;
	switch (type) {
	case PAT_WC:
		*mode = CACHE_WRITE_COMBINING;
		return 0;
	case PAT_UC:
	case PAT_UC_MINUS:
		*mode = CACHE_UNCACHED;
		return 0;
	case PAT_WB:
	case PAT_WT:
	case PAT_WP:
		if (mtrr_uncachable)
			*mode = CACHE_UNCACHED;
		else if (type == PAT_WB)
			*mode = CACHE_WRITE_BACK;
		return *mode == CACHE_MODES ? -ENOTSUP : 0;
	default:
		return -EINVAL;
	}
}

static unsigned int pat_index(uint64_t entry, unsigned int level)
{
	/* PWT and PCD are side by side. */
	return (entry >> 3 & 3) | (entry & (level ? LARGE_PAT : LARGE) ? 4 : 0);
}

static bool is_canonical(uint64_t va, unsigned int bits)
{
	int64_t upper = (int64_t)va >> (bits - 1);

	return upper == 0 || upper == -1;
}

/**
 * walk_x86() - find the entry that maps an address, on a CPU in 64-bit mode
 * @walk: its registers
 * @va: the address
 * @read: reads the guest's memory
 * @owner: passed to @read
 * @result: the entry
 *
 * Return: 0 or a negative errno, see walk.h.
 */
int walk_x86(const struct walk_x86 *walk, uint64_t va, walk_read read, void *owner,
	     struct walk_result *result)
{
	unsigned int level = walk->la57 ? 5 : 4;
	uint64_t table = walk->cr3 & ADDRESS, entry, size;
	bool writable = true, user = true;

	if (!is_canonical(va, PAGE_SHIFT + LEVEL_SHIFT * level))
		return -ENOENT;
	do {
		unsigned int shift = PAGE_SHIFT + LEVEL_SHIFT * --level;

		size = BIT(shift);
		if (!read(owner, table + (va >> shift & 511) * 8, &entry))
			return -EFAULT;
		if (!(entry & PRESENT))
			return -ENOENT;
		if (entry & LARGE && level > LARGEST)
			return -EBADMSG;
		writable &= !!(entry & WRITABLE);
		user &= !!(entry & USER);
		table = entry & ADDRESS;
	} while (level && !(entry & LARGE));

	/* The lower bits of a large page's address are reserved. */
	if (table & (size - 1) & ~LARGE_PAT)
		return -EBADMSG;
	*result = (struct walk_result){
		.pa = (table & ~(size - 1)) | (va & (size - 1)),
		.size = size,
		.index = pat_index(entry, level),
		.writable = writable,
		.user = user,
	};
	result->attribute = walk->pat >> 8 * result->index;
	return choose_mode(result->attribute, walk->mtrr_uncachable, &result->mode);
}
