/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The driver's tracepoints.
 */
#ifndef VIRTGPU_TRACE_H
#define VIRTGPU_TRACE_H

#include <stddef.h>

struct virtgpu_blob;

void virtgpu_trace_start(void);
void virtgpu_trace_stop(const struct virtgpu_blob *blob, char *names, size_t len);

#endif
