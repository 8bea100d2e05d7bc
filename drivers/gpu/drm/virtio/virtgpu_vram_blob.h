/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_BLOB_H
#define VIRTGPU_VRAM_BLOB_H

#include <linux/types.h>

struct virtio_gpu_object_params;
struct virtio_gpu_object_vram;
struct virtio_gpu_vram_attr;
struct virtio_gpu_vram_state;

void virtio_gpu_vram_blob_init(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_blob_create(struct virtio_gpu_object_vram *vram,
				const struct virtio_gpu_object_params *params);
int virtio_gpu_vram_blob_request_map(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_blob_wait(struct virtio_gpu_object_vram *vram,
			      bool (*condition)(const struct virtio_gpu_vram_state *state),
			      unsigned int task_state);
void virtio_gpu_vram_blob_use_locked(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_blob_age(struct virtio_gpu_object_vram *vram);
bool virtio_gpu_vram_blob_evict(struct virtio_gpu_object_vram *vram, bool used);
bool virtio_gpu_vram_blob_clean(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_blob_withdraw(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_blob_lose(struct virtio_gpu_object_vram *vram);
bool virtio_gpu_vram_blob_fini(struct virtio_gpu_object_vram *vram);

void virtio_gpu_vram_blob_change(struct virtio_gpu_object_vram *vram, int error,
				 const struct virtio_gpu_vram_attr *attr);
void virtio_gpu_vram_blob_acknowledge(struct virtio_gpu_object_vram *vram, u64 generation);

bool virtio_gpu_vram_blob_defer_ack(struct virtio_gpu_object_vram *vram, u64 generation);
void virtio_gpu_vram_blob_ack_later_locked(struct virtio_gpu_object_vram *vram, u64 generation);

#endif
