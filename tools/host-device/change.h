/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_CHANGE_H
#define HOST_DEVICE_CHANGE_H

#include "gpu.h"

int gpu_change(struct gpu *gpu, struct blob *blob, uint32_t cache_mode, uint32_t flags);
int gpu_move(struct gpu *gpu, struct blob *blob);
int gpu_move_now(struct gpu *gpu, struct blob *blob);

#endif
