// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What takes the place of renderer.c where the device is built without virglrenderer, RENDERER=no:
 * there is no Vulkan, and so there are no contexts.
 */
#include <errno.h>
#include <stdio.h>

#include "renderer.h"

int renderer_init(struct gpu *gpu)
{
	fprintf(stderr, "vgpu-host-device: built without virglrenderer\n");
	return -ENOTSUP;
}

void renderer_fini(struct gpu *gpu)
{
}

void renderer_reset(struct gpu *gpu)
{
}

void renderer_capset_info(uint32_t *version, uint32_t *size)
{
	*version = 0;
	*size = 0;
}

int renderer_capset(uint32_t version, void *caps, size_t size)
{
	return -E2BIG;
}

int renderer_context_create(struct gpu *gpu, uint32_t ctx_id, const char *name, size_t len)
{
	return -EINVAL;
}

void renderer_context_destroy(struct gpu *gpu, uint32_t ctx_id)
{
}

bool renderer_has_context(const struct gpu *gpu, uint32_t ctx_id)
{
	return false;
}

void renderer_attach(struct gpu *gpu, uint32_t ctx_id, uint32_t res_id, bool attach)
{
}

int renderer_submit(struct gpu *gpu, uint32_t ctx_id, const void *commands, size_t size)
{
	return -EINVAL;
}

int renderer_fence(struct gpu *gpu, uint32_t ctx_id, uint32_t ring, uint64_t fence_id)
{
	return -EINVAL;
}

int renderer_blob_create(struct blob *b, uint32_t blob_flags, uint32_t *map_info)
{
	return -EINVAL;
}

void renderer_blob_free(struct blob *b)
{
}
