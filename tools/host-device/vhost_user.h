/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_VHOST_USER_H
#define HOST_DEVICE_VHOST_USER_H

#include "gpu.h"

/**
 * struct vhost_user - the connection to QEMU
 * @fd: main socket, or -1
 * @backend_fd: channel for our own requests, or -1
 * @protocol: negotiated protocol features
 * @started: the driver's queues are, and so what is asked of QEMU is carried out
 * @asks: changes of what is in the BAR, the first of which QEMU is carrying out
 * @asking: how far that has got
 * @closed: called when QEMU is gone
 */
struct vhost_user {
	struct gpu *gpu;
	int fd;
	int backend_fd;
	uint64_t protocol;
	bool started;
	struct ask *asks;
	enum {
		ASK_NOTHING,
		ASK_MAP,
		ASK_UNMAP,
		ASK_FENCE,
	} asking;
	void (*closed)(void);
};

int vhost_user_attach(struct vhost_user *vu, int fd);
void vhost_user_detach(struct vhost_user *vu);

#endif
