// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * How much of a blob one page fault maps: a leaf entry of a whole PMD where address
 * and page frame allow one, and else all pages that fit into the same page table.
 */
#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "virtgpu_vram_extent.h"

/**
 * virtio_gpu_vram_extent_clip - what a VMA shows of a blob
 * @vma: addresses of the VMA; @pfn is the blob's first page frame
 * @first: page of the blob that the VMA begins with
 * @blob_pages: number of pages of the blob
 *
 * Return: the addresses behind which the blob lies; none if @first is beyond it.
 */
struct virtio_gpu_vram_extent
virtio_gpu_vram_extent_clip(const struct virtio_gpu_vram_extent *vma,
			    pgoff_t first, pgoff_t blob_pages)
{
	pgoff_t pages = (vma->end - vma->start) >> PAGE_SHIFT;

	pages = first < blob_pages ? min(pages, blob_pages - first) : 0;
	return (struct virtio_gpu_vram_extent){
		.start = vma->start,
		.end = vma->start + (pages << PAGE_SHIFT),
		.pfn = vma->pfn + first,
	};
}

/**
 * virtio_gpu_vram_extent_has_leaf - is there room for a leaf entry at an address?
 * @extent: what may be mapped
 * @address: anywhere in the leaf
 * @size: bytes the leaf maps, a power of two
 *
 * Return: whether all of the leaf lies in @extent, and its first page frame is as
 * aligned as its address.
 */
bool virtio_gpu_vram_extent_has_leaf(const struct virtio_gpu_vram_extent *extent,
				     unsigned long address, unsigned long size)
{
	unsigned long base = ALIGN_DOWN(address, size);
	unsigned long pfn;

	if (base < extent->start || base >= extent->end || extent->end - base < size)
		return false;
	pfn = extent->pfn + ((base - extent->start) >> PAGE_SHIFT);
	return IS_ALIGNED(pfn, size >> PAGE_SHIFT);
}

/**
 * virtio_gpu_vram_extent_around - narrow an extent to the surroundings of an address
 * @extent: what may be mapped; narrowed to what lies in the same block of @size
 * @address: that was touched
 * @size: bytes, a power of two
 *
 * Return: whether @address is in @extent, which is untouched if not.
 */
bool virtio_gpu_vram_extent_around(struct virtio_gpu_vram_extent *extent,
				   unsigned long address, unsigned long size)
{
	unsigned long base = ALIGN_DOWN(address, size);

	if (address < extent->start || address >= extent->end)
		return false;
	if (base > extent->start) {
		extent->pfn += (base - extent->start) >> PAGE_SHIFT;
		extent->start = base;
	}
	/* Not base + size, which can be 0 at the end of the address space. */
	if (extent->end - base > size)
		extent->end = base + size;
	return true;
}
