// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * DOC: A window that is too small
 *
 * When there is no space left in the host-visible window, blobs that are not used give up theirs:
 * they lose their mappings, caches are written back, and the host is told to unmap them.  It keeps
 * their memory.  The next access to such a blob has it placed again, somewhere, by the same means.
 *
 * 1. Blobs that were not mapped since the last sweep go first, as many as make one range.
 * 2. If these are too few, there is a sweep: all blobs lose their entries, but not their
 *    places.  What is still used is back with the next access, for the price of a page fault.
 * 3. If these are too few again, those that are used go as well.
 *
 * A blob does not go before the access that it was placed for.  Those never go to which an
 * importer of the dma-buf is attached.  Only when they alone leave no range that is large enough,
 * the window is full.
 *
 * One task at a time makes room.  It gets what it has made, even if others would need less.
 */
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>

#include <drm/drm_gem.h>
#include <drm/drm_print.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_blob.h"
#include "virtgpu_vram_room.h"
#include "virtgpu_vram_trace.h"
#include "virtgpu_vram_window.h"

/* Not more often than that all processes have to fault again. */
#define ROOM_SWEEP_JIFFIES (HZ / 10)

static struct virtio_gpu_device *room_to_vgdev(struct virtio_gpu_object_vram *vram)
{
	return vram->base.base.base.dev->dev_private;
}

/* Return: 0; -ERESTARTSYS for a signal; -ENODEV if the host will not answer. */
static int room_wait_answered(struct list_head *evicted, unsigned int task_state)
{
	struct virtio_gpu_object_vram *vram, *next;
	int ret = 0;

	list_for_each_entry_safe(vram, next, evicted, map.chosen) {
		if (!ret)
			ret = virtio_gpu_vram_blob_wait(vram, virtio_gpu_vram_state_map_answered,
							task_state);
		list_del(&vram->map.chosen);
		drm_gem_object_put(&vram->base.base.base);
	}
	return ret;
}

/* Return: 0 if any blob has given up its place; -EAGAIN if none has; as room_wait_answered(). */
static int room_evict(struct virtio_gpu_object_vram *vram, bool used, unsigned int task_state)
{
	struct virtio_gpu_vram_window *window = &room_to_vgdev(vram)->vram_window;
	u64 before = window->evicted;
	struct virtio_gpu_object_vram *other;
	LIST_HEAD(chosen);
	int ret;

	if (!virtio_gpu_vram_window_choose(vram, used, &chosen))
		return -EAGAIN;
	/* Without exception, or what has gone would not be one range. */
	list_for_each_entry(other, &chosen, map.chosen) {
		if (!virtio_gpu_vram_blob_evict(other, used))
			break;
		window->evicted++;
		window->evicted_bytes += other->base.base.base.size;
	}
	ret = room_wait_answered(&chosen, task_state);
	return ret ?: window->evicted == before ? -EAGAIN : 0;
}

/* Return: 0, or -ERESTARTSYS for a signal. */
static int room_sweep(struct virtio_gpu_device *vgdev, unsigned int task_state)
{
	struct virtio_gpu_object_vram *vram;
	unsigned long left;

	/* Those that are used again meanwhile are not swept twice. */
	spin_lock(&vgdev->host_visible_lock);
	left = list_count_nodes(&vgdev->vram_window.blobs);
	spin_unlock(&vgdev->host_visible_lock);
	vgdev->vram_window.sweeps++;
	while ((vram = virtio_gpu_vram_window_next_used(vgdev, &left))) {
		virtio_gpu_vram_blob_age(vram);
		drm_gem_object_put(&vram->base.base.base);
		cond_resched();
		if (signal_pending_state(task_state, current))
			return -ERESTARTSYS;
	}
	return 0;
}

/*
 * Take more and more from other blobs, until it is enough.
 *
 * Return: 0 when there may be space; -EAGAIN if there is none; as room_wait_answered().
 */
static int room_take(struct virtio_gpu_object_vram *vram, unsigned int task_state)
{
	struct virtio_gpu_vram_window *window = &room_to_vgdev(vram)->vram_window;
	int ret;

	ret = room_evict(vram, false, task_state);
	if (ret == -EAGAIN && time_after_eq(jiffies, window->next_sweep)) {
		window->next_sweep = jiffies + ROOM_SWEEP_JIFFIES;
		ret = room_sweep(room_to_vgdev(vram), task_state);
		if (!ret)
			ret = room_evict(vram, false, task_state);
	}
	if (ret == -EAGAIN)
		ret = room_evict(vram, true, task_state);
	return ret;
}

/* Return: 0 after a moment; -ERESTARTSYS for a signal; -ENODEV if the host will not answer. */
static int room_wait_moment(struct virtio_gpu_device *vgdev, unsigned int task_state)
{
	if (virtio_gpu_ctrlq_is_dead(vgdev))
		return -ENODEV;
	__set_current_state(task_state);
	schedule_timeout(1);
	return signal_pending_state(task_state, current) ? -ERESTARTSYS : 0;
}

static int room_make(struct virtio_gpu_object_vram *vram, unsigned int task_state)
{
	struct virtio_gpu_device *vgdev = room_to_vgdev(vram);
	bool settling;
	int ret;

	lockdep_assert_held(&vgdev->vram_window.room_lock);

	for (;;) {
		/* Before, because what has settled since may have become free, or idle. */
		settling = virtio_gpu_vram_window_is_settling(vgdev);
		ret = virtio_gpu_vram_blob_request_map(vram);
		if (ret != -ENOSPC)
			return ret;
		ret = room_take(vram, task_state);
		if (ret == -EAGAIN) {
			/* Once more: the last thing to settle may have left a gap. */
			if (!settling && !virtio_gpu_vram_window_is_settling(vgdev))
				return virtio_gpu_vram_blob_request_map(vram);
			ret = room_wait_moment(vgdev, task_state);
		}
		if (ret)
			return ret;
	}
}

static int room_lock(struct virtio_gpu_vram_window *window, unsigned int task_state)
{
	int ret = task_state == TASK_INTERRUPTIBLE ?
		  mutex_lock_interruptible(&window->room_lock) :
		  mutex_lock_killable(&window->room_lock);

	return ret ? -ERESTARTSYS : 0;
}

/**
 * virtio_gpu_vram_room_make - place a blob although the window is full
 * @vram: blob that virtio_gpu_vram_blob_request_map() found no space for
 * @task_state: see virtio_gpu_vram_blob_wait()
 *
 * Context: holds no &virtio_gpu_vram_map.lock; waits for the host.
 * Return: 0 when the host has been asked; -ENOSPC if there is no room, or virtio_gpu.evict is off;
 * -ERESTARTSYS for a signal; -ENODEV if the host will not answer; any other error of
 * virtio_gpu_vram_blob_request_map().
 */
int virtio_gpu_vram_room_make(struct virtio_gpu_object_vram *vram, unsigned int task_state)
{
	struct virtio_gpu_device *vgdev = room_to_vgdev(vram);
	struct virtio_gpu_vram_window *window = &vgdev->vram_window;
	int ret;

	if (!virtio_gpu_vram_window_can_evict_for(vram))
		return -ENOSPC;
	drm_info_once(vgdev->ddev,
		      "the host-visible window (%llu MiB) is full: blobs that are not used give way to others, which takes time\n",
		      vgdev->host_visible_region.len >> 20);
	ret = room_lock(window, task_state);
	if (ret)
		return ret;
	WRITE_ONCE(window->room_task, current);
	ret = room_make(vram, task_state);
	window->room_made += !ret;
	WRITE_ONCE(window->room_task, NULL);
	mutex_unlock(&window->room_lock);
	trace_virtio_gpu_vram_room(vram->base.hw_res_handle, vram->base.base.base.size, ret);
	return ret;
}
