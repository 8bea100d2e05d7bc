// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the answers of a device that is not told to misbehave say.
 */
#include <endian.h>
#include <string.h>

#include "answer.h"
#include "check.h"

#define TOLD	16	/* resources whose generations are followed */

/* The highest generation that the guest has heard of, by resource, while none is destroyed. */
static uint64_t told[TOLD];
static unsigned long destroyed;

/**
 * answer_begin() - a new input begins
 */
void answer_begin(void)
{
	memset(told, 0, sizeof(told));
}

/*
 * What is in force never goes back, and is what the guest is told; of an acknowledgment that was
 * held, what was.
 */
static void check_attr(struct gpu *gpu, uint32_t res_id, const struct virtio_gpu_map_attr *attr,
		       bool held)
{
	uint64_t generation = le64toh(attr->generation);
	const struct blob *b = blob_find(&gpu->blobs, res_id);

	check(generation);
	for (unsigned int i = 0; i < 4; i++)
		check(!attr->reserved[i]);
	if (destroyed != gpu->count.destroyed)
		answer_begin();
	destroyed = gpu->count.destroyed;
	if (!b || res_id >= TOLD || held)
		return;
	check(generation <= b->generation && generation >= told[res_id]);
	told[res_id] = generation;
}

static void check_changes(struct gpu *gpu, const struct virtio_gpu_resp_map_attr_changes *c,
			  size_t len)
{
	unsigned int count = le32toh(c->count);

	check(count <= VIRTIO_GPU_MAP_ATTR_MAX_CHANGES);
	check(len == offsetof(struct virtio_gpu_resp_map_attr_changes, changes[count]));
	check(!c->more || (le32toh(c->more) == 1 && count == VIRTIO_GPU_MAP_ATTR_MAX_CHANGES));
	for (unsigned int i = 0; i < count; i++) {
		check(c->changes[i].resource_id && !c->changes[i].padding);
		check_attr(gpu, le32toh(c->changes[i].resource_id), &c->changes[i].attr,
			   false);
		for (unsigned int j = 0; j < i; j++)
			check(c->changes[i].resource_id != c->changes[j].resource_id);
	}
}

static void check_fence(const struct virtio_gpu_ctrl_hdr *hdr, const struct virtio_gpu_ctrl_hdr *a)
{
	if (!(le32toh(hdr->flags) & VIRTIO_GPU_FLAG_FENCE))
		return;
	check(le32toh(a->flags) & VIRTIO_GPU_FLAG_FENCE);
	check(a->fence_id == hdr->fence_id && a->ctx_id == hdr->ctx_id);
	check(a->ring_idx == hdr->ring_idx);
}

static bool is_right_type(uint32_t command, uint32_t type)
{
	if (type >= VIRTIO_GPU_RESP_ERR_UNSPEC)
		return type <= VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	switch (command) {
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
	case VIRTIO_GPU_CMD_MAP_ATTR_ACK:
		return type == VIRTIO_GPU_RESP_OK_NODATA || type == VIRTIO_GPU_RESP_OK_MAP_ATTR;
	case VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB:
		return type == VIRTIO_GPU_RESP_OK_MAP_INFO || type == VIRTIO_GPU_RESP_OK_MAP_ATTR;
	case VIRTIO_GPU_CMD_MAP_ATTR_FETCH:
		return type == VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES;
	case VIRTIO_GPU_CMD_GET_DISPLAY_INFO:
		return type == VIRTIO_GPU_RESP_OK_DISPLAY_INFO;
	case VIRTIO_GPU_CMD_GET_CAPSET_INFO:
		return type == VIRTIO_GPU_RESP_OK_CAPSET_INFO;
	case VIRTIO_GPU_CMD_GET_CAPSET:
		return type == VIRTIO_GPU_RESP_OK_CAPSET;
	case VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID:
		return type == VIRTIO_GPU_RESP_OK_RESOURCE_UUID;
	default:
		return type == VIRTIO_GPU_RESP_OK_NODATA;
	}
}

/**
 * answer_check() - what the guest is answered makes sense
 * @len: bytes, as the device says
 */
void answer_check(struct gpu *gpu, const struct request *r, const void *answer, size_t len)
{
	const struct virtio_gpu_ctrl_hdr *hdr = (const void *)r->bytes, *a = answer;
	const struct virtio_gpu_resp_map_attr *attr = answer;
	const struct virtio_gpu_resource_unref *named = (const void *)r->bytes;

	if (r->len < sizeof(*hdr) || r->in_pieces > VIRTQ_MAX_IOV) {
		check(!len);
		return;
	}
	if (len < sizeof(*a)) {
		check(len == r->room);
		return;
	}
	check(is_right_type(le32toh(hdr->type), le32toh(a->type)));
	check_fence(hdr, a);
	if (le32toh(a->type) == VIRTIO_GPU_RESP_OK_MAP_ATTR) {
		check(len == sizeof(*attr));
		check_attr(gpu, le32toh(named->resource_id), &attr->attr,
			   le32toh(hdr->type) == VIRTIO_GPU_CMD_MAP_ATTR_ACK);
	} else if (le32toh(a->type) == VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES) {
		check_changes(gpu, answer, len);
	}
}
