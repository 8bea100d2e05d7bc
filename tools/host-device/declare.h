/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_DECLARE_H
#define HOST_DEVICE_DECLARE_H

#include "gpu.h"

bool declare_can(const struct gpu *gpu);
int declare(struct gpu *gpu, struct blob *blob, uint32_t cache_mode, uint32_t flags);
void declare_revoked(struct gpu *gpu, struct blob *blob);
void declare_event(struct gpu *gpu);
bool declare_is_any_changed(const struct gpu *gpu);
void declare_told(struct gpu *gpu, const void *response, size_t len, bool told);

#endif
