// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Changes of attributes that an exporter asks for.
 */
#include <errno.h>

#include "change.h"
#include "declare.h"
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
