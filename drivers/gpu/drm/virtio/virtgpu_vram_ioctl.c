// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * DRM_IOCTL_VIRTGPU_MAP_ATTR: what the host declared for a blob.
 */
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include <drm/virtgpu_drm.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_blob.h"

/* User space sees the same numbers as the host. */
static_assert(VIRTGPU_MAP_CACHE_CACHED == VIRTIO_GPU_MAP_CACHE_CACHED);
static_assert(VIRTGPU_MAP_CACHE_UNCACHED == VIRTIO_GPU_MAP_CACHE_UNCACHED);
static_assert(VIRTGPU_MAP_CACHE_WC == VIRTIO_GPU_MAP_CACHE_WC);

static_assert(VIRTGPU_MAP_ATTR_SYNC_REQUIRED == VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);
static_assert(VIRTGPU_MAP_ATTR_REVOKED == VIRTIO_GPU_MAP_ATTR_REVOKED);
static_assert(VIRTGPU_MAP_ATTR_READ_ONLY == VIRTIO_GPU_MAP_ATTR_READ_ONLY);

/*
 * User space can rely on a declaration when the host has confirmed its acknowledgment, or if the
 * declaration forbids mapping.
 *
 * Return: 0 if it is later than @known; -EAGAIN if not; why the blob was refused.
 */
static int ioctl_is_later_locked(struct virtio_gpu_object_vram *vram, u64 known)
	__must_hold(&vram->map.lock)
{
	const struct virtio_gpu_vram_state *state = &vram->map.state;

	lockdep_assert_held(&vram->map.lock);

	if (state->refused)
		return state->refused;
	return virtio_gpu_vram_state_access_known(state) && state->attr.generation > known ?
		0 : -EAGAIN;
}

static int ioctl_is_later(struct virtio_gpu_object_vram *vram, u64 known)
{
	int ret;

	mutex_lock(&vram->map.lock);
	ret = ioctl_is_later_locked(vram, known);
	mutex_unlock(&vram->map.lock);
	return ret;
}

/* The condition takes a lock, which is cheap enough because it is evaluated once a response. */
static int ioctl_wait_later(struct virtio_gpu_object_vram *vram, u64 known)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int ret;

	add_wait_queue(&vgdev->resp_wq, &wait);
	while ((ret = ioctl_is_later(vram, known)) == -EAGAIN) {
		if (virtio_gpu_ctrlq_is_dead(vgdev)) {
			ret = -ENODEV;
			break;
		}
		if (signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		wait_woken(&wait, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
	}
	remove_wait_queue(&vgdev->resp_wq, &wait);
	return ret;
}

static int ioctl_query(struct virtio_gpu_object_vram *vram, struct drm_virtgpu_map_attr *args)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	const struct virtio_gpu_vram_state *state = &vram->map.state;
	int ret = 0;

	/* An old host declares nothing before it maps, and nothing later. */
	if (vgdev->has_map_attr)
		ret = virtio_gpu_vram_blob_wait(vram, virtio_gpu_vram_state_attr_known,
						TASK_INTERRUPTIBLE);
	else if (args->flags & VIRTGPU_MAP_ATTR_QUERY_WAIT ||
		 !(vram->base.blob_flags & VIRTGPU_BLOB_FLAG_USE_MAPPABLE))
		ret = -EINVAL;
	if (!ret && args->flags & VIRTGPU_MAP_ATTR_QUERY_WAIT)
		ret = ioctl_wait_later(vram, args->generation);
	if (ret)
		return ret;

	mutex_lock(&vram->map.lock);
	ret = state->refused ?: state->attr.cache_mode ? 0 : state->map_error ?: -ENODATA;
	if (!ret) {
		args->generation = state->attr.generation;
		args->cache_mode = state->attr.undeclared ? VIRTGPU_MAP_CACHE_NONE :
				   state->attr.cache_mode;
		args->attr_flags = state->attr.flags;
	}
	mutex_unlock(&vram->map.lock);
	return ret;
}

/**
 * virtio_gpu_vram_ioctl_map_attr - DRM_IOCTL_VIRTGPU_MAP_ATTR
 * @dev: DRM device
 * @data: struct drm_virtgpu_map_attr
 * @file: caller
 *
 * Return: 0, or an error listed in Documentation/gpu/virtio-gpu-errors.rst.
 */
int virtio_gpu_vram_ioctl_map_attr(struct drm_device *dev, void *data, struct drm_file *file)
{
	struct drm_virtgpu_map_attr *args = data;
	struct drm_gem_object *obj;
	int ret = -EINVAL;

	if (args->flags & ~VIRTGPU_MAP_ATTR_QUERY_WAIT)
		return -EINVAL;
	obj = drm_gem_object_lookup(file, args->bo_handle);
	if (!obj)
		return -ENOENT;
	if (virtio_gpu_is_vram(gem_to_virtio_gpu_obj(obj)))
		ret = ioctl_query(to_virtio_gpu_vram(gem_to_virtio_gpu_obj(obj)), args);
	drm_gem_object_put(obj);
	return ret;
}
