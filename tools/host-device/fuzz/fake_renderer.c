// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * In the place of ../renderer.c: contexts that do nothing, memory of each kind, and fences that are
 * reached when the harness says so, in any order, or never.
 *
 * A blob_id says what the memory is like: bits 2:0 its kind, bits 5:3 what the renderer says of its
 * cache mode.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../deferred.h"
#include "../renderer.h"
#include "check.h"
#include "fake_renderer.h"

#define CONTEXTS	4
#define FENCES		2048
#define SLOTS		16
#define SLOT_SIZE	0x10000ULL

enum { GIVES_SHM, GIVES_DMA_BUF, GIVES_OPAQUE, GIVES_UNMAPPABLE, GIVES_NOTHING };

/**
 * struct renderer - all of it
 * @contexts: ids, or 0
 * @failed: contexts whose process is gone
 * @fence: those still to be reached, @fences of them
 * @blobs: that it has memory for
 */
struct renderer {
	uint32_t contexts[CONTEXTS];
	bool failed[CONTEXTS];
	struct {
		uint32_t ctx_id;
		uint32_t ring;
		uint64_t id;
	} fence[FENCES];
	unsigned int fences;
	unsigned int blobs;
};

static struct renderer state;
static unsigned int failures;
static int memory_fd = -1;
static uint8_t *memory;

/**
 * fake_renderer_fail() - the next calls that can fail do
 */
void fake_renderer_fail(unsigned int calls)
{
	failures = calls;
}

static bool input_fails(void)
{
	if (!failures)
		return false;
	failures--;
	return true;
}

static int find_context(const struct gpu *gpu, uint32_t ctx_id)
{
	for (int i = 0; gpu->renderer && ctx_id && i < CONTEXTS; i++)
		if (state.contexts[i] == ctx_id)
			return i;
	return -1;
}

/**
 * renderer_has_context() - as in ../renderer.c
 */
bool renderer_has_context(const struct gpu *gpu, uint32_t ctx_id)
{
	return find_context(gpu, ctx_id) >= 0;
}

/* ---- fences ----------------------------------------------------------- */

/**
 * renderer_fence() - as in ../renderer.c
 */
int renderer_fence(struct gpu *gpu, uint32_t ctx_id, uint32_t ring, uint64_t fence_id)
{
	int i = find_context(gpu, ctx_id);

	if (i < 0 || state.failed[i] || state.fences == FENCES || input_fails())
		return -EIO;
	state.fence[state.fences].ctx_id = ctx_id;
	state.fence[state.fences].ring = ring;
	state.fence[state.fences].id = fence_id;
	state.fences++;
	return 0;
}

/**
 * fake_renderer_retire() - a context gets to one of its fences
 */
void fake_renderer_retire(struct gpu *gpu, unsigned int nth)
{
	unsigned int i = state.fences ? nth % state.fences : 0;
	uint32_t ctx_id = state.fence[i].ctx_id, ring = state.fence[i].ring;
	uint64_t id = state.fence[i].id;

	if (!state.fences)
		return;
	state.fence[i] = state.fence[--state.fences];
	deferred_fence(gpu, ctx_id, ring, id);
}

static void forget_fences(uint32_t ctx_id)
{
	for (unsigned int i = 0; i < state.fences;)
		if (state.fence[i].ctx_id == ctx_id)
			state.fence[i] = state.fence[--state.fences];
		else
			i++;
}

/**
 * fake_renderer_die() - the process of a context ends
 */
void fake_renderer_die(struct gpu *gpu, uint32_t ctx_id)
{
	int i = find_context(gpu, ctx_id);

	if (i < 0)
		return;
	state.failed[i] = true;
	forget_fences(ctx_id);
	deferred_context(gpu, ctx_id);
}

/* ---- contexts --------------------------------------------------------- */

/**
 * renderer_context_create() - as in ../renderer.c
 */
int renderer_context_create(struct gpu *gpu, uint32_t ctx_id, const char *name, size_t len)
{
	check(memchr(name, 0, len) || len <= 64);
	if (!ctx_id || find_context(gpu, ctx_id) >= 0)
		return -EINVAL;
	for (unsigned int i = 0; i < CONTEXTS && !input_fails(); i++) {
		if (state.contexts[i])
			continue;
		state.contexts[i] = ctx_id;
		state.failed[i] = false;
		return 0;
	}
	return -ENOSPC;
}

/**
 * renderer_context_destroy() - as in ../renderer.c
 */
void renderer_context_destroy(struct gpu *gpu, uint32_t ctx_id)
{
	int i = find_context(gpu, ctx_id);

	if (i < 0)
		return;
	state.contexts[i] = 0;
	forget_fences(ctx_id);
	deferred_context(gpu, ctx_id);
}

/**
 * renderer_attach() - as in ../renderer.c
 */
void renderer_attach(struct gpu *gpu, uint32_t ctx_id, uint32_t res_id, bool attach)
{
	(void)gpu;
	(void)ctx_id;
	(void)attach;
	check(res_id);
}

/**
 * renderer_submit() - as in ../renderer.c
 */
int renderer_submit(struct gpu *gpu, uint32_t ctx_id, const void *commands, size_t size)
{
	int i = find_context(gpu, ctx_id);
	uint8_t last = 0;

	if (i < 0 || size % 4)
		return -EINVAL;
	/* All of it can be read. */
	for (size_t n = 0; n < size; n += 64)
		last ^= ((const uint8_t *)commands)[n];
	__asm__ volatile("" : : "r"(last));
	return state.failed[i] || input_fails() ? -EIO : 0;
}

/* ---- memory ----------------------------------------------------------- */

/**
 * renderer_blob_create() - as in ../renderer.c
 */
int renderer_blob_create(struct blob *b, uint32_t blob_flags, uint32_t *map_info)
{
	unsigned int gives = b->blob_id & 7, slot = b->res_id % SLOTS;

	(void)blob_flags;
	*map_info = b->blob_id >> 3 & 7;
	if (gives >= GIVES_NOTHING || b->size > SLOT_SIZE || input_fails())
		return -EINVAL;
	state.blobs++;
	b->memory.kind = gives == GIVES_DMA_BUF ? MEMORY_DMA_BUF :
			 gives == GIVES_OPAQUE ? MEMORY_OPAQUE : MEMORY_SHM;
	if (gives == GIVES_UNMAPPABLE)
		return 0;
	b->memory.fd = memory_fd;
	b->memory.offset = slot * SLOT_SIZE;
	b->memory.va = memory + b->memory.offset;
	return 0;
}

/**
 * renderer_blob_free() - as in ../renderer.c
 */
void renderer_blob_free(struct blob *b)
{
	(void)b;
	check(state.blobs);
	state.blobs--;
}

/**
 * fake_renderer_blobs() - how many blobs it has memory for
 */
unsigned int fake_renderer_blobs(void)
{
	return state.blobs;
}

/* ---- the rest --------------------------------------------------------- */

/**
 * renderer_capset_info() - as in ../renderer.c
 */
void renderer_capset_info(uint32_t *version, uint32_t *size)
{
	*version = 1;
	*size = 160;
}

/**
 * renderer_capset() - as in ../renderer.c
 */
int renderer_capset(uint32_t version, void *caps, size_t size)
{
	if (version > 1 || size < 160)
		return -E2BIG;
	memset(caps, 0x5a, 160);
	return 160;
}

/**
 * renderer_reset() - as in ../renderer.c
 */
void renderer_reset(struct gpu *gpu)
{
	for (unsigned int i = 0; i < CONTEXTS; i++)
		renderer_context_destroy(gpu, state.contexts[i]);
}

/**
 * renderer_init() - as in ../renderer.c
 */
int renderer_init(struct gpu *gpu)
{
	if (memory_fd < 0) {
		memory_fd = memfd_create("renderer", MFD_CLOEXEC);
		check(memory_fd >= 0 && !ftruncate(memory_fd, SLOTS * SLOT_SIZE));
		memory = mmap(NULL, SLOTS * SLOT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			      memory_fd, 0);
		check(memory != MAP_FAILED);
	}
	memset(&state, 0, sizeof(state));
	failures = 0;
	gpu->renderer = &state;
	return 0;
}

/**
 * renderer_fini() - as in ../renderer.c
 */
void renderer_fini(struct gpu *gpu)
{
	gpu->renderer = NULL;
}
