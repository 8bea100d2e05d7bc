/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_CHANGE_H
#define HOST_DEVICE_CHANGE_H

#include "gpu.h"

struct reply;

int change_init(struct gpu *gpu);
void change_fini(struct gpu *gpu);
void change_timeout(struct gpu *gpu, unsigned int ms);
void change_wait(struct gpu *gpu, struct blob *blob);
void change_wait_end(struct gpu *gpu, struct blob *blob);
void gpu_run(struct gpu *gpu, bool ready);
void gpu_raise_event(struct gpu *gpu);
int gpu_change(struct gpu *gpu, struct blob *blob, uint32_t cache_mode, uint32_t flags);
void gpu_revoke(struct gpu *gpu, struct blob *blob);
void changes_told(struct gpu *gpu, const void *response, size_t len, bool told);
void cmd_fetch(struct gpu *gpu, struct reply *r);
void cmd_ack(struct gpu *gpu, const void *req, size_t len, struct reply *r);

#endif
