// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * How much one fault maps: virtgpu_vram_extent.c, with any addresses and sizes.
 *
 * Sums are made with more bits than the code has, so that they cannot overflow.
 */
#include <linux/mm.h>

#include "prove.h"
#include "virtgpu_vram_extent.h"

#ifdef ADDRESS_32
typedef unsigned long long wide;
#else
typedef unsigned __int128 wide;
#endif

#define PAGES(bytes) ((bytes) >> PAGE_SHIFT)

static bool is_page(unsigned long address)
{
	return address % PAGE_SIZE == 0;
}

/* Addresses of whole pages, and page frames that exist. */
static struct virtio_gpu_vram_extent any_extent(void)
{
	struct virtio_gpu_vram_extent e = { nondet_ulong(), nondet_ulong(), nondet_ulong() };

	assume(is_page(e.start) && is_page(e.end) && e.start <= e.end);
	assume(e.pfn <= PAGES(-1UL) && (wide)e.pfn + PAGES(e.end - e.start) <= PAGES(-1UL));
	return e;
}

static unsigned long any_block(void)
{
	unsigned int shift = nondet_uint();

	assume(shift >= PAGE_SHIFT && shift < 8 * sizeof(long));
	return 1UL << shift;
}

/* Page frame that belongs at an address of the extent. */
static unsigned long frame(const struct virtio_gpu_vram_extent *e, unsigned long address)
{
	return e->pfn + PAGES(address - e->start);
}

void prove_clip(void)
{
	struct virtio_gpu_vram_extent vma = any_extent(), e;
	unsigned long first = nondet_ulong(), blob = nondet_ulong(), pages;

	assume(first <= PAGES(-1UL) && (wide)vma.pfn + first <= PAGES(-1UL));
	e = virtio_gpu_vram_extent_clip(&vma, first, blob);
	pages = PAGES(e.end - e.start);
	must(e.start == vma.start && e.start <= e.end && e.end <= vma.end, "inside the VMA");
	must(is_page(e.end), "whole pages");
	must((wide)first + pages <= blob || !pages, "inside the blob");
	must(e.end == vma.end || first >= blob || (wide)first + pages == blob, "all there is");
	must(e.pfn == vma.pfn + first, "the blob's own pages");
}

void prove_leaf(void)
{
	struct virtio_gpu_vram_extent e = any_extent();
	unsigned long size = any_block(), address = nondet_ulong();
	unsigned long base = address - address % size;
	bool fits = base >= e.start && (wide)base + size <= e.end;

	must(virtio_gpu_vram_extent_has_leaf(&e, address, size) ==
	     (fits && frame(&e, base) % PAGES(size) == 0), "inside, and aligned as its memory");
}

void prove_around(void)
{
	struct virtio_gpu_vram_extent all = any_extent(), e = all;
	unsigned long size = any_block(), address = nondet_ulong();
	unsigned long base = address - address % size;
	bool inside = address >= all.start && address < all.end;

	must(virtio_gpu_vram_extent_around(&e, address, size) == inside, "told if it is outside");
	must(inside || (e.start == all.start && e.end == all.end && e.pfn == all.pfn),
	     "and nothing changes then");
	if (!inside)
		return;
	must(e.start >= all.start && e.end <= all.end, "inside");
	must(e.start >= base && e.end <= (wide)base + size, "in the block");
	must(e.start <= address && address < e.end, "with what was touched");
	must(is_page(e.start) && is_page(e.end), "whole pages");
	must(e.start == all.start || e.start == base, "all there is before");
	must(e.end == all.end || e.end == (wide)base + size, "all there is behind");
	must(e.pfn == frame(&all, e.start), "the same pages");
}
