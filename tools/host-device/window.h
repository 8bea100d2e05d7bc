/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_WINDOW_H
#define HOST_DEVICE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dram.h>

/**
 * struct window - the memory behind the guest's host-visible BAR
 * @fd: sparse memfd of @size bytes, mapped into the BAR as a whole
 * @va: our own mapping of it
 * @size: bytes, a power of two
 * @behind_caches: the host's own accesses are to @dram: what is in @va is what the guest's CPUs see
 * @dram: of @size; see tools/cache-plugin
 */
struct window {
	int fd;
	uint8_t *va;
	uint64_t size;
	bool behind_caches;
	struct dram dram;
};

int window_init(struct window *w, uint64_t size);
int window_put_behind_caches(struct window *w, const char *path);
void window_read(struct window *w, uint64_t offset, void *to, size_t len, bool snoop);
void window_write(struct window *w, uint64_t offset, const void *from, size_t len, bool snoop);
void window_clear(struct window *w, uint64_t offset, uint64_t len);
void window_vacate(struct window *w, uint64_t offset, uint64_t len);
void window_allow(struct window *w, uint64_t offset, uint64_t len, uint8_t modes);
uint8_t window_allowed(const struct window *w, uint64_t offset);
void window_flush(struct window *w, uint64_t offset, uint64_t len);
void window_fini(struct window *w);

#endif
