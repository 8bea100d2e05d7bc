/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_CMD_H
#define VIRTGPU_VRAM_CMD_H

#include <linux/llist.h>
#include <linux/types.h>
#include <linux/virtio_gpu.h>
#include <linux/workqueue.h>

struct virtio_gpu_device;
struct virtio_gpu_object_array;
struct virtio_gpu_object_params;
struct virtio_gpu_object_vram;
struct virtio_gpu_vbuffer;

/**
 * struct virtio_gpu_vram_replies - responses about blobs, until they are delivered
 * @wq: for @work, and for all other work about blobs that waits for no lock of others'.
 *	Unbound, because cleaning the caches of a large blob takes long
 * @list: struct virtio_gpu_vram_reply, latest first
 * @work: delivers them, in the order in which they came
 */
struct virtio_gpu_vram_replies {
	struct workqueue_struct *wq;
	struct llist_head list;
	struct work_struct work;
};

struct virtio_gpu_vram_reply;

/* Called from a work item; may sleep, but not wait for the host. */
typedef void (*virtio_gpu_vram_deliver_t)(struct virtio_gpu_object_vram *vram,
					  const struct virtio_gpu_vram_reply *reply);

/**
 * struct virtio_gpu_vram_reply - a response about a blob
 * @resp: what the device wrote; first, because it is &virtio_gpu_vbuffer.resp_buf, which
 *	is freed with the command
 * @node: in &virtio_gpu_vram_replies.list
 * @objs: the command's reference to the blob
 * @deliver: what to do with the response
 * @len: bytes of @resp the device says it wrote; 0 if it cannot have
 * @generation: that MAP_ATTR_ACK was about
 * @bracket: that CPU_ACCESS_BEGIN or CPU_ACCESS_END was about
 */
struct virtio_gpu_vram_reply {
	union {
		struct virtio_gpu_ctrl_hdr hdr;
		struct virtio_gpu_resp_map_attr attr;
		struct virtio_gpu_resp_map_info info;
	} resp;
	struct llist_node node;
	struct virtio_gpu_object_array *objs;
	virtio_gpu_vram_deliver_t deliver;
	size_t len;
	u64 generation;
	u64 bracket;
};

int virtio_gpu_vram_cmd_alloc_wq(struct virtio_gpu_device *vgdev, const char *name,
				 struct workqueue_struct **wq);
int virtio_gpu_vram_cmd_init(struct virtio_gpu_device *vgdev);
size_t virtio_gpu_vram_cmd_resp_len(const struct virtio_gpu_vbuffer *vbuf);
int virtio_gpu_vram_cmd_create(struct virtio_gpu_object_vram *vram,
			       const struct virtio_gpu_object_params *params,
			       virtio_gpu_vram_deliver_t deliver);
int virtio_gpu_vram_cmd_map(struct virtio_gpu_object_vram *vram, u64 offset,
			    virtio_gpu_vram_deliver_t deliver);
int virtio_gpu_vram_cmd_unmap(struct virtio_gpu_object_vram *vram,
			      virtio_gpu_vram_deliver_t deliver);
int virtio_gpu_vram_cmd_fetch(struct virtio_gpu_device *vgdev,
			      void (*callback)(struct virtio_gpu_device *vgdev,
					       struct virtio_gpu_vbuffer *vbuf));
int virtio_gpu_vram_cmd_ack(struct virtio_gpu_object_vram *vram, u64 generation,
			    virtio_gpu_vram_deliver_t deliver);
int virtio_gpu_vram_cmd_cpu_access(struct virtio_gpu_object_vram *vram, u32 type, u32 flags,
				   u64 bracket, virtio_gpu_vram_deliver_t deliver);

#endif
