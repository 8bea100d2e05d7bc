// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A host-visible blob and the host: brings events to virtgpu_vram_state.c under
 * the blob's lock, waits for them, and does what follows: places in the window
 * taken and given back, mappings taken away.
 *
 * A place in the window is taken before RESOURCE_MAP_BLOB is sent.  It is given
 * back when the host answers with an error, for then nothing is mapped there.
 */
#include <linux/vmalloc.h>

#include <drm/drm_drv.h>
#include <drm/drm_print.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_trace.h"

static struct virtio_gpu_device *to_vgdev(struct virtio_gpu_object_vram *vram)
{
	return vram->base.base.base.dev->dev_private;
}

/* Wakes whoever waits for a reply about any blob; they look for themselves. */
static void wake_waiters(struct virtio_gpu_device *vgdev)
{
	wake_up_all(&vgdev->resp_wq);
}

/**
 * virtio_gpu_vram_map_init - prepare a new blob
 * @vram: zeroed object
 */
void virtio_gpu_vram_map_init(struct virtio_gpu_object_vram *vram)
{
	mutex_init(&vram->map.lock);
}

static const char *why_refused(int error)
{
	switch (error) {
	case -EPROTO:
		return "the host declared attributes this driver does not understand";
	case -ESTALE:
		return "the device's reset took it away";
	default:
		return "the host refused to create it";
	}
}

/* A word about a blob that has just been refused; @before: was it already? */
static void report_refusal_locked(struct virtio_gpu_object_vram *vram, int before)
	__must_hold(&vram->map.lock)
{
	int error = vram->map.state.refused;

	lockdep_assert_held(&vram->map.lock);

	if (before || !error)
		return;
	trace_virtio_gpu_vram_refused(vram->base.hw_res_handle, error);
	drm_err_ratelimited(vram->base.base.base.dev,
			    "blob resource %u: %s (%d), it will not be mapped\n",
			    vram->base.hw_res_handle, why_refused(error), error);
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
 * -EINTR for a fatal signal; -EINVAL if there is no window.
 */
int virtio_gpu_vram_request_map(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = to_vgdev(vram);
	struct virtio_gpu_vram_map *map = &vram->map;
	int ret = 0;

	mutex_lock(&map->lock);
	if (!virtio_gpu_vram_state_request(&map->state)) {
		mutex_unlock(&map->lock);
		return 0;
	}
	ret = virtio_gpu_vram_place(vgdev, vram);
	if (ret)
		virtio_gpu_vram_state_mapped(&map->state, ret, NULL);
	mutex_unlock(&map->lock);
	if (ret) {
		wake_waiters(vgdev);
		return ret;
	}

	ret = virtio_gpu_vram_cmd_map(vram, vram->vram_node.start -
					    vgdev->host_visible_region.addr);
	if (ret)
		virtio_gpu_vram_mapped(vram, ret, NULL);
	return ret;
}

/* Every PTE, in every process and through every file, and the caches. */
static void revoke_locked(struct virtio_gpu_object_vram *vram)
	__must_hold(&vram->map.lock)
{
	struct drm_gem_object *obj = &vram->base.base.base;
	struct virtio_gpu_vram_map *map = &vram->map;

	lockdep_assert_held(&map->lock);

	drm_vma_node_unmap(&obj->vma_node, obj->dev->anon_inode->i_mapping);
	trace_virtio_gpu_vram_revoked(vram->base.hw_res_handle, &map->state.attr);
	if (!map->alias)
		return;
	if (map->alias_cache_mode == VIRTIO_GPU_MAP_CACHE_CACHED)
		virtio_gpu_vram_alias_clean_locked(vram);
	virtio_gpu_vram_alias_drop_locked(vram);
	/* iounmap() leaves the TLB for later, when a line could come back. */
	vm_unmap_aliases();
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
	int before;

	mutex_lock(&map->lock);
	before = map->state.refused;
	virtio_gpu_vram_state_created(&map->state, error, attr);
	report_refusal_locked(vram, before);
	/* RESOURCE_MAP_BLOB may have been answered before. */
	if (map->state.refused)
		revoke_locked(vram);
	mutex_unlock(&map->lock);
	wake_waiters(to_vgdev(vram));
}

/**
 * virtio_gpu_vram_mapped - the host answered RESOURCE_MAP_BLOB
 * @vram: blob
 * @error: see virtio_gpu_vram_state_mapped()
 * @attr: declaration that came with it; NULL on error
 */
void virtio_gpu_vram_mapped(struct virtio_gpu_object_vram *vram, int error,
			    const struct virtio_gpu_vram_attr *attr)
{
	struct virtio_gpu_device *vgdev = to_vgdev(vram);
	struct virtio_gpu_vram_map *map = &vram->map;
	int before;

	mutex_lock(&map->lock);
	before = map->state.refused;
	if (virtio_gpu_vram_state_mapped(&map->state, error, attr))
		virtio_gpu_vram_give_back(vgdev, vram);
	report_refusal_locked(vram, before);
	mutex_unlock(&map->lock);
	wake_waiters(vgdev);
}

/* What a sleeper asks, who must not block in his condition: without the lock. */
static int wait_until(struct virtio_gpu_object_vram *vram,
		      bool (*condition)(const struct virtio_gpu_vram_state *state))
{
	struct virtio_gpu_device *vgdev = to_vgdev(vram);
	struct drm_device *dev = vgdev->ddev;
	int ret;

	virtio_gpu_notify(vgdev);
	ret = wait_event_killable(vgdev->resp_wq,
				  condition(&vram->map.state) || drm_dev_is_unplugged(dev));
	if (ret)
		return -EINTR;
	/* What was true a moment ago need not be any more; that is no error. */
	return drm_dev_is_unplugged(dev) ? -ENODEV : 0;
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
	struct virtio_gpu_vram_state *state = &vram->map.state;
	int ret;

	ret = wait_until(vram, virtio_gpu_vram_state_is_declared);
	if (ret)
		return ret;

	mutex_lock(&vram->map.lock);
	if (state->refused)
		ret = state->refused;
	else if (!state->attr.cache_mode)
		ret = state->map_error;
	mutex_unlock(&vram->map.lock);
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
	return wait_until(vram, virtio_gpu_vram_state_is_steady);
}

static int usable(struct virtio_gpu_object_vram *vram)
{
	int ret;

	mutex_lock(&vram->map.lock);
	ret = virtio_gpu_vram_state_usable(&vram->map.state);
	mutex_unlock(&vram->map.lock);
	return ret;
}

/**
 * virtio_gpu_vram_wait_mapped - have the blob in the window
 * @vram: blob created with VIRTGPU_BLOB_FLAG_USE_MAPPABLE
 *
 * Waits for the host's answer, and asks once more if it refused before.
 *
 * Return: 0; -EINTR for a fatal signal; -ENODEV after unplug; any error of
 * virtio_gpu_vram_request_map() and virtio_gpu_vram_state_usable().
 */
int virtio_gpu_vram_wait_mapped(struct virtio_gpu_object_vram *vram)
{
	int ret;

	ret = wait_until(vram, virtio_gpu_vram_state_is_settled);
	if (ret)
		return ret;
	ret = usable(vram);
	if (!ret)
		return 0;

	do {
		ret = virtio_gpu_vram_request_map(vram);
		if (!ret)
			ret = wait_until(vram, virtio_gpu_vram_state_is_settled);
		if (ret)
			return ret;
		ret = usable(vram);
		/* Another process asked and was killed meanwhile: ask again. */
	} while (ret == -EINTR);
	return ret;
}

/**
 * virtio_gpu_vram_change - the host declares something else (section 7)
 * @vram: blob
 * @error: 0, or -EPROTO for a declaration beyond understanding
 * @attr: what it declares; ignored on error
 *
 * Takes away all that was mapped under the old declaration.  From here on faults
 * wait, until virtio_gpu_vram_acked().
 */
void virtio_gpu_vram_change(struct virtio_gpu_object_vram *vram, int error,
			    const struct virtio_gpu_vram_attr *attr)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int before;

	mutex_lock(&map->lock);
	before = map->state.refused;
	virtio_gpu_vram_state_change(&map->state, error, attr);
	if (!error)
		trace_virtio_gpu_vram_received(vram->base.hw_res_handle, attr);
	report_refusal_locked(vram, before);
	revoke_locked(vram);
	mutex_unlock(&map->lock);
	/* A refusal ends all waiting. */
	wake_waiters(to_vgdev(vram));
}

/**
 * virtio_gpu_vram_acked - the host answered VIRTIO_GPU_CMD_MAP_ATTR_ACK
 * @vram: blob
 * @generation: that was acknowledged
 * @accepted: whether the host took it
 */
void virtio_gpu_vram_acked(struct virtio_gpu_object_vram *vram, u64 generation,
			   bool accepted)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int before;

	mutex_lock(&map->lock);
	before = map->state.refused;
	virtio_gpu_vram_state_acked(&map->state, generation, accepted);
	trace_virtio_gpu_vram_acknowledged(vram->base.hw_res_handle, generation,
					   accepted);
	report_refusal_locked(vram, before);
	mutex_unlock(&map->lock);
	wake_waiters(to_vgdev(vram));
}

/**
 * virtio_gpu_vram_lose - the device is being reset and forgets the blob
 * @vram: blob
 *
 * Whatever the host puts at its place in the window later is not to be seen
 * through this blob.
 */
void virtio_gpu_vram_lose(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int before;

	mutex_lock(&map->lock);
	before = map->state.refused;
	virtio_gpu_vram_state_lose(&map->state);
	report_refusal_locked(vram, before);
	revoke_locked(vram);
	mutex_unlock(&map->lock);
	wake_waiters(to_vgdev(vram));
}

/**
 * virtio_gpu_vram_map_fini - the last reference to a blob is gone
 * @vram: blob without user mappings and without commands in flight
 *
 * Ends every kernel access before the host is told to unmap.  The place in the
 * window stays taken until the host has confirmed the end of the resource.
 *
 * Return: whether the host knows of the resource and has to be told.
 */
bool virtio_gpu_vram_map_fini(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	bool mapped, lost;

	virtio_gpu_vram_unregister(vram);
	mutex_lock(&map->lock);
	virtio_gpu_vram_alias_drop_locked(vram);
	lost = map->state.lost;
	mapped = map->state.place == VIRTIO_GPU_VRAM_MAPPED;
	mutex_unlock(&map->lock);

	if (mapped && !lost)
		virtio_gpu_cmd_unmap(to_vgdev(vram), &vram->base);
	mutex_destroy(&map->lock);
	return vram->base.created && !lost;
}
