// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The events in the life of a host-visible blob, and what they make of its
 * state.  Callers hold the lock that protects the state; functions whose Context: says so may be
 * called without it.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/virtio_gpu.h>

#include "virtgpu_vram_state.h"

/* For good; what was wrong first is what counts. */
static void state_refuse(struct virtio_gpu_vram_state *state, int error)
{
	if (!state->refused)
		state->refused = error;
}

/* Flags count for refused blobs as well: importers keep their DMA mappings. */
static void state_declare(struct virtio_gpu_vram_state *state,
			  const struct virtio_gpu_vram_attr *attr)
{
	int ret = virtio_gpu_vram_attr_update(&state->attr, attr);

	if (ret)
		state_refuse(state, ret);
}

/**
 * virtio_gpu_vram_state_request_map - the blob is wanted in the window
 * @state: of the blob
 *
 * Return: whether RESOURCE_MAP_BLOB must be sent.
 */
bool virtio_gpu_vram_state_request_map(struct virtio_gpu_vram_state *state)
{
	if (state->map_state != VIRTIO_GPU_VRAM_UNMAPPED || state->refused)
		return false;
	state->map_state = VIRTIO_GPU_VRAM_MAPPING;
	state->map_error = 0;
	return true;
}

/**
 * virtio_gpu_vram_state_created - the host answered RESOURCE_CREATE_BLOB
 * @state: of the blob
 * @error: 0, or why the blob is unusable
 * @attr: declaration that came with the answer, or NULL
 *
 * Responses come in any order.  When another has declared something already, this
 * one is either older, or so new that MAP_ATTR_FETCH will tell it as well.
 */
void virtio_gpu_vram_state_created(struct virtio_gpu_vram_state *state, int error,
				   const struct virtio_gpu_vram_attr *attr)
{
	if (error)
		state_refuse(state, error);
	else if (attr && (!state->attr.cache_mode ||
			  attr->generation <= state->attr.generation))
		state_declare(state, attr);
}

/**
 * virtio_gpu_vram_state_mapped - the host answered RESOURCE_MAP_BLOB
 * @state: of the blob
 * @error: 0; -EPROTO for a malformed response; any other errno says that nothing was
 *	mapped, -EINTR that the host was not even asked
 * @attr: declaration that came with the response; NULL on error
 *
 * After a malformed response the place in the window stays taken until the resource is
 * gone, because the host may have mapped it.
 *
 * What a host without VIRTIO_GPU_F_MAP_ATTR says has no generation: it is about this mapping, and
 * the next response, after an eviction, may say something else.
 *
 * Return: whether the place in the window is free again.
 */
bool virtio_gpu_vram_state_mapped(struct virtio_gpu_vram_state *state, int error,
				  const struct virtio_gpu_vram_attr *attr)
{
	if (error && error != -EPROTO) {
		state->map_state = VIRTIO_GPU_VRAM_UNMAPPED;
		/* A process that was killed before it could ask says nothing of the blob. */
		state->map_error = error == -EINTR ? 0 : error;
		return true;
	}

	state->map_state = VIRTIO_GPU_VRAM_MAPPED;
	state->was_mapped |= !error;
	if (error)
		state_refuse(state, error);
	else if (!attr->generation)
		state->attr = *attr;
	else
		state_declare(state, attr);
	return false;
}

/**
 * virtio_gpu_vram_state_no_place - there is no place for the blob in the window
 * @state: of the blob
 * @error: -ENOSPC
 */
void virtio_gpu_vram_state_no_place(struct virtio_gpu_vram_state *state, int error)
{
	if (state->map_state == VIRTIO_GPU_VRAM_UNMAPPED)
		state->map_error = error;
}

/**
 * virtio_gpu_vram_state_can_evict - can the blob give its place to another?
 * @state: of the blob
 *
 * Not while a device has its address, or may get it without a wait.  A blob that was refused keeps
 * its place, because the host broke the protocol.
 *
 * Context: any; without the lock a hint.
 * Return: whether it can.
 */
bool virtio_gpu_vram_state_can_evict(const struct virtio_gpu_vram_state *state)
{
	return READ_ONCE(state->map_state) == VIRTIO_GPU_VRAM_MAPPED &&
	       !READ_ONCE(state->pins) && !READ_ONCE(state->dma_maps) &&
	       !READ_ONCE(state->stays) && !READ_ONCE(state->refused);
}

/**
 * virtio_gpu_vram_state_evict - another blob needs the place
 * @state: of the blob
 *
 * Return: whether the caller must take all mappings away, and send RESOURCE_UNMAP_BLOB or call
 * virtio_gpu_vram_state_stay().
 */
bool virtio_gpu_vram_state_evict(struct virtio_gpu_vram_state *state)
{
	if (!virtio_gpu_vram_state_can_evict(state))
		return false;
	state->map_state = VIRTIO_GPU_VRAM_UNMAPPING;
	return true;
}

/**
 * virtio_gpu_vram_state_stay - RESOURCE_UNMAP_BLOB has not been sent after all
 * @state: of the blob
 */
void virtio_gpu_vram_state_stay(struct virtio_gpu_vram_state *state)
{
	if (state->map_state == VIRTIO_GPU_VRAM_UNMAPPING)
		state->map_state = VIRTIO_GPU_VRAM_MAPPED;
}

/**
 * virtio_gpu_vram_state_unmapped - the host answered RESOURCE_UNMAP_BLOB
 * @state: of the blob
 * @error: 0; -EPROTO for a malformed response; any other errno says that the blob is where it was
 *
 * Return: whether the place in the window is free.
 */
bool virtio_gpu_vram_state_unmapped(struct virtio_gpu_vram_state *state, int error)
{
	if (!error) {
		state->map_state = VIRTIO_GPU_VRAM_UNMAPPED;
		return true;
	}

	state->map_state = VIRTIO_GPU_VRAM_MAPPED;
	state->stays = true;
	if (error == -EPROTO)
		state_refuse(state, error);
	return false;
}

/**
 * virtio_gpu_vram_state_change - the host declares something else (section 7)
 * @state: of the blob; the caller takes all mappings away
 * @error: 0, or -EPROTO for a malformed declaration
 * @attr: what it declares; ignored on error
 *
 * A declaration that is in force already, because the response to RESOURCE_MAP_BLOB was
 * faster, is no exception: the host waits for its acknowledgment.  One that is older than
 * that response's was overtaken by it; the change to the response's own is still to be told.
 */
void virtio_gpu_vram_state_change(struct virtio_gpu_vram_state *state, int error,
				  const struct virtio_gpu_vram_attr *attr)
{
	if (!error && attr->generation < state->fetched)
		error = -EPROTO;
	state->changing = true;
	if (error) {
		state_refuse(state, error);
		return;
	}
	state->fetched = attr->generation;
	state_declare(state, attr);
	state->deferred_ack = 0;
}

/**
 * virtio_gpu_vram_state_acked - the host answered VIRTIO_GPU_CMD_MAP_ATTR_ACK
 * @state: of the blob
 * @generation: that was acknowledged
 * @error: 0; -EAGAIN if the host has declared another since; -EPROTO for anything else
 *
 * A response about a generation that is not in force any more ends nothing: the one about
 * the generation that is comes later.
 */
void virtio_gpu_vram_state_acked(struct virtio_gpu_vram_state *state,
				 u64 generation, int error)
{
	if (error == -EAGAIN)
		return;
	if (error)
		state_refuse(state, error);
	if (generation == state->attr.generation)
		state->changing = false;
}

/**
 * virtio_gpu_vram_state_lose - the device is being reset and forgets the blob
 * @state: of the blob; the caller takes all mappings away
 */
void virtio_gpu_vram_state_lose(struct virtio_gpu_vram_state *state)
{
	state_refuse(state, -ESTALE);
	state->lost = true;
	state->deferred_ack = 0;
}

/* Do importers have DMA addresses that the declaration in force forbids? */
static bool state_has_forbidden_dma(const struct virtio_gpu_vram_state *state)
{
	if (state->attr.flags & VIRTIO_GPU_MAP_ATTR_REVOKED)
		return state->dma_maps;
	return state->attr.flags & VIRTIO_GPU_MAP_ATTR_READ_ONLY && state->dma_writers;
}

/**
 * virtio_gpu_vram_state_pin - an importer is going to attach
 * @state: of the blob, which is not evicted until virtio_gpu_vram_state_unpin()
 */
void virtio_gpu_vram_state_pin(struct virtio_gpu_vram_state *state)
{
	state->pins++;
}

/**
 * virtio_gpu_vram_state_unpin - an importer has detached
 * @state: of the blob
 */
void virtio_gpu_vram_state_unpin(struct virtio_gpu_vram_state *state)
{
	state->pins--;
}

/**
 * virtio_gpu_vram_state_dma_map - an importer wants DMA addresses
 * @state: of the blob
 * @write: for a device that may write there
 *
 * Cache modes and SYNC_REQUIRED, and whether a declaration could be understood, are about
 * CPUs and nothing to a device (sections 2.3 and 2.5).
 *
 * Return: 0 if it may have them, until virtio_gpu_vram_state_dma_unmap(); -ESTALE if there
 * is no memory behind the blob; -EACCES if it may be read only; why it has no place in the
 * window, or -EAGAIN, otherwise.
 */
int virtio_gpu_vram_state_dma_map(struct virtio_gpu_vram_state *state, bool write)
{
	if (state->lost || state->attr.flags & VIRTIO_GPU_MAP_ATTR_REVOKED)
		return -ESTALE;
	if (write && state->attr.flags & VIRTIO_GPU_MAP_ATTR_READ_ONLY)
		return -EACCES;
	if (state->map_state != VIRTIO_GPU_VRAM_MAPPED)
		return state->map_error ?: state->refused ?: -EAGAIN;
	state->dma_maps++;
	state->dma_writers += write;
	return 0;
}

/**
 * virtio_gpu_vram_state_dma_unmap - an importer gives its DMA addresses back
 * @state: of the blob
 * @write: as they were mapped
 *
 * Return: the generation that can be acknowledged now, or 0.
 */
u64 virtio_gpu_vram_state_dma_unmap(struct virtio_gpu_vram_state *state, bool write)
{
	u64 generation = state->deferred_ack;

	state->dma_maps--;
	state->dma_writers -= write;
	if (state_has_forbidden_dma(state))
		return 0;
	state->deferred_ack = 0;
	return generation;
}

/**
 * virtio_gpu_vram_state_must_invalidate - must importers be asked to give DMA addresses back?
 * @state: of the blob
 *
 * Return: whether one has some that do not show the blob any more, or that would let its device
 * write where that is forbidden.
 */
bool virtio_gpu_vram_state_must_invalidate(const struct virtio_gpu_vram_state *state)
{
	return (state->lost && state->dma_maps) || state_has_forbidden_dma(state);
}

/**
 * virtio_gpu_vram_state_defer_ack - must an acknowledgment wait for importers?
 * @state: of the blob
 * @generation: to be acknowledged
 *
 * Acknowledging a malformed declaration would acknowledge the one that forbade them, too.
 *
 * Return: whether virtio_gpu_vram_state_dma_unmap() will return @generation.
 */
bool virtio_gpu_vram_state_defer_ack(struct virtio_gpu_vram_state *state, u64 generation)
{
	if (!state_has_forbidden_dma(state) || generation < state->attr.generation)
		return false;
	state->deferred_ack = generation;
	return true;
}

/**
 * virtio_gpu_vram_state_access_error - may the blob be touched?
 * @state: of the blob
 * @access: set of enum virtio_gpu_vram_access
 *
 * Whether a change is under way is a separate question, because a change ends: see
 * virtio_gpu_vram_state_access_known().
 *
 * Return: 0; -EAGAIN if the host is to be asked to map it; otherwise why it must not
 * be touched, see virtio_gpu_vram_vma_mmap().
 */
int virtio_gpu_vram_state_access_error(const struct virtio_gpu_vram_state *state,
				       unsigned int access)
{
	if (state->refused)
		return state->refused;
	if (state->map_state != VIRTIO_GPU_VRAM_MAPPED)
		return state->map_error ?: -EAGAIN;
	return virtio_gpu_vram_attr_access_error(&state->attr, access);
}

/**
 * virtio_gpu_vram_state_mmap_error - may the blob be mapped into a process?
 * @state: of the blob
 * @access: set of enum virtio_gpu_vram_access
 *
 * One that was evicted may: the first fault has it placed again.
 *
 * Return: as virtio_gpu_vram_state_access_error().
 */
int virtio_gpu_vram_state_mmap_error(const struct virtio_gpu_vram_state *state,
				     unsigned int access)
{
	int error = virtio_gpu_vram_state_access_error(state, access);

	if (error == -EAGAIN && state->was_mapped)
		return virtio_gpu_vram_attr_access_error(&state->attr, access);
	return error;
}

/**
 * virtio_gpu_vram_state_wants_place - is a place in the window all that is missing?
 * @state: of the blob
 * @access: set of enum virtio_gpu_vram_access
 * @tried: the caller has just asked for one
 *
 * Return: whether the caller is to ask for one.  An error of before is forgotten, but not that of
 * the caller's own try.
 */
bool virtio_gpu_vram_state_wants_place(const struct virtio_gpu_vram_state *state,
				       unsigned int access, bool tried)
{
	return state->map_state != VIRTIO_GPU_VRAM_MAPPED && !state->refused &&
	       !(tried && state->map_error) &&
	       !virtio_gpu_vram_attr_access_error(&state->attr, access);
}

/**
 * virtio_gpu_vram_state_is_read_only - does the host allow no writing?
 * @state: of the blob
 *
 * Context: any; without the lock a hint, for those who want to know early.
 * Return: whether VIRTIO_GPU_MAP_ATTR_READ_ONLY is in force.
 */
bool virtio_gpu_vram_state_is_read_only(const struct virtio_gpu_vram_state *state)
{
	return READ_ONCE(state->attr.flags) & VIRTIO_GPU_MAP_ATTR_READ_ONLY;
}

/**
 * virtio_gpu_vram_state_attr_known - is known what the host declares, or why not?
 * @state: of the blob
 *
 * With the feature the response to RESOURCE_CREATE_BLOB tells; an error of
 * RESOURCE_MAP_BLOB, which may come first, does not.
 *
 * Context: any; without the lock a hint that it is time to look under it.
 * Return: whether it is.
 */
bool virtio_gpu_vram_state_attr_known(const struct virtio_gpu_vram_state *state)
{
	return READ_ONCE(state->attr.cache_mode) || READ_ONCE(state->refused);
}

/**
 * virtio_gpu_vram_state_access_known - can it be said now whether the blob may be touched?
 * @state: of the blob
 *
 * It cannot while the host has not confirmed a change, unless that change forbids it: not even
 * to read, because reads wait for the confirmation as well.
 *
 * Context: any; without the lock a hint that it is time to look under it.
 * Return: whether it can.
 */
bool virtio_gpu_vram_state_access_known(const struct virtio_gpu_vram_state *state)
{
	return !READ_ONCE(state->changing) || READ_ONCE(state->refused) ||
	       READ_ONCE(state->attr.flags) & ~VIRTIO_GPU_MAP_ATTR_READ_ONLY;
}

/**
 * virtio_gpu_vram_state_bracket_known - can it be said now whether a bracket gives access?
 * @state: of the blob
 *
 * As virtio_gpu_vram_state_access_known(), but VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED forbids nothing
 * here.
 *
 * Context: any; without the lock a hint that it is time to look under it.
 * Return: whether it can.
 */
bool virtio_gpu_vram_state_bracket_known(const struct virtio_gpu_vram_state *state)
{
	return !READ_ONCE(state->changing) || READ_ONCE(state->refused) ||
	       READ_ONCE(state->attr.flags) & VIRTIO_GPU_MAP_ATTR_REVOKED;
}

static bool state_has_settled(const struct virtio_gpu_vram_state *state)
{
	u32 map_state = READ_ONCE(state->map_state);

	return map_state == VIRTIO_GPU_VRAM_UNMAPPED || map_state == VIRTIO_GPU_VRAM_MAPPED;
}

/**
 * virtio_gpu_vram_state_map_answered - is no response about the place of a blob awaited?
 * @state: of the blob
 *
 * Context: any; without the lock a hint that it is time to look under it.
 * Return: whether RESOURCE_MAP_BLOB and RESOURCE_UNMAP_BLOB have been answered, or will not be.
 */
bool virtio_gpu_vram_state_map_answered(const struct virtio_gpu_vram_state *state)
{
	return state_has_settled(state) || READ_ONCE(state->lost);
}

/**
 * virtio_gpu_vram_state_mmap_known - is it known what mmap() has to do?
 * @state: of the blob
 *
 * It is when no response of the host's is awaited.  The confirmation of a change to read-only can
 * be far away, when importers hold it up, and mmap() would keep mmap_lock meanwhile: it
 * makes no PTE and leaves that wait to the first fault.
 *
 * Context: any; without the lock a hint that it is time to look under it.
 * Return: whether none is.
 */
bool virtio_gpu_vram_state_mmap_known(const struct virtio_gpu_vram_state *state)
{
	return (state_has_settled(state) &&
		(virtio_gpu_vram_state_access_known(state) ||
		 virtio_gpu_vram_state_is_read_only(state))) ||
	       READ_ONCE(state->refused);
}
