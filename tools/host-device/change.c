// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Changes of attributes that an exporter asks for, and moves of its memory.
 */
#include <errno.h>
#include <moving_exporter.h>
#include <string.h>

#include "change.h"
#include "declare.h"
#include "exporter.h"
#include "log.h"
#include "place.h"

/**
 * gpu_change() - declare something else for a blob and tell the guest
 *
 * What was evicted is given back when the guest has let go of it, or has given up its place.
 *
 * Return: 0; -ENOTSUP if the guest cannot be told; -EBUSY if the blob cannot be given back yet;
 * another negative errno if QEMU cannot be asked to put it back.
 */
int gpu_change(struct gpu *gpu, struct blob *b, uint32_t cache_mode, uint32_t flags)
{
	bool give_back = b->evicted && !(flags & VIRTIO_GPU_MAP_ATTR_REVOKED);
	int ret = 0;

	if (!declare_can(gpu))
		return -ENOTSUP;
	if (give_back && b->placed && (b->evicting || b->acked < b->generation))
		return -EBUSY;
	if (give_back)
		ret = blob_restore(gpu, b);
	return ret ?: declare(gpu, b, cache_mode, flags);
}

/**
 * gpu_move() - have a blob's exporter give it other pages, with the same contents
 *
 * @b: exporter_can_move()
 *
 * Unless the guest cannot be at them anyway, the same attributes are declared once more, and the
 * exporter moves them when the guest has acknowledged that, or they are out of the window:
 * gpu_move_now().
 *
 * Return: 0; as gpu_change(); another negative errno from the exporter.
 */
int gpu_move(struct gpu *gpu, struct blob *b)
{
	bool before = b->moving;
	int ret;

	b->moving = true;
	if (b->hidden)
		return gpu_move_now(gpu, b);
	ret = gpu_change(gpu, b, b->declared.cache_mode, b->declared.flags);
	if (ret)
		b->moving = before;
	return ret;
}

/**
 * gpu_move_now() - the guest has let go of a blob: move its memory, if the exporter waits for that
 *
 * Return: 0, or a negative errno from the exporter.
 */
int gpu_move_now(struct gpu *gpu, struct blob *b)
{
	int ret;

	if (!b->moving)
		return 0;
	b->moving = false;
	ret = exporter_move(gpu, b, MOVING_EXPORTER_COPY | MOVING_EXPORTER_POISON);
	if (ret)
		log_warn("resource %u: its exporter cannot move it: %s", b->res_id, strerror(-ret));
	return ret;
}
