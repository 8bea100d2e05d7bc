/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_RENDERER_H
#define HOST_DEVICE_RENDERER_H

#include "gpu.h"

#define RENDERER_CAPSET 4	/* VIRTIO_GPU_CAPSET_VENUS */

int renderer_init(struct gpu *gpu);
void renderer_fini(struct gpu *gpu);
void renderer_reset(struct gpu *gpu);
void renderer_capset_info(uint32_t *version, uint32_t *size);
int renderer_capset(uint32_t version, void *caps, size_t size);

int renderer_context_create(struct gpu *gpu, uint32_t ctx_id, const char *name, size_t len);
void renderer_context_destroy(struct gpu *gpu, uint32_t ctx_id);
bool renderer_has_context(const struct gpu *gpu, uint32_t ctx_id);
void renderer_attach(struct gpu *gpu, uint32_t ctx_id, uint32_t res_id, bool attach);
int renderer_submit(struct gpu *gpu, uint32_t ctx_id, const void *commands, size_t size);
int renderer_fence(struct gpu *gpu, uint32_t ctx_id, uint32_t ring, uint64_t fence_id);

int renderer_blob_create(struct blob *blob, uint32_t blob_flags, uint32_t *map_info);
void renderer_blob_free(struct blob *blob);

#endif
