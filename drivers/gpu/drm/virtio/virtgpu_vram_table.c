// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Host-visible blobs by resource id, for what the host says of a resource and for what
 * concerns all blobs of a device.
 *
 * The table holds no reference.  Its lock orders a look-up against the end of a blob.
 */
#include <drm/drm_gem.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_table.h"

/**
 * virtio_gpu_vram_table_init - prepare a device
 * @vgdev: device
 */
void virtio_gpu_vram_table_init(struct virtio_gpu_device *vgdev)
{
	xa_init(&vgdev->vram_table);
}

/**
 * virtio_gpu_vram_table_add - let a blob be found
 * @vram: blob that has its resource id and does not exist for the host yet
 *
 * Return: 0; -ENOMEM; -EBUSY if another blob has the id, because ids begin again after 2^32.
 */
int virtio_gpu_vram_table_add(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;

	return xa_insert(&vgdev->vram_table, vram->base.hw_res_handle, vram, GFP_KERNEL);
}

/**
 * virtio_gpu_vram_table_remove - let a blob be found no more
 * @vram: blob whose last reference is gone; it need not be in the table
 */
void virtio_gpu_vram_table_remove(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;

	/* The entry is another blob's if virtio_gpu_vram_table_add() has failed with -EBUSY. */
	xa_cmpxchg(&vgdev->vram_table, vram->base.hw_res_handle, vram, NULL, GFP_KERNEL);
}

/**
 * virtio_gpu_vram_table_next - find the next blob that is alive
 * @vgdev: device
 * @id: lowest resource id to look at; set to the one found
 *
 * A blob whose last reference is gone is passed over: it has no mappings.
 *
 * Return: blob with a reference for the caller, or NULL.
 */
struct virtio_gpu_object_vram *
virtio_gpu_vram_table_next(struct virtio_gpu_device *vgdev, unsigned long *id)
{
	struct xarray *table = &vgdev->vram_table;
	struct virtio_gpu_object_vram *vram;

	xa_lock(table);
	vram = xa_find(table, id, ULONG_MAX, XA_PRESENT);
	while (vram && !kref_get_unless_zero(&vram->base.base.base.refcount))
		vram = xa_find_after(table, id, ULONG_MAX, XA_PRESENT);
	xa_unlock(table);
	return vram;
}

/**
 * virtio_gpu_vram_table_find - find a blob
 * @vgdev: device
 * @resource_id: id of the blob
 *
 * Return: blob with a reference for the caller; NULL if there is none, or none any more.
 */
struct virtio_gpu_object_vram *
virtio_gpu_vram_table_find(struct virtio_gpu_device *vgdev, u32 resource_id)
{
	unsigned long id = resource_id;
	struct virtio_gpu_object_vram *vram = virtio_gpu_vram_table_next(vgdev, &id);

	if (vram && id != resource_id) {
		drm_gem_object_put(&vram->base.base.base);
		vram = NULL;
	}
	return vram;
}

/**
 * virtio_gpu_vram_table_for_each - call a function for every blob that is alive
 * @vgdev: device
 * @func: function, which may sleep
 *
 * Blobs that are added meanwhile may be left out.
 */
void virtio_gpu_vram_table_for_each(struct virtio_gpu_device *vgdev,
				    void (*func)(struct virtio_gpu_object_vram *vram))
{
	struct virtio_gpu_object_vram *vram;
	unsigned long id = 0;

	for (vram = virtio_gpu_vram_table_next(vgdev, &id); vram;
	     id++, vram = virtio_gpu_vram_table_next(vgdev, &id)) {
		func(vram);
		drm_gem_object_put(&vram->base.base.base);
	}
}
