/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Where a host-visible blob stands with the host, and what each event makes of
 * that.  Pure functions, no locks, no device; tested by
 * tests/virtgpu_vram_state_test.c with every state and every event.
 *
 *                 request            mapped(0)
 *     UNMAPPED ------------> MAPPING -----------> MAPPED
 *         ^                     |                   | change: changing
 *         +---------------------+                   | acked: no more
 *           mapped(error)
 *
 * On top of that a blob may be refused, for good, and lost, with its device's
 * reset.
 */
#ifndef VIRTGPU_VRAM_STATE_H
#define VIRTGPU_VRAM_STATE_H

#include <linux/types.h>

#include "virtgpu_vram_attr.h"

/**
 * enum virtio_gpu_vram_place - where a blob stands with RESOURCE_MAP_BLOB
 * @VIRTIO_GPU_VRAM_UNMAPPED: it has no place in the host-visible window
 * @VIRTIO_GPU_VRAM_MAPPING: RESOURCE_MAP_BLOB is on its way
 * @VIRTIO_GPU_VRAM_MAPPED: the host has it at its place in the window, or may
 */
enum virtio_gpu_vram_place {
	VIRTIO_GPU_VRAM_UNMAPPED,
	VIRTIO_GPU_VRAM_MAPPING,
	VIRTIO_GPU_VRAM_MAPPED,
};

/**
 * struct virtio_gpu_vram_state - where a blob stands with the host
 * @place: see enum virtio_gpu_vram_place
 * @refused: errno of a blob that is beyond hope: the host refused to create it,
 *	broke the protocol, or forgot it.  Never cleared
 * @map_error: errno of the last RESOURCE_MAP_BLOB.  Cleared by the next try
 * @changing: the host has declared something else and is told that the old is
 *	gone; until it has confirmed that, nothing is mapped and faults wait
 * @lost: the host knows nothing of the blob any more
 * @early: @attr came with the reply to RESOURCE_MAP_BLOB, which may have been
 *	faster than a change that was fetched before
 * @attr: what the host declared last; all zero until it has
 */
struct virtio_gpu_vram_state {
	enum virtio_gpu_vram_place place;
	int refused;
	int map_error;
	bool changing;
	bool lost;
	bool early;
	struct virtio_gpu_vram_attr attr;
};

bool virtio_gpu_vram_state_request(struct virtio_gpu_vram_state *state);
void virtio_gpu_vram_state_created(struct virtio_gpu_vram_state *state, int error,
				   const struct virtio_gpu_vram_attr *attr);
bool virtio_gpu_vram_state_mapped(struct virtio_gpu_vram_state *state, int error,
				  const struct virtio_gpu_vram_attr *attr);
void virtio_gpu_vram_state_change(struct virtio_gpu_vram_state *state, int error,
				  const struct virtio_gpu_vram_attr *attr);
void virtio_gpu_vram_state_acked(struct virtio_gpu_vram_state *state,
				 u64 generation, bool accepted);
void virtio_gpu_vram_state_lose(struct virtio_gpu_vram_state *state);

int virtio_gpu_vram_state_usable(const struct virtio_gpu_vram_state *state);
bool virtio_gpu_vram_state_is_declared(const struct virtio_gpu_vram_state *state);
bool virtio_gpu_vram_state_is_steady(const struct virtio_gpu_vram_state *state);
bool virtio_gpu_vram_state_is_settled(const struct virtio_gpu_vram_state *state);

#endif
