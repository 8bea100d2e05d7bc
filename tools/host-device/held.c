// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Responses that are not given yet: because something has to happen first, or because
 * the device misbehaves.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "declare.h"
#include "held.h"
#include "loop.h"
#include "witness.h"

/**
 * struct held - a response that is not given yet
 * @wait: for what, with @token
 * @command: its type
 * @ctx_id: of the command, to which, and to whose @ring, fences belong
 * @declares: see struct reply
 * @head: of the request; where its pieces are can change until the response is given
 */
struct held {
	struct held *next;
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
 * held_add() - keep a response until what @reply waits for has happened
 *
 * Without memory it is kept for ever: a guest copes with devices that never answer.
 */
void held_add(struct gpu *gpu, unsigned int queue, const struct chain *chain,
	      uint32_t command, const struct reply *reply)
{
	struct itimerspec its = { .it_value.tv_nsec = LATE_MS * 1000000L };
	struct held *h = calloc(1, sizeof(*h));

	if (!h)
		return;
	h->queue = queue;
	h->command = command;
	h->wait = reply->wait;
	h->token = reply->token;
	h->ctx_id = le32toh(reply->hdr.ctx_id);
	h->ring = reply->hdr.ring_idx;
	h->declares = reply->declares;
	h->head = chain->head;
	h->len = reply->len < sizeof(h->response) ? reply->len : sizeof(h->response);
	memcpy(h->response, reply->bytes, h->len);
	h->next = gpu->held;
	gpu->held = h;
	if (h->wait == WAIT_TIME)
		timerfd_settime(gpu->timer, 0, &its, NULL);
}

/* The guest does not get to read it. */
static void forget(struct gpu *gpu, struct held *h)
{
	virtq_forget(&gpu->virtq[h->queue], h->head);
	declare_told(gpu, h->response, h->len, false);
}

/* What was in force when the response was made up may not be any more. */
static void refresh(struct gpu *gpu, struct held *h)
{
	struct virtio_gpu_resp_map_attr *resp = (void *)h->response;
	struct blob *b = h->declares ? blob_find(&gpu->blobs, h->declares) : NULL;

	if (!b || le32toh(resp->hdr.type) != VIRTIO_GPU_RESP_OK_MAP_ATTR ||
	    le64toh(resp->attr.generation) == b->generation)
		return;
	resp->attr = blob_wire_attr(b);
	if (h->command == VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB)
		witness_note(gpu, b, b->generation);
}

static void give(struct gpu *gpu, struct held *h)
{
	struct virtq *vr = &gpu->virtq[h->queue];
	struct chain chain;
	size_t n = 0;

	if (!vr->started)
		return forget(gpu, h);
	refresh(gpu, h);
	if (!virtq_chain(vr, &gpu->memory, h->head, &chain))
		n = chain_write(&chain, h->response, h->len);
	if (n < h->len)
		declare_told(gpu, h->response, h->len, false);
	virtq_push(vr, &chain, n);
}

static bool waits_for_anything(const struct held *h, const struct held *what)
{
	return h->wait == what->wait;
}

static bool waits_for_release(const struct held *h, const struct held *what)
{
	return (h->wait == WAIT_TIME || h->wait == WAIT_RELEASE) &&
	       (!what->command || h->command == what->command);
}

static bool waits_for_token(const struct held *h, const struct held *what)
{
	return h->wait == what->wait && h->token == what->token;
}

static bool waits_for_fence(const struct held *h, const struct held *what)
{
	return h->wait == what->wait && h->ctx_id == what->ctx_id && h->ring == what->ring &&
	       h->token == what->token;
}

static bool waits_for_context(const struct held *h, const struct held *what)
{
	return h->wait == what->wait && h->ctx_id == what->ctx_id;
}

static bool is_on_queue(const struct held *h, const struct held *what)
{
	return h->queue == what->queue;
}

/* Take those that match off the list, and give each to @fn. */
static void held_each(struct gpu *gpu, bool (*match)(const struct held *, const struct held *),
		      const struct held *what, void (*fn)(struct gpu *gpu, struct held *h))
{
	struct held **p = &gpu->held, *h;

	while ((h = *p)) {
		if (!match(h, what)) {
			p = &h->next;
			continue;
		}
		*p = h->next;
		fn(gpu, h);
		free(h);
	}
}

/**
 * held_release() - give every response that waits for time or for this
 * @command: only those to commands of this type; 0 for all
 */
void held_release(struct gpu *gpu, uint32_t command)
{
	held_each(gpu, waits_for_release, &(struct held){ .command = command }, give);
}

/**
 * held_drop() - the queue stopped: its held responses have no taker
 */
void held_drop(struct gpu *gpu, unsigned int queue)
{
	held_each(gpu, is_on_queue, &(struct held){ .queue = queue }, forget);
}

static void give_error(struct gpu *gpu, struct held *h)
{
	struct virtio_gpu_ctrl_hdr *hdr = (void *)h->response;

	gpu->errors++;
	hdr->type = htole32(VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	h->len = sizeof(*hdr);
	give(gpu, h);
}

/**
 * held_placed() - the window shows what was asked for with @token, or cannot
 */
void held_placed(struct gpu *gpu, uint64_t token, bool ok)
{
	held_each(gpu, waits_for_token, &(struct held){ .wait = WAIT_WINDOW, .token = token },
		  ok ? give : give_error);
}

/**
 * held_fence() - the renderer has got to a fence
 * @ring: timeline of the context
 */
void held_fence(struct gpu *gpu, uint32_t ctx_id, uint32_t ring, uint64_t fence_id)
{
	held_each(gpu, waits_for_fence,
		  &(struct held){ .wait = WAIT_FENCE, .ctx_id = ctx_id, .ring = ring,
				  .token = fence_id }, give);
}

/**
 * held_context() - a context is gone, and will get to no fence any more
 */
void held_context(struct gpu *gpu, uint32_t ctx_id)
{
	held_each(gpu, waits_for_context, &(struct held){ .wait = WAIT_FENCE, .ctx_id = ctx_id },
		  give);
}

static void on_timer(void *data)
{
	struct gpu *gpu = data;
	uint64_t ticks;

	if (read(gpu->timer, &ticks, sizeof(ticks)) == sizeof(ticks))
		held_each(gpu, waits_for_anything, &(struct held){ .wait = WAIT_TIME }, give);
}

int held_init(struct gpu *gpu)
{
	gpu->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (gpu->timer < 0)
		return -errno;
	return loop_add(gpu->timer, on_timer, gpu);
}

void held_fini(struct gpu *gpu)
{
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		held_drop(gpu, i);
	loop_del(gpu->timer);
	close(gpu->timer);
}
