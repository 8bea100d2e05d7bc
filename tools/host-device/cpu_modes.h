/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_CPU_MODES_H
#define HOST_DEVICE_CPU_MODES_H

#include "gpu.h"

void cpu_modes_set(struct gpu *gpu, const struct blob *blob);
void cpu_modes_add(struct gpu *gpu, const struct blob *blob);
void cpu_modes_forget(struct gpu *gpu, const struct blob *blob);

#endif
