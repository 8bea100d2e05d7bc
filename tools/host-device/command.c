// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Which function carries out which command.
 */
#include <endian.h>

#include "cmd_access.h"
#include "cmd_blob.h"
#include "cmd_change.h"
#include "cmd_context.h"
#include "command.h"
#include "log.h"

/**
 * command_execute() - carry out one command
 * @req: of @len bytes, a header at least
 * @r: its answer
 */
void command_execute(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_ctrl_hdr *hdr = req;

	switch (le32toh(hdr->type)) {
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
		return cmd_create_blob(gpu, req, len, r);
	case VIRTIO_GPU_CMD_RESOURCE_UNREF:
		return cmd_unref(gpu, req, len, r);
	case VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB:
		return cmd_map(gpu, req, len, r);
	case VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB:
		return cmd_unmap(gpu, req, len, r);
	case VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID:
		return cmd_uuid(gpu, req, len, r);
	case VIRTIO_GPU_CMD_MAP_ATTR_FETCH:
		if (!gpu_has_map_attr(gpu))
			break;
		return cmd_fetch(gpu, r);
	case VIRTIO_GPU_CMD_MAP_ATTR_ACK:
		if (!gpu_has_map_attr(gpu))
			break;
		return cmd_ack(gpu, req, len, r);
	case VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN:
		if (!gpu_has_cpu_access(gpu))
			break;
		return cmd_access_begin(gpu, req, len, r);
	case VIRTIO_GPU_CMD_CPU_ACCESS_END:
		if (!gpu_has_cpu_access(gpu))
			break;
		return cmd_access_end(gpu, req, len, r);
	case VIRTIO_GPU_CMD_GET_DISPLAY_INFO:
		return reply_type(r, VIRTIO_GPU_RESP_OK_DISPLAY_INFO, sizeof(r->display));
	case VIRTIO_GPU_CMD_GET_CAPSET_INFO:
		return cmd_capset_info(gpu, req, len, r);
	case VIRTIO_GPU_CMD_GET_CAPSET:
		return cmd_capset(gpu, req, len, r);
	case VIRTIO_GPU_CMD_CTX_CREATE:
	case VIRTIO_GPU_CMD_CTX_DESTROY:
		return cmd_context(gpu, req, len, r);
	case VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE:
	case VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE:
		return cmd_attach(gpu, req, len, r);
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		return cmd_submit(gpu, req, len, r);
	}
	log_event("command %#x: not implemented", le32toh(hdr->type));
	reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
}
