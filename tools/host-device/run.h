/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_RUN_H
#define HOST_DEVICE_RUN_H

#include "gpu.h"

int run(int argc, char **argv, struct gpu *gpu);

#endif
