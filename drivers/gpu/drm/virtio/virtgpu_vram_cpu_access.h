/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_CPU_ACCESS_H
#define VIRTGPU_VRAM_CPU_ACCESS_H

#include <linux/dma-direction.h>
#include <linux/types.h>
#include <linux/virtio_gpu.h>

struct virtio_gpu_device;
struct virtio_gpu_object_vram;
struct virtio_gpu_vram_bracket;

/**
 * virtio_gpu_vram_cpu_access_flags - what a bracket is for, as the host is told
 * @dir: the same for dma_sync_sg_for_cpu(), where "from a device" means that CPUs read
 *
 * Return: VIRTIO_GPU_CPU_ACCESS_*.
 */
static inline u32 virtio_gpu_vram_cpu_access_flags(enum dma_data_direction dir)
{
	switch (dir) {
	case DMA_FROM_DEVICE:
		return VIRTIO_GPU_CPU_ACCESS_READ;
	case DMA_TO_DEVICE:
		return VIRTIO_GPU_CPU_ACCESS_WRITE;
	default:
		return VIRTIO_GPU_CPU_ACCESS_READ | VIRTIO_GPU_CPU_ACCESS_WRITE;
	}
}

int virtio_gpu_vram_cpu_access_init(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_cpu_access_blob_init(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_cpu_access_begin(struct virtio_gpu_object_vram *vram,
				     enum dma_data_direction dir);
int virtio_gpu_vram_cpu_access_end(struct virtio_gpu_object_vram *vram,
				   enum dma_data_direction dir);
int virtio_gpu_vram_cpu_access_wait(struct virtio_gpu_object_vram *vram,
				    struct virtio_gpu_vram_bracket *bracket);
void virtio_gpu_vram_cpu_access_end_later(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_cpu_access_end_orphans(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_cpu_access_close(struct virtio_gpu_object_vram *vram);

#endif
