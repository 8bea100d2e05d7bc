// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Host-visible blobs as dma-bufs.
 *
 * What the host declares for CPUs does not concern devices, but VIRTIO_GPU_MAP_ATTR_REVOKED
 * does: behind the DMA addresses of a blob there is nothing then; and
 * VIRTIO_GPU_MAP_ATTR_READ_ONLY does if the device may write, which is what an importer says
 * with any direction but DMA_TO_DEVICE.  Importers that can let go of their addresses are asked
 * to; those that cannot have pinned them.  Either way the change is acknowledged when the last
 * of those that it forbids is gone, and no earlier: a host that cannot wait for that has its
 * time-out.
 *
 * There is no vmap(): a kernel mapping of an importer's could not be taken away.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/virtio_dma_buf.h>

#include "virtgpu_drv.h"

static struct virtio_gpu_object_vram *buf_to_vram(struct dma_buf *buf)
{
	return to_virtio_gpu_vram(gem_to_virtio_gpu_obj(buf->priv));
}

static bool is_mappable(struct virtio_gpu_object_vram *vram)
{
	return vram->base.blob_flags & VIRTGPU_BLOB_FLAG_USE_MAPPABLE;
}

static int get_uuid(struct dma_buf *buf, uuid_t *uuid)
{
	struct virtio_gpu_object *bo = gem_to_virtio_gpu_obj(buf->priv);
	struct virtio_gpu_device *vgdev = bo->base.base.dev->dev_private;
	int ret;

	ret = wait_event_interruptible(vgdev->resp_wq,
				       READ_ONCE(bo->uuid_state) != STATE_INITIALIZING ||
				       virtio_gpu_vram_is_gone(vgdev));
	if (ret)
		return ret;
	if (bo->uuid_state != STATE_OK)
		return -ENODEV;
	uuid_copy(uuid, &bo->uuid);
	return 0;
}

/* The place to wait for the host: map_dma_buf() is called with the reservation locked. */
static int attach(struct dma_buf *buf, struct dma_buf_attachment *attachment)
{
	struct virtio_gpu_object_vram *vram = buf_to_vram(buf);

	return is_mappable(vram) ? virtio_gpu_vram_wait_placed(vram) : 0;
}

/* Addresses are a blob's for as long as it has its place: there is nothing to pin. */
static int pin(struct dma_buf_attachment *attachment)
{
	return 0;
}

static void unpin(struct dma_buf_attachment *attachment)
{
}

static bool writes(enum dma_data_direction dir)
{
	return dir != DMA_TO_DEVICE;
}

static int begin_dma(struct virtio_gpu_object_vram *vram, struct dma_buf *buf,
		     enum dma_data_direction dir)
{
	int ret;

	dma_resv_assert_held(buf->resv);

	mutex_lock(&vram->map.lock);
	ret = virtio_gpu_vram_state_dma_map(&vram->map.state, writes(dir));
	if (!ret)
		vram->map.dma_buf = buf;
	mutex_unlock(&vram->map.lock);
	return ret;
}

static void end_dma(struct virtio_gpu_object_vram *vram, enum dma_data_direction dir)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	u64 generation;

	mutex_lock(&vram->map.lock);
	generation = virtio_gpu_vram_state_dma_unmap(&vram->map.state, writes(dir));
	if (generation) {
		vram->map.ack_generation = generation;
		drm_gem_object_get(&vram->base.base.base);
		if (!queue_work(vgdev->vram_changes.wq, &vram->map.ack_work))
			drm_gem_object_put(&vram->base.base.base);
	}
	mutex_unlock(&vram->map.lock);
}

static int map_window(struct virtio_gpu_object_vram *vram, struct device *dev,
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
static int map_by_uuid(struct virtio_gpu_object_vram *vram, struct device *dev)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;

	return is_virtio_device(dev) && vgdev->has_resource_assign_uuid ? 0 : -EIO;
}

static struct sg_table *map_dma_buf(struct dma_buf_attachment *attachment,
				    enum dma_data_direction dir)
{
	struct virtio_gpu_object_vram *vram = buf_to_vram(attachment->dmabuf);
	const size_t size = sizeof(struct sg_table);
	struct sg_table *sgt;
	int ret;

	sgt = kzalloc(size, GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	if (!is_mappable(vram)) {
		ret = map_by_uuid(vram, attachment->dev);
	} else {
		ret = begin_dma(vram, attachment->dmabuf, dir);
		if (!ret) {
			ret = map_window(vram, attachment->dev, dir, sgt);
			if (ret)
				end_dma(vram, dir);
		}
	}
	if (ret) {
		kfree(sgt);
		return ERR_PTR(ret);
	}
	return sgt;
}

static void unmap_dma_buf(struct dma_buf_attachment *attachment, struct sg_table *sgt,
			  enum dma_data_direction dir)
{
	if (sgt->nents) {
		dma_unmap_resource(attachment->dev, sg_dma_address(sgt->sgl),
				   sg_dma_len(sgt->sgl), dir, DMA_ATTR_SKIP_CPU_SYNC);
		sg_free_table(sgt);
		end_dma(buf_to_vram(attachment->dmabuf), dir);
	}
	kfree(sgt);
}

/*
 * A host blob is coherent as it is mapped, or it must not be touched: where the
 * host requires SYNC brackets these here are not the ones it means.
 */
static int begin_cpu_access(struct dma_buf *buf, enum dma_data_direction dir)
{
	struct virtio_gpu_object_vram *vram = buf_to_vram(buf);
	int ret;

	mutex_lock(&vram->map.lock);
	ret = vram->map.state.refused ?:
	      virtio_gpu_vram_attr_may_map(&vram->map.state.attr, dir != DMA_FROM_DEVICE);
	mutex_unlock(&vram->map.lock);
	return ret;
}

/*
 * Of the dma-bufs of host-visible blobs.
 *
 * Errors of attaching and mapping: -ESTALE where the host has revoked the blob, or it is
 * lost; -EACCES for a device that may write where the host does not allow that; -EIO where the
 * host refused it; -ENOSPC, -ENOMEM; -E2BIG for 4 GiB and more;
 * -ERESTARTSYS for a signal; -ENODEV where the device is gone.
 */
const struct virtio_dma_buf_ops virtio_gpu_vram_dma_buf_ops = {
	.ops = {
		.attach = virtio_dma_buf_attach,
		.pin = pin,
		.unpin = unpin,
		.map_dma_buf = map_dma_buf,
		.unmap_dma_buf = unmap_dma_buf,
		.begin_cpu_access = begin_cpu_access,
		.release = drm_gem_dmabuf_release,
		.mmap = drm_gem_dmabuf_mmap,
	},
	.device_attach = attach,
	.get_uuid = get_uuid,
};
