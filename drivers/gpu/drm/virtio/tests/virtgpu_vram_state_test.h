/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * States of a blob, for tests.
 *
 * A state is spelt in four characters:
 *
 *   map state   U unmapped, M mapping, P mapped, E unmapping (it is evicted)
 *   changing    c, or -
 *   refused     - no, e EIO, p EPROTO, s ESTALE; a capital if lost as well
 *   generation  of the declaration in force; 0 for none
 */
#ifndef VIRTGPU_VRAM_STATE_TEST_H
#define VIRTGPU_VRAM_STATE_TEST_H

#include <linux/errno.h>
#include <linux/virtio_gpu.h>

#include "../virtgpu_vram_state.h"

#define TO_WRITE	VIRTIO_GPU_VRAM_WRITE
#define IN_BRACKETS	VIRTIO_GPU_VRAM_BRACKETED

static const int vram_state_errors[] = {
	['-'] = 0, ['e'] = -EIO, ['p'] = -EPROTO, ['s'] = -ESTALE,
};

static inline struct virtio_gpu_vram_state vram_state_of(const char *s)
{
	struct virtio_gpu_vram_state state = {
		.map_state = s[0] == 'U' ? VIRTIO_GPU_VRAM_UNMAPPED :
			     s[0] == 'M' ? VIRTIO_GPU_VRAM_MAPPING :
			     s[0] == 'E' ? VIRTIO_GPU_VRAM_UNMAPPING : VIRTIO_GPU_VRAM_MAPPED,
		.changing = s[1] == 'c',
		.refused = vram_state_errors[s[2] == '-' ? '-' : s[2] | 0x20],
		.lost = s[2] >= 'A' && s[2] <= 'Z',
		.attr.generation = s[3] - '0',
		.attr.cache_mode = s[3] == '0' ? 0 : VIRTIO_GPU_MAP_CACHE_WC,
	};

	return state;
}

#endif
