/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Where the host-visible window of a virtio-gpu device is. */
#ifndef WINDOW_H
#define WINDOW_H

#include <stddef.h>

#include "range.h"

#define PCI_BARS	6

enum window_found {
	WINDOW_NONE,		/* no virtio-gpu device, or one without a window */
	WINDOW_FOUND,
	WINDOW_MALFORMED,
};

/* A BAR that is not assigned, or is not memory, is one byte at 0. */
struct bars {
	struct range bar[PCI_BARS];
};

bool window_parse_bars(const char *text, struct bars *bars);
bool window_is_virtio_gpu(const uint8_t *config, size_t size);
enum window_found window_find(const uint8_t *config, size_t size, const struct bars *bars,
			      struct range *window, const char **why);

#endif
