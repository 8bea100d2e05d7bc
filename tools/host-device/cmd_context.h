/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_CMD_CONTEXT_H
#define HOST_DEVICE_CMD_CONTEXT_H

#include "reply.h"

void cmd_capset_info(struct gpu *gpu, const void *req, size_t len, struct reply *r);
void cmd_capset(struct gpu *gpu, const void *req, size_t len, struct reply *r);
void cmd_context(struct gpu *gpu, const void *req, size_t len, struct reply *r);
void cmd_attach(struct gpu *gpu, const void *req, size_t len, struct reply *r);
void cmd_submit(struct gpu *gpu, const void *req, size_t len, struct reply *r);

#endif
