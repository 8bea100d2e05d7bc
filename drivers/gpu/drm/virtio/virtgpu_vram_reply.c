// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The commands that are about map attributes, and their responses.
 *
 * With VIRTIO_GPU_F_MAP_ATTR both RESOURCE_CREATE_BLOB and RESOURCE_MAP_BLOB are answered
 * by struct virtio_gpu_resp_map_attr; without it the former declares nothing and the latter
 * has its map_info.  Responses may come in any order.
 *
 * Callbacks of commands run in the loop that signals fences, which may be what memory
 * reclaim waits for.  So they take no lock of a blob, under which memory is allocated:
 * they put the response on a list, and a work looks at it.
 */
#include <linux/virtio_gpu_map_attr.h>

#include "virtgpu_drv.h"

/**
 * struct virtio_gpu_vram_reply - a response about a blob
 * @resp: what the device wrote; first, because it is &virtio_gpu_vbuffer.resp_buf, which
 *	is freed with the command
 * @node: in &virtio_gpu_vram_replies.list
 * @objs: the command's reference to the blob
 * @deliver: what to do with it
 * @len: bytes of @resp the device says it wrote; 0 if it cannot have
 * @generation: that MAP_ATTR_ACK was about
 */
struct virtio_gpu_vram_reply {
	union {
		struct virtio_gpu_ctrl_hdr hdr;
		struct virtio_gpu_resp_map_attr attr;
		struct virtio_gpu_resp_map_info info;
	} resp;
	struct llist_node node;
	struct virtio_gpu_object_array *objs;
	void (*deliver)(struct virtio_gpu_object_vram *vram,
			const struct virtio_gpu_vram_reply *reply);
	size_t len;
	u64 generation;
};

static_assert(!offsetof(struct virtio_gpu_vram_reply, resp));

/* A device may claim to have written more than there is room for. */
static size_t reply_len(const struct virtio_gpu_vbuffer *vbuf)
{
	return vbuf->resp_len > vbuf->resp_size ? 0 : vbuf->resp_len;
}

static void create_reply(struct virtio_gpu_object_vram *vram,
			 const struct virtio_gpu_vram_reply *reply)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_vram_attr attr;
	int ret = 0;

	if (vgdev->has_map_attr)
		ret = virtio_gpu_vram_attr_decode(&reply->resp.attr, reply->len, &attr);
	else if (le32_to_cpu(reply->resp.hdr.type) >= VIRTIO_GPU_RESP_ERR_UNSPEC)
		ret = -EIO;

	virtio_gpu_vram_created(vram, ret, vgdev->has_map_attr && !ret ? &attr : NULL);
}

static void map_reply(struct virtio_gpu_object_vram *vram,
		      const struct virtio_gpu_vram_reply *reply)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_vram_attr attr;
	int ret;

	if (vgdev->has_map_attr)
		ret = virtio_gpu_vram_attr_decode(&reply->resp.attr, reply->len, &attr);
	else
		ret = virtio_gpu_vram_attr_decode_map_info(&reply->resp.info, reply->len,
							   &attr);

	virtio_gpu_vram_mapped(vram, ret, ret ? NULL : &attr);
}

static void ack_reply(struct virtio_gpu_object_vram *vram,
		      const struct virtio_gpu_vram_reply *reply)
{
	virtio_gpu_vram_acked(vram, reply->generation,
			      virtio_gpu_vram_attr_decode_ack(&reply->resp.attr, reply->len,
							      reply->generation));
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

/* Takes the response and the reference over from the command. */
static void reply_arrived(struct virtio_gpu_device *vgdev,
			  struct virtio_gpu_vbuffer *vbuf)
{
	struct virtio_gpu_vram_reply *reply = (void *)vbuf->resp_buf;

	reply->len = reply_len(vbuf);
	reply->objs = vbuf->objs;
	vbuf->objs = NULL;
	vbuf->resp_buf = NULL;
	llist_add(&reply->node, &vgdev->vram_replies.list);
	queue_work(vgdev->vram_changes.wq, &vgdev->vram_replies.work);
}

static void replies_work(struct work_struct *work)
{
	struct virtio_gpu_device *vgdev =
		container_of(work, struct virtio_gpu_device, vram_replies.work);
	struct llist_node *list = llist_del_all(&vgdev->vram_replies.list);
	struct virtio_gpu_vram_reply *reply, *next;

	llist_for_each_entry_safe(reply, next, llist_reverse_order(list), node) {
		struct drm_gem_object *obj = reply->objs->objs[0];

		reply->deliver(to_virtio_gpu_vram(gem_to_virtio_gpu_obj(obj)), reply);
		/* The end of a blob is a command, which can have to wait for the host. */
		virtio_gpu_array_put_free_delayed(vgdev, reply->objs);
		kfree(reply);
	}
}

/**
 * virtio_gpu_vram_replies_init - prepare a device
 * @vgdev: device
 */
void virtio_gpu_vram_replies_init(struct virtio_gpu_device *vgdev)
{
	init_llist_head(&vgdev->vram_replies.list);
	INIT_WORK(&vgdev->vram_replies.work, replies_work);
}

/*
 * A command about @vram; the reference in vbuf->objs keeps the blob alive until @reply,
 * which is @resp_size bytes, has been delivered.
 */
static void *alloc_cmd(struct virtio_gpu_object_vram *vram,
		       void (*deliver)(struct virtio_gpu_object_vram *vram,
				       const struct virtio_gpu_vram_reply *reply),
		       size_t cmd_size, size_t resp_size, u64 generation,
		       struct virtio_gpu_vbuffer **vbuf)
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
	reply->generation = generation;

	cmd = virtio_gpu_alloc_cmd_resp(vgdev, reply_arrived, vbuf, cmd_size, resp_size,
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
			sizeof(struct virtio_gpu_resp_map_attr), 0, &vbuf);
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
			sizeof(struct virtio_gpu_resp_map_info), 0, &vbuf);
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
	vbuf->urgent = true;

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

	cmd = alloc_cmd(vram, ack_reply, sizeof(*cmd),
			sizeof(struct virtio_gpu_resp_map_attr), generation, &vbuf);
	if (!cmd)
		return -ENOMEM;

	cmd->hdr.type = cpu_to_le32(VIRTIO_GPU_CMD_MAP_ATTR_ACK);
	cmd->resource_id = cpu_to_le32(vram->base.hw_res_handle);
	cmd->generation = cpu_to_le64(generation);
	/* The host waits for it, and may let other commands wait meanwhile. */
	vbuf->killable = false;
	vbuf->urgent = true;

	return virtio_gpu_queue_ctrl_buffer(vgdev, vbuf);
}
