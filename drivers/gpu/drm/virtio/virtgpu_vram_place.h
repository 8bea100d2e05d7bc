/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_PLACE_H
#define VIRTGPU_VRAM_PLACE_H

#include <linux/types.h>

struct virtio_gpu_object_vram;

int virtio_gpu_vram_place_early(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_place_for_fault(struct virtio_gpu_object_vram *vram, unsigned int task_state);
int virtio_gpu_vram_place_for_mmap(struct virtio_gpu_object_vram *vram, unsigned int access);
int virtio_gpu_vram_place_for_dma(struct virtio_gpu_object_vram *vram);

#endif
