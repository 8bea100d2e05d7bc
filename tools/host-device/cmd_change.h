/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_CMD_CHANGE_H
#define HOST_DEVICE_CMD_CHANGE_H

#include "reply.h"

void changes_add(struct virtio_gpu_resp_map_attr_changes *changes, uint32_t res_id,
		 struct virtio_gpu_map_attr attr);
void changes_end(struct reply *r);
void cmd_fetch(struct gpu *gpu, struct reply *r);
void cmd_ack(struct gpu *gpu, const void *req, size_t len, struct reply *r);

#endif
