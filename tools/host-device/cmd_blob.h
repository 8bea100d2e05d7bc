/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_CMD_BLOB_H
#define HOST_DEVICE_CMD_BLOB_H

#include "reply.h"

void cmd_create_blob(struct gpu *gpu, const void *req, size_t len, struct reply *r);
void cmd_unref(struct gpu *gpu, const void *req, size_t len, struct reply *r);
void cmd_map(struct gpu *gpu, const void *req, size_t len, struct reply *r);
void cmd_unmap(struct gpu *gpu, const void *req, size_t len, struct reply *r);
void cmd_uuid(struct gpu *gpu, const void *req, size_t len, struct reply *r);
void blob_free(struct gpu *gpu, struct blob *blob);

#endif
