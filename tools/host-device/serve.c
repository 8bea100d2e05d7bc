// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the guest has put on its queues is taken off, carried out and answered.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "command.h"
#include "declare.h"
#include "deferred.h"
#include "inject.h"
#include "log.h"
#include "loop.h"
#include "renderer.h"
#include "serve.h"

#define MAX_REQUEST (256 * 1024)

/*
 * A fence of a ring waits for the renderer, if the command itself has gone well. All
 * others are done when the command is. So is a list of changes, which would be out of date by then.
 */
static void add_fence(struct gpu *gpu, const struct virtio_gpu_ctrl_hdr *hdr, struct reply *r)
{
	uint32_t flags = le32toh(hdr->flags), ctx_id = le32toh(hdr->ctx_id);

	if (!(flags & VIRTIO_GPU_FLAG_FENCE))
		return;
	r->hdr.flags = hdr->flags;
	r->hdr.fence_id = hdr->fence_id;
	r->hdr.ctx_id = hdr->ctx_id;
	r->hdr.ring_idx = hdr->ring_idx;
	if (!(flags & VIRTIO_GPU_FLAG_INFO_RING_IDX) || reply_is_error(r) || r->wait != WAIT_NOT ||
	    le32toh(hdr->type) == VIRTIO_GPU_CMD_MAP_ATTR_FETCH ||
	    !renderer_has_context(gpu, ctx_id))
		return;
	if (renderer_fence(gpu, ctx_id, hdr->ring_idx, le64toh(hdr->fence_id)))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
	r->wait = WAIT_FENCE;
	r->token = le64toh(hdr->fence_id);
}

static void serve_one(struct gpu *gpu, unsigned int queue, const struct chain *chain)
{
	static uint8_t request[MAX_REQUEST] __attribute__((aligned(8)));
	const struct virtio_gpu_ctrl_hdr *hdr = (const void *)request;
	struct reply r = { .room = chain_room(chain) };
	size_t len = chain_read(chain, request, sizeof(request));
	size_t n;

	gpu->count.commands++;
	if (len < sizeof(*hdr)) {
		gpu->count.malformed++;
		virtq_push(&gpu->virtq[queue], chain, 0);
		return;
	}
	if (!inject_command(gpu, request, len, &r)) {
		command_execute(gpu, request, len, &r);
		inject_reply(gpu, request, len, &r);
	}
	add_fence(gpu, hdr, &r);
	declare_told(gpu, &r, r.len < r.room ? r.len : r.room, true);
	if (r.wait != WAIT_NOT) {
		deferred_add(gpu, queue, chain, le32toh(hdr->type), &r);
		return;
	}
	n = chain_write(chain, r.bytes, r.len);
	virtq_push(&gpu->virtq[queue], chain, r.used_len_forced ? r.used_len : n);
}

/**
 * serve_queue() - answer what the guest has put on a queue
 *
 * A guest can put more there as fast as it is answered.  After as much as the queue has room
 * for signals, QEMU and timers have their turn, and then the queue again.
 *
 * The cursor queue (1) is drained without looking: there is no cursor.
 */
void serve_queue(struct gpu *gpu, unsigned int queue)
{
	struct virtq *vr = &gpu->virtq[queue];
	struct chain chain;
	int ret;

	if (!vr->started || !vr->enabled || !gpu->ready || inject_deaf(gpu))
		return;
	for (unsigned int n = 0; n < vr->size; n++) {
		ret = virtq_pop(vr, &gpu->memory, &chain);
		if (!ret)
			return;
		if (ret < 0) {
			gpu->count.malformed++;
			log_event("queue %u: malformed chain: %s", queue, strerror(-ret));
			virtq_push(vr, &chain, 0);
		} else if (queue) {
			virtq_push(vr, &chain, 0);
		} else {
			serve_one(gpu, queue, &chain);
		}
	}
	eventfd_write(gpu->again, 1);
}

static void on_again(void *data)
{
	struct gpu *gpu = data;
	eventfd_t n;

	if (eventfd_read(gpu->again, &n))
		return;
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		serve_queue(gpu, i);
}

/**
 * serve_init() - get ready to serve queues
 *
 * Return: 0 or a negative errno.
 */
int serve_init(struct gpu *gpu)
{
	gpu->again = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return gpu->again < 0 ? -errno : loop_add(gpu->again, on_again, gpu);
}

/**
 * serve_fini() - stop serving the queues
 */
void serve_fini(struct gpu *gpu)
{
	loop_del(gpu->again);
	close(gpu->again);
}
