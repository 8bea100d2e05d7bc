// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Replies that are wrong on purpose.
 */
#include <endian.h>

#include "reply.h"

static void force_used_len(struct reply *r, uint32_t used_len)
{
	r->used_len = used_len;
	r->used_len_forced = true;
}

static void spoil_attr(struct virtio_gpu_map_attr *attr, enum quirk quirk)
{
	if (!attr)
		return;
	switch (quirk) {
	case QUIRK_RESERVED:
		attr->reserved[2] = htole32(1);
		break;
	case QUIRK_GEN_ZERO:
		attr->generation = 0;
		break;
	case QUIRK_GEN_OLD:
		attr->generation = htole64(le64toh(attr->generation) - 1);
		break;
	case QUIRK_GEN_CLASH:
	case QUIRK_CLASH_HOLD:
	case QUIRK_CHANGE_CLASH_HOLD:
		attr->cache_mode = htole32(le32toh(attr->cache_mode) % 3 + 1);
		break;
	default:
		break;
	}
}

/**
 * reply_spoil() - spoil a good reply the way @quirk says
 * @attr: attributes in it, or NULL: a quirk that is about those does nothing then
 */
void reply_spoil(struct gpu *gpu, struct reply *r, struct virtio_gpu_map_attr *attr,
		 enum quirk quirk)
{
	spoil_attr(attr, quirk);
	switch (quirk) {
	case QUIRK_EMPTY:
		r->len = 0;
		force_used_len(r, 0);
		break;
	case QUIRK_SHORT_HEADER:
		r->len = sizeof(r->hdr);
		break;
	case QUIRK_SHORT_ATTR:
		r->len = sizeof(r->hdr) + 16;
		break;
	case QUIRK_LONG:
		force_used_len(r, 0x10000);
		break;
	case QUIRK_NODATA:
		r->hdr.type = htole32(VIRTIO_GPU_RESP_OK_NODATA);
		break;
	case QUIRK_MAP_INFO:
		r->hdr.type = htole32(VIRTIO_GPU_RESP_OK_MAP_INFO);
		r->info.map_info = htole32(VIRTIO_GPU_MAP_CACHE_CACHED);
		break;
	case QUIRK_BAD_TYPE:
		r->hdr.type = htole32(0x1177);
		break;
	case QUIRK_ERROR:
	case QUIRK_ERROR_ONCE:
		reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
		break;
	case QUIRK_NO_MEMORY:
		reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
		break;
	case QUIRK_LATE:
		r->wait = WAIT_TIME;
		break;
	case QUIRK_HOLD:
	case QUIRK_CLASH_HOLD:
	case QUIRK_CHANGE_CLASH_HOLD:
		r->wait = WAIT_RELEASE;
		break;
	case QUIRK_RESERVED:
	case QUIRK_GEN_ZERO:
	case QUIRK_GEN_OLD:
	case QUIRK_GEN_CLASH:
	case QUIRK_CHANGE:
	case QUIRK_COUNT_OVER:
	case QUIRK_COUNT_SHORT:
	case QUIRK_FOREIGN:
	case QUIRK_TWICE:
	case QUIRK_MORE:
	case QUIRK_NONE:
	case QUIRK_COUNT:
		break;
	}
}

/* The attributes in a reply, or NULL: not every driver is sent any. */
struct virtio_gpu_map_attr *attr_in(struct reply *r)
{
	return le32toh(r->hdr.type) == VIRTIO_GPU_RESP_OK_MAP_ATTR ? &r->attr.attr : NULL;
}

/* Is the reply wrong in a way that has to be kept? */
bool quirk_spoils(enum quirk quirk)
{
	return quirk != QUIRK_NONE && quirk != QUIRK_CHANGE;
}
