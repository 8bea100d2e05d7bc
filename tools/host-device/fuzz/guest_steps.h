/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_GUEST_STEPS_H
#define FUZZ_GUEST_STEPS_H

#include "../gpu.h"
#include "input.h"

void guest_boot(struct gpu *gpu, struct input *in);
void guest_step(struct gpu *gpu, struct input *in);
void guest_end(struct gpu *gpu);

#endif
