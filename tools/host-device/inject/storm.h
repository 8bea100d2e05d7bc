/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_STORM_H
#define HOST_DEVICE_STORM_H

#include <stdint.h>

struct gpu;

int storm_init(struct gpu *gpu);
void storm_fini(struct gpu *gpu);
void storm_set(struct gpu *gpu, unsigned int tag, unsigned int period_us, uint64_t seed);

#endif
