// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Where a host-visible blob lies: in the window, and in a process.  A leaf entry of
 * a whole PMD needs both to be aligned.
 */
#include <linux/mm.h>

#include <drm/drm_file.h>
#include <drm/drm_vma_manager.h>

#include "virtgpu_drv.h"

static int insert(struct virtio_gpu_device *vgdev,
		  struct virtio_gpu_object_vram *vram, u64 alignment)
{
	int ret;

	spin_lock(&vgdev->host_visible_lock);
	ret = drm_mm_insert_node_generic(&vgdev->host_visible_mm, &vram->vram_node,
					 vram->base.base.base.size, alignment, 0,
					 DRM_MM_INSERT_BEST);
	spin_unlock(&vgdev->host_visible_lock);
	return ret;
}

/**
 * virtio_gpu_vram_place - take a place in the window
 * @vgdev: device
 * @vram: blob without a place
 *
 * Blobs that leaf entries of a whole PMD can map are aligned for it, if there is
 * room; small ones go into what that leaves free between them.
 *
 * Return: 0; -ENOSPC if the window is full; -EINVAL if there is none.
 */
int virtio_gpu_vram_place(struct virtio_gpu_device *vgdev,
			  struct virtio_gpu_object_vram *vram)
{
	int ret = -ENOSPC;

	if (!vgdev->has_host_visible)
		return -EINVAL;

	if (IS_ENABLED(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP) &&
	    vram->base.base.base.size >= PMD_SIZE)
		ret = insert(vgdev, vram, PMD_SIZE);
	if (ret == -ENOSPC)
		ret = insert(vgdev, vram, 0);
	return ret;
}

/**
 * virtio_gpu_vram_give_back - give up a place in the window
 * @vgdev: device
 * @vram: blob that has one, where the host maps nothing
 */
void virtio_gpu_vram_give_back(struct virtio_gpu_device *vgdev,
			       struct virtio_gpu_object_vram *vram)
{
	spin_lock(&vgdev->host_visible_lock);
	drm_mm_remove_node(&vram->vram_node);
	spin_unlock(&vgdev->host_visible_lock);
}

#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
/**
 * virtio_gpu_get_unmapped_area - choose addresses for a mapping
 * @filp: DRM file
 * @addr: where user space would like it, or 0
 * @len: bytes
 * @pgoff: fake offset, in pages
 * @flags: as for mmap()
 *
 * The fake offset says nothing about how objects are aligned, so that addresses are
 * aligned as the distance from the object's beginning is.
 *
 * Return: address, or a negative errno.
 */
unsigned long virtio_gpu_get_unmapped_area(struct file *filp, unsigned long addr,
					   unsigned long len, unsigned long pgoff,
					   unsigned long flags)
{
	struct drm_file *file = filp->private_data;
	struct drm_vma_offset_manager *mgr = file->minor->dev->vma_offset_manager;
	struct drm_vma_offset_node *node;

	drm_vma_offset_lock_lookup(mgr);
	node = drm_vma_offset_lookup_locked(mgr, pgoff, len >> PAGE_SHIFT);
	if (node)
		pgoff -= drm_vma_node_start(node);
	drm_vma_offset_unlock_lookup(mgr);

	return thp_get_unmapped_area(filp, addr, len, pgoff, flags);
}
#endif
