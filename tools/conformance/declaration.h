/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CONFORMANCE_DECLARATION_H
#define CONFORMANCE_DECLARATION_H

#include <linux/virtio_gpu.h>
#include <linux/virtio_gpu_map_attr.h>
#include <stdint.h>

#define RESOURCES 256	/* no test has more */

void declaration_check(struct virtio_gpu_map_attr *known, uint32_t res,
		       const struct virtio_gpu_map_attr *now);
void declaration_check_changes(struct virtio_gpu_map_attr *known,
			       const struct virtio_gpu_resp_map_attr_changes *r, uint32_t used);

#endif
