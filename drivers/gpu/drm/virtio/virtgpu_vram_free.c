// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The end of a blob, without a process that waits for it.
 *
 * The host has to be told, and for that there may be no room in the control queue
 * until the host answers.  A command about a new blob can be given up when its
 * process is killed; this one cannot, or a resource would stay mapped in a window
 * whose place somebody else gets.  So it is left to a work, and a process that
 * closes a blob, or exits, never waits for the host.
 */
#include <drm/drm_drv.h>

#include "virtgpu_drv.h"

static void free_work(struct work_struct *work)
{
	struct virtio_gpu_vram_changes *changes =
		container_of(work, struct virtio_gpu_vram_changes, free_work);
	struct virtio_gpu_object_vram *vram, *next;
	struct llist_node *list;

	list = llist_reverse_order(llist_del_all(&changes->freed));
	llist_for_each_entry_safe(vram, next, list, map.freed)
		virtio_gpu_vram_free(&vram->base.base.base);
}

/**
 * virtio_gpu_vram_free_init - prepare a device
 * @vgdev: device
 */
void virtio_gpu_vram_free_init(struct virtio_gpu_device *vgdev)
{
	init_llist_head(&vgdev->vram_changes.freed);
	INIT_WORK(&vgdev->vram_changes.free_work, free_work);
}

/**
 * virtio_gpu_vram_free_later - the last reference to a blob is gone
 * @obj: blob
 */
void virtio_gpu_vram_free_later(struct drm_gem_object *obj)
{
	struct virtio_gpu_device *vgdev = obj->dev->dev_private;
	struct virtio_gpu_vram_changes *changes = &vgdev->vram_changes;
	struct virtio_gpu_object_vram *vram =
		to_virtio_gpu_vram(gem_to_virtio_gpu_obj(obj));
	int idx;

	/* Nobody to tell: nothing to wait for, and nobody runs the work. */
	if (!drm_dev_enter(obj->dev, &idx)) {
		virtio_gpu_vram_free(obj);
		return;
	}
	if (llist_add(&vram->map.freed, &changes->freed))
		queue_work(system_long_wq, &changes->free_work);
	drm_dev_exit(idx);
}

/**
 * virtio_gpu_vram_free_flush - have the end of all freed blobs behind
 * @vgdev: unplugged device
 */
void virtio_gpu_vram_free_flush(struct virtio_gpu_device *vgdev)
{
	flush_work(&vgdev->vram_changes.free_work);
}
