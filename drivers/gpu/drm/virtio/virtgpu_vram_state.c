// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The events in the life of a host-visible blob, and what they make of its
 * state.  Whoever calls holds the lock that protects the state; only the
 * three questions that begin with "is" may be asked without.
 */
#include <linux/compiler.h>
#include <linux/errno.h>

#include "virtgpu_vram_state.h"

/* For good; what was wrong first is what counts. */
static void refuse(struct virtio_gpu_vram_state *state, int error)
{
	if (!state->refused)
		state->refused = error;
}

static void declare(struct virtio_gpu_vram_state *state,
		    const struct virtio_gpu_vram_attr *attr)
{
	int ret;

	if (state->refused)
		return;
	ret = virtio_gpu_vram_attr_update(&state->attr, attr);
	if (ret)
		refuse(state, ret);
}

/**
 * virtio_gpu_vram_state_request - somebody wants the blob in the window
 * @state: of the blob
 *
 * Return: whether RESOURCE_MAP_BLOB must be sent.
 */
bool virtio_gpu_vram_state_request(struct virtio_gpu_vram_state *state)
{
	if (state->place != VIRTIO_GPU_VRAM_UNMAPPED || state->refused)
		return false;
	state->place = VIRTIO_GPU_VRAM_MAPPING;
	state->map_error = 0;
	return true;
}

/**
 * virtio_gpu_vram_state_created - the host answered RESOURCE_CREATE_BLOB
 * @state: of the blob
 * @error: 0, or why the blob is of no use
 * @attr: declaration that came with the answer, or NULL
 *
 * Answers come in any order.  When another has declared something already, this
 * one is either older, or so new that the change is being told besides.
 */
void virtio_gpu_vram_state_created(struct virtio_gpu_vram_state *state, int error,
				   const struct virtio_gpu_vram_attr *attr)
{
	if (error)
		refuse(state, error);
	else if (attr && !state->attr.cache_mode)
		declare(state, attr);
}

/**
 * virtio_gpu_vram_state_mapped - the host answered RESOURCE_MAP_BLOB
 * @state: of the blob
 * @error: 0; -EPROTO for an answer beyond understanding; any other errno says
 *	that nothing was mapped
 * @attr: declaration that came with the answer; NULL on error
 *
 * After an answer beyond understanding the place in the window stays taken until
 * the resource is gone, because the host may well have mapped it.
 *
 * Return: whether the place in the window is free again.
 */
bool virtio_gpu_vram_state_mapped(struct virtio_gpu_vram_state *state, int error,
				  const struct virtio_gpu_vram_attr *attr)
{
	if (error && error != -EPROTO) {
		state->place = VIRTIO_GPU_VRAM_UNMAPPED;
		state->map_error = error;
		return true;
	}

	state->place = VIRTIO_GPU_VRAM_MAPPED;
	if (error) {
		refuse(state, error);
	} else {
		state->early = attr->generation != state->attr.generation;
		declare(state, attr);
	}
	return false;
}

/**
 * virtio_gpu_vram_state_change - the host declares something else (section 7)
 * @state: of the blob; whoever calls takes all mappings away
 * @error: 0, or -EPROTO for a declaration beyond understanding
 * @attr: what it declares; ignored on error
 *
 * A declaration that is in force already, say because the answer to
 * RESOURCE_MAP_BLOB was faster, is no exception: the host waits to be told that
 * the guest has let go.  One that is older than that answer's was overtaken by it;
 * the change to the answer's own is still to be told.
 */
void virtio_gpu_vram_state_change(struct virtio_gpu_vram_state *state, int error,
				  const struct virtio_gpu_vram_attr *attr)
{
	if (error) {
		refuse(state, error);
	} else if (!state->early || attr->generation >= state->attr.generation) {
		declare(state, attr);
		state->early = false;
	}
	state->changing = true;
}

/**
 * virtio_gpu_vram_state_acked - the host answered VIRTIO_GPU_CMD_MAP_ATTR_ACK
 * @state: of the blob
 * @generation: that was acknowledged
 * @accepted: whether the host took it
 *
 * An answer about a generation that is not in force any more ends nothing: that
 * about the one that is comes after it.
 */
void virtio_gpu_vram_state_acked(struct virtio_gpu_vram_state *state,
				 u64 generation, bool accepted)
{
	if (generation != state->attr.generation)
		return;
	if (!accepted)
		refuse(state, -EPROTO);
	state->changing = false;
}

/**
 * virtio_gpu_vram_state_lose - the device is being reset and forgets the blob
 * @state: of the blob; whoever calls takes all mappings away
 */
void virtio_gpu_vram_state_lose(struct virtio_gpu_vram_state *state)
{
	refuse(state, -ESTALE);
	state->lost = true;
}

/**
 * virtio_gpu_vram_state_usable - may the blob be touched?
 * @state: of the blob
 *
 * Whether a change is under way is another question, for that passes: see
 * virtio_gpu_vram_state_is_steady().
 *
 * Return: 0; -EINVAL if the blob is not in the window; otherwise why it must not
 * be touched, see virtio_gpu_vram_mmap().
 */
int virtio_gpu_vram_state_usable(const struct virtio_gpu_vram_state *state)
{
	if (state->refused)
		return state->refused;
	if (state->place != VIRTIO_GPU_VRAM_MAPPED)
		return state->map_error ?: -EINVAL;
	return virtio_gpu_vram_attr_may_map(&state->attr);
}

/**
 * virtio_gpu_vram_state_is_declared - is known what the host declares, or why not?
 * @state: of the blob
 *
 * Context: any; without the lock a hint that it is time to look under it.
 * Return: whether it is.
 */
bool virtio_gpu_vram_state_is_declared(const struct virtio_gpu_vram_state *state)
{
	return READ_ONCE(state->attr.cache_mode) || READ_ONCE(state->refused) ||
	       READ_ONCE(state->map_error);
}

/**
 * virtio_gpu_vram_state_is_steady - is no change under way?
 * @state: of the blob
 *
 * Context: any; without the lock a hint that it is time to look under it.
 * Return: whether it is so.
 */
bool virtio_gpu_vram_state_is_steady(const struct virtio_gpu_vram_state *state)
{
	return !READ_ONCE(state->changing) || READ_ONCE(state->refused);
}

/**
 * virtio_gpu_vram_state_is_settled - is no answer of the host's awaited?
 * @state: of the blob
 *
 * Context: any; without the lock a hint that it is time to look under it.
 * Return: whether none is.
 */
bool virtio_gpu_vram_state_is_settled(const struct virtio_gpu_vram_state *state)
{
	return (READ_ONCE(state->place) != VIRTIO_GPU_VRAM_MAPPING &&
		virtio_gpu_vram_state_is_steady(state)) ||
	       READ_ONCE(state->refused);
}
