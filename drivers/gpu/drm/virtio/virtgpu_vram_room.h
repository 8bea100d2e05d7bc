/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_ROOM_H
#define VIRTGPU_VRAM_ROOM_H

struct virtio_gpu_object_vram;

int virtio_gpu_vram_room_make(struct virtio_gpu_object_vram *vram, unsigned int task_state);

#endif
