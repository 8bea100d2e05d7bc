/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Devices of the guest: finding one by its role, and what happens to it and its driver.
 */
#ifndef VIRTGPU_DEVICE_H
#define VIRTGPU_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <drm/virtgpu_drm.h>
#include <drm/virtgpu_map_attr_drm.h>

/**
 * struct virtgpu - one virtio-gpu device of the guest
 * @fd: its render node, with a context
 * @control: the host device's control port, or -1
 * @minor: number of the render node
 * @bars: first and last page frame of each of its PCI BARs, in one of which the window is
 * @nr_bars: how many
 * @slot: PCI address
 * @virtio: name on the virtio bus, while unbound
 */
struct virtgpu {
	int fd;
	int control;
	unsigned int minor;
	uint64_t bars[8][2];
	unsigned int nr_bars;
	char slot[32];
	char virtio[32];
};

/* The role names the host device's control port, hostdev.ROLE. */
void virtgpu_open(struct virtgpu *gpu, const char *role);
void virtgpu_close(struct virtgpu *gpu);
bool virtgpu_reopen(struct virtgpu *gpu);
int virtgpu_execute(struct virtgpu *gpu, uint32_t handle, int *fence_fd);
int virtgpu_submit(struct virtgpu *gpu);
void virtgpu_wait_freed(struct virtgpu *gpu, long long live, long long used);
void virtgpu_settle(struct virtgpu *gpu);
void virtgpu_set_eviction(bool on);
unsigned long long virtgpu_window(struct virtgpu *gpu, unsigned long long *size);
unsigned long long virtgpu_window_count(struct virtgpu *gpu, const char *name);
void virtgpu_debugfs(struct virtgpu *gpu, const char *name, char *path, size_t len);

void virtgpu_find_virtio(struct virtgpu *gpu);
void virtgpu_unbind(struct virtgpu *gpu);
pid_t virtgpu_start_unbind(struct virtgpu *gpu);
pid_t virtgpu_start(int (*run)(struct virtgpu *gpu), struct virtgpu *gpu);
void virtgpu_bind(struct virtgpu *gpu);
bool virtgpu_freeze(struct virtgpu *gpu, int *error);
int virtgpu_restore(struct virtgpu *gpu);

/* Why a mapping is not what one of a lost device is to be, or NULL. */
const char *virtgpu_why_not_lost(struct virtgpu *gpu, void *va, size_t len);

#endif
