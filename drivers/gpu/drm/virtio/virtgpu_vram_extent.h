/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_EXTENT_H
#define VIRTGPU_VRAM_EXTENT_H

#include <linux/types.h>

/**
 * struct virtio_gpu_vram_extent - user addresses behind which lies one run of memory
 * @start: first address, a multiple of the page size
 * @end: address behind the last, likewise
 * @pfn: page frame that belongs at @start
 */
struct virtio_gpu_vram_extent {
	unsigned long start;
	unsigned long end;
	unsigned long pfn;
};

struct virtio_gpu_vram_extent
virtio_gpu_vram_extent_clip(const struct virtio_gpu_vram_extent *vma,
			    pgoff_t first, pgoff_t blob_pages);
bool virtio_gpu_vram_extent_has_leaf(const struct virtio_gpu_vram_extent *extent,
				     unsigned long address, unsigned long size);
bool virtio_gpu_vram_extent_around(struct virtio_gpu_vram_extent *extent,
				   unsigned long address, unsigned long size);

#endif
