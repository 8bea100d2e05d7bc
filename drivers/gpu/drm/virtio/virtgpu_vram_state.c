// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Where a host-visible blob stands with the host: its place in the window, the
 * attributes the host declared, and why it cannot be mapped if it cannot.
 *
 * A place in the window is taken before RESOURCE_MAP_BLOB is sent.  It is given
 * back when the host answers with an error, for then nothing is mapped there;
 * an answer that cannot be understood leaves the place taken until the resource
 * is gone, because the host may well have mapped it.
 */
#include <linux/vmalloc.h>

#include <drm/drm_drv.h>
#include <drm/drm_print.h>

#include "virtgpu_drv.h"

static struct virtio_gpu_device *to_vgdev(struct virtio_gpu_object_vram *vram)
{
	return vram->base.base.base.dev->dev_private;
}

static int window_place(struct virtio_gpu_device *vgdev,
			struct virtio_gpu_object_vram *vram)
{
	int ret;

	if (!vgdev->has_host_visible)
		return -EINVAL;

	spin_lock(&vgdev->host_visible_lock);
	ret = drm_mm_insert_node(&vgdev->host_visible_mm, &vram->vram_node,
				 vram->base.base.base.size);
	spin_unlock(&vgdev->host_visible_lock);
	return ret;
}

static void window_give_back(struct virtio_gpu_device *vgdev,
			     struct virtio_gpu_object_vram *vram)
{
	spin_lock(&vgdev->host_visible_lock);
	drm_mm_remove_node(&vram->vram_node);
	spin_unlock(&vgdev->host_visible_lock);
}

/**
 * virtio_gpu_vram_map_init - prepare a new blob
 * @vram: zeroed object
 */
void virtio_gpu_vram_map_init(struct virtio_gpu_object_vram *vram)
{
	mutex_init(&vram->map.lock);
}

/**
 * virtio_gpu_vram_request_map - ask the host to map a blob into the window
 * @vram: blob
 *
 * Does nothing if that has been asked already; asks again if the host has
 * refused before.  The answer ends in virtio_gpu_vram_mapped().
 *
 * Context: may sleep.  Not under &virtio_gpu_vram_map.lock: queueing a command
 * can wait for the work that takes that lock to deliver replies.
 * Return: 0; -ENOSPC if the window is full; -ENOMEM; -ENODEV after unplug;
 * -EINVAL if there is no window.
 */
int virtio_gpu_vram_request_map(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = to_vgdev(vram);
	struct virtio_gpu_vram_map *map = &vram->map;
	int ret;

	mutex_lock(&map->lock);
	if (map->state != VIRTIO_GPU_VRAM_UNMAPPED || map->refused) {
		mutex_unlock(&map->lock);
		return 0;
	}
	ret = window_place(vgdev, vram);
	if (!ret) {
		map->state = VIRTIO_GPU_VRAM_MAPPING;
		map->map_error = 0;
	}
	mutex_unlock(&map->lock);
	if (ret)
		return ret;

	ret = virtio_gpu_vram_cmd_map(vram, vram->vram_node.start -
					    vgdev->host_visible_region.addr);
	if (ret)
		virtio_gpu_vram_mapped(vram, ret, NULL);
	return ret;
}

/* Wakes whoever waits for a reply about any blob; they look for themselves. */
static void wake_waiters(struct virtio_gpu_device *vgdev)
{
	wake_up_all(&vgdev->resp_wq);
}

/* For good, and with a word about it the first time. */
static void refuse_locked(struct virtio_gpu_object_vram *vram, int error)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;

	lockdep_assert_held(&map->lock);

	if (map->refused)
		return;
	map->refused = error;
	drm_err_ratelimited(vram->base.base.base.dev,
			    "blob resource %u: %s (%d), it will not be mapped\n",
			    vram->base.hw_res_handle, error == -EPROTO ?
			    "the host declared attributes this driver does not understand" :
			    "the host refused to create it", error);
}

static void declare_locked(struct virtio_gpu_object_vram *vram,
			   const struct virtio_gpu_vram_attr *attr)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int ret;

	lockdep_assert_held(&map->lock);

	if (map->refused)
		return;
	ret = virtio_gpu_vram_attr_update(&map->attr, attr);
	if (ret)
		refuse_locked(vram, ret);
}

/**
 * virtio_gpu_vram_created - the host answered RESOURCE_CREATE_BLOB
 * @vram: blob
 * @error: 0, or why it is of no use
 * @attr: declaration that came with it, or NULL
 */
void virtio_gpu_vram_created(struct virtio_gpu_object_vram *vram, int error,
			     const struct virtio_gpu_vram_attr *attr)
{
	struct virtio_gpu_vram_map *map = &vram->map;

	mutex_lock(&map->lock);
	if (error)
		refuse_locked(vram, error);
	else if (attr)
		declare_locked(vram, attr);
	mutex_unlock(&map->lock);
	wake_waiters(to_vgdev(vram));
}

/**
 * virtio_gpu_vram_mapped - the host answered RESOURCE_MAP_BLOB
 * @vram: blob
 * @error: 0; -EPROTO for an answer beyond understanding; any other errno says
 *	that nothing was mapped
 * @attr: declaration that came with it, or NULL
 */
void virtio_gpu_vram_mapped(struct virtio_gpu_object_vram *vram, int error,
			    const struct virtio_gpu_vram_attr *attr)
{
	struct virtio_gpu_device *vgdev = to_vgdev(vram);
	struct virtio_gpu_vram_map *map = &vram->map;

	mutex_lock(&map->lock);
	if (!error) {
		map->state = VIRTIO_GPU_VRAM_MAPPED;
		declare_locked(vram, attr);
	} else if (error == -EPROTO) {
		map->state = VIRTIO_GPU_VRAM_MAPPED;
		refuse_locked(vram, error);
	} else {
		map->state = VIRTIO_GPU_VRAM_UNMAPPED;
		map->map_error = error;
		window_give_back(vgdev, vram);
	}
	mutex_unlock(&map->lock);
	wake_waiters(vgdev);
}

/*
 * Wait conditions.  No lock, for a sleeper must not block in its condition: a
 * hint to look again under the lock is all they are.
 */
static bool is_declared(const struct virtio_gpu_vram_map *map)
{
	return READ_ONCE(map->attr.cache_mode) || READ_ONCE(map->refused) ||
	       READ_ONCE(map->map_error);
}

static bool is_steady(const struct virtio_gpu_vram_map *map)
{
	return !READ_ONCE(map->changing) || READ_ONCE(map->refused);
}

static bool is_settled(const struct virtio_gpu_vram_map *map)
{
	return (READ_ONCE(map->state) != VIRTIO_GPU_VRAM_MAPPING &&
		is_steady(map)) || READ_ONCE(map->refused);
}

static int wait_until(struct virtio_gpu_object_vram *vram,
		      bool (*condition)(const struct virtio_gpu_vram_map *map))
{
	struct virtio_gpu_device *vgdev = to_vgdev(vram);
	struct drm_device *dev = vgdev->ddev;
	int ret;

	virtio_gpu_notify(vgdev);
	ret = wait_event_killable(vgdev->resp_wq,
				  condition(&vram->map) || drm_dev_is_unplugged(dev));
	if (ret)
		return -EINTR;
	return condition(&vram->map) ? 0 : -ENODEV;
}

/**
 * virtio_gpu_vram_wait_declared - wait until the host has declared attributes
 * @vram: blob
 *
 * Return: 0; -EINTR for a fatal signal; -ENODEV after unplug; why the host's
 * answer is of no use otherwise.
 */
int virtio_gpu_vram_wait_declared(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int ret;

	ret = wait_until(vram, is_declared);
	if (ret)
		return ret;

	mutex_lock(&map->lock);
	if (map->refused)
		ret = map->refused;
	else if (!map->attr.cache_mode)
		ret = map->map_error;
	mutex_unlock(&map->lock);
	return ret;
}

/**
 * virtio_gpu_vram_wait_change - wait until no change is under way
 * @vram: blob
 *
 * Return: 0; -EINTR for a fatal signal; -ENODEV after unplug.
 */
int virtio_gpu_vram_wait_change(struct virtio_gpu_object_vram *vram)
{
	return wait_until(vram, is_steady);
}

/**
 * virtio_gpu_vram_usable_locked - may the blob be touched, here and now?
 * @vram: blob
 *
 * Return: 0; -EINVAL if it is not in the window; otherwise why it must not be
 * touched, see virtio_gpu_vram_mmap().
 */
int virtio_gpu_vram_usable_locked(struct virtio_gpu_object_vram *vram)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;

	lockdep_assert_held(&map->lock);

	if (map->refused)
		return map->refused;
	if (map->state != VIRTIO_GPU_VRAM_MAPPED)
		return map->map_error ?: -EINVAL;
	return virtio_gpu_vram_attr_may_map(&map->attr);
}

/**
 * virtio_gpu_vram_wait_mapped - have the blob in the window
 * @vram: blob created with VIRTGPU_BLOB_FLAG_USE_MAPPABLE
 *
 * Waits for the host's answer, and asks once more if it refused before.
 *
 * Return: 0; -EINTR for a fatal signal; -ENODEV after unplug; any error of
 * virtio_gpu_vram_request_map() and virtio_gpu_vram_usable_locked().
 */
int virtio_gpu_vram_wait_mapped(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int ret;

	ret = wait_until(vram, is_settled);
	if (!ret)
		ret = virtio_gpu_vram_request_map(vram);
	if (!ret)
		ret = wait_until(vram, is_settled);
	if (ret)
		return ret;

	mutex_lock(&map->lock);
	ret = virtio_gpu_vram_usable_locked(vram);
	mutex_unlock(&map->lock);
	return ret;
}

/* Every PTE, in every process and through every file, and the caches. */
static void revoke_locked(struct virtio_gpu_object_vram *vram, u32 old_cache_mode)
	__must_hold(&vram->map.lock)
{
	struct drm_gem_object *obj = &vram->base.base.base;
	struct virtio_gpu_vram_map *map = &vram->map;

	lockdep_assert_held(&map->lock);

	drm_vma_node_unmap(&obj->vma_node, obj->dev->anon_inode->i_mapping);
	if (!map->alias)
		return;
	if (old_cache_mode == VIRTIO_GPU_MAP_CACHE_CACHED)
		virtio_gpu_vram_alias_clean_locked(vram);
	virtio_gpu_vram_alias_drop_locked(vram);
	/* iounmap() leaves the TLB for later, when a line could come back. */
	vm_unmap_aliases();
}

/**
 * virtio_gpu_vram_change - the host declares something else (section 7)
 * @vram: blob
 * @error: 0, or -EPROTO for a declaration beyond understanding
 * @attr: what it declares
 *
 * Takes away all that was mapped under the old declaration.  From here on faults
 * wait, until virtio_gpu_vram_acked().  A declaration that is in force already,
 * say because the reply to RESOURCE_MAP_BLOB was faster, is no exception: the
 * host waits to be told that the guest has let go.
 */
void virtio_gpu_vram_change(struct virtio_gpu_object_vram *vram, int error,
			    const struct virtio_gpu_vram_attr *attr)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	u32 old_cache_mode;

	mutex_lock(&map->lock);
	old_cache_mode = map->attr.cache_mode;
	if (error)
		refuse_locked(vram, error);
	else
		declare_locked(vram, attr);
	map->changing = true;
	revoke_locked(vram, old_cache_mode);
	mutex_unlock(&map->lock);
}

/**
 * virtio_gpu_vram_acked - the host answered VIRTIO_GPU_CMD_MAP_ATTR_ACK
 * @vram: blob
 * @generation: that was acknowledged
 * @accepted: whether the host took it
 *
 * An answer about a generation that is not in force any more ends nothing: that
 * about the one that is comes after it.
 */
void virtio_gpu_vram_acked(struct virtio_gpu_object_vram *vram, u64 generation,
			   bool accepted)
{
	struct virtio_gpu_vram_map *map = &vram->map;

	mutex_lock(&map->lock);
	if (generation == map->attr.generation) {
		map->changing = false;
		if (!accepted)
			refuse_locked(vram, -EPROTO);
	}
	mutex_unlock(&map->lock);
	wake_waiters(to_vgdev(vram));
}

/**
 * virtio_gpu_vram_map_fini - the last reference to a blob is gone
 * @vram: blob without user mappings and without commands in flight
 *
 * Ends every kernel access before the host is told to unmap.  The place in the
 * window stays taken until the host has confirmed the end of the resource.
 */
void virtio_gpu_vram_map_fini(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	bool mapped;

	virtio_gpu_vram_unregister(vram);
	mutex_lock(&map->lock);
	virtio_gpu_vram_alias_drop_locked(vram);
	mapped = map->state == VIRTIO_GPU_VRAM_MAPPED;
	mutex_unlock(&map->lock);

	if (mapped)
		virtio_gpu_cmd_unmap(to_vgdev(vram), &vram->base);
	mutex_destroy(&map->lock);
}
