// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Host-visible blobs as dma-bufs.
 *
 * What the host declares for CPUs does not concern devices, with two exceptions.  With
 * VIRTIO_GPU_MAP_ATTR_REVOKED there is nothing behind the DMA addresses of a blob.  With
 * VIRTIO_GPU_MAP_ATTR_READ_ONLY devices must not write, and an importer says that its device may
 * with any direction but DMA_TO_DEVICE.  Importers that can give their addresses back are asked
 * to (dma_buf_invalidate_mappings()); those that cannot have pinned them.  Either way the change
 * is acknowledged when the last mapping that it forbids is gone, and no earlier.  A host that
 * cannot wait for that has its time-out.
 *
 * There is no vmap(): a kernel mapping of an importer's could not be revoked.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/virtio_dma_buf.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_blob.h"
#include "virtgpu_vram_cpu_access.h"
#include "virtgpu_vram_place.h"
#include "virtgpu_vram_prime.h"
#include "virtgpu_vram_vma.h"

static struct virtio_gpu_object_vram *prime_to_vram(struct dma_buf *buf)
{
	return to_virtio_gpu_vram(gem_to_virtio_gpu_obj(buf->priv));
}

static bool prime_is_mappable(struct virtio_gpu_object_vram *vram)
{
	return vram->base.blob_flags & VIRTGPU_BLOB_FLAG_USE_MAPPABLE;
}

static int prime_get_uuid(struct dma_buf *buf, uuid_t *uuid)
{
	struct virtio_gpu_object *bo = gem_to_virtio_gpu_obj(buf->priv);
	struct virtio_gpu_device *vgdev = bo->base.base.dev->dev_private;
	int ret;

	ret = wait_event_interruptible(vgdev->resp_wq,
				       READ_ONCE(bo->uuid_state) != STATE_INITIALIZING ||
				       virtio_gpu_ctrlq_is_dead(vgdev));
	if (ret)
		return ret;
	if (bo->uuid_state != STATE_OK)
		return -ENODEV;
	uuid_copy(uuid, &bo->uuid);
	return 0;
}

static void prime_set_pinned(struct virtio_gpu_object_vram *vram, bool pinned)
{
	mutex_lock(&vram->map.lock);
	if (pinned)
		virtio_gpu_vram_state_pin(&vram->map.state);
	else
		virtio_gpu_vram_state_unpin(&vram->map.state);
	mutex_unlock(&vram->map.lock);
}

/*
 * Waits for the host, as map_dma_buf() cannot: it is called with the reservation locked.  So the
 * blob keeps its place until the importer has detached.
 */
static int prime_attach(struct dma_buf *buf, struct dma_buf_attachment *attachment)
{
	struct virtio_gpu_object_vram *vram = prime_to_vram(buf);
	int ret;

	if (!prime_is_mappable(vram))
		return 0;
	prime_set_pinned(vram, true);
	ret = virtio_gpu_vram_place_for_dma(vram);
	if (ret)
		prime_set_pinned(vram, false);
	return ret;
}

static void prime_detach(struct dma_buf *buf, struct dma_buf_attachment *attachment)
{
	struct virtio_gpu_object_vram *vram = prime_to_vram(buf);

	if (prime_is_mappable(vram))
		prime_set_pinned(vram, false);
}

/* Addresses stay the same as long as there is an attachment: there is nothing to pin. */
static int prime_pin(struct dma_buf_attachment *attachment)
{
	return 0;
}

static void prime_unpin(struct dma_buf_attachment *attachment)
{
}

static bool prime_dir_writes(enum dma_data_direction dir)
{
	return dir != DMA_TO_DEVICE;
}

static int prime_begin_dma(struct virtio_gpu_object_vram *vram, struct dma_buf *buf,
			   enum dma_data_direction dir)
{
	int ret;

	dma_resv_assert_held(buf->resv);

	mutex_lock(&vram->map.lock);
	ret = virtio_gpu_vram_state_dma_map(&vram->map.state, prime_dir_writes(dir));
	if (!ret)
		vram->map.dma_buf = buf;
	mutex_unlock(&vram->map.lock);
	return ret;
}

static void prime_end_dma(struct virtio_gpu_object_vram *vram, enum dma_data_direction dir)
{
	u64 generation;

	mutex_lock(&vram->map.lock);
	generation = virtio_gpu_vram_state_dma_unmap(&vram->map.state, prime_dir_writes(dir));
	if (generation)
		virtio_gpu_vram_blob_ack_later_locked(vram, generation);
	mutex_unlock(&vram->map.lock);
}

static int prime_map_window(struct virtio_gpu_object_vram *vram, struct device *dev,
			    enum dma_data_direction dir, struct sg_table *sgt)
{
	size_t size = vram->base.base.base.size;
	dma_addr_t addr;
	int ret;

	/* What the length of an entry can say. */
	if (size > UINT_MAX)
		return -E2BIG;
	ret = sg_alloc_table(sgt, 1, GFP_KERNEL);
	if (ret)
		return ret;
	addr = dma_map_resource(dev, vram->vram_node.start, size, dir,
				DMA_ATTR_SKIP_CPU_SYNC);
	ret = dma_mapping_error(dev, addr);
	if (ret) {
		sg_free_table(sgt);
		return ret;
	}
	sg_set_page(sgt->sgl, NULL, size, 0);
	sg_dma_address(sgt->sgl) = addr;
	sg_dma_len(sgt->sgl) = size;
	return 0;
}

/*
 * A blob that cannot be mapped has no addresses.  Devices on the virtio bus find it by its
 * UUID, and an empty table is what they get.
 */
static int prime_map_by_uuid(struct virtio_gpu_object_vram *vram, struct device *dev)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;

	return is_virtio_device(dev) && vgdev->has_resource_assign_uuid ? 0 : -EIO;
}

static struct sg_table *prime_map_dma_buf(struct dma_buf_attachment *attachment,
					  enum dma_data_direction dir)
{
	struct virtio_gpu_object_vram *vram = prime_to_vram(attachment->dmabuf);
	const size_t size = sizeof(struct sg_table);
	struct sg_table *sgt;
	int ret;

	sgt = kzalloc(size, GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	if (!prime_is_mappable(vram)) {
		ret = prime_map_by_uuid(vram, attachment->dev);
	} else {
		ret = prime_begin_dma(vram, attachment->dmabuf, dir);
		if (!ret) {
			ret = prime_map_window(vram, attachment->dev, dir, sgt);
			if (ret)
				prime_end_dma(vram, dir);
		}
	}
	if (ret) {
		kfree(sgt);
		return ERR_PTR(ret);
	}
	return sgt;
}

static void prime_unmap_dma_buf(struct dma_buf_attachment *attachment, struct sg_table *sgt,
				enum dma_data_direction dir)
{
	if (sgt->nents) {
		dma_unmap_resource(attachment->dev, sg_dma_address(sgt->sgl),
				   sg_dma_len(sgt->sgl), dir, DMA_ATTR_SKIP_CPU_SYNC);
		sg_free_table(sgt);
		prime_end_dma(prime_to_vram(attachment->dmabuf), dir);
	}
	kfree(sgt);
}

static int prime_begin_cpu_access(struct dma_buf *buf, enum dma_data_direction dir)
{
	return virtio_gpu_vram_cpu_access_begin(prime_to_vram(buf), dir);
}

static int prime_end_cpu_access(struct dma_buf *buf, enum dma_data_direction dir)
{
	return virtio_gpu_vram_cpu_access_end(prime_to_vram(buf), dir);
}

static int prime_mmap(struct dma_buf *buf, struct vm_area_struct *vma)
{
	return virtio_gpu_vram_vma_mmap_dma_buf(buf->priv, vma);
}

static void prime_release(struct dma_buf *buf)
{
	virtio_gpu_vram_cpu_access_close(prime_to_vram(buf));
	drm_gem_dmabuf_release(buf);
}

static bool prime_must_invalidate(struct virtio_gpu_object_vram *vram)
{
	bool must;

	mutex_lock(&vram->map.lock);
	must = virtio_gpu_vram_state_must_invalidate(&vram->map.state);
	mutex_unlock(&vram->map.lock);
	return must;
}

/*
 * Has a reference to the blob.  The attachment of an importer that has DMA addresses holds the
 * dma-buf, and neither ends without the lock.
 */
static void prime_invalidate_work(struct work_struct *work)
{
	struct virtio_gpu_object_vram *vram =
		container_of(work, struct virtio_gpu_object_vram, map.invalidate_work);
	struct dma_resv *resv = vram->base.base.base.resv;

	dma_resv_lock(resv, NULL);
	if (prime_must_invalidate(vram))
		dma_buf_invalidate_mappings(vram->map.dma_buf);
	dma_resv_unlock(resv);
	drm_gem_object_put(&vram->base.base.base);
}

/**
 * virtio_gpu_vram_prime_invalidate - have importers give back addresses that they must not use
 * @vram: blob with a new declaration, or lost
 *
 * Importers hold addresses without memory behind them, or their devices could write to memory
 * that is read-only now.
 *
 * From a work item, on a work queue of its own: the holder of the reservation lock may wait for
 * space in the control queue, and changes of other blobs go on meanwhile.
 *
 * Context: any but under &virtio_gpu_vram_map.lock.
 */
void virtio_gpu_vram_prime_invalidate(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;

	if (!prime_must_invalidate(vram))
		return;
	drm_gem_object_get(&vram->base.base.base);
	if (!queue_work(vgdev->vram_prime_wq, &vram->map.invalidate_work))
		drm_gem_object_put(&vram->base.base.base);
}

/**
 * virtio_gpu_vram_prime_flush - wait until importers have been told, and brackets given up
 * @vgdev: device that is going to be reset and whose blobs are lost, after
 *	virtio_gpu_ctrlq_close(): an importer may hold its lock while it waits for a fence
 *
 * Called before the reset, which frees the space in the window that importers hold addresses of.
 */
void virtio_gpu_vram_prime_flush(struct virtio_gpu_device *vgdev)
{
	flush_workqueue(vgdev->vram_prime_wq);
	flush_workqueue(vgdev->vram_bracket_wq);
}

/**
 * virtio_gpu_vram_prime_blob_init - prepare a new blob
 * @vram: blob
 */
void virtio_gpu_vram_prime_blob_init(struct virtio_gpu_object_vram *vram)
{
	INIT_WORK(&vram->map.invalidate_work, prime_invalidate_work);
	virtio_gpu_vram_cpu_access_blob_init(vram);
}

/**
 * virtio_gpu_vram_prime_init - prepare a device
 * @vgdev: device
 *
 * Return: 0 or -ENOMEM.
 */
int virtio_gpu_vram_prime_init(struct virtio_gpu_device *vgdev)
{
	int ret = virtio_gpu_vram_cpu_access_init(vgdev);

	if (ret)
		return ret;
	return virtio_gpu_vram_cmd_alloc_wq(vgdev, "virtio-gpu-importers", &vgdev->vram_prime_wq);
}

/*
 * Operations of dma-bufs of host-visible blobs.  The errors that importers see are listed in
 * Documentation/gpu/virtio-gpu-errors.rst.
 */
const struct virtio_dma_buf_ops virtio_gpu_vram_prime_ops = {
	.ops = {
		.attach = virtio_dma_buf_attach,
		.detach = prime_detach,
		.pin = prime_pin,
		.unpin = prime_unpin,
		.map_dma_buf = prime_map_dma_buf,
		.unmap_dma_buf = prime_unmap_dma_buf,
		.begin_cpu_access = prime_begin_cpu_access,
		.end_cpu_access = prime_end_cpu_access,
		.release = prime_release,
		.mmap = prime_mmap,
	},
	.device_attach = prime_attach,
	.get_uuid = prime_get_uuid,
};
