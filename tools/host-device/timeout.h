/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_TIMEOUT_H
#define HOST_DEVICE_TIMEOUT_H

#include "gpu.h"

int timeout_init(struct gpu *gpu);
void timeout_fini(struct gpu *gpu);

#endif
