// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The answer to a command, as it is made up.
 */
#include <endian.h>

#include "reply.h"

/**
 * reply_type() - make a reply one of a type
 * @len: bytes of it, header included; the rest of them is filled in already
 */
void reply_type(struct reply *r, uint32_t type, size_t len)
{
	r->hdr.type = htole32(type);
	r->len = len;
}

/**
 * reply_error() - have a command fail
 * @type: VIRTIO_GPU_RESP_ERR_*
 */
void reply_error(struct gpu *gpu, struct reply *r, uint32_t type)
{
	gpu->count.errors++;
	reply_type(r, type, sizeof(r->hdr));
}

/**
 * reply_is_error() - has the command failed?
 */
bool reply_is_error(const struct reply *r)
{
	return le32toh(r->hdr.type) >= VIRTIO_GPU_RESP_ERR_UNSPEC;
}

/**
 * reply_has_room_for_attr() - does the answer of reply_attr() fit?  Else nothing must be done
 */
bool reply_has_room_for_attr(const struct gpu *gpu, const struct reply *r)
{
	return !gpu_has_map_attr(gpu) || r->room >= sizeof(r->attr);
}

/**
 * reply_attr() - answer with the attributes of a blob that are in force
 *
 * A driver that has not accepted the feature gets what it knows: map_info.
 */
void reply_attr(struct gpu *gpu, struct reply *r, const struct blob *b)
{
	if (!gpu_has_map_attr(gpu)) {
		gpu->count.legacy_replies++;
		reply_type(r, VIRTIO_GPU_RESP_OK_MAP_INFO, sizeof(r->info));
		r->info.map_info = htole32(b->declared.cache_mode | b->declared.flags << 4);
		return;
	}
	gpu->count.attr_replies++;
	reply_type(r, VIRTIO_GPU_RESP_OK_MAP_ATTR, sizeof(r->attr));
	r->attr.attr = blob_wire_attr(b);
}

/**
 * reply_named_blob() - the blob that a command is about
 * @size: of the command; all that come here name a resource right after the header
 *
 * Return: the blob, or NULL with the error in @r.
 */
struct blob *reply_named_blob(struct gpu *gpu, const void *req, size_t len, size_t size,
			      struct reply *r)
{
	const struct virtio_gpu_resource_unref *c = req;
	struct blob *b;

	if (len < size) {
		reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
		return NULL;
	}
	b = blob_find(&gpu->blobs, le32toh(c->resource_id));
	if (!b)
		reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	return b;
}
