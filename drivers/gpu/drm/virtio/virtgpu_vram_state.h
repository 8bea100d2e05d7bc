/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/**
 * DOC: Host-side state of a blob
 *
 * Pure functions, no locks, no device; tested by tests/virtgpu_vram_state_test.c with every state
 * and every event, and by tests/virtgpu_vram_order_test.c. ::
 *
 *                 request_map         mapped(0)
 *     UNMAPPED ------------> MAPPING -----------> MAPPED
 *      ^    ^                   |                  |  ^  change: changing
 *      |    +-------------------+            evict |  |  acked: no more
 *      |       mapped(error)                       v  | unmapped(error), stay
 *      +---------------------------------------- UNMAPPING
 *                     unmapped(0)
 *
 * Independent of that a blob may be refused, for good, and lost, when its device is reset.
 *
 * A blob is evicted when another one needs its place in the window.  The host keeps its memory,
 * and goes on declaring: what changes meanwhile is fetched and acknowledged as ever.
 *
 * Responses can overtake each other, so a declaration counts by its generation, not by
 * when it arrives.  What each pair of responses to different commands may do:
 *
 * CREATE after MAP
 *   the declaration of MAP stays
 * CREATE after FETCH
 *   that of FETCH stays; a newer one in CREATE is told by a FETCH, too
 * MAP after FETCH
 *   the higher generation stays, and MAP's cannot be mapped before
 * FETCH after MAP
 *   likewise; it is acknowledged in any case
 * UNMAP after FETCH or ACK, or before
 *   the one is about the place, and the others about the declaration
 * ACK after FETCH
 *   ends nothing, unless it is an error: it is about an older generation
 * any after UNREF
 *   cannot be, because commands hold a reference to the blob.  FETCH, which is about no blob, may
 *   tell of an id that is gone, and no other blob has
 *
 * Two declarations of one generation must be the same, and those that FETCH tells must not
 * go back.  Otherwise the blob is refused.
 */
#ifndef VIRTGPU_VRAM_STATE_H
#define VIRTGPU_VRAM_STATE_H

#include <linux/types.h>

#include "virtgpu_vram_attr.h"

/**
 * enum virtio_gpu_vram_map_state - progress of RESOURCE_MAP_BLOB for a blob
 * @VIRTIO_GPU_VRAM_UNMAPPED: it has no place in the host-visible window
 * @VIRTIO_GPU_VRAM_MAPPING: RESOURCE_MAP_BLOB is on its way
 * @VIRTIO_GPU_VRAM_MAPPED: the host has it at its place in the window, or may
 * @VIRTIO_GPU_VRAM_UNMAPPING: RESOURCE_UNMAP_BLOB is on its way, or about to be
 */
enum virtio_gpu_vram_map_state {
	VIRTIO_GPU_VRAM_UNMAPPED,
	VIRTIO_GPU_VRAM_MAPPING,
	VIRTIO_GPU_VRAM_MAPPED,
	VIRTIO_GPU_VRAM_UNMAPPING,
};

/**
 * struct virtio_gpu_vram_state - host-side state of a blob
 * @map_state: see enum virtio_gpu_vram_map_state
 * @refused: errno of a blob that is not mapped again: the host refused to create it,
 *	broke the protocol, or forgot it.  Never cleared
 * @map_error: errno of the last RESOURCE_MAP_BLOB that the host was to answer, or -ENOSPC if
 *	there was no place for it.  Cleared by the next try
 * @was_mapped: the host has mapped it once: a mapping may be made that has to wait for a place
 * @stays: the host refused RESOURCE_UNMAP_BLOB, and is not asked again.  Never cleared
 * @changing: the host has declared something else and is told that the old is
 *	gone; until it has confirmed that, nothing is mapped and faults wait
 * @lost: the host knows nothing of the blob any more
 * @fetched: generation of the last declaration that MAP_ATTR_FETCH told; 0 if none has
 * @pins: importers that are attached to the dma-buf, and may ask for DMA addresses without a wait
 * @dma_maps: DMA mappings that importers of the dma-buf hold
 * @dma_writers: how many of @dma_maps let a device write
 * @deferred_ack: generation of a declaration that must not be acknowledged while there are DMA
 *	mappings that it forbids: @dma_maps with VIRTIO_GPU_MAP_ATTR_REVOKED, @dma_writers with
 *	VIRTIO_GPU_MAP_ATTR_READ_ONLY; 0 if there is none
 * @attr: what the host declared last; all zero until it has
 */
struct virtio_gpu_vram_state {
	enum virtio_gpu_vram_map_state map_state;
	int refused;
	int map_error;
	bool changing;
	bool lost;
	bool was_mapped;
	bool stays;
	u64 fetched;
	unsigned int pins;
	unsigned int dma_maps;
	unsigned int dma_writers;
	u64 deferred_ack;
	struct virtio_gpu_vram_attr attr;
};

bool virtio_gpu_vram_state_request_map(struct virtio_gpu_vram_state *state);
void virtio_gpu_vram_state_created(struct virtio_gpu_vram_state *state, int error,
				   const struct virtio_gpu_vram_attr *attr);
bool virtio_gpu_vram_state_mapped(struct virtio_gpu_vram_state *state, int error,
				  const struct virtio_gpu_vram_attr *attr);
void virtio_gpu_vram_state_no_place(struct virtio_gpu_vram_state *state, int error);
bool virtio_gpu_vram_state_can_evict(const struct virtio_gpu_vram_state *state);
bool virtio_gpu_vram_state_evict(struct virtio_gpu_vram_state *state);
void virtio_gpu_vram_state_stay(struct virtio_gpu_vram_state *state);
bool virtio_gpu_vram_state_unmapped(struct virtio_gpu_vram_state *state, int error);
void virtio_gpu_vram_state_change(struct virtio_gpu_vram_state *state, int error,
				  const struct virtio_gpu_vram_attr *attr);
void virtio_gpu_vram_state_acked(struct virtio_gpu_vram_state *state,
				 u64 generation, int error);
void virtio_gpu_vram_state_lose(struct virtio_gpu_vram_state *state);

void virtio_gpu_vram_state_pin(struct virtio_gpu_vram_state *state);
void virtio_gpu_vram_state_unpin(struct virtio_gpu_vram_state *state);
int virtio_gpu_vram_state_dma_map(struct virtio_gpu_vram_state *state, bool write);
u64 virtio_gpu_vram_state_dma_unmap(struct virtio_gpu_vram_state *state, bool write);
bool virtio_gpu_vram_state_must_invalidate(const struct virtio_gpu_vram_state *state);
bool virtio_gpu_vram_state_defer_ack(struct virtio_gpu_vram_state *state, u64 generation);

int virtio_gpu_vram_state_access_error(const struct virtio_gpu_vram_state *state,
				       unsigned int access);
int virtio_gpu_vram_state_mmap_error(const struct virtio_gpu_vram_state *state,
				     unsigned int access);
bool virtio_gpu_vram_state_wants_place(const struct virtio_gpu_vram_state *state,
				       unsigned int access, bool tried);
bool virtio_gpu_vram_state_is_read_only(const struct virtio_gpu_vram_state *state);
bool virtio_gpu_vram_state_attr_known(const struct virtio_gpu_vram_state *state);
bool virtio_gpu_vram_state_access_known(const struct virtio_gpu_vram_state *state);
bool virtio_gpu_vram_state_bracket_known(const struct virtio_gpu_vram_state *state);
bool virtio_gpu_vram_state_mmap_known(const struct virtio_gpu_vram_state *state);
bool virtio_gpu_vram_state_map_answered(const struct virtio_gpu_vram_state *state);

#endif
