/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_VHOST_USER_H
#define HOST_DEVICE_VHOST_USER_H

#include "vu_window.h"

/**
 * struct vhost_user - the connection to QEMU
 * @fd: main socket, or -1
 * @protocol: negotiated protocol features
 * @window: by which QEMU is asked for what is in the BAR
 * @closed: called when QEMU is gone
 */
struct vhost_user {
	struct gpu *gpu;
	int fd;
	uint64_t protocol;
	struct vu_window window;
	void (*closed)(void);
};

int vhost_user_attach(struct vhost_user *vu, int fd);
void vhost_user_detach(struct vhost_user *vu);

#endif
