// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Commands about blobs: made, placed in the window, taken out, gone.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_access.h"
#include "cmd_blob.h"
#include "exporter.h"
#include "inject.h"
#include "log.h"
#include "place.h"
#include "renderer.h"

static void blob_delete(struct blob *b)
{
	access_end_all(b);
	if (b->rendered)
		renderer_blob_free(b);
	if (b->exported)
		exporter_blob_free(b);
	free(b->contents);
	free(b);
}

void blob_free(struct gpu *gpu, struct blob *b)
{
	inject_gone(gpu, b);
	blob_delete(b);
	gpu->count.destroyed++;
}

/* Let the renderer make the blob, and decide what to declare for it. */
static int create_rendered(struct blob *b, uint32_t blob_flags)
{
	uint32_t map_info;
	int ret = renderer_blob_create(b, blob_flags, &map_info);

	if (ret)
		return ret;
	b->rendered = true;
	b->declared = policy_decide_memory(b->memory.kind, b->size, map_info, b->memory.va);
	return 0;
}

/* The memory of a blob that is not in the window, if it is to be elsewhere.  Return: 0 or an error. */
static uint32_t create_memory(struct gpu *gpu, struct blob *b, uint32_t blob_flags)
{
	if (b->blob_mem != VIRTIO_GPU_BLOB_MEM_HOST3D)
		return 0;
	if (renderer_has_context(gpu, b->ctx_id))
		return create_rendered(b, blob_flags) ? VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER : 0;
	if (gpu->exporter && exporter_blob_create(gpu, b))
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	return 0;
}

static bool is_blob_mem(uint32_t mem)
{
	return mem >= VIRTIO_GPU_BLOB_MEM_GUEST && mem <= VIRTIO_GPU_BLOB_MEM_HOST3D_GUEST;
}

/* Return: the blob that a command asks for, with what its exporter declares first; or NULL. */
static struct blob *blob_new(const struct virtio_gpu_resource_create_blob *c)
{
	struct blob *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->memory.fd = -1;
	b->res_id = le32toh(c->resource_id);
	b->ctx_id = le32toh(c->hdr.ctx_id);
	b->blob_id = le64toh(c->blob_id);
	b->blob_mem = le32toh(c->blob_mem);
	b->size = le64toh(c->size);
	b->hidden = true;
	b->generation = 1;
	b->acked = 1;
	b->declared = policy_decide(b->blob_id);
	return b;
}

void cmd_create_blob(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_resource_create_blob *c = req;
	struct blob *b;
	uint32_t error;

	if (len < sizeof(*c) || !le64toh(c->size) || le64toh(c->size) % gpu->options.alignment)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (!is_blob_mem(le32toh(c->blob_mem)) ||
	    (le32toh(c->blob_mem) == VIRTIO_GPU_BLOB_MEM_HOST3D && !reply_has_room_for_attr(gpu, r)))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (!c->resource_id || blob_find(&gpu->blobs, le32toh(c->resource_id)))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);

	b = gpu->blobs.count < BLOBS_MAX ? blob_new(c) : NULL;
	if (!b)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	error = create_memory(gpu, b, le32toh(c->blob_flags));
	if (error) {
		free(b);
		return reply_error(gpu, r, error);
	}
	blob_remember(b);
	log_event("create: resource %u, %llu bytes, %s, flags %#x", b->res_id,
		  (unsigned long long)b->size, attr_cache_mode_name(b->declared.cache_mode),
		  b->declared.flags);

	if (b->blob_mem != VIRTIO_GPU_BLOB_MEM_HOST3D || !gpu_has_map_attr(gpu))
		reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
	else
		reply_attr(gpu, r, b);
	/* It may have to wait for a fence. */
	r->declares = b->res_id;
	blob_link(&gpu->blobs, b);
	gpu->count.created++;
}

/* The guest uses the place, or uses it for something else, when it has the answer. */
static void wait_window(struct reply *r, uint64_t token)
{
	if (!token)
		return;
	r->wait = WAIT_WINDOW;
	r->token = token;
}

static void take_out(struct gpu *gpu, struct blob *b, struct reply *r)
{
	uint64_t token;

	if (blob_unplace(gpu, b, &token))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
	wait_window(r, token);
}

void cmd_unref(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	struct blob *b = reply_named_blob(gpu, req, len, sizeof(struct virtio_gpu_resource_unref), r);

	if (!b)
		return;
	reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
	if (b->placed)
		take_out(gpu, b, r);
	if (reply_is_error(r))
		return;
	blob_unlink(&gpu->blobs, b);
	blob_free(gpu, b);
}

void cmd_map(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_resource_map_blob *c = req;
	struct blob *b;
	uint64_t token;
	int ret;

	if (len < sizeof(*c))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	b = blob_find(&gpu->blobs, le32toh(c->resource_id));
	if (!b || b->blob_mem != VIRTIO_GPU_BLOB_MEM_HOST3D)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	if (b->placed || (b->rendered && !b->memory.va) || !reply_has_room_for_attr(gpu, r) ||
	    !gpu_window_is_free(gpu, le64toh(c->offset), b->size))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	/* A driver that does not know the flags would map it. */
	if (b->declared.flags && !gpu_has_map_attr(gpu))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);

	b->map_count++;
	ret = blob_place(gpu, b, le64toh(c->offset), &token);
	if (ret) {
		log_event("map: resource %u: %s", b->res_id, strerror(-ret));
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	}
	reply_attr(gpu, r, b);
	r->declares = b->res_id;
	wait_window(r, token);
	inject_bound(gpu, b, b->generation);
	log_event("map: resource %u at %#llx", b->res_id, (unsigned long long)b->offset);
}

void cmd_unmap(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	struct blob *b = reply_named_blob(gpu, req, len,
					  sizeof(struct virtio_gpu_resource_unmap_blob), r);

	if (!b)
		return;
	if (!b->placed)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
	take_out(gpu, b, r);
}

void cmd_uuid(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_resource_assign_uuid *c = req;

	if (len < sizeof(*c) || !blob_find(&gpu->blobs, le32toh(c->resource_id)))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	reply_type(r, VIRTIO_GPU_RESP_OK_RESOURCE_UUID, sizeof(r->uuid));
	memcpy(r->uuid.uuid, &c->resource_id, sizeof(c->resource_id));
	r->uuid.uuid[15] = 1;
}
