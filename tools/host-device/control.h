/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_CONTROL_H
#define HOST_DEVICE_CONTROL_H

#include "gpu.h"

json_t *control_request(struct gpu *gpu, const json_t *req);
int control_listen(struct gpu *gpu, const char *path);
void control_close(void);

#endif
