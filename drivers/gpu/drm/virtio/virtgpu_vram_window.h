/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_WINDOW_H
#define VIRTGPU_VRAM_WINDOW_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct task_struct;
struct virtio_device;
struct virtio_gpu_device;
struct virtio_gpu_object_vram;

/**
 * struct virtio_gpu_vram_window - who has space in the host-visible window
 * @blobs: that have, by &virtio_gpu_vram_map.in_window; what has not been used for longest comes
 *	first, as far as that is known.  Protected by &virtio_gpu_device.host_visible_lock
 * @room_lock: held by the task that makes room, while it waits for the host.  Taken killably,
 *	inside the task's own mmap_lock, and outside &virtio_gpu_vram_map.lock
 * @room_task: who holds @room_lock, and is the only one to get space meanwhile
 * @next_sweep: in jiffies; not before, because all processes have to fault again after a sweep
 * @room_made: how often room was made
 * @sweeps: how often all blobs lost their mappings, to learn which are used
 * @evicted: blobs that gave their space to another
 * @evicted_bytes: their sizes
 *
 * What comes after @room_task is written under @room_lock; the counters are read without.
 */
struct virtio_gpu_vram_window {
	struct list_head blobs;
	struct mutex room_lock; /* see above */
	struct task_struct *room_task;
	unsigned long next_sweep;
	u64 room_made;
	u64 sweeps;
	u64 evicted;
	u64 evicted_bytes;
};

/* How long a place is kept for the fault that asked for it, which may not come back. */
#define VIRTIO_GPU_VRAM_KEEP_JIFFIES (HZ / 10)

void virtio_gpu_vram_window_init(struct virtio_gpu_device *vgdev);
u32 virtio_gpu_vram_window_read_alignment(struct virtio_device *vdev);
void virtio_gpu_vram_window_validate(struct virtio_device *vdev);
unsigned long virtio_gpu_vram_window_round_up(struct virtio_gpu_device *vgdev, u64 size);
int virtio_gpu_vram_window_alloc(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_window_free(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_window_forget(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_window_make_last(struct virtio_gpu_object_vram *vram);
bool virtio_gpu_vram_window_can_evict_for(struct virtio_gpu_object_vram *vram);
bool virtio_gpu_vram_window_choose(struct virtio_gpu_object_vram *vram, bool used,
				   struct list_head *chosen);
bool virtio_gpu_vram_window_is_awaited(struct virtio_gpu_object_vram *vram);
struct virtio_gpu_object_vram *
virtio_gpu_vram_window_next_used(struct virtio_gpu_device *vgdev, unsigned long *left);
bool virtio_gpu_vram_window_is_settling(struct virtio_gpu_device *vgdev);

#endif
