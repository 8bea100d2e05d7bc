/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_TABLE_H
#define VIRTGPU_VRAM_TABLE_H

#include <linux/types.h>

struct virtio_gpu_device;
struct virtio_gpu_object_vram;

void virtio_gpu_vram_table_init(struct virtio_gpu_device *vgdev);
int virtio_gpu_vram_table_add(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_table_remove(struct virtio_gpu_object_vram *vram);
struct virtio_gpu_object_vram *
virtio_gpu_vram_table_next(struct virtio_gpu_device *vgdev, unsigned long *id);
struct virtio_gpu_object_vram *
virtio_gpu_vram_table_find(struct virtio_gpu_device *vgdev, u32 resource_id);
void virtio_gpu_vram_table_for_each(struct virtio_gpu_device *vgdev,
				    void (*func)(struct virtio_gpu_object_vram *vram));

#endif
