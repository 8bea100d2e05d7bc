// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The commands that are about map attributes: their encoding, and how their responses get to
 * the sender.  What a response means is the sender's business.
 *
 * Callbacks of commands run in the loop that signals fences, which may be what memory
 * reclaim waits for.  So no response is looked at there, because that takes the lock of a
 * blob, under which memory is allocated.  Responses are put on a list, and a work item
 * delivers them in the order in which they came.
 */
#include <linux/virtio_gpu.h>

#include <drm/drm_managed.h>

#include "virtgpu_drv.h"

static_assert(!offsetof(struct virtio_gpu_vram_reply, resp));

/**
 * virtio_gpu_vram_cmd_resp_len - how much of a response there is
 * @vbuf: command that was answered
 *
 * Return: bytes that the device says it wrote; 0 if that is more than there is room for.
 */
size_t virtio_gpu_vram_cmd_resp_len(const struct virtio_gpu_vbuffer *vbuf)
{
	return vbuf->resp_len > vbuf->resp_size ? 0 : vbuf->resp_len;
}

/* Takes the response and the reference over from the command. */
static void cmd_reply_arrived(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf)
{
	struct virtio_gpu_vram_reply *reply = (void *)vbuf->resp_buf;

	reply->len = virtio_gpu_vram_cmd_resp_len(vbuf);
	reply->objs = vbuf->objs;
	vbuf->objs = NULL;
	vbuf->resp_buf = NULL;
	llist_add(&reply->node, &vgdev->vram_replies.list);
	queue_work(vgdev->vram_replies.wq, &vgdev->vram_replies.work);
}

static void cmd_deliver_work(struct work_struct *work)
{
	struct virtio_gpu_device *vgdev =
		container_of(work, struct virtio_gpu_device, vram_replies.work);
	struct llist_node *list = llist_del_all(&vgdev->vram_replies.list);
	struct virtio_gpu_vram_reply *reply, *next;

	llist_for_each_entry_safe(reply, next, llist_reverse_order(list), node) {
		struct drm_gem_object *obj = reply->objs->objs[0];

		reply->deliver(to_virtio_gpu_vram(gem_to_virtio_gpu_obj(obj)), reply);
		/* The end of a blob is a command, which may have to wait for the host. */
		virtio_gpu_array_put_free_delayed(vgdev, reply->objs);
		kfree(reply);
	}
}

static void cmd_destroy_wq(struct drm_device *dev, void *wq)
{
	destroy_workqueue(wq);
}

/**
 * virtio_gpu_vram_cmd_alloc_wq - allocate a work queue for blobs
 * @vgdev: device, with which it goes
 * @name: of the work queue
 * @wq: where to put it
 *
 * Return: 0 or -ENOMEM.
 */
int virtio_gpu_vram_cmd_alloc_wq(struct virtio_gpu_device *vgdev, const char *name,
				 struct workqueue_struct **wq)
{
	*wq = alloc_workqueue("%s", WQ_UNBOUND, 0, name);
	if (!*wq)
		return -ENOMEM;
	return drmm_add_action_or_reset(vgdev->ddev, cmd_destroy_wq, *wq);
}

/**
 * virtio_gpu_vram_cmd_init - prepare a device
 * @vgdev: device
 *
 * Return: 0 or -ENOMEM.
 */
int virtio_gpu_vram_cmd_init(struct virtio_gpu_device *vgdev)
{
	struct virtio_gpu_vram_replies *replies = &vgdev->vram_replies;

	init_llist_head(&replies->list);
	INIT_WORK(&replies->work, cmd_deliver_work);
	return virtio_gpu_vram_cmd_alloc_wq(vgdev, "virtio-gpu-vram", &replies->wq);
}

/*
 * A command about @vram; the reference in vbuf->objs keeps the blob alive until the response,
 * which is @resp_size bytes, has been delivered.
 */
static void *cmd_alloc(struct virtio_gpu_object_vram *vram, virtio_gpu_vram_deliver_t deliver,
		       size_t cmd_size, size_t resp_size, struct virtio_gpu_vbuffer **vbuf)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	const size_t reply_size = sizeof(struct virtio_gpu_vram_reply);
	struct virtio_gpu_object_array *objs;
	struct virtio_gpu_vram_reply *reply;
	void *cmd;

	objs = virtio_gpu_array_alloc(1);
	reply = kzalloc(reply_size, GFP_KERNEL);
	if (!objs || !reply) {
		virtio_gpu_array_put_free(objs);
		kfree(reply);
		return NULL;
	}
	virtio_gpu_array_add_obj(objs, &vram->base.base.base);
	reply->deliver = deliver;

	cmd = virtio_gpu_alloc_cmd_resp(vgdev, cmd_reply_arrived, vbuf, cmd_size, resp_size,
					reply);
	memset(cmd, 0, cmd_size);
	(*vbuf)->objs = objs;
	(*vbuf)->killable = true;
	return cmd;
}

/**
 * virtio_gpu_vram_cmd_create - send RESOURCE_CREATE_BLOB for a host blob
 * @vram: blob; created from now on
 * @params: what to create
 * @deliver: what to do with the response
 *
 * Return: 0; -ENOMEM; -EINTR for a fatal signal; -ENODEV after unplug.  On
 * error no response will come.
 */
int virtio_gpu_vram_cmd_create(struct virtio_gpu_object_vram *vram,
			       const struct virtio_gpu_object_params *params,
			       virtio_gpu_vram_deliver_t deliver)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_resource_create_blob *cmd;
	struct virtio_gpu_vbuffer *vbuf;
	int ret;

	/* Larger than the inline buffer even where only a header comes back. */
	cmd = cmd_alloc(vram, deliver, sizeof(*cmd), sizeof(struct virtio_gpu_resp_map_attr),
			&vbuf);
	if (!cmd)
		return -ENOMEM;

	cmd->hdr.type = cpu_to_le32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB);
	cmd->hdr.ctx_id = cpu_to_le32(params->ctx_id);
	cmd->resource_id = cpu_to_le32(vram->base.hw_res_handle);
	cmd->blob_mem = cpu_to_le32(params->blob_mem);
	cmd->blob_flags = cpu_to_le32(params->blob_flags);
	cmd->blob_id = cpu_to_le64(params->blob_id);
	cmd->size = cpu_to_le64(params->size);

	ret = virtio_gpu_queue_ctrl_buffer(vgdev, vbuf);
	if (!ret)
		vram->base.created = true;
	return ret;
}

/**
 * virtio_gpu_vram_cmd_map - send RESOURCE_MAP_BLOB
 * @vram: blob
 * @offset: bytes into the host-visible window
 * @deliver: what to do with the response
 *
 * Return: 0; -ENOMEM; -EINTR for a fatal signal; -ENODEV after unplug.  On
 * error no response will come.
 */
int virtio_gpu_vram_cmd_map(struct virtio_gpu_object_vram *vram, u64 offset,
			    virtio_gpu_vram_deliver_t deliver)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_resource_map_blob *cmd;
	struct virtio_gpu_vbuffer *vbuf;

	cmd = cmd_alloc(vram, deliver, sizeof(*cmd),
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
 * virtio_gpu_vram_cmd_unmap - send RESOURCE_UNMAP_BLOB for a blob that goes on living
 * @vram: blob without mappings, of which caches hold nothing
 * @deliver: what to do with the response
 *
 * Return: 0; -ENOMEM; -EINTR for a fatal signal; -ENODEV after unplug.  On
 * error no response will come.
 */
int virtio_gpu_vram_cmd_unmap(struct virtio_gpu_object_vram *vram,
			      virtio_gpu_vram_deliver_t deliver)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_resource_unmap_blob *cmd;
	struct virtio_gpu_vbuffer *vbuf;

	/* Larger than the inline buffer, although only a header comes back. */
	cmd = cmd_alloc(vram, deliver, sizeof(*cmd), sizeof(struct virtio_gpu_resp_map_attr),
			&vbuf);
	if (!cmd)
		return -ENOMEM;

	cmd->hdr.type = cpu_to_le32(VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB);
	cmd->resource_id = cpu_to_le32(vram->base.hw_res_handle);

	return virtio_gpu_queue_ctrl_buffer(vgdev, vbuf);
}

/**
 * virtio_gpu_vram_cmd_fetch - send MAP_ATTR_FETCH
 * @vgdev: device
 * @callback: called when the response, a struct virtio_gpu_resp_map_attr_changes, has come;
 *	must not sleep
 *
 * Return: 0; -ENOMEM; -ENODEV after unplug.  On error no response will come.
 */
int virtio_gpu_vram_cmd_fetch(struct virtio_gpu_device *vgdev,
			      void (*callback)(struct virtio_gpu_device *vgdev,
					       struct virtio_gpu_vbuffer *vbuf))
{
	const size_t resp_size = sizeof(struct virtio_gpu_resp_map_attr_changes);
	struct virtio_gpu_vbuffer *vbuf;
	struct virtio_gpu_ctrl_hdr *cmd;
	void *resp;

	resp = kzalloc(resp_size, GFP_KERNEL);
	if (!resp)
		return -ENOMEM;

	cmd = virtio_gpu_alloc_cmd_resp(vgdev, callback, &vbuf, sizeof(*cmd), resp_size, resp);
	memset(cmd, 0, sizeof(*cmd));
	cmd->type = cpu_to_le32(VIRTIO_GPU_CMD_MAP_ATTR_FETCH);
	vbuf->urgent = true;

	return virtio_gpu_queue_ctrl_buffer(vgdev, vbuf);
}

/**
 * virtio_gpu_vram_cmd_ack - send MAP_ATTR_ACK
 * @vram: blob of which nothing older than @generation is mapped
 * @generation: of the declaration in force; passed on as &virtio_gpu_vram_reply.generation
 * @deliver: what to do with the response
 *
 * Return: 0; -ENOMEM; -ENODEV after unplug.  On error no response will come.
 */
int virtio_gpu_vram_cmd_ack(struct virtio_gpu_object_vram *vram, u64 generation,
			    virtio_gpu_vram_deliver_t deliver)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_vram_reply *reply;
	struct virtio_gpu_map_attr_ack *cmd;
	struct virtio_gpu_vbuffer *vbuf;

	cmd = cmd_alloc(vram, deliver, sizeof(*cmd), sizeof(struct virtio_gpu_resp_map_attr),
			&vbuf);
	if (!cmd)
		return -ENOMEM;

	reply = (void *)vbuf->resp_buf;
	reply->generation = generation;
	cmd->hdr.type = cpu_to_le32(VIRTIO_GPU_CMD_MAP_ATTR_ACK);
	cmd->resource_id = cpu_to_le32(vram->base.hw_res_handle);
	cmd->generation = cpu_to_le64(generation);
	/* The host waits for it, and may let other commands wait meanwhile. */
	vbuf->urgent = true;

	return virtio_gpu_queue_ctrl_buffer(vgdev, vbuf);
}

/**
 * virtio_gpu_vram_cmd_cpu_access - send CPU_ACCESS_BEGIN or CPU_ACCESS_END
 * @vram: blob
 * @type: VIRTIO_GPU_CMD_CPU_ACCESS_*
 * @flags: VIRTIO_GPU_CPU_ACCESS_*
 * @bracket: which; passed on as &virtio_gpu_vram_reply.bracket
 * @deliver: what to do with the response
 *
 * CPU_ACCESS_END reaches the host also if the process is killed.
 *
 * Return: 0; -ENOMEM; -EINTR for a fatal signal; -ENODEV after unplug.  On
 * error no response will come.
 */
int virtio_gpu_vram_cmd_cpu_access(struct virtio_gpu_object_vram *vram, u32 type, u32 flags,
				   u64 bracket, virtio_gpu_vram_deliver_t deliver)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_vram_reply *reply;
	struct virtio_gpu_cpu_access *cmd;
	struct virtio_gpu_vbuffer *vbuf;

	/* Larger than the inline buffer, although only a header comes back. */
	cmd = cmd_alloc(vram, deliver, sizeof(*cmd), sizeof(struct virtio_gpu_resp_map_attr),
			&vbuf);
	if (!cmd)
		return -ENOMEM;

	reply = (void *)vbuf->resp_buf;
	reply->bracket = bracket;
	cmd->hdr.type = cpu_to_le32(type);
	cmd->resource_id = cpu_to_le32(vram->base.hw_res_handle);
	cmd->flags = cpu_to_le32(flags);
	vbuf->killable = type == VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN;

	return virtio_gpu_queue_ctrl_buffer(vgdev, vbuf);
}
