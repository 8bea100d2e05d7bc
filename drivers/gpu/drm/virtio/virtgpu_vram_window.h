/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_WINDOW_H
#define VIRTGPU_VRAM_WINDOW_H

struct virtio_gpu_object_vram;

int virtio_gpu_vram_window_alloc(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_window_free(struct virtio_gpu_object_vram *vram);

#endif
