/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_CHANGE_H
#define VIRTGPU_VRAM_CHANGE_H

#include <linux/types.h>
#include <linux/virtio_gpu.h>
#include <linux/workqueue.h>

struct virtio_device;
struct virtio_gpu_device;

/**
 * struct virtio_gpu_vram_changes - how changes of attributes reach a device's blobs
 * @work: fetches and applies them, one round at a time
 * @stopped: @work must end and not begin again
 * @unfetched: the device has marked resources that @work knows nothing of yet;
 *	its own
 * @asked: @reply is awaited, or there and not looked at yet; @work's own
 * @fetching: VIRTIO_GPU_CMD_MAP_ATTR_FETCH has not been answered
 * @reply_len: bytes of @reply the device wrote
 * @reply: answer to the last VIRTIO_GPU_CMD_MAP_ATTR_FETCH
 */
struct virtio_gpu_vram_changes {
	struct work_struct work;
	bool stopped;
	bool unfetched;
	bool asked;
	bool fetching;
	size_t reply_len;
	struct virtio_gpu_resp_map_attr_changes reply;
};

void virtio_gpu_vram_change_init(struct virtio_gpu_device *vgdev);
int virtio_gpu_vram_change_validate(struct virtio_device *vdev);
void virtio_gpu_vram_change_kick(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_change_stop(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_change_resume(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_change_lose_all(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_change_flush(struct virtio_gpu_device *vgdev);

#endif
