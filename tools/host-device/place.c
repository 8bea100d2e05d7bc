// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Where blobs are in the window.
 *
 * Without a renderer the whole window is one mapping of one file, and a blob's memory is
 * the part of it where the guest places the blob: nobody has to be asked.  What a renderer
 * allocates has files of its own, and QEMU maps one into the window for each blob.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "held.h"
#include "place.h"

/**
 * gpu_window_is_free() - is there room for a blob at a place of the window?
 */
bool gpu_window_is_free(const struct gpu *gpu, uint64_t offset, uint64_t size)
{
	if (offset % gpu->alignment || offset > gpu->window.size || size > gpu->window.size - offset)
		return false;
	for (const struct blob *b = gpu->blobs; b; b = b->next)
		if (b->placed && offset < b->offset + b->size && b->offset < offset + size)
			return false;
	return true;
}

/**
 * blob_memory() - our own pointer to a blob's memory; without a renderer, while it is placed
 */
uint8_t *blob_memory(struct gpu *gpu, const struct blob *b)
{
	return b->memory.va ?: gpu->window.va + b->offset;
}

/**
 * blob_placement() - what has to be in the window for a blob that is placed
 */
struct placement blob_placement(const struct gpu *gpu, const struct blob *b)
{
	bool own = b->memory.va;

	return (struct placement){
		.fd = own ? b->memory.fd : gpu->window.fd,
		.fd_offset = own ? b->memory.offset : b->offset,
		.offset = b->offset,
		.len = b->size,
	};
}

static unsigned int placed(const struct gpu *gpu)
{
	unsigned int n = 0;

	for (const struct blob *b = gpu->blobs; b; b = b->next)
		n += b->placed;
	return n;
}

static int request(struct gpu *gpu, struct placement *p, uint64_t *token)
{
	int ret;

	*token = 0;
	if (!gpu->place)
		return 0;
	p->token = gpu->last_token + 1;
	ret = gpu->place(gpu->vmm, p);
	if (!ret)
		*token = ++gpu->last_token;
	return ret;
}

static int put(struct gpu *gpu, struct blob *b, uint64_t *token)
{
	struct placement p = blob_placement(gpu, b);
	int ret = request(gpu, &p, token);

	if (ret)
		return ret;
	b->placing = *token;
	b->mapped = true;
	return 0;
}

/**
 * blob_place() - give a blob a place in the window, and put it there unless it is evicted
 * @offset: bytes into the window, where it is free
 * @token: set to what has to be waited for, see gpu_placed(); 0 if there is nothing
 *
 * Return: 0; -ENOSPC when QEMU would take no more; another negative errno if it could not
 * be asked.
 */
int blob_place(struct gpu *gpu, struct blob *b, uint64_t offset, uint64_t *token)
{
	int ret = 0;

	if (gpu->place && placed(gpu) >= PLACES_MAX)
		return -ENOSPC;
	b->offset = offset;
	*token = 0;
	if (!b->evicted)
		ret = put(gpu, b, token);
	b->placed = !ret;
	return ret;
}

static int take_out(struct gpu *gpu, struct blob *b, uint64_t *token)
{
	struct placement p = { .fd = -1, .offset = b->offset, .len = b->size };
	int ret = request(gpu, &p, token);

	/* Then it is still there. */
	if (ret)
		return ret;
	b->mapped = false;
	b->placing = 0;
	if (!b->memory.va)
		window_clear(&gpu->window, b->offset, b->size);
	return 0;
}

/**
 * blob_unplace() - the guest gives up a blob's place; what is there is lost without a renderer
 * @token: as for blob_place()
 *
 * Return: 0 or a negative errno.
 */
int blob_unplace(struct gpu *gpu, struct blob *b, uint64_t *token)
{
	int ret;

	*token = b->evicting;
	if (b->mapped) {
		ret = take_out(gpu, b, token);
		if (ret)
			return ret;
		/* Given back, even if it has not been there again yet. */
		b->evicted = false;
	}
	b->placed = false;
	return 0;
}

/* QEMU has mapped a blob, or not: for a MAP_BLOB, or to give an evicted one back. */
static void blob_placed(struct gpu *gpu, struct blob *b, bool ok)
{
	b->placing = 0;
	b->mapped = ok;
	if (ok) {
		if (b->evicted)
			change_wait(gpu, b);
		b->evicted = false;
	} else {
		gpu_log(gpu, "resource %u: QEMU cannot map it", b->res_id);
		b->placed = b->evicted;
		if (b->evicted)
			gpu_revoke(gpu, b);
	}
	if (b->changed)
		gpu_raise_event(gpu);
}

/**
 * gpu_placed() - the window shows what was asked for with @token, or cannot
 */
void gpu_placed(struct gpu *gpu, uint64_t token, bool ok)
{
	for (struct blob *b = gpu->blobs; b && token; b = b->next) {
		if (b->placing == token) {
			blob_placed(gpu, b, ok);
		} else if (b->evicting == token) {
			b->evicting = 0;
			/* Unless it has been given back since. */
			if (b->evicted && !b->placing)
				gpu_revoke(gpu, b);
		}
	}
	held_placed(gpu, token, ok);
}

/**
 * blob_evict() - the guest has its chance no more: what it writes from here on, or when
 * QEMU has done it, it writes into an empty window
 *
 * The exporter has the contents, and may do with them what it wanted to.
 *
 * Return: 0; a negative errno if the blob is in the window still.
 */
int blob_evict(struct gpu *gpu, struct blob *b)
{
	int ret;

	if (!b->memory.va) {
		b->contents = malloc(b->size);
		if (!b->contents)
			return -ENOMEM;
		memcpy(b->contents, blob_memory(gpu, b), b->size);
	}
	ret = take_out(gpu, b, &b->evicting);
	if (ret) {
		free(b->contents);
		b->contents = NULL;
		return ret;
	}
	b->evicted = true;
	return 0;
}

/**
 * blob_restore() - put an evicted blob back at the guest's place for it, if it has one
 *
 * Return: 0, also if QEMU is still to do it; a negative errno if QEMU could not be asked.
 */
int blob_restore(struct gpu *gpu, struct blob *b)
{
	uint64_t token = 0;
	int ret = 0;

	if (b->placing)
		return 0;
	if (b->placed)
		ret = put(gpu, b, &token);
	if (ret)
		return ret;
	if (b->contents && b->placed)
		memcpy(blob_memory(gpu, b), b->contents, b->size);
	free(b->contents);
	b->contents = NULL;
	b->evicted = token;
	return 0;
}
