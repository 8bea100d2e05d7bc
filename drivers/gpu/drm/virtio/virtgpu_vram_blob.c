// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A host-visible blob and the host: brings events to virtgpu_vram_state.c under
 * the blob's lock, waits for them, and does what follows: places in the window
 * taken and given back, mappings taken away.
 *
 * A place in the window is taken before RESOURCE_MAP_BLOB is sent.  It is given
 * back when the host answers with an error, for then nothing is mapped there.
 */
#include <linux/delay.h>
#include <linux/dma-buf.h>
#include <linux/sched/signal.h>
#include <linux/vmalloc.h>

#include <drm/drm_drv.h>
#include <drm/drm_print.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_trace.h"

static struct virtio_gpu_device *to_vgdev(struct virtio_gpu_object_vram *vram)
{
	return vram->base.base.base.dev->dev_private;
}

/* Wakes all who wait for a response about any blob; they look for themselves. */
static void wake_waiters(struct virtio_gpu_device *vgdev)
{
	wake_up_all(&vgdev->resp_wq);
}

/**
 * virtio_gpu_vram_is_gone - will the host not answer any more?
 * @vgdev: device
 *
 * It will not when the driver is being unbound, and when the device has broken the control
 * queue.
 *
 * Context: any.
 * Return: whether it will not.
 */
bool virtio_gpu_vram_is_gone(struct virtio_gpu_device *vgdev)
{
	return READ_ONCE(vgdev->vqs_released) || drm_dev_is_unplugged(vgdev->ddev);
}

/*
 * Log that a blob has just been refused; @before: was it already?  A host that refuses what a
 * process has asked for, or a reset, is no error, and one that is malformed is none for each
 * blob: processes make as many of them as they like.
 */
static void report_refusal_locked(struct virtio_gpu_object_vram *vram, int before)
	__must_hold(&vram->map.lock)
{
	struct drm_device *dev = vram->base.base.base.dev;
	int error = vram->map.state.refused;

	lockdep_assert_held(&vram->map.lock);

	if (before || !error)
		return;
	trace_virtio_gpu_vram_refused(vram->base.hw_res_handle, error);
	if (error == -EPROTO)
		drm_err_once(dev,
			     "the host broke the protocol of map attributes: blob resource %u will not be mapped (more of these at debug level)\n",
			     vram->base.hw_res_handle);
	drm_dbg_driver(dev, "blob resource %u: refused (%d)\n", vram->base.hw_res_handle, error);
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

/*
 * Every PTE, in every process and through every file, and what was written through them and
 * waits in a CPU's buffers.  What caches hold is left to clean(), when the TLB has nothing left
 * to fetch a line through.
 */
static void revoke_locked(struct virtio_gpu_object_vram *vram)
	__must_hold(&vram->map.lock)
{
	struct drm_gem_object *obj = &vram->base.base.base;
	u32 cache_mode = vram->map.pte_cache_mode;

	lockdep_assert_held(&vram->map.lock);

	drm_vma_node_unmap(&obj->vma_node, obj->dev->anon_inode->i_mapping);
	virtio_gpu_vram_alias_drop_locked(vram);
	virtio_gpu_vram_drain_locked(vram, cache_mode);
	trace_virtio_gpu_vram_revoked(vram->base.hw_res_handle, &vram->map.state.attr);
}

/*
 * Caches of a blob that is revoked.  Lack of memory is no excuse while the host waits for
 * the acknowledgment.
 *
 * Return: whether nothing is left in them.
 */
static bool clean(struct virtio_gpu_object_vram *vram)
{
	int ret;

	for (;;) {
		mutex_lock(&vram->map.lock);
		ret = virtio_gpu_vram_clean_locked(vram);
		mutex_unlock(&vram->map.lock);
		if (!ret || virtio_gpu_vram_is_gone(to_vgdev(vram)))
			return !ret;
		msleep(20);
	}
}

static bool must_let_go(struct virtio_gpu_object_vram *vram)
{
	bool must;

	mutex_lock(&vram->map.lock);
	must = virtio_gpu_vram_state_must_let_go(&vram->map.state);
	mutex_unlock(&vram->map.lock);
	return must;
}

/*
 * The attachment of an importer that has DMA addresses holds the dma-buf, and neither ends
 * without the lock.
 */
static void notify_work(struct work_struct *work)
{
	struct virtio_gpu_object_vram *vram =
		container_of(work, struct virtio_gpu_object_vram, map.notify_work);
	struct dma_resv *resv = vram->base.base.base.resv;

	dma_resv_lock(resv, NULL);
	if (must_let_go(vram))
		dma_buf_invalidate_mappings(vram->map.dma_buf);
	dma_resv_unlock(resv);
	drm_gem_object_put(&vram->base.base.base);
}

/*
 * There is no memory behind the DMA addresses that importers have, or their devices would
 * write to it and must not: those that can let go of them are asked to.  Not here: who has
 * the lock may wait for room in the control queue, and other blobs' changes go on meanwhile.
 * This one is acknowledged when they have let go.  On a work queue of its own, for the same
 * reason.
 */
static void notify_importers(struct virtio_gpu_object_vram *vram)
{
	if (!must_let_go(vram))
		return;
	drm_gem_object_get(&vram->base.base.base);
	if (!queue_work(to_vgdev(vram)->vram_changes.importers_wq, &vram->map.notify_work))
		drm_gem_object_put(&vram->base.base.base);
}

/**
 * virtio_gpu_vram_map_init - prepare a new blob
 * @vram: zeroed object
 */
void virtio_gpu_vram_map_init(struct virtio_gpu_object_vram *vram)
{
	mutex_init(&vram->map.lock);
	INIT_WORK(&vram->map.ack_work, virtio_gpu_vram_ack_work);
	INIT_WORK(&vram->map.notify_work, notify_work);
}

/**
 * virtio_gpu_vram_created - the host answered RESOURCE_CREATE_BLOB
 * @vram: blob
 * @error: 0, or why it is unusable
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
	clean(vram);
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
	if (!error && attr->undeclared)
		drm_warn_once(vgdev->ddev,
			      "the host gave no cache mode for a blob: mapping it cached, as before\n");
	wake_waiters(vgdev);
}

/**
 * virtio_gpu_vram_wait - wait until the host has said something about a blob
 * @vram: blob
 * @condition: what is waited for, asked without the lock
 * @task_state: TASK_INTERRUPTIBLE where a system call can be restarted, which lets the
 *	system be suspended meanwhile, or TASK_KILLABLE
 *
 * Context: holds no lock that delivering responses needs.
 * Return: 0, when it is time to look under the lock; -ERESTARTSYS for a signal, and at
 * once for a process that exits, which no signal reaches any more; -ENODEV if the host will
 * not answer.
 */
int virtio_gpu_vram_wait(struct virtio_gpu_object_vram *vram,
			 bool (*condition)(const struct virtio_gpu_vram_state *state),
			 unsigned int task_state)
{
	struct virtio_gpu_device *vgdev = to_vgdev(vram);
	int ret;

	if (condition(&vram->map.state))
		return 0;
	if (current->flags & PF_EXITING)
		return -ERESTARTSYS;
	virtio_gpu_notify(vgdev);
	ret = wait_event_state(vgdev->resp_wq,
			       condition(&vram->map.state) || virtio_gpu_vram_is_gone(vgdev),
			       task_state);
	if (ret)
		return ret;
	/* What was true a moment ago need not be any more; that is no error. */
	return virtio_gpu_vram_is_gone(vgdev) && !condition(&vram->map.state) ? -ENODEV : 0;
}

static int usable(struct virtio_gpu_object_vram *vram, bool write)
{
	int ret;

	mutex_lock(&vram->map.lock);
	ret = virtio_gpu_vram_state_usable(&vram->map.state, write);
	mutex_unlock(&vram->map.lock);
	return ret;
}

/**
 * virtio_gpu_vram_wait_mapped - have the blob in the window, to be mapped by CPUs
 * @vram: blob created with VIRTGPU_BLOB_FLAG_USE_MAPPABLE
 * @write: also to write to it
 *
 * Waits for the host's response, and asks once more if it refused before.
 *
 * Return: 0; -ERESTARTSYS for a signal; -ENODEV if the device is gone; any error of
 * virtio_gpu_vram_request_map() and virtio_gpu_vram_state_usable().
 */
int virtio_gpu_vram_wait_mapped(struct virtio_gpu_object_vram *vram, bool write)
{
	int ret;

	ret = virtio_gpu_vram_wait(vram, virtio_gpu_vram_state_is_settled, TASK_INTERRUPTIBLE);
	if (ret)
		return ret;
	ret = usable(vram, write);
	if (!ret)
		return 0;

	do {
		ret = virtio_gpu_vram_request_map(vram);
		if (!ret)
			ret = virtio_gpu_vram_wait(vram, virtio_gpu_vram_state_is_settled,
						   TASK_INTERRUPTIBLE);
		if (ret)
			return ret;
		ret = usable(vram, write);
		/* Another process was about to ask, and was killed. */
	} while (ret == -EAGAIN);
	return ret;
}

/**
 * virtio_gpu_vram_wait_placed - have the blob in the window, to be mapped by devices
 * @vram: blob created with VIRTGPU_BLOB_FLAG_USE_MAPPABLE
 *
 * Return: 0, when virtio_gpu_vram_state_dma_map() can be called; -ERESTARTSYS for a signal;
 * -ENODEV if the device is gone; any error of virtio_gpu_vram_request_map().
 */
int virtio_gpu_vram_wait_placed(struct virtio_gpu_object_vram *vram)
{
	int ret;

	do {
		ret = virtio_gpu_vram_request_map(vram);
		if (!ret)
			ret = virtio_gpu_vram_wait(vram, virtio_gpu_vram_state_is_placed,
						   TASK_INTERRUPTIBLE);
		/* See virtio_gpu_vram_wait_mapped(). */
	} while (!ret && usable(vram, false) == -EAGAIN);
	return ret;
}

/**
 * virtio_gpu_vram_change - the host declares something else (section 7)
 * @vram: blob
 * @error: 0, or -EPROTO for a malformed declaration
 * @attr: what it declares; ignored on error
 *
 * Takes away all that was mapped under the old declaration.  From here on faults
 * wait, until virtio_gpu_vram_acked(), or fail.
 *
 * Return: whether caches are clean, so that the change can be acknowledged; if not, the
 * device is gone.
 */
bool virtio_gpu_vram_change(struct virtio_gpu_object_vram *vram, int error,
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
	notify_importers(vram);
	/* A refusal ends all waiting. */
	wake_waiters(to_vgdev(vram));
	return clean(vram);
}

/**
 * virtio_gpu_vram_withhold - must an acknowledgment wait for importers?
 * @vram: blob
 * @generation: to be acknowledged
 *
 * Return: whether it will be acknowledged when the last of their DMA mappings is gone.
 */
bool virtio_gpu_vram_withhold(struct virtio_gpu_object_vram *vram, u64 generation)
{
	bool ret;

	mutex_lock(&vram->map.lock);
	ret = virtio_gpu_vram_state_withhold(&vram->map.state, generation);
	mutex_unlock(&vram->map.lock);
	return ret;
}

/**
 * virtio_gpu_vram_acked - the host answered VIRTIO_GPU_CMD_MAP_ATTR_ACK
 * @vram: blob
 * @generation: that was acknowledged
 * @error: see virtio_gpu_vram_attr_decode_ack()
 */
void virtio_gpu_vram_acked(struct virtio_gpu_object_vram *vram, u64 generation, int error)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int before;

	mutex_lock(&map->lock);
	before = map->state.refused;
	virtio_gpu_vram_state_acked(&map->state, generation, error);
	trace_virtio_gpu_vram_acknowledged(vram->base.hw_res_handle, generation, error);
	report_refusal_locked(vram, before);
	mutex_unlock(&map->lock);
	wake_waiters(to_vgdev(vram));
}

/**
 * virtio_gpu_vram_lose - the device forgets the blob, or cannot tell changes any more
 * @vram: blob
 *
 * Whatever the host puts at its place in the window later is not to be seen
 * through this blob: mappings go on working, on a page of their own.
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
	notify_importers(vram);
	clean(vram);
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
	if (map->dummy)
		__free_page(map->dummy);
	lost = map->state.lost;
	mapped = map->state.place == VIRTIO_GPU_VRAM_MAPPED;
	mutex_unlock(&map->lock);

	if (mapped && !lost)
		virtio_gpu_cmd_unmap(to_vgdev(vram), &vram->base);
	mutex_destroy(&map->lock);
	return vram->base.created && !lost;
}
