/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_PRIME_H
#define VIRTGPU_VRAM_PRIME_H

struct virtio_dma_buf_ops;
struct virtio_gpu_device;
struct virtio_gpu_object_vram;

extern const struct virtio_dma_buf_ops virtio_gpu_vram_prime_ops;
int virtio_gpu_vram_prime_init(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_prime_blob_init(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_prime_invalidate(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_prime_flush(struct virtio_gpu_device *vgdev);

#endif
