// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Have a blob in the host-visible window: ask the host to map it, and wait for what it says.
 */
#include <linux/mutex.h>
#include <linux/sched.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_blob.h"
#include "virtgpu_vram_place.h"
#include "virtgpu_vram_room.h"
#include "virtgpu_vram_window.h"

/* Asks the host, once. */
static int place_request(struct virtio_gpu_object_vram *vram, unsigned int task_state)
{
	int ret;

	ret = virtio_gpu_vram_blob_request_map(vram);
	if (ret == -ENOSPC)
		ret = virtio_gpu_vram_room_make(vram, task_state);
	if (ret == -ENOSPC) {
		mutex_lock(&vram->map.lock);
		virtio_gpu_vram_state_no_place(&vram->map.state, ret);
		mutex_unlock(&vram->map.lock);
	}
	return ret;
}

static int place_request_and_wait(struct virtio_gpu_object_vram *vram,
				  bool (*condition)(const struct virtio_gpu_vram_state *state),
				  unsigned int task_state)
{
	int ret = place_request(vram, task_state);

	return ret ?: virtio_gpu_vram_blob_wait(vram, condition, task_state);
}

/**
 * virtio_gpu_vram_place_early - have a new blob placed, if there is space
 * @vram: blob created with VIRTGPU_BLOB_FLAG_USE_MAPPABLE
 *
 * Return: 0; -ENOSPC if the window is full and stays so, because blobs are not evicted, or too
 * small; any other error of virtio_gpu_vram_blob_request_map().
 */
int virtio_gpu_vram_place_early(struct virtio_gpu_object_vram *vram)
{
	int ret = virtio_gpu_vram_blob_request_map(vram);

	return ret == -ENOSPC && virtio_gpu_vram_window_can_evict_for(vram) ? 0 : ret;
}

/**
 * virtio_gpu_vram_place_for_fault - have a blob in the window, for an access that will be repeated
 * @vram: blob
 * @task_state: see virtio_gpu_vram_blob_wait()
 *
 * The access may have to ask again, if the blob was just being evicted.
 *
 * Context: holds neither mmap_lock nor &virtio_gpu_vram_map.lock.
 * Return: 0; -ENOSPC and other errors, which the state remembers; -ERESTARTSYS for a signal;
 * -ENODEV if the host will not answer.
 */
int virtio_gpu_vram_place_for_fault(struct virtio_gpu_object_vram *vram, unsigned int task_state)
{
	mutex_lock(&vram->map.lock);
	vram->map.asked = true;
	mutex_unlock(&vram->map.lock);
	return place_request_and_wait(vram, virtio_gpu_vram_state_map_answered, task_state);
}

static int place_mmap_error(struct virtio_gpu_object_vram *vram, unsigned int access)
{
	int ret;

	mutex_lock(&vram->map.lock);
	ret = virtio_gpu_vram_state_mmap_error(&vram->map.state, access);
	mutex_unlock(&vram->map.lock);
	return ret;
}

/**
 * virtio_gpu_vram_place_for_mmap - have the host say whether CPUs can map a blob
 * @vram: blob created with VIRTGPU_BLOB_FLAG_USE_MAPPABLE
 * @access: set of enum virtio_gpu_vram_access
 *
 * It says so when it maps the blob.  This waits for that response, and asks once more if the host
 * refused before.  The blob may have been evicted since: the first fault has it placed again.
 *
 * Return: 0; -ERESTARTSYS for a signal; -ENODEV if the device is gone; any error of
 * virtio_gpu_vram_blob_request_map() and virtio_gpu_vram_state_mmap_error(), but -EAGAIN.
 */
int virtio_gpu_vram_place_for_mmap(struct virtio_gpu_object_vram *vram, unsigned int access)
{
	int ret;

	ret = virtio_gpu_vram_blob_wait(vram, virtio_gpu_vram_state_mmap_known,
					TASK_INTERRUPTIBLE);
	if (ret)
		return ret;
	ret = place_mmap_error(vram, access);
	if (!ret)
		return 0;

	do {
		ret = place_request_and_wait(vram, virtio_gpu_vram_state_mmap_known,
					     TASK_INTERRUPTIBLE) ?:
		      place_mmap_error(vram, access);
		/* Another process was about to ask, and was killed. */
	} while (ret == -EAGAIN);
	return ret;
}

static bool place_is_missing(struct virtio_gpu_object_vram *vram)
{
	bool missing;

	mutex_lock(&vram->map.lock);
	missing = virtio_gpu_vram_state_access_error(&vram->map.state, 0) == -EAGAIN;
	mutex_unlock(&vram->map.lock);
	return missing;
}

/**
 * virtio_gpu_vram_place_for_dma - have a blob in the window, to be mapped by devices
 * @vram: blob created with VIRTGPU_BLOB_FLAG_USE_MAPPABLE, and pinned
 *
 * Return: 0, when virtio_gpu_vram_state_dma_map() can be called; -ERESTARTSYS for a signal;
 * -ENODEV if the device is gone; any error of virtio_gpu_vram_blob_request_map().
 */
int virtio_gpu_vram_place_for_dma(struct virtio_gpu_object_vram *vram)
{
	int ret;

	do {
		ret = place_request_and_wait(vram, virtio_gpu_vram_state_map_answered,
					     TASK_INTERRUPTIBLE);
		/* See virtio_gpu_vram_place_for_mmap(); or it was being evicted. */
	} while (!ret && place_is_missing(vram));
	return ret;
}
