// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests of virtgpu_vram_extent.c: no page outside VMA and blob, and each at
 * its own address.
 */
#include <kunit/test.h>
#include <linux/mm.h>

#include "../virtgpu_vram_extent.h"

/* In pages: what a page table of the last level maps. */
#define TABLE	(PMD_SIZE >> PAGE_SHIFT)
/* The address space. */
#define ALL	((ULONG_MAX >> PAGE_SHIFT) + 1)

/**
 * struct extent_case - a fault in a mapping, all numbers in pages
 * @name: what is special about it
 * @vma: first page of the VMA
 * @vma_end: page behind its last
 * @pfn: first page frame of the blob
 * @first: page of the blob the VMA begins with
 * @blob: pages of the blob
 * @touched: page that was touched
 * @leaf: whether a PMD fits there
 * @start: first page that is mapped without one
 * @end: page behind the last; @start if the fault is in vain
 */
struct extent_case {
	const char *name;
	unsigned long vma, vma_end, pfn, first, blob, touched;
	bool leaf;
	unsigned long start, end;
};

static const struct extent_case extent_cases[] = {
	{ "one page", 7, 8, 100, 0, 1, 7, false, 7, 8 },
	{ "whole table", TABLE, 2 * TABLE, TABLE, 0, TABLE, TABLE, true, TABLE, 2 * TABLE },
	{ "its last page", TABLE, 2 * TABLE, TABLE, 0, TABLE, 2 * TABLE - 1, true,
	  TABLE, 2 * TABLE },
	{ "address not aligned", TABLE + 1, 2 * TABLE + 1, TABLE, 0, TABLE, TABLE + 5, false,
	  TABLE + 1, 2 * TABLE },
	{ "its tail", TABLE + 1, 2 * TABLE + 1, TABLE, 0, TABLE, 2 * TABLE, false,
	  2 * TABLE, 2 * TABLE + 1 },
	{ "page frame not aligned", TABLE, 2 * TABLE, TABLE + 1, 0, TABLE, TABLE, false,
	  TABLE, 2 * TABLE },
	{ "both off by the same", TABLE + 3, 3 * TABLE + 3, TABLE + 3, 0, 2 * TABLE,
	  2 * TABLE + 9, true, 2 * TABLE, 3 * TABLE },
	{ "and before the first boundary", TABLE + 3, 3 * TABLE + 3, TABLE + 3, 0, 2 * TABLE,
	  TABLE + 9, false, TABLE + 3, 2 * TABLE },
	{ "VMA ends inside", TABLE, 2 * TABLE - 1, TABLE, 0, TABLE, TABLE, false,
	  TABLE, 2 * TABLE - 1 },
	{ "VMA begins inside", TABLE + 1, 2 * TABLE, TABLE, 1, TABLE, TABLE + 1, false,
	  TABLE + 1, 2 * TABLE },
	{ "second half of the blob", TABLE, 2 * TABLE, TABLE, TABLE, 2 * TABLE, TABLE, true,
	  TABLE, 2 * TABLE },
	{ "off by one page of the blob", TABLE, 2 * TABLE, TABLE, 1, 2 * TABLE, TABLE, false,
	  TABLE, 2 * TABLE },
	{ "blob ends before the VMA", TABLE, 3 * TABLE, TABLE, 0, TABLE + 2, 2 * TABLE, false,
	  2 * TABLE, 2 * TABLE + 2 },
	{ "touched behind the blob", TABLE, 3 * TABLE, TABLE, 0, TABLE + 2, 2 * TABLE + 2,
	  false, 0, 0 },
	{ "VMA begins behind the blob", TABLE, 2 * TABLE, TABLE, TABLE, TABLE, TABLE, false,
	  0, 0 },
	{ "VMA begins far behind it", TABLE, 2 * TABLE, TABLE, ULONG_MAX, TABLE, TABLE, false,
	  0, 0 },
	{ "end of the address space", ALL - 2 * TABLE, ALL - TABLE, TABLE, 0, TABLE,
	  ALL - TABLE - 1, true, ALL - 2 * TABLE, ALL - TABLE },
};

KUNIT_ARRAY_PARAM_DESC(extent, extent_cases, name);

static struct virtio_gpu_vram_extent extent_clip(const struct extent_case *c)
{
	struct virtio_gpu_vram_extent vma = {
		.start = c->vma << PAGE_SHIFT,
		.end = c->vma_end << PAGE_SHIFT,
		.pfn = c->pfn,
	};

	return virtio_gpu_vram_extent_clip(&vma, c->first, c->blob);
}

static void leaf_test(struct kunit *test)
{
	const struct extent_case *c = test->param_value;
	struct virtio_gpu_vram_extent extent = extent_clip(c);

	KUNIT_EXPECT_EQ(test, c->leaf,
			virtio_gpu_vram_extent_has_leaf(&extent, c->touched << PAGE_SHIFT,
							PMD_SIZE));
}

static void around_test(struct kunit *test)
{
	const struct extent_case *c = test->param_value;
	struct virtio_gpu_vram_extent extent = extent_clip(c), before = extent;
	unsigned long address = c->touched << PAGE_SHIFT;
	bool found = virtio_gpu_vram_extent_around(&extent, address, PMD_SIZE);

	KUNIT_ASSERT_EQ(test, c->start != c->end, found);
	if (!found) {
		KUNIT_EXPECT_MEMEQ(test, &extent, &before, sizeof(extent));
		return;
	}
	KUNIT_EXPECT_EQ(test, c->start, extent.start >> PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, c->end, extent.end >> PAGE_SHIFT);
	/* Each address keeps its page of the blob. */
	KUNIT_EXPECT_EQ(test, c->pfn + c->first + (c->start - c->vma), extent.pfn);
}

static struct kunit_case extent_test_cases[] = {
	KUNIT_CASE_PARAM(leaf_test, extent_gen_params),
	KUNIT_CASE_PARAM(around_test, extent_gen_params),
	{}
};

static struct kunit_suite extent_suite = {
	.name = "virtgpu_vram_extent",
	.test_cases = extent_test_cases,
};

kunit_test_suite(extent_suite);
