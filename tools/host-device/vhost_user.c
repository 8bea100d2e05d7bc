// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The vhost-user protocol, back-end side, as far as QEMU's vhost-user-test-device-pci speaks
 * it for a virtio-gpu with one shared memory region: what is asked of us on the main socket.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "deferred.h"
#include "device.h"
#include "log.h"
#include "loop.h"
#include "serve.h"
#include "vhost_user.h"
#include "vu_memory.h"
#include "vu_message.h"
#include "vu_vring.h"

static int send_reply(struct vhost_user *vu, struct vu_message *msg, uint32_t size)
{
	msg->hdr.flags = VU_VERSION | VU_FLAG_REPLY;
	msg->hdr.size = size;
	return vu_send(vu->fd, msg, -1);
}

static void stop_vring(struct vhost_user *vu, struct virtq *vr)
{
	vring_stop(vr);
	if (!vr->index)
		vu_window_leave(&vu->window);
}

static int reset_device(struct vhost_user *vu)
{
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		stop_vring(vu, &vu->gpu->virtq[i]);
	device_reset(vu->gpu);
	return 0;
}

static int get_vring_base(struct vhost_user *vu, struct virtq *vr, struct vu_message *msg)
{
	stop_vring(vu, vr);
	msg->state.num = vr->last_avail;
	return send_reply(vu, msg, sizeof(msg->state));
}

static int get_config(struct vhost_user *vu, struct vu_message *msg)
{
	uint32_t offset = msg->config.offset, size = msg->config.size;

	if (offset > sizeof(vu->gpu->config) || size > sizeof(vu->gpu->config) - offset)
		return send_reply(vu, msg, 0);
	memcpy(msg->config.data, (uint8_t *)&vu->gpu->config + offset, size);
	return send_reply(vu, msg, 12 + size);
}

/* The guest writes one field only, but QEMU sends the whole space. */
static int set_config(struct vhost_user *vu, const struct vu_message *msg)
{
	uint32_t clear;
	size_t at = offsetof(struct gpu_config, events_clear);

	if (msg->config.offset > at || msg->config.size > sizeof(msg->config.data) ||
	    msg->config.offset + msg->config.size < at + sizeof(clear))
		return 0;
	memcpy(&clear, msg->config.data + (at - msg->config.offset), sizeof(clear));
	vu->gpu->config.events_read &= ~clear;
	return 0;
}

static int get_shmem_config(struct vhost_user *vu, struct vu_message *msg)
{
	memset(&msg->shmem_config, 0, sizeof(msg->shmem_config));
	msg->shmem_config.count = 1;
	msg->shmem_config.size[VIRTIO_GPU_SHM_ID_HOST_VISIBLE] = vu->gpu->window.size;
	return send_reply(vu, msg, sizeof(msg->shmem_config));
}

/* The vring a message is about, or NULL. */
static struct virtq *message_virtq(struct vhost_user *vu, const struct vu_message *msg)
{
	uint32_t index;

	switch (msg->hdr.request) {
	case VU_SET_VRING_KICK:
	case VU_SET_VRING_CALL:
	case VU_SET_VRING_ERR:
		index = msg->u64 & VU_VRING_MASK;
		break;
	default:
		index = msg->state.index;
	}
	return index < GPU_QUEUES ? &vu->gpu->virtq[index] : NULL;
}

static int set_vring_num(struct virtq *vr, uint32_t num)
{
	if (!num || num > VIRTQ_MAX_SIZE || num & (num - 1))
		return -EINVAL;
	vr->size = num;
	return 0;
}

/*
 * A queue goes when it is enabled and started, in whichever order.  QEMU enables queues that the
 * driver has not set up, too.
 */
static void start_if_ready(struct vhost_user *vu, struct virtq *vr)
{
	if (!vr->enabled || !vr->started)
		return;
	if (!vr->index)
		vu_window_enter(&vu->window);
	deferred_run(vu->gpu);
	/* The guest may have signalled meanwhile, and does so once. */
	serve_queue(vu->gpu, vr->index);
}

static int enable_vring(struct vhost_user *vu, struct virtq *vr, bool on)
{
	vr->enabled = on;
	start_if_ready(vu, vr);
	return 0;
}

static int start_vring(struct vhost_user *vu, struct virtq *vr, struct vu_message *msg)
{
	int ret = vring_kick(vu->gpu, vr, msg);

	start_if_ready(vu, vr);
	return ret;
}

static int dispatch_virtq(struct vhost_user *vu, struct virtq *vr, struct vu_message *msg)
{
	switch (msg->hdr.request) {
	case VU_SET_VRING_NUM:
	case VU_SET_VRING_ADDR:
	case VU_SET_VRING_BASE:
		/* virtq_start() has looked at what it has. */
		if (vr->started)
			return -EBUSY;
	}
	switch (msg->hdr.request) {
	case VU_SET_VRING_NUM:
		return set_vring_num(vr, msg->state.num);
	case VU_SET_VRING_ADDR:
		vr->desc_addr = msg->addr.desc;
		vr->avail_addr = msg->addr.avail;
		vr->used_addr = msg->addr.used;
		return 0;
	case VU_SET_VRING_BASE:
		return vring_base(vu->gpu, vr, msg->state.num);
	case VU_GET_VRING_BASE:
		return get_vring_base(vu, vr, msg);
	case VU_SET_VRING_KICK:
		return start_vring(vu, vr, msg);
	case VU_SET_VRING_CALL:
		vring_set_fd(&vr->call, vu_take_fd(msg));
		/* The guest has not heard of what was used meanwhile. */
		virtq_signal(vr);
		return 0;
	case VU_SET_VRING_ERR:
		vring_set_fd(&vr->err, vu_take_fd(msg));
		return 0;
	case VU_SET_VRING_ENABLE:
		return enable_vring(vu, vr, msg->state.num);
	}
	return -EINVAL;
}

/* What has a reply of its own.  Return: 0, or a negative errno; -ENOMSG if it has not. */
static int dispatch_get(struct vhost_user *vu, struct vu_message *msg)
{
	switch (msg->hdr.request) {
	case VU_GET_FEATURES:
		msg->u64 = device_features(vu->gpu);
		return send_reply(vu, msg, sizeof(msg->u64));
	case VU_GET_PROTOCOL_FEATURES:
		msg->u64 = BIT(VU_PROTOCOL_MQ) | BIT(VU_PROTOCOL_REPLY_ACK) |
			   BIT(VU_PROTOCOL_BACKEND_REQ) | BIT(VU_PROTOCOL_CONFIG) |
			   BIT(VU_PROTOCOL_BACKEND_SEND_FD) | BIT(VU_PROTOCOL_RESET_DEVICE) |
			   BIT(VU_PROTOCOL_SHARED_OBJECT) | BIT(VU_PROTOCOL_SHMEM);
		return send_reply(vu, msg, sizeof(msg->u64));
	case VU_GET_QUEUE_NUM:
		msg->u64 = GPU_QUEUES;
		return send_reply(vu, msg, sizeof(msg->u64));
	case VU_GET_CONFIG:
		return get_config(vu, msg);
	case VU_GET_SHMEM_CONFIG:
		return get_shmem_config(vu, msg);
	}
	return -ENOMSG;
}

/* Return: 0, or a negative errno; *answered when a reply is out already. */
static int dispatch_message(struct vhost_user *vu, struct vu_message *msg, bool *answered)
{
	int ret = dispatch_get(vu, msg);
	struct virtq *vr;

	*answered = ret != -ENOMSG;
	if (*answered)
		return ret;
	switch (msg->hdr.request) {
	case VU_SET_FEATURES:
		vu->gpu->features = msg->u64 & device_features(vu->gpu);
		return 0;
	case VU_SET_PROTOCOL_FEATURES:
		vu->protocol = msg->u64;
		return 0;
	case VU_SET_OWNER:
	case VU_RESET_OWNER:
		return 0;
	case VU_RESET_DEVICE:
		return reset_device(vu);
	case VU_SET_MEM_TABLE:
		return vring_memory(vu->gpu, msg);
	case VU_SET_BACKEND_REQ_FD:
		return vu_window_open(&vu->window, vu_take_fd(msg));
	case VU_SET_CONFIG:
		return set_config(vu, msg);
	}

	vr = message_virtq(vu, msg);
	if (!vr)
		return -EINVAL;
	*answered = msg->hdr.request == VU_GET_VRING_BASE;
	return dispatch_virtq(vu, vr, msg);
}

static void on_message(void *data)
{
	struct vhost_user *vu = data;
	struct vu_message msg;
	bool answered = false;
	bool need_reply;
	int ret;

	ret = vu_receive(vu->fd, &msg);
	if (ret) {
		vu_close_fds(&msg);
		if (ret != -ECONNRESET)
			log_warn("QEMU has sent no whole message: %s", strerror(-ret));
		vu->closed();
		return;
	}
	need_reply = msg.hdr.flags & VU_FLAG_NEED_REPLY;
	ret = dispatch_message(vu, &msg, &answered);
	vu_close_fds(&msg);
	if (ret)
		log_warn("vhost-user request %u: %s", msg.hdr.request, strerror(-ret));
	if (need_reply && !answered) {
		msg.u64 = ret ? 1 : 0;
		ret = send_reply(vu, &msg, sizeof(msg.u64));
	}
	if (ret != -EIO)
		return;
	log_warn("QEMU does not read its replies");
	vu->closed();
}

/**
 * vhost_user_attach() - serve QEMU on @fd
 */
int vhost_user_attach(struct vhost_user *vu, int fd)
{
	vu->fd = fd;
	vu_limit(fd);
	vu->window.fd = -1;
	vu->window.gpu = vu->gpu;
	vu->gpu->vmm.config_changed = vu_config_changed;
	vu->gpu->vmm.data = &vu->window;
	if (vu->gpu->renderer || vu->gpu->exporter)
		vu->gpu->vmm.place = vu_window_place;
	return loop_add(fd, on_message, vu);
}

/**
 * vhost_user_detach() - QEMU is gone, or we go: give everything back
 */
void vhost_user_detach(struct vhost_user *vu)
{
	for (unsigned int i = 0; i < GPU_QUEUES; i++) {
		struct virtq *vr = &vu->gpu->virtq[i];

		vring_stop(vr);
		deferred_drop(vu->gpu, i);
		vring_set_fd(&vr->call, -1);
		vring_set_fd(&vr->err, -1);
	}
	vu_window_leave(&vu->window);
	vu_window_close(&vu->window);
	vu->gpu->vmm.place = NULL;
	vu_memory_unmap(&vu->gpu->memory);
	if (vu->fd >= 0) {
		loop_del(vu->fd);
		close(vu->fd);
		vu->fd = -1;
	}
}
