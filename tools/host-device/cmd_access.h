/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_CMD_ACCESS_H
#define HOST_DEVICE_CMD_ACCESS_H

#include "reply.h"

void cmd_access_begin(struct gpu *gpu, const void *req, size_t len, struct reply *r);
void cmd_access_end(struct gpu *gpu, const void *req, size_t len, struct reply *r);
void access_end_all(struct blob *blob);

#endif
