/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_HELD_H
#define HOST_DEVICE_HELD_H

#include "reply.h"

int held_init(struct gpu *gpu);
void held_fini(struct gpu *gpu);
void held_add(struct gpu *gpu, unsigned int queue, const struct chain *chain,
	      uint32_t command, const struct reply *reply);
void held_release(struct gpu *gpu, uint32_t command);
void held_drop(struct gpu *gpu, unsigned int queue);
void held_placed(struct gpu *gpu, uint64_t token, bool ok);
void held_fence(struct gpu *gpu, uint32_t ctx_id, uint32_t ring, uint64_t fence_id);
void held_context(struct gpu *gpu, uint32_t ctx_id);

#endif
