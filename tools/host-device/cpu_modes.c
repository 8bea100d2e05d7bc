// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * By which cache modes the guest's CPUs may access a blob at its place, for a plugin of QEMU's that sees
 * each access (--dram). Until the guest has acknowledged a change these are the modes from before it, too.
 */
#include "cpu_modes.h"

/* Return: as dram_allow() takes them. */
static uint8_t declared_modes(const struct gpu *gpu, const struct blob *b)
{
	if (b->declared.flags & VIRTIO_GPU_MAP_ATTR_REVOKED)
		return DRAM_RESTRICTED;
	if (b->declared.flags & VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED && !blob_is_accessed(b))
		return DRAM_RESTRICTED;
	switch (b->declared.cache_mode) {
	case VIRTIO_GPU_MAP_CACHE_CACHED:
		return DRAM_RESTRICTED | DRAM_ALLOWS(CACHE_WRITE_BACK);
	case VIRTIO_GPU_MAP_CACHE_UNCACHED:
		return DRAM_RESTRICTED | DRAM_ALLOWS(CACHE_UNCACHED);
	case VIRTIO_GPU_MAP_CACHE_WC:
		return DRAM_RESTRICTED | DRAM_ALLOWS(CACHE_WRITE_COMBINING);
	default:
		/* A driver that does not know the feature has to map it somehow. */
		return gpu_has_map_attr(gpu) ? DRAM_RESTRICTED : DRAM_UNRESTRICTED;
	}
}

/**
 * cpu_modes_set() - a blob may be accessed as it is declared now, and not otherwise
 */
void cpu_modes_set(struct gpu *gpu, const struct blob *b)
{
	if (b->placed)
		window_allow(&gpu->window, b->offset, b->size, declared_modes(gpu, b));
}

/**
 * cpu_modes_add() - a blob may also be accessed as it is declared now
 */
void cpu_modes_add(struct gpu *gpu, const struct blob *b)
{
	uint8_t before = window_allowed(&gpu->window, b->offset);

	if (b->placed && before != DRAM_UNRESTRICTED)
		window_allow(&gpu->window, b->offset, b->size, before | declared_modes(gpu, b));
}

/**
 * cpu_modes_forget() - a guest that is late may access the blob's place as it likes, until it acknowledges
 */
void cpu_modes_forget(struct gpu *gpu, const struct blob *b)
{
	if (b->placed)
		window_allow(&gpu->window, b->offset, b->size, DRAM_UNRESTRICTED);
}
