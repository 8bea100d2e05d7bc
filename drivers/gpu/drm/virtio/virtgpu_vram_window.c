// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Space for host-visible blobs in the host-visible window, a range of guest physical addresses.
 */
#include <linux/mm.h>

#include <drm/drm_mm.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_window.h"

static int window_insert_node(struct virtio_gpu_device *vgdev,
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
 * virtio_gpu_vram_window_alloc - allocate space in the window
 * @vram: blob without space there
 *
 * Blobs that leaf entries of a whole PMD can map are aligned for that, if there is enough
 * space; small ones go into the gaps that this leaves.
 *
 * Return: 0; -ENOSPC if the window is full; -EINVAL if there is none.
 */
int virtio_gpu_vram_window_alloc(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	int ret = -ENOSPC;

	if (!vgdev->has_host_visible)
		return -EINVAL;

	if (IS_ENABLED(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP) &&
	    vram->base.base.base.size >= PMD_SIZE)
		ret = window_insert_node(vgdev, vram, PMD_SIZE);
	if (ret == -ENOSPC)
		ret = window_insert_node(vgdev, vram, 0);
	return ret;
}

/**
 * virtio_gpu_vram_window_free - free space in the window
 * @vram: blob that has space there, where the host maps nothing
 */
void virtio_gpu_vram_window_free(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;

	spin_lock(&vgdev->host_visible_lock);
	drm_mm_remove_node(&vram->vram_node);
	spin_unlock(&vgdev->host_visible_lock);
}
