/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_WINDOW_H
#define HOST_DEVICE_WINDOW_H

#include <stdint.h>

/**
 * struct window - the memory behind the guest's host-visible BAR
 * @fd: sparse memfd of @size bytes, mapped into the BAR as a whole
 * @va: our own mapping of it
 * @size: bytes, a power of two
 */
struct window {
	int fd;
	uint8_t *va;
	uint64_t size;
};

int window_init(struct window *w, uint64_t size);
void window_clear(struct window *w, uint64_t offset, uint64_t len);
void window_fini(struct window *w);

#endif
