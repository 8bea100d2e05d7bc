/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_SERVE_H
#define HOST_DEVICE_SERVE_H

#include "gpu.h"

int serve_init(struct gpu *gpu);
void serve_fini(struct gpu *gpu);
void serve_queue(struct gpu *gpu, unsigned int queue);

#endif
