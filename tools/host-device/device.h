/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_DEVICE_H
#define HOST_DEVICE_DEVICE_H

#include "gpu.h"

int device_init(struct gpu *gpu, uint64_t window_size);
void device_fini(struct gpu *gpu);
uint64_t device_features(const struct gpu *gpu);
void device_run(struct gpu *gpu, bool ready);
void device_reset(struct gpu *gpu);

#endif
