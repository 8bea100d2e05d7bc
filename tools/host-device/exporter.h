/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_EXPORTER_H
#define HOST_DEVICE_EXPORTER_H

#include "gpu.h"

int exporter_open(struct gpu *gpu, const char *name);
void exporter_close(struct gpu *gpu);

int exporter_blob_create(struct gpu *gpu, struct blob *blob);
void exporter_blob_free(struct blob *blob);

int exporter_access(const struct blob *blob, uint64_t flags);

bool exporter_can_move(const struct gpu *gpu, const struct blob *blob);
int exporter_move(struct gpu *gpu, const struct blob *blob, uint32_t flags);
int exporter_state(struct gpu *gpu, const struct blob *blob, uint64_t *faults, uint64_t *moves,
		   uint64_t *syncs);

#endif
