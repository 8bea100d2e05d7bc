// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The commands that are about map attributes, and their replies.
 *
 * With VIRTIO_GPU_F_MAP_ATTR both replies are struct virtio_gpu_resp_map_attr;
 * without it RESOURCE_CREATE_BLOB declares nothing and RESOURCE_MAP_BLOB has
 * its map_info.  Replies may come in any order.
 */
#include <linux/virtio_gpu_map_attr.h>

#include "virtgpu_drv.h"

static struct virtio_gpu_object_vram *reply_vram(struct virtio_gpu_vbuffer *vbuf)
{
	return to_virtio_gpu_vram(gem_to_virtio_gpu_obj(vbuf->objs->objs[0]));
}

/* A device may claim to have written more than there is room for. */
static size_t reply_len(const struct virtio_gpu_vbuffer *vbuf)
{
	return vbuf->resp_len > vbuf->resp_size ? 0 : vbuf->resp_len;
}

static void create_reply(struct virtio_gpu_device *vgdev,
			 struct virtio_gpu_vbuffer *vbuf)
{
	const struct virtio_gpu_ctrl_hdr *hdr = (void *)vbuf->resp_buf;
	struct virtio_gpu_object_vram *vram = reply_vram(vbuf);
	struct virtio_gpu_vram_attr attr;
	int ret = 0;

	if (vgdev->has_map_attr)
		ret = virtio_gpu_vram_attr_decode((void *)vbuf->resp_buf,
						  reply_len(vbuf), &attr);
	else if (le32_to_cpu(hdr->type) >= VIRTIO_GPU_RESP_ERR_UNSPEC)
		ret = -EIO;

	virtio_gpu_vram_created(vram, ret,
				vgdev->has_map_attr && !ret ? &attr : NULL);
}

static void map_reply(struct virtio_gpu_device *vgdev,
		      struct virtio_gpu_vbuffer *vbuf)
{
	struct virtio_gpu_object_vram *vram = reply_vram(vbuf);
	struct virtio_gpu_vram_attr attr;
	int ret;

	if (vgdev->has_map_attr)
		ret = virtio_gpu_vram_attr_decode((void *)vbuf->resp_buf,
						  reply_len(vbuf), &attr);
	else
		ret = virtio_gpu_vram_attr_decode_map_info((void *)vbuf->resp_buf,
							   reply_len(vbuf),
							   &attr);

	virtio_gpu_vram_mapped(vram, ret, ret ? NULL : &attr);
}

static void fetch_reply(struct virtio_gpu_device *vgdev,
			struct virtio_gpu_vbuffer *vbuf)
{
	struct virtio_gpu_vram_changes *changes = &vgdev->vram_changes;

	memcpy(&changes->reply, vbuf->resp_buf, sizeof(changes->reply));
	changes->reply_len = reply_len(vbuf);
	/* Pairs with wait_for_reply(). */
	smp_store_release(&changes->fetching, false);
	wake_up_all(&vgdev->resp_wq);
}

static void ack_reply(struct virtio_gpu_device *vgdev,
		      struct virtio_gpu_vbuffer *vbuf)
{
	const struct virtio_gpu_map_attr_ack *cmd = (void *)vbuf->buf;
	const struct virtio_gpu_ctrl_hdr *hdr = (void *)vbuf->resp_buf;

	virtio_gpu_vram_acked(reply_vram(vbuf), le64_to_cpu(cmd->generation),
			      reply_len(vbuf) >= sizeof(*hdr) &&
			      le32_to_cpu(hdr->type) == VIRTIO_GPU_RESP_OK_NODATA);
}

/*
 * A command about @vram whose reply goes to @cb; the reference in vbuf->objs
 * keeps the blob alive until then.
 */
static void *alloc_cmd(struct virtio_gpu_object_vram *vram,
		       virtio_gpu_resp_cb cb, size_t cmd_size, size_t resp_size,
		       struct virtio_gpu_vbuffer **vbuf)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_object_array *objs;
	void *resp, *cmd;

	objs = virtio_gpu_array_alloc(1);
	resp = kzalloc(resp_size, GFP_KERNEL);
	if (!objs || !resp) {
		virtio_gpu_array_put_free(objs);
		kfree(resp);
		return NULL;
	}
	virtio_gpu_array_add_obj(objs, &vram->base.base.base);

	cmd = virtio_gpu_alloc_cmd_resp(vgdev, cb, vbuf, cmd_size, resp_size,
					resp);
	memset(cmd, 0, cmd_size);
	(*vbuf)->objs = objs;
	(*vbuf)->killable = true;
	return cmd;
}

/**
 * virtio_gpu_vram_cmd_create - send RESOURCE_CREATE_BLOB for a host blob
 * @vram: blob; created from now on
 * @params: what to create
 *
 * Return: 0; -ENOMEM; -EINTR for a fatal signal; -ENODEV after unplug.
 */
int virtio_gpu_vram_cmd_create(struct virtio_gpu_object_vram *vram,
			       struct virtio_gpu_object_params *params)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_resource_create_blob *cmd;
	struct virtio_gpu_vbuffer *vbuf;
	int ret;

	/* Before the host knows the resource, for from then on it can change. */
	ret = virtio_gpu_vram_register(vram);
	if (ret)
		return ret;

	/* Larger than the inline buffer even where only a header comes back. */
	cmd = alloc_cmd(vram, create_reply, sizeof(*cmd),
			sizeof(struct virtio_gpu_resp_map_attr), &vbuf);
	if (!cmd) {
		ret = -ENOMEM;
		goto err_unregister;
	}

	cmd->hdr.type = cpu_to_le32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB);
	cmd->hdr.ctx_id = cpu_to_le32(params->ctx_id);
	cmd->resource_id = cpu_to_le32(vram->base.hw_res_handle);
	cmd->blob_mem = cpu_to_le32(params->blob_mem);
	cmd->blob_flags = cpu_to_le32(params->blob_flags);
	cmd->blob_id = cpu_to_le64(params->blob_id);
	cmd->size = cpu_to_le64(params->size);

	ret = virtio_gpu_queue_ctrl_buffer(vgdev, vbuf);
	if (ret)
		goto err_unregister;
	vram->base.created = true;
	return 0;

err_unregister:
	virtio_gpu_vram_unregister(vram);
	return ret;
}

/**
 * virtio_gpu_vram_cmd_map - send RESOURCE_MAP_BLOB
 * @vram: blob
 * @offset: bytes into the host-visible window
 *
 * The reply ends in virtio_gpu_vram_mapped().
 *
 * Return: 0; -ENOMEM; -EINTR for a fatal signal; -ENODEV after unplug.  On
 * error no reply will come.
 */
int virtio_gpu_vram_cmd_map(struct virtio_gpu_object_vram *vram, u64 offset)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_resource_map_blob *cmd;
	struct virtio_gpu_vbuffer *vbuf;

	cmd = alloc_cmd(vram, map_reply, sizeof(*cmd),
			vgdev->has_map_attr ?
			sizeof(struct virtio_gpu_resp_map_attr) :
			sizeof(struct virtio_gpu_resp_map_info), &vbuf);
	if (!cmd)
		return -ENOMEM;

	cmd->hdr.type = cpu_to_le32(VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB);
	cmd->resource_id = cpu_to_le32(vram->base.hw_res_handle);
	cmd->offset = cpu_to_le64(offset);

	return virtio_gpu_queue_ctrl_buffer(vgdev, vbuf);
}

/**
 * virtio_gpu_vram_cmd_fetch - send MAP_ATTR_FETCH
 * @vgdev: device
 *
 * The reply ends in &virtio_gpu_vram_changes.reply.
 *
 * Return: 0; -ENOMEM; -ENODEV after unplug.  On error no reply will come.
 */
int virtio_gpu_vram_cmd_fetch(struct virtio_gpu_device *vgdev)
{
	const size_t resp_size = sizeof(struct virtio_gpu_resp_map_attr_changes);
	struct virtio_gpu_vbuffer *vbuf;
	struct virtio_gpu_ctrl_hdr *cmd;
	void *resp;

	resp = kzalloc(resp_size, GFP_KERNEL);
	if (!resp)
		return -ENOMEM;

	cmd = virtio_gpu_alloc_cmd_resp(vgdev, fetch_reply, &vbuf, sizeof(*cmd),
					resp_size, resp);
	memset(cmd, 0, sizeof(*cmd));
	cmd->type = cpu_to_le32(VIRTIO_GPU_CMD_MAP_ATTR_FETCH);

	return virtio_gpu_queue_ctrl_buffer(vgdev, vbuf);
}

/**
 * virtio_gpu_vram_cmd_ack - send MAP_ATTR_ACK
 * @vram: blob of which nothing older than @generation is mapped
 * @generation: of the declaration in force
 *
 * The reply ends in virtio_gpu_vram_acked().
 *
 * Return: 0; -ENOMEM; -ENODEV after unplug.  On error no reply will come.
 */
int virtio_gpu_vram_cmd_ack(struct virtio_gpu_object_vram *vram, u64 generation)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_map_attr_ack *cmd;
	struct virtio_gpu_vbuffer *vbuf;

	/* The answer is a header; a buffer larger than inline it must be. */
	cmd = alloc_cmd(vram, ack_reply, sizeof(*cmd),
			sizeof(struct virtio_gpu_resp_map_attr), &vbuf);
	if (!cmd)
		return -ENOMEM;

	cmd->hdr.type = cpu_to_le32(VIRTIO_GPU_CMD_MAP_ATTR_ACK);
	cmd->resource_id = cpu_to_le32(vram->base.hw_res_handle);
	cmd->generation = cpu_to_le64(generation);
	/* The host waits for it. */
	vbuf->killable = false;

	return virtio_gpu_queue_ctrl_buffer(vgdev, vbuf);
}
