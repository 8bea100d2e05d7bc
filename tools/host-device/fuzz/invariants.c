// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What holds of the device at any time, whatever guest, VMM and control socket do.
 */
#include <endian.h>
#include <sanitizer/allocator_interface.h>

#include "check.h"
#include "dut.h"
#include "fake_fd.h"
#include "fake_renderer.h"
#include "invariants.h"
#include "vmm_model.h"

#define FOLLOWED	16	/* resources whose generations are */
#define ASKS_A_BLOB	4
#define EACH		4096UL	/* more than anything the device keeps of one kind */
#define FIXED		0x80000UL

static size_t memory_at_first;
static uint64_t generation[FOLLOWED];
static unsigned long destroyed;

/**
 * invariants_begin() - a new input begins, and the device is not there yet
 */
void invariants_begin(void)
{
	memory_at_first = __sanitizer_get_current_allocated_bytes();
	invariants_let_generation();
}

/**
 * invariants_let_generation() - it is about to be set to anything
 */
void invariants_let_generation(void)
{
	for (unsigned int i = 0; i < FOLLOWED; i++)
		generation[i] = 0;
}

static void check_generation(const struct blob *b)
{
	check(b->res_id);
	if (b->res_id >= FOLLOWED)
		return;
	check(b->generation >= generation[b->res_id]);
	generation[b->res_id] = b->generation;
}

static void check_place(const struct gpu *gpu, const struct blob *b)
{
	check(b->offset % gpu->options.alignment == 0 && b->size && b->size % gpu->options.alignment == 0);
	check(b->offset <= gpu->window.size && b->size <= gpu->window.size - b->offset);
	for (const struct blob *other = b->next; other; other = other->next)
		check(!other->placed || other->offset >= b->offset + b->size ||
		      b->offset >= other->offset + other->size);
}

static void check_blob(struct gpu *gpu, const struct blob *b)
{
	check(blob_find(&gpu->blobs, b->res_id) == b);
	check(*b->prev == b);
	check_generation(b);
	if (b->placed)
		check_place(gpu, b);
	else
		check(!b->mapped && !b->placing);
	/* What is evicted is being put back, or is not there. */
	check(!b->evicted || !b->mapped || b->placing);
	check(!b->evicting || gpu->vmm.place);
	check(!b->rendered || gpu->renderer);
	/* Unless it is told to have another generation. */
	check(!dut_is_exact() || b->acked <= b->generation);
}

/* Some blob is waited for: the timer is, too. */
static void check_waiting(const struct gpu *gpu, const struct blob *b)
{
	uint64_t due = fake_due(gpu->ack_timer), now = fake_now() - gpu->clock_ms;

	if (!b->waiting)
		return;
	check(b->placed);
	/* Told to have another generation, it does not look at the time. */
	if (!dut_is_exact() || !gpu->ready || !gpu->options.ack_timeout_ms || b->acked >= b->generation)
		return;
	check(b->since_ms <= now);
	check(due && due <= fake_now() + gpu->options.ack_timeout_ms);
	check(due - gpu->clock_ms <= b->since_ms + gpu->options.ack_timeout_ms || due == fake_now() + 1);
}

/* Requests that the device has. */
static unsigned int check_queue(const struct virtq *vr)
{
	unsigned int taken = 0;

	for (unsigned int i = 0; i < vr->size; i++)
		taken += vr->taken[i];
	return taken;
}

/* All of it is of requests, of which queues bound the number, and of blobs. */
static void check_memory(const struct gpu *gpu, unsigned int requests)
{
	size_t now = __sanitizer_get_current_allocated_bytes() - memory_at_first, may = FIXED;

	may += (requests + ASKS_A_BLOB * gpu->blobs.count) * EACH;
	for (const struct blob *b = gpu->blobs.first; b; b = b->next)
		may += b->contents ? b->size : 0;
	check(now <= may);
}

/**
 * invariants() - see that they hold
 */
void invariants(struct gpu *gpu)
{
	unsigned int blobs = 0, rendered = 0, requests = 0;

	if (destroyed != gpu->count.destroyed)
		invariants_let_generation();
	destroyed = gpu->count.destroyed;
	for (const struct blob *b = gpu->blobs.first; b; b = b->next) {
		check_blob(gpu, b);
		check_waiting(gpu, b);
		blobs++;
		rendered += b->rendered;
	}
	check(blobs == gpu->blobs.count && blobs <= BLOBS_MAX);
	check(!gpu->renderer || rendered == fake_renderer_blobs());
	check(gpu->count.created - gpu->count.destroyed == blobs);
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		requests += check_queue(&gpu->virtq[i]);
	check_memory(gpu, requests);
	vmm_check(gpu);
}

/**
 * invariants_end() - the device is gone, and has left nothing behind
 */
void invariants_end(void)
{
	check(!fake_count());
	check(!fake_memory_left());
	check(__sanitizer_get_current_allocated_bytes() == memory_at_first);
}
