/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_VU_WINDOW_H
#define HOST_DEVICE_VU_WINDOW_H

#include "gpu.h"

/**
 * struct vu_window - the channel by which QEMU is asked for what is in the BAR
 * @fd: for our own requests, or -1
 * @started: the driver's queues are, and so what is asked of QEMU is carried out
 * @asks: changes of what is in the BAR, the first of which QEMU is carrying out
 * @asking: how far that has got
 * @stale: that was before a stop, and nothing is done by the answer: it is asked again
 */
struct vu_window {
	struct gpu *gpu;
	int fd;
	bool started;
	struct ask *asks;
	enum {
		ASK_NOTHING,
		ASK_MAP,
		ASK_UNMAP,
		ASK_FENCE,
	} asking;
	bool stale;
};

struct placement;
int vu_window_open(struct vu_window *w, int fd);
void vu_window_close(struct vu_window *w);
void vu_window_enter(struct vu_window *w);
void vu_window_leave(struct vu_window *w);
int vu_window_place(void *data, const struct placement *what);
void vu_config_changed(void *data);

#endif
