// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The tracepoints' bodies. */
#define CREATE_TRACE_POINTS
#include "virtgpu_vram_trace.h"
