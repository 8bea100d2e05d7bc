// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * CPU access to exported blobs by other ways than mmap().
 */
#include <linux/dma-buf.h>

#include "virtgpu_drv.h"

/**
 * virtio_gpu_vram_begin_cpu_access - somebody brackets CPU access to a dma-buf
 * @buf: exported by this driver
 * @dir: unused
 *
 * A host blob is coherent as it is mapped, or it must not be touched: where the
 * host requires SYNC brackets these here are not the ones it means.
 *
 * Return: 0; -EOPNOTSUPP, -ESTALE, -EPROTO or -EIO as for virtio_gpu_vram_mmap().
 */
int virtio_gpu_vram_begin_cpu_access(struct dma_buf *buf,
				     enum dma_data_direction dir)
{
	struct virtio_gpu_object *bo = gem_to_virtio_gpu_obj(buf->priv);
	struct virtio_gpu_object_vram *vram;
	int ret;

	if (!virtio_gpu_is_vram(bo))
		return 0;

	vram = to_virtio_gpu_vram(bo);
	mutex_lock(&vram->map.lock);
	ret = vram->map.state.refused ?: virtio_gpu_vram_attr_may_map(&vram->map.state.attr);
	mutex_unlock(&vram->map.lock);
	return ret;
}
