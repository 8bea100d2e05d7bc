/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_CONTROL_H
#define HOST_DEVICE_CONTROL_H

#include <jansson.h>

#include "gpu.h"

/**
 * struct control_op - a request that can be made
 * @name: its "op"
 * @handle: carries it out; returns the answer, owned by the caller
 */
struct control_op {
	const char *name;
	json_t *(*handle)(struct gpu *gpu, const json_t *req);
};

json_t *control_refuse(const char *why);
json_t *control_accept(void);
void control_extend(const struct control_op *by);
json_t *control_request(struct gpu *gpu, const json_t *req);
int control_listen(struct gpu *gpu, const char *path);
void control_close(void);

#endif
