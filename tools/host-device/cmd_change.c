// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * MAP_ATTR_FETCH and MAP_ATTR_ACK: what the guest asks about changes, and says.
 */
#include <endian.h>

#include "ack_wait.h"
#include "cmd_change.h"
#include "log.h"
#include "place.h"
#include "witness.h"

static void add_entry(struct virtio_gpu_resp_map_attr_changes *c, uint32_t res_id,
		      struct virtio_gpu_map_attr attr)
{
	uint32_t n = le32toh(c->count);

	if (n == VIRTIO_GPU_MAP_ATTR_MAX_CHANGES)
		return;
	c->changes[n].resource_id = htole32(res_id);
	c->changes[n].attr = attr;
	c->count = htole32(n + 1);
}

static void set_len(struct reply *r)
{
	reply_type(r, VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES,
		   offsetof(struct virtio_gpu_resp_map_attr_changes, changes) +
		   le32toh(r->changes.count) * sizeof(r->changes.changes[0]));
}

static void spoil_fetch(struct gpu *gpu, struct reply *r)
{
	struct virtio_gpu_resp_map_attr_changes *c = &r->changes;
	struct virtio_gpu_map_attr foreign = c->changes[0].attr;

	switch (gpu->spoil_fetch) {
	case QUIRK_COUNT_OVER:
		c->count = htole32(VIRTIO_GPU_MAP_ATTR_MAX_CHANGES + 1);
		break;
	case QUIRK_COUNT_SHORT:
		c->count = htole32(le32toh(c->count) + 1);
		break;
	case QUIRK_FOREIGN:
		/* A generation that no resource has: acknowledging it is an error. */
		foreign.generation = htole64(le64toh(foreign.generation) + 1);
		add_entry(c, 0x7fffffff, foreign);
		add_entry(c, 0, foreign);
		set_len(r);
		break;
	case QUIRK_TWICE:
		add_entry(c, le32toh(c->changes[0].resource_id), c->changes[0].attr);
		set_len(r);
		break;
	case QUIRK_MORE:
		c->more = htole32(1);
		break;
	default:
		reply_spoil(gpu, r, c->count ? &c->changes[0].attr : NULL, gpu->spoil_fetch);
	}
}

/**
 * cmd_fetch() - MAP_ATTR_FETCH: which resources have changed
 *
 * They stay marked until it is certain that this is what the guest is told: declare_told().
 */
void cmd_fetch(struct gpu *gpu, struct reply *r)
{
	struct virtio_gpu_resp_map_attr_changes *c = &r->changes;

	gpu->count.fetches++;
	if (r->room < sizeof(*c))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	for (struct blob *b = gpu->blobs.first; b; b = b->next) {
		/* What is declared holds when QEMU has mapped it: gpu_placed(). */
		if (!b->changed || b->placing)
			continue;
		if (le32toh(c->count) == VIRTIO_GPU_MAP_ATTR_MAX_CHANGES) {
			c->more = htole32(1);
			break;
		}
		add_entry(c, b->res_id, blob_wire_attr(b));
	}
	set_len(r);
	if (gpu->spoil_fetches) {
		gpu->spoil_fetches--;
		spoil_fetch(gpu, r);
	}
}

/* The guest has let go of what is revoked: its place shows nothing of it from the answer on. */
static int let_go(struct gpu *gpu, struct blob *b, struct reply *r)
{
	int ret;

	if (!(b->declared.flags & VIRTIO_GPU_MAP_ATTR_REVOKED) || !b->mapped)
		return 0;
	ret = blob_evict(gpu, b);
	if (!ret && b->evicting) {
		r->wait = WAIT_WINDOW;
		r->token = b->evicting;
	}
	return ret;
}

/**
 * cmd_ack() - MAP_ATTR_ACK: the guest has let go of all earlier declarations
 */
void cmd_ack(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_map_attr_ack *c = req;
	struct blob *b = reply_named_blob(gpu, req, len, sizeof(*c), r);
	uint64_t generation;

	if (!b)
		return;
	generation = le64toh(c->generation);
	if (!has_room_for_attr(gpu, r))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (!generation || generation > b->generation || c->padding)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (generation == b->generation && let_go(gpu, b, r))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	if (generation > b->acked) {
		b->acked = generation;
		ack_wait_acked(b);
		witness_note(gpu, b, generation);
	}
	gpu->count.acks++;
	log_event("ack: resource %u, generation %llu", b->res_id,
		  (unsigned long long)generation);
	/* One for a generation that is not in force any more ends nothing, and the guest hears so. */
	if (generation == b->generation)
		reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
	else
		reply_attr(gpu, r, b);
	if (gpu->hold_acks)
		r->wait = WAIT_RELEASE;
	if (gpu->spoil_acks) {
		gpu->spoil_acks--;
		reply_spoil(gpu, r, NULL, gpu->spoil_ack);
	}
}
