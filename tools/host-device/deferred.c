// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Deferred replies: those that are not given yet, because something has to happen first.  What
 * happens while the guest is stopped is kept for when it goes on.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "declare.h"
#include "deferred.h"
#include "inject.h"

/**
 * struct deferred - a response that is not given yet
 * @wait: for what, with @token; WAIT_NOT when only the queue has to go on
 * @command: its type
 * @ctx_id: of the command, to which, and to whose @ring, fences belong
 * @declares: see struct reply
 * @head: of the request; where its pieces are can change until the response is given
 */
struct deferred {
	struct deferred *next;
	unsigned int queue;
	enum reply_wait wait;
	uint64_t token;
	uint32_t command;
	uint32_t ctx_id;
	uint32_t ring;
	uint32_t declares;
	uint16_t head;
	size_t len;
	uint8_t response[1024] __attribute__((aligned(8)));
};

/**
 * deferred_add() - keep a response until what @reply waits for has happened
 *
 * Without memory the request is kept until deferred_drop(): a guest copes with devices that never
 * answer.
 */
void deferred_add(struct gpu *gpu, unsigned int queue, const struct chain *chain,
		  uint32_t command, const struct reply *reply)
{
	struct deferred *d = calloc(1, sizeof(*d)), **p = &gpu->deferred;

	if (!d)
		return;
	d->queue = queue;
	d->command = command;
	d->wait = reply->wait;
	d->token = reply->token;
	d->ctx_id = le32toh(reply->hdr.ctx_id);
	d->ring = reply->hdr.ring_idx;
	d->declares = reply->declares;
	d->head = chain->head;
	d->len = reply->len < sizeof(d->response) ? reply->len : sizeof(d->response);
	memcpy(d->response, reply->bytes, d->len);
	while (*p)
		p = &(*p)->next;
	*p = d;
}

/* The guest does not get to read it. */
static bool forget_reply(struct gpu *gpu, struct deferred *d)
{
	virtq_forget(&gpu->virtq[d->queue], d->head);
	declare_told(gpu, d->response, d->len, false);
	return true;
}

/* What was in force when the response was made up may not be any more. */
static void refresh_attr(struct gpu *gpu, struct deferred *d)
{
	struct virtio_gpu_resp_map_attr *resp = (void *)d->response;
	struct blob *b = d->declares ? blob_find(&gpu->blobs, d->declares) : NULL;

	if (!b)
		return;
	if (d->command == VIRTIO_GPU_CMD_MAP_ATTR_ACK && b->acked < b->generation &&
	    le32toh(resp->hdr.type) == VIRTIO_GPU_RESP_OK_NODATA) {
		resp->hdr.type = htole32(VIRTIO_GPU_RESP_OK_MAP_ATTR);
		d->len = sizeof(*resp);
	}
	if (le32toh(resp->hdr.type) != VIRTIO_GPU_RESP_OK_MAP_ATTR ||
	    le64toh(resp->attr.generation) == b->generation)
		return;
	resp->attr = blob_wire_attr(b);
	if (d->command == VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB)
		inject_bound(gpu, b, b->generation);
}

/* Return: false if the guest is stopped. */
static bool give_reply(struct gpu *gpu, struct deferred *d)
{
	struct virtq *vr = &gpu->virtq[d->queue];
	struct chain chain;
	size_t n = 0;

	d->wait = WAIT_NOT;
	if (!vr->started || !gpu->ready)
		return false;
	refresh_attr(gpu, d);
	if (!virtq_chain(vr, &gpu->memory, d->head, &chain))
		n = chain_write(&chain, d->response, d->len);
	if (n < d->len)
		declare_told(gpu, d->response, d->len, false);
	virtq_push(vr, &chain, n);
	return true;
}

static bool waits_for_inject(const struct deferred *d, const struct deferred *what)
{
	return d->wait == WAIT_INJECT && (!what->token || d->token == what->token) &&
	       (!what->command || d->command == what->command);
}

static bool waits_for_token(const struct deferred *d, const struct deferred *what)
{
	return d->wait == what->wait && d->token == what->token;
}

static bool waits_for_fence(const struct deferred *d, const struct deferred *what)
{
	return d->wait == what->wait && d->ctx_id == what->ctx_id && d->ring == what->ring &&
	       d->token == what->token;
}

static bool waits_for_context(const struct deferred *d, const struct deferred *what)
{
	return d->wait == what->wait && d->ctx_id == what->ctx_id;
}

static bool waits_for_queue(const struct deferred *d, const struct deferred *what)
{
	return d->wait == what->wait;
}

static bool is_on_queue(const struct deferred *d, const struct deferred *what)
{
	return d->queue == what->queue;
}

/* Have @fn do something with those that match, and drop those with which it is done. */
static void deferred_each(struct gpu *gpu,
			  bool (*match)(const struct deferred *, const struct deferred *),
			  const struct deferred *what, bool (*fn)(struct gpu *gpu, struct deferred *d))
{
	struct deferred **p = &gpu->deferred, *d;

	while ((d = *p)) {
		if (!match(d, what) || !fn(gpu, d)) {
			p = &d->next;
			continue;
		}
		*p = d->next;
		free(d);
	}
}

/**
 * deferred_injected() - give those that inject/ has kept
 * @token: for this; 0 for whatever
 * @command: only those to commands of this type; 0 for all
 */
void deferred_injected(struct gpu *gpu, uint64_t token, uint32_t command)
{
	deferred_each(gpu, waits_for_inject,
		      &(struct deferred){ .token = token, .command = command }, give_reply);
}

/**
 * deferred_run() - the guest goes on: give it what has come due meanwhile
 */
void deferred_run(struct gpu *gpu)
{
	deferred_each(gpu, waits_for_queue, &(struct deferred){ .wait = WAIT_NOT }, give_reply);
}

/**
 * deferred_drop() - what is on a queue is another driver's, or no driver's: there is no taker
 */
void deferred_drop(struct gpu *gpu, unsigned int queue)
{
	struct virtq *vr = &gpu->virtq[queue];

	deferred_each(gpu, is_on_queue, &(struct deferred){ .queue = queue }, forget_reply);
	/* Of others there was no memory for the response. */
	memset(vr->taken, 0, sizeof(vr->taken));
}

static bool give_error(struct gpu *gpu, struct deferred *d)
{
	struct virtio_gpu_ctrl_hdr *hdr = (void *)d->response;

	/* What cannot be given back is declared to be gone, and that is the answer. */
	if (d->command == VIRTIO_GPU_CMD_MAP_ATTR_ACK && d->declares)
		return give_reply(gpu, d);
	gpu->count.errors++;
	hdr->type = htole32(VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	d->len = sizeof(*hdr);
	return give_reply(gpu, d);
}

/**
 * deferred_placed() - the window shows what was asked for with @token, or cannot
 */
void deferred_placed(struct gpu *gpu, uint64_t token, bool ok)
{
	deferred_each(gpu, waits_for_token, &(struct deferred){ .wait = WAIT_WINDOW, .token = token },
		      ok ? give_reply : give_error);
}

/**
 * deferred_fence() - the renderer has got to a fence
 * @ring: timeline of the context
 */
void deferred_fence(struct gpu *gpu, uint32_t ctx_id, uint32_t ring, uint64_t fence_id)
{
	deferred_each(gpu, waits_for_fence,
		      &(struct deferred){ .wait = WAIT_FENCE, .ctx_id = ctx_id, .ring = ring,
				  .token = fence_id }, give_reply);
}

/**
 * deferred_context() - a context is gone, and will get to no fence any more
 */
void deferred_context(struct gpu *gpu, uint32_t ctx_id)
{
	deferred_each(gpu, waits_for_context, &(struct deferred){ .wait = WAIT_FENCE, .ctx_id = ctx_id },
		      give_reply);
}
