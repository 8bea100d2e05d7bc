// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * MAP_ATTR_FETCH and MAP_ATTR_ACK: what the guest asks about changes, and says.
 */
#include <endian.h>

#include "ack_wait.h"
#include "change.h"
#include "cmd_change.h"
#include "cpu_modes.h"
#include "inject.h"
#include "log.h"
#include "place.h"

/**
 * changes_add() - one more resource in a reply to MAP_ATTR_FETCH, if there is room
 */
void changes_add(struct virtio_gpu_resp_map_attr_changes *c, uint32_t res_id,
		 struct virtio_gpu_map_attr attr)
{
	uint32_t n = le32toh(c->count);

	if (n == VIRTIO_GPU_MAP_ATTR_MAX_CHANGES)
		return;
	c->changes[n].resource_id = htole32(res_id);
	c->changes[n].attr = attr;
	c->count = htole32(n + 1);
}

/**
 * changes_end() - such a reply has all it is to have
 */
void changes_end(struct reply *r)
{
	reply_type(r, VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES,
		   offsetof(struct virtio_gpu_resp_map_attr_changes, changes) +
		   le32toh(r->changes.count) * sizeof(r->changes.changes[0]));
}

/**
 * cmd_fetch() - MAP_ATTR_FETCH: which resources have changed
 *
 * They stay marked until it is certain that the guest gets this reply: declare_told().
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
		changes_add(c, b->res_id, blob_wire_attr(b));
	}
	changes_end(r);
}

/* The guest has let go of what is revoked: its place shows nothing of it from the answer on. */
static int let_go(struct gpu *gpu, struct blob *b, struct reply *r)
{
	int ret = 0;

	if (!(b->declared.flags & VIRTIO_GPU_MAP_ATTR_REVOKED))
		return 0;
	if (b->mapped)
		ret = blob_evict(gpu, b);
	/* By this, or by a time-out, or by an acknowledgment before. */
	if (!ret && b->evicting) {
		r->wait = WAIT_WINDOW;
		r->token = b->evicting;
	}
	return ret;
}

/* A blob that is given back has to be in the window before the guest may use it. */
static void wait_restored(const struct blob *b, struct reply *r)
{
	if (!b->evicted || !b->mapped || !b->placing)
		return;
	r->wait = WAIT_WINDOW;
	r->token = b->placing;
	/* Something else is, if QEMU cannot: gpu_placed(). */
	r->declares = b->res_id;
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
	if (!reply_has_room_for_attr(gpu, r))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (!generation || generation > b->generation || c->padding)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (generation == b->generation && let_go(gpu, b, r))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	/* Before the answer, so that the guest maps nothing meanwhile. */
	if (generation == b->generation) {
		gpu_move_now(gpu, b);
		cpu_modes_set(gpu, b);
	}
	if (generation > b->acked) {
		b->acked = generation;
		ack_wait_acked(b);
		inject_bound(gpu, b, generation);
	}
	gpu->count.acks++;
	log_event("ack: resource %u, generation %llu", b->res_id,
		  (unsigned long long)generation);
	/* Acknowledging an outdated generation ends no wait; the reply has the one in force. */
	if (generation == b->generation)
		reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
	else
		reply_attr(gpu, r, b);
	wait_restored(b, r);
}
