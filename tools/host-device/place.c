// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Where blobs are in the window.
 *
 * Without a renderer or an exporter the whole window is one mapping of one file, and a blob's
 * memory is the part of it where the guest places the blob: QEMU need not be asked.  What those
 * allocate has files of its own, and QEMU maps one into the window for each blob.  The place
 * of a blob that is evicted shows the window's own file then.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ack_wait.h"
#include "change.h"
#include "cpu_modes.h"
#include "declare.h"
#include "deferred.h"
#include "log.h"
#include "place.h"

/**
 * gpu_window_is_free() - is there room for a blob at a place of the window?
 */
bool gpu_window_is_free(const struct gpu *gpu, uint64_t offset, uint64_t size)
{
	if (offset % gpu->options.alignment || offset > gpu->window.size ||
	    size > gpu->window.size - offset)
		return false;
	for (const struct blob *b = gpu->blobs.first; b; b = b->next)
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

static bool has_own_file(const struct blob *b)
{
	return b->memory.va;
}

/**
 * blob_placement() - what has to be in the window for a blob that is placed
 */
struct placement blob_placement(const struct gpu *gpu, const struct blob *b)
{
	bool own = has_own_file(b) && b->mapped;

	return (struct placement){
		.fd = own ? b->memory.fd : gpu->window.fd,
		.fd_offset = own ? b->memory.offset : b->offset,
		.offset = b->offset,
		.len = b->size,
	};
}

static unsigned int count_placed(const struct gpu *gpu)
{
	unsigned int n = 0;

	for (const struct blob *b = gpu->blobs.first; b; b = b->next)
		n += b->placed;
	return n;
}

static int ask_for_placement(struct gpu *gpu, struct placement *p, uint64_t *token)
{
	int ret;

	*token = 0;
	if (!gpu->vmm.place)
		return 0;
	p->token = gpu->last_token + 1;
	ret = gpu->vmm.place(gpu->vmm.data, p);
	if (!ret)
		*token = ++gpu->last_token;
	return ret;
}

/* Let a blob's place show its memory, or not. */
static int show_at_place(struct gpu *gpu, struct blob *b, bool memory, uint64_t *token)
{
	bool before = b->mapped;
	struct placement p;
	int ret;

	*token = 0;
	b->mapped = memory;
	p = blob_placement(gpu, b);
	p.replace = b->placed;
	/* The window's file shows its part of it already. */
	ret = b->placed && !has_own_file(b) ? 0 : ask_for_placement(gpu, &p, token);
	if (ret)
		b->mapped = before;
	else if (memory || !b->placed)
		b->placing = *token;
	if (!ret && memory)
		b->hidden = false;
	return ret;
}

/**
 * blob_place() - give a blob a place in the window, and put it there unless it is evicted
 * @offset: bytes into the window, where it is free
 * @token: set to what has to be waited for, see gpu_placed(); 0 if there is nothing
 *
 * Return: 0; -ENOSPC when QEMU could map no more; another negative errno if it could not
 * be asked.
 */
int blob_place(struct gpu *gpu, struct blob *b, uint64_t offset, uint64_t *token)
{
	int ret;

	if (gpu->vmm.place && count_placed(gpu) >= PLACES_MAX)
		return -ENOSPC;
	/* Of what is revoked nothing is to be seen; a guest that cannot be told is not kept off. */
	if (gpu_has_map_attr(gpu) && b->declared.flags & VIRTIO_GPU_MAP_ATTR_REVOKED)
		b->evicted = true;
	b->offset = offset;
	ret = show_at_place(gpu, b, !b->evicted, token);
	b->placed = !ret;
	cpu_modes_set(gpu, b);
	return ret;
}

/**
 * blob_unplace() - the guest gives up a blob's place; what is there is lost without a renderer
 * @token: as for blob_place()
 *
 * Return: 0 or a negative errno.
 */
int blob_unplace(struct gpu *gpu, struct blob *b, uint64_t *token)
{
	struct placement p = { .fd = -1, .offset = b->offset, .len = b->size };
	int ret = ask_for_placement(gpu, &p, token);

	/* Then it is still there; but without QEMU there is no window that it could be in. */
	if (ret && ret != -ENOTCONN)
		return ret;
	/* Given back, even if it has not been there again yet. */
	if (b->mapped)
		b->evicted = false;
	b->placed = false;
	b->mapped = false;
	/* A MAP_ATTR_FETCH meanwhile has left it out, see cmd_fetch(). */
	if (b->placing && b->changed)
		declare_event(gpu);
	b->placing = 0;
	b->unplacing = *token;
	if (!*token)
		b->hidden = true;
	window_vacate(&gpu->window, b->offset, b->size);
	ack_wait_end(gpu, b);
	return 0;
}

/* QEMU cannot give an evicted blob back: the window's own file is to be there again. */
static void not_restored(struct gpu *gpu, struct blob *b)
{
	uint64_t token;
	int ret = show_at_place(gpu, b, false, &token);

	if (ret)
		log_event("resource %u: its range of the window is empty: %s", b->res_id, strerror(-ret));
	b->mapped = false;
	declare_revoked(gpu, b);
}

/* QEMU shows nothing of a blob's memory any more: it may be moved. */
static void blob_hidden(struct gpu *gpu, struct blob *b)
{
	b->hidden = true;
	gpu_move_now(gpu, b);
}

/* QEMU has mapped a blob, or not: for a MAP_BLOB, or to give an evicted one back. */
static void blob_placed(struct gpu *gpu, struct blob *b, bool ok)
{
	bool restored = b->evicted && b->mapped;

	b->placing = 0;
	/* The guest is not told before this, and then may map it without an acknowledgment. */
	if (ok)
		gpu_move_now(gpu, b);
	if (!ok)
		log_event("resource %u: QEMU cannot map it", b->res_id);
	if (restored && ok) {
		ack_wait_begin(gpu, b);
		b->evicted = false;
	} else if (restored) {
		not_restored(gpu, b);
	} else if (!ok) {
		b->placed = false;
		b->mapped = false;
		ack_wait_end(gpu, b);
	} else {
		/* Until now it was QEMU that was waited for. */
		ack_wait_restart(gpu, b);
	}
	if (b->changed)
		declare_event(gpu);
}

/**
 * gpu_placed() - the window shows what was asked for with @token, or cannot
 */
void gpu_placed(struct gpu *gpu, uint64_t token, bool ok)
{
	for (struct blob *b = gpu->blobs.first; b && token; b = b->next) {
		if (b->placing == token) {
			blob_placed(gpu, b, ok);
		} else if (b->evicting == token) {
			b->evicting = 0;
			if (!ok)
				log_warn("resource %u: its range of the window is empty: QEMU cannot map it",
					 b->res_id);
			/* Unless it has been given back since. */
			if (b->evicted && !b->placing) {
				declare_revoked(gpu, b);
				if (ok)
					blob_hidden(gpu, b);
			}
		} else if (b->unplacing == token) {
			b->unplacing = 0;
			/* Unless it is to be in another place. */
			if (ok && !b->mapped)
				blob_hidden(gpu, b);
		}
	}
	deferred_placed(gpu, token, ok);
}

/* What is in the window of a blob that has no memory elsewhere. */
static int save_contents(struct gpu *gpu, struct blob *b)
{
	if (has_own_file(b))
		return 0;
	b->contents = malloc(b->size);
	if (!b->contents)
		return -ENOMEM;
	window_read(&gpu->window, b->offset, b->contents, b->size, blob_may_be_cached(b));
	window_clear(&gpu->window, b->offset, b->size);
	return 0;
}

/**
 * blob_evict() - take a blob out of the window: what the guest writes from now on, or once
 * QEMU has replaced the mapping, goes into memory of the window's own file
 *
 * The exporter has the contents, and may do with them what it wanted to.
 *
 * Return: 0; a negative errno if the blob is in the window still.
 */
int blob_evict(struct gpu *gpu, struct blob *b)
{
	int ret = b->placing ? -EBUSY : save_contents(gpu, b);

	if (!ret)
		ret = show_at_place(gpu, b, false, &b->evicting);
	if (ret)
		return ret;
	b->evicted = true;
	return 0;
}

/**
 * blob_restore() - put an evicted blob back at the guest's place for it, if it has one
 *
 * Return: 0, also if QEMU is still to do it; -EBUSY while QEMU is at work on its place; another
 * negative errno if QEMU could not be asked.
 */
int blob_restore(struct gpu *gpu, struct blob *b)
{
	uint64_t token = 0;
	int ret = 0;

	if (b->placing)
		return b->mapped ? 0 : -EBUSY;
	if (b->placed)
		ret = show_at_place(gpu, b, true, &token);
	if (ret)
		return ret;
	if (b->contents && b->placed)
		window_write(&gpu->window, b->offset, b->contents, b->size, blob_may_be_cached(b));
	free(b->contents);
	b->contents = NULL;
	b->evicted = token;
	return 0;
}
