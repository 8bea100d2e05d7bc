/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_FAKE_RENDERER_H
#define FUZZ_FAKE_RENDERER_H

#include "../gpu.h"

void fake_renderer_fail(unsigned int calls);
void fake_renderer_retire(struct gpu *gpu, unsigned int nth);
void fake_renderer_die(struct gpu *gpu, uint32_t ctx_id);
unsigned int fake_renderer_blobs(void);

#endif
