/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_VHOST_USER_H
#define HOST_DEVICE_VHOST_USER_H

#include "gpu.h"

/**
 * struct vhost_user - the connection to QEMU
 * @fd: main socket, or -1
 * @backend_fd: channel for our own requests, or -1
 * @protocol: negotiated protocol features
 * @window: how far putting the window into the BAR has got
 * @closed: called when QEMU is gone
 */
struct vhost_user {
	struct gpu *gpu;
	int fd;
	int backend_fd;
	uint64_t protocol;
	enum {
		WINDOW_OUT,
		WINDOW_MAPPING,
		WINDOW_UNMAPPING,
		WINDOW_FENCING,
		WINDOW_IN,
	} window;
	bool unmap_tried;
	void (*closed)(void);
};

int vhost_user_attach(struct vhost_user *vu, int fd);
void vhost_user_detach(struct vhost_user *vu);

#endif
