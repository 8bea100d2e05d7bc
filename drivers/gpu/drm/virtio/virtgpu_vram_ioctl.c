// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * DRM_IOCTL_VIRTGPU_MAP_ATTR: what the host declared for a blob.
 */
#include <drm/virtgpu_map_attr_drm.h>

#include "virtgpu_drv.h"

/* The numbers of user space are the host's; see to it that they stay so. */
static_assert(VIRTGPU_MAP_CACHE_CACHED == VIRTIO_GPU_MAP_CACHE_CACHED);
static_assert(VIRTGPU_MAP_CACHE_UNCACHED == VIRTIO_GPU_MAP_CACHE_UNCACHED);
static_assert(VIRTGPU_MAP_CACHE_WC == VIRTIO_GPU_MAP_CACHE_WC);

static int query(struct virtio_gpu_object_vram *vram,
		 struct drm_virtgpu_map_attr *args)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	int ret = 0;

	/* An old host declares nothing before it maps. */
	if (!vgdev->has_map_attr) {
		if (!(vram->base.blob_flags & VIRTGPU_BLOB_FLAG_USE_MAPPABLE))
			return -EINVAL;
		ret = virtio_gpu_vram_request_map(vram);
	}
	if (!ret)
		ret = virtio_gpu_vram_wait_declared(vram);
	if (ret)
		return ret;

	mutex_lock(&vram->map.lock);
	args->generation = vram->map.state.attr.generation;
	args->cache_mode = vram->map.state.attr.cache_mode;
	args->attr_flags = 0;
	if (virtio_gpu_vram_attr_may_map(&vram->map.state.attr) == -EOPNOTSUPP)
		args->attr_flags |= VIRTGPU_MAP_ATTR_SYNC_REQUIRED;
	mutex_unlock(&vram->map.lock);
	return 0;
}

/**
 * virtio_gpu_map_attr_ioctl - DRM_IOCTL_VIRTGPU_MAP_ATTR
 * @dev: DRM device
 * @data: struct drm_virtgpu_map_attr
 * @file: caller
 *
 * Return: 0, or an error listed at struct drm_virtgpu_map_attr.
 */
int virtio_gpu_map_attr_ioctl(struct drm_device *dev, void *data,
			      struct drm_file *file)
{
	struct drm_virtgpu_map_attr *args = data;
	struct drm_gem_object *obj;
	int ret = -EINVAL;

	if (args->flags)
		return -EINVAL;
	obj = drm_gem_object_lookup(file, args->bo_handle);
	if (!obj)
		return -ENOENT;
	if (virtio_gpu_is_vram(gem_to_virtio_gpu_obj(obj)))
		ret = query(to_virtio_gpu_vram(gem_to_virtio_gpu_obj(obj)),
			    args);
	drm_gem_object_put(obj);
	return ret;
}
