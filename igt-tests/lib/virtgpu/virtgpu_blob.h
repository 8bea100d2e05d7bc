/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Host-visible blobs: making, mapping and exporting them, and what the guest finds in them.
 */
#ifndef VIRTGPU_BLOB_H
#define VIRTGPU_BLOB_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "inject/injections.h"
#include "virtgpu_device.h"

/* Wire values, as blob_id_inject() takes them. */
enum { NONE, CACHED, UNCACHED, WC, CACHE_UNKNOWN = 9 };
#define SYNC		1	/* VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED */
#define REVOKED		2	/* VIRTIO_GPU_MAP_ATTR_REVOKED */
#define READ_ONLY	4	/* VIRTIO_GPU_MAP_ATTR_READ_ONLY */
#define FLAG_UNKNOWN	0x40

/**
 * struct virtgpu_blob - a host-visible blob
 * @va: where it is mapped, or NULL
 */
struct virtgpu_blob {
	struct virtgpu *gpu;
	uint32_t handle;
	uint32_t res;
	size_t size;
	uint8_t *va;
};

/* Attributes as a blob_id. */
static inline uint64_t virtgpu_attr_id(unsigned int cache_mode, unsigned int flags)
{
	return blob_id_attr(cache_mode, flags, 0);
}

const char *virtgpu_cache_name(unsigned int cache_mode);

/* try_ returns 0 or a negative errno, the others assert. */
int virtgpu_blob_try_create(struct virtgpu *gpu, struct virtgpu_blob *blob, size_t size,
			    uint64_t blob_id, uint32_t flags);
void virtgpu_blob_create(struct virtgpu *gpu, struct virtgpu_blob *blob, size_t size,
			 uint64_t blob_id);
int virtgpu_blob_create_deferred(struct virtgpu *gpu, struct virtgpu_blob *blob, size_t size,
				 uint64_t blob_id);
uint64_t virtgpu_blob_offset(struct virtgpu_blob *blob);
int virtgpu_blob_try_map(struct virtgpu_blob *blob, int prot, int flags);
void virtgpu_blob_map(struct virtgpu_blob *blob);
int virtgpu_blob_export(struct virtgpu_blob *blob);
int virtgpu_blob_map_dmabuf(struct virtgpu_blob *blob);
int virtgpu_dmabuf_sync(int dmabuf, uint64_t flags);
int virtgpu_blob_query(struct virtgpu *gpu, uint32_t handle, struct drm_virtgpu_map_attr *attr);
void virtgpu_blob_close_handle(struct virtgpu_blob *blob);
void virtgpu_blob_destroy(struct virtgpu_blob *blob);
pid_t virtgpu_blob_start_holder(struct virtgpu *gpu);

/* Data, as the guest sees it. */
void virtgpu_guest_fill(void *va, uint64_t first, size_t len, size_t stride, uint64_t seed);
size_t virtgpu_guest_wrong(const void *va, uint64_t first, size_t len, size_t stride,
			   uint64_t seed);

/* What most tests begin with, look for in between, and end with. */
void virtgpu_blob_setup(struct virtgpu *gpu, struct virtgpu_blob *blob, size_t size,
			unsigned int cache_mode);
void virtgpu_blob_assert_good(struct virtgpu_blob *blob, unsigned int cache_mode);
void virtgpu_assert_works(struct virtgpu *gpu);

#endif
