/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_VMA_H
#define VIRTGPU_VRAM_VMA_H

#include <linux/mm.h>

#include <drm/drm_gem.h>

#include "virtgpu_drv.h"

/**
 * virtio_gpu_vram_vma_to_vram - which blob a VMA shows
 * @vma: VMA with virtio_gpu_vram_vma_ops
 *
 * Return: blob, which lives at least as long as @vma.
 */
static inline struct virtio_gpu_object_vram *
virtio_gpu_vram_vma_to_vram(const struct vm_area_struct *vma)
{
	return to_virtio_gpu_vram(gem_to_virtio_gpu_obj(vma->vm_private_data));
}

/**
 * virtio_gpu_vram_vma_page - which page of the blob a VMA begins with
 * @vma: VMA with virtio_gpu_vram_vma_ops
 *
 * VMAs keep the fake offset in vm_pgoff, because that is where unmap_mapping_range() looks for
 * them.  The blob begins at its node's.
 *
 * Return: number of the page in the blob.
 */
static inline pgoff_t virtio_gpu_vram_vma_page(const struct vm_area_struct *vma)
{
	const struct drm_gem_object *obj = vma->vm_private_data;

	return vma->vm_pgoff - drm_vma_node_start(&obj->vma_node);
}

/**
 * virtio_gpu_vram_vma_prot - protection of a VMA's pages, cacheable
 * @vma: VMA
 *
 * Return: protection without any cache bits; those of vm_page_prot may be another cache mode's.
 */
static inline pgprot_t virtio_gpu_vram_vma_prot(const struct vm_area_struct *vma)
{
	return vm_get_page_prot(vma->vm_flags);
}

extern const struct vm_operations_struct virtio_gpu_vram_vma_ops;
extern const struct vm_operations_struct virtio_gpu_vram_vma_dma_buf_ops;
unsigned int virtio_gpu_vram_vma_access_locked(struct virtio_gpu_object_vram *vram,
					       const struct vm_area_struct *vma);
int virtio_gpu_vram_vma_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma);
int virtio_gpu_vram_vma_mmap_dma_buf(struct drm_gem_object *obj, struct vm_area_struct *vma);
unsigned long virtio_gpu_vram_vma_get_unmapped_area(struct file *filp, unsigned long addr,
						    unsigned long len, unsigned long pgoff,
						    unsigned long flags);

#endif
