// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Commands about contexts, and what a renderer is asked.
 */
#include <endian.h>
#include <errno.h>

#include "cmd_context.h"
#include "renderer.h"

#define CAPSET_ID 10	/* unused by any protocol the kernel knows; must be <= 31 */

void cmd_capset_info(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_get_capset_info *c = req;
	uint32_t version = 0, size = 16, id = CAPSET_ID;

	if (len < sizeof(*c) || le32toh(c->capset_index) >= le32toh(gpu->config.num_capsets))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (c->capset_index) {
		id = RENDERER_CAPSET;
		renderer_capset_info(&version, &size);
	}
	r->capset_info.capset_id = htole32(id);
	r->capset_info.capset_max_version = htole32(version);
	r->capset_info.capset_max_size = htole32(size);
	reply_type(r, VIRTIO_GPU_RESP_OK_CAPSET_INFO, sizeof(r->capset_info));
}

void cmd_capset(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_get_capset *c = req;
	int size = 16;

	if (len < sizeof(*c))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (gpu->renderer && le32toh(c->capset_id) == RENDERER_CAPSET)
		size = renderer_capset(le32toh(c->capset_version), r->bytes + sizeof(r->hdr),
				       sizeof(r->bytes) - sizeof(r->hdr));
	if (size < 0)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	reply_type(r, VIRTIO_GPU_RESP_OK_CAPSET, sizeof(r->hdr) + size);
}

/* Contexts without a renderer are nothing but numbers. */
void cmd_context(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_ctx_create *c = req;
	uint32_t ctx_id = le32toh(c->hdr.ctx_id), name_len;
	int ret = 0;

	if (le32toh(c->hdr.type) == VIRTIO_GPU_CMD_CTX_DESTROY) {
		renderer_context_destroy(gpu, ctx_id);
	} else if (len < sizeof(*c)) {
		ret = -EINVAL;
	} else if (gpu->renderer && (le32toh(c->context_init) &
				     VIRTIO_GPU_CONTEXT_INIT_CAPSET_ID_MASK) == RENDERER_CAPSET) {
		name_len = le32toh(c->nlen);
		if (name_len > sizeof(c->debug_name))
			name_len = sizeof(c->debug_name);
		ret = renderer_context_create(gpu, ctx_id, c->debug_name, name_len);
	}
	if (ret)
		return reply_error(gpu, r, ret == -ENOMEM || ret == -ENOSPC ?
				   VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY :
				   VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
}

/* Whatever the guest attaches to contexts without a renderer. */
void cmd_attach(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_ctx_resource *c = req;
	bool attach = le32toh(c->hdr.type) == VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE;
	struct blob *b;

	if (len < sizeof(*c))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	b = blob_find(&gpu->blobs, le32toh(c->resource_id));
	if (b && b->rendered)
		renderer_attach(gpu, le32toh(c->hdr.ctx_id), b->res_id, attach);
	reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
}

void cmd_submit(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_cmd_submit *c = req;
	uint32_t ctx_id = le32toh(c->hdr.ctx_id);

	if (len < sizeof(*c) || le32toh(c->size) > len - sizeof(*c))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (renderer_has_context(gpu, ctx_id) && c->size &&
	    renderer_submit(gpu, ctx_id, c + 1, le32toh(c->size)))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
	reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
}
