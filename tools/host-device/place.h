/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_PLACE_H
#define HOST_DEVICE_PLACE_H

#include "gpu.h"

/* TCG ends QEMU at 4096 pieces of address space; each blob is one, and so is each gap. */
#define PLACES_MAX 1024

/**
 * struct placement - a range of the window that is to show a range of a file
 * @replace: another file's is there now, of the same range
 * @fd: file, borrowed, or -1: nothing is to be there any more
 * @fd_offset: bytes into the file
 * @offset: bytes into the window
 * @len: bytes
 * @token: what gpu_placed() is to be called with
 */
struct placement {
	int fd;
	bool replace;
	uint64_t fd_offset;
	uint64_t offset;
	uint64_t len;
	uint64_t token;
};

bool gpu_window_is_free(const struct gpu *gpu, uint64_t offset, uint64_t size);
int blob_place(struct gpu *gpu, struct blob *blob, uint64_t offset, uint64_t *token);
int blob_unplace(struct gpu *gpu, struct blob *blob, uint64_t *token);
int blob_evict(struct gpu *gpu, struct blob *blob);
int blob_restore(struct gpu *gpu, struct blob *blob);
uint8_t *blob_memory(struct gpu *gpu, const struct blob *blob);
struct placement blob_placement(const struct gpu *gpu, const struct blob *blob);
void gpu_placed(struct gpu *gpu, uint64_t token, bool ok);

#endif
