/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_VU_VRING_H
#define HOST_DEVICE_VU_VRING_H

#include "gpu.h"
#include "vu_message.h"

void vring_set_fd(int *slot, int fd);
void vring_stop(struct virtq *vr);
int vring_memory(struct gpu *gpu, struct vu_message *msg);
int vring_base(struct gpu *gpu, struct virtq *vr, uint32_t base);
int vring_kick(struct gpu *gpu, struct virtq *vr, struct vu_message *msg);

#endif
