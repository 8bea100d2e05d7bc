/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_CTRLQ_H
#define VIRTGPU_CTRLQ_H

#include <linux/types.h>

struct virtio_gpu_device;
struct virtio_gpu_fence;
struct virtio_gpu_vbuffer;

bool virtio_gpu_ctrlq_is_dead(struct virtio_gpu_device *vgdev);
void virtio_gpu_ctrlq_end(struct virtio_gpu_device *vgdev);
void virtio_gpu_ctrlq_close(struct virtio_gpu_device *vgdev);
bool virtio_gpu_ctrlq_check_broken(struct virtio_gpu_device *vgdev);
int virtio_gpu_ctrlq_add_failed(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf,
				const struct virtio_gpu_fence *fence, int error);

#endif
