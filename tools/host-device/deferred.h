/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_DEFERRED_H
#define HOST_DEVICE_DEFERRED_H

#include "reply.h"

void deferred_add(struct gpu *gpu, unsigned int queue, const struct chain *chain,
		  uint32_t command, const struct reply *reply);
void deferred_injected(struct gpu *gpu, uint64_t token, uint32_t command);
void deferred_run(struct gpu *gpu);
void deferred_drop(struct gpu *gpu, unsigned int queue);
void deferred_placed(struct gpu *gpu, uint64_t token, bool ok);
void deferred_fence(struct gpu *gpu, uint32_t ctx_id, uint32_t ring, uint64_t fence_id);
void deferred_context(struct gpu *gpu, uint32_t ctx_id);

#endif
