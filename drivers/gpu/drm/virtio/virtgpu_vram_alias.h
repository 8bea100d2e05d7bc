/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_ALIAS_H
#define VIRTGPU_VRAM_ALIAS_H

#include <linux/types.h>

struct virtio_gpu_object_vram;

bool virtio_gpu_vram_alias_can_clean(void);
void __iomem *virtio_gpu_vram_alias_map_locked(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_alias_reserve_locked(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_alias_release_locked(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_alias_drain_locked(struct virtio_gpu_object_vram *vram, u32 cache_mode);
int virtio_gpu_vram_alias_clean_locked(struct virtio_gpu_object_vram *vram);

#endif
