/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_REPLY_H
#define HOST_DEVICE_REPLY_H

#include "gpu.h"

/**
 * enum reply_wait - what has to happen before a response is given
 */
enum reply_wait {
	WAIT_NOT,
	WAIT_WINDOW,	/* gpu_placed() with the token */
	WAIT_FENCE,	/* the renderer has got to the fence whose number is the token */
	WAIT_INJECT,	/* see inject/ */
};

/**
 * struct reply - the answer to a command, as it is made up
 * @room: bytes that the guest has for it
 * @len: bytes written
 * @used_len: bytes said to be written, where @used_len_forced
 * @wait: for what, with @token
 * @declares: resource whose attributes it is to have as they are when it is given, or 0
 */
struct reply {
	union {
		struct virtio_gpu_ctrl_hdr hdr;
		struct virtio_gpu_resp_map_attr attr;
		struct virtio_gpu_resp_map_attr_changes changes;
		struct virtio_gpu_resp_map_info info;
		struct virtio_gpu_resp_capset_info capset_info;
		struct virtio_gpu_resp_display_info display;
		struct virtio_gpu_resp_resource_uuid uuid;
		uint8_t bytes[1024];
	};
	size_t room;
	size_t len;
	uint32_t used_len;
	bool used_len_forced;
	enum reply_wait wait;
	uint64_t token;
	uint32_t declares;
};

void reply_type(struct reply *r, uint32_t type, size_t len);
void reply_attr(struct gpu *gpu, struct reply *r, const struct blob *blob);
bool reply_has_room_for_attr(const struct gpu *gpu, const struct reply *r);
bool reply_is_error(const struct reply *r);
void reply_error(struct gpu *gpu, struct reply *r, uint32_t type);
struct blob *reply_named_blob(struct gpu *gpu, const void *req, size_t len, size_t size,
			      struct reply *r);

#endif
