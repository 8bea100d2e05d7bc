/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_VMM_MODEL_H
#define FUZZ_VMM_MODEL_H

#include "../gpu.h"

void vmm_begin(struct gpu *gpu, bool asked);
void vmm_answer(struct gpu *gpu, bool ok);
void vmm_stop(void);
void vmm_start(struct gpu *gpu);
void vmm_check(const struct gpu *gpu);

#endif
