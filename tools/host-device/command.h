/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_COMMAND_H
#define HOST_DEVICE_COMMAND_H

#include "reply.h"

void command_execute(struct gpu *gpu, const void *req, size_t len, struct reply *r);

#endif
