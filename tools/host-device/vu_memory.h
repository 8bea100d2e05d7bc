/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_VU_MEMORY_H
#define HOST_DEVICE_VU_MEMORY_H

#include "vu_message.h"

int vu_memory_map(struct guest_memory *mem, struct vu_message *msg);
void vu_memory_unmap(struct guest_memory *mem);

#endif
