/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_REPORT_H
#define HOST_DEVICE_REPORT_H

#include <jansson.h>

#include "gpu.h"

json_t *report_device(const struct gpu *gpu);
json_t *report_blob(const struct blob *blob);

#endif
