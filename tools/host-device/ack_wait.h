/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_ACK_WAIT_H
#define HOST_DEVICE_ACK_WAIT_H

#include "gpu.h"

uint64_t ack_wait_clock_ms(const struct gpu *gpu);
void ack_wait_run(struct gpu *gpu, bool run);
void ack_wait_arm(struct gpu *gpu);
void ack_wait_begin(struct gpu *gpu, struct blob *blob);
void ack_wait_restart(struct gpu *gpu, struct blob *blob);
void ack_wait_acked(struct blob *blob);
void ack_wait_end(struct gpu *gpu, struct blob *blob);
void ack_wait_timeout(struct gpu *gpu, unsigned int ms);
bool ack_wait_is_late(const struct gpu *gpu, const struct blob *blob, uint64_t now);

#endif
