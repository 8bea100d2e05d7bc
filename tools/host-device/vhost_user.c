// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The vhost-user protocol, back-end side, as far as QEMU's
 * vhost-user-test-device-pci speaks it for a virtio-gpu with one shared memory
 * region.  Numbers: QEMU's docs/interop/vhost-user.rst.
 *
 * Requests of ours on the back-end channel are never waited for: QEMU sends us a new
 * memory table for each SHMEM_MAP, on the main socket, and waits until that is
 * acknowledged.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "change.h"
#include "held.h"
#include "loop.h"
#include "place.h"
#include "vhost_user.h"

#define BIT(n) (1ULL << (n))

#define VU_VERSION	1
#define VU_FLAG_REPLY	BIT(2)
#define VU_FLAG_NEED_REPLY BIT(3)
#define VU_MAX_FDS	GUEST_REGIONS

enum {
	VU_GET_FEATURES = 1,
	VU_SET_FEATURES = 2,
	VU_SET_OWNER = 3,
	VU_RESET_OWNER = 4,
	VU_SET_MEM_TABLE = 5,
	VU_SET_VRING_NUM = 8,
	VU_SET_VRING_ADDR = 9,
	VU_SET_VRING_BASE = 10,
	VU_GET_VRING_BASE = 11,
	VU_SET_VRING_KICK = 12,
	VU_SET_VRING_CALL = 13,
	VU_SET_VRING_ERR = 14,
	VU_GET_PROTOCOL_FEATURES = 15,
	VU_SET_PROTOCOL_FEATURES = 16,
	VU_GET_QUEUE_NUM = 17,
	VU_SET_VRING_ENABLE = 18,
	VU_SET_BACKEND_REQ_FD = 21,
	VU_GET_CONFIG = 24,
	VU_SET_CONFIG = 25,
	VU_RESET_DEVICE = 34,
	VU_GET_SHMEM_CONFIG = 44,
};

enum {
	VU_PROTOCOL_MQ = 0,
	VU_PROTOCOL_REPLY_ACK = 3,
	VU_PROTOCOL_BACKEND_REQ = 5,
	VU_PROTOCOL_CONFIG = 9,
	VU_PROTOCOL_BACKEND_SEND_FD = 10,
	VU_PROTOCOL_RESET_DEVICE = 13,
	VU_PROTOCOL_SHARED_OBJECT = 18,
	VU_PROTOCOL_SHMEM = 22,
};

enum {
	VU_BACKEND_CONFIG_CHANGE = 2,
	VU_BACKEND_SHARED_OBJECT_REMOVE = 7,
	VU_BACKEND_SHMEM_MAP = 9,
	VU_BACKEND_SHMEM_UNMAP = 10,
};

#define VU_SHMEM_RW	1
#define VU_NOFD		BIT(8)
#define VU_VRING_MASK	0xff
#define CONFIG_UNREAD_MAX	(32 * 1024)	/* as the kernel counts; a socket takes 200 KiB */

struct vu_header {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
} __attribute__((packed));

struct vu_region {
	uint64_t gpa;
	uint64_t size;
	uint64_t qemu_va;
	uint64_t mmap_offset;
} __attribute__((packed));

struct vu_shmem {
	uint8_t shmid;
	uint8_t padding[7];
	uint64_t fd_offset;
	uint64_t shm_offset;
	uint64_t len;
	uint64_t flags;
} __attribute__((packed));

struct vu_message {
	struct vu_header hdr;
	union {
		uint64_t u64;
		struct {
			uint32_t index;
			uint32_t num;
		} __attribute__((packed)) state;
		struct {
			uint32_t index;
			uint32_t flags;
			uint64_t desc;
			uint64_t used;
			uint64_t avail;
			uint64_t log;
		} __attribute__((packed)) addr;
		struct {
			uint32_t count;
			uint32_t padding;
			struct vu_region region[GUEST_REGIONS];
		} __attribute__((packed)) mem;
		struct {
			uint32_t offset;
			uint32_t size;
			uint32_t flags;
			uint8_t data[256];
		} __attribute__((packed)) config;
		struct {
			uint32_t count;
			uint32_t padding;
			uint64_t size[256];
		} __attribute__((packed)) shmem_config;
		struct vu_shmem shmem;
		uint8_t uuid[16];
	} __attribute__((packed));
	/* not on the wire */
	int fds[VU_MAX_FDS];
	unsigned int fd_count;
};

#define VU_PAYLOAD_MAX (offsetof(struct vu_message, fds) - sizeof(struct vu_header))

static int read_full(int fd, void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, (uint8_t *)buf + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ECONNRESET;
		done += n;
	}
	return 0;
}

static int receive(int fd, struct vu_message *msg)
{
	union {
		char buf[CMSG_SPACE(sizeof(msg->fds))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { &msg->hdr, sizeof(msg->hdr) };
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	ssize_t n;

	memset(msg, 0, sizeof(*msg));
	do {
		n = recvmsg(fd, &mh, MSG_CMSG_CLOEXEC | MSG_WAITALL);
	} while (n < 0 && errno == EINTR);
	if (n != sizeof(msg->hdr))
		return n < 0 ? -errno : -ECONNRESET;
	for (cmsg = CMSG_FIRSTHDR(&mh); cmsg; cmsg = CMSG_NXTHDR(&mh, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		msg->fd_count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(msg->fds, CMSG_DATA(cmsg), msg->fd_count * sizeof(int));
	}
	if (msg->hdr.size > VU_PAYLOAD_MAX)
		return -EMSGSIZE;
	return read_full(fd, (uint8_t *)msg + sizeof(msg->hdr), msg->hdr.size);
}

static int send_message(int fd, const struct vu_message *msg, int pass_fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .buf = { 0 } };
	struct iovec iov = { (void *)msg, sizeof(msg->hdr) + msg->hdr.size };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (pass_fd >= 0) {
		struct cmsghdr *cmsg;

		mh.msg_control = &control;
		mh.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&mh);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &pass_fd, sizeof(int));
	}
	do {
		n = sendmsg(fd, &mh, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)iov.iov_len ? 0 : -EIO;
}

static int reply(struct vhost_user *vu, struct vu_message *msg, uint32_t size)
{
	msg->hdr.flags = VU_VERSION | VU_FLAG_REPLY;
	msg->hdr.size = size;
	return send_message(vu->fd, msg, -1);
}

static int take_fd(struct vu_message *msg)
{
	int fd = msg->fd_count ? msg->fds[0] : -1;

	if (msg->fd_count)
		msg->fds[0] = -1;
	return fd;
}

static void close_fds(struct vu_message *msg)
{
	for (unsigned int i = 0; i < msg->fd_count; i++)
		if (msg->fds[i] >= 0)
			close(msg->fds[i]);
}

/* ---- what is in the BAR ----------------------------------------------- */

/**
 * struct ask - a change of what is in the BAR, for QEMU to carry out
 * @what: @what.fd is ours
 * @retried: it has been taken out once, for something was there already
 */
struct ask {
	struct ask *next;
	struct placement what;
	bool retried;
};

static int backend_request(struct vhost_user *vu, uint32_t request, uint32_t size,
			   struct vu_message *msg, int fd)
{
	msg->hdr = (struct vu_header){
		.request = request,
		.flags = VU_VERSION | VU_FLAG_NEED_REPLY,
		.size = size,
	};
	return send_message(vu->backend_fd, msg, fd);
}

static int ask_window(struct vhost_user *vu, bool map)
{
	const struct placement *p = &vu->asks->what;
	struct vu_message msg = {
		.shmem = {
			.shmid = VIRTIO_GPU_SHM_ID_HOST_VISIBLE,
			.fd_offset = map ? p->fd_offset : 0,
			.shm_offset = p->offset,
			.len = p->len,
			.flags = VU_SHMEM_RW,
		},
	};

	vu->asking = map ? ASK_MAP : ASK_UNMAP;
	return backend_request(vu, map ? VU_BACKEND_SHMEM_MAP : VU_BACKEND_SHMEM_UNMAP,
			       sizeof(msg.shmem), &msg, map ? p->fd : -1);
}

/*
 * QEMU answers a SHMEM_MAP before the mapping is committed; the answer to a
 * second request comes after it.  Which request does not matter: this one
 * names an object that does not exist.
 */
static int ask_fence(struct vhost_user *vu)
{
	struct vu_message msg = { .uuid = { 0xff } };

	vu->asking = ASK_FENCE;
	return backend_request(vu, VU_BACKEND_SHARED_OBJECT_REMOVE, sizeof(msg.uuid), &msg, -1);
}

/*
 * One at a time: there is always room for it, beside what config_changed() sends, so that
 * sending never waits. Where it fails the channel is no good any more, which
 * on_backend_reply() hears then.
 */
static void ask_next(struct vhost_user *vu)
{
	if (!vu->started || vu->asking != ASK_NOTHING)
		return;
	if (vu->asks) {
		if (ask_window(vu, vu->asks->what.fd >= 0 && !vu->asks->what.replace))
			shutdown(vu->backend_fd, SHUT_RDWR);
	} else if (!vu->gpu->ready) {
		/* What is to be there at the start is there. */
		gpu_run(vu->gpu, true);
		for (unsigned int i = 0; i < GPU_QUEUES; i++)
			gpu_serve(vu->gpu, i);
	}
}

static int ask(struct vhost_user *vu, const struct placement *what)
{
	struct ask **p, *a;

	if (vu->backend_fd < 0)
		return -ENOTCONN;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->what = *what;
	if (what->fd >= 0) {
		a->what.fd = fcntl(what->fd, F_DUPFD_CLOEXEC, 0);
		if (a->what.fd < 0) {
			free(a);
			return -errno;
		}
	}
	for (p = &vu->asks; *p; p = &(*p)->next)
		;
	*p = a;
	ask_next(vu);
	return 0;
}

/* It is done, for good or ill: forget it, and say so. */
static void ask_end(struct vhost_user *vu, struct ask **p, bool ok)
{
	struct ask *a = *p;

	*p = a->next;
	if (a->what.fd >= 0)
		close(a->what.fd);
	gpu_placed(vu->gpu, a->what.token, ok);
	free(a);
}

/* QEMU has carried out the first of what it was asked for, or refused to. */
static void ask_done(struct vhost_user *vu, bool ok)
{
	vu->asking = ASK_NOTHING;
	if (!ok && !vu->asks->what.token) {
		/* The guest would find nothing where it believes its memory. */
		fprintf(stderr, "host-device: QEMU refuses to map the window\n");
		vu->started = false;
	}
	ask_end(vu, &vu->asks, ok);
	ask_next(vu);
}

/* Everything that is to be in the BAR; QEMU may have dropped it, or not, at the last stop. */
static void window_enter(struct vhost_user *vu)
{
	struct gpu *gpu = vu->gpu;
	struct placement all = { .fd = gpu->window.fd, .len = gpu->window.size }, one;
	int ret = 0;

	if (vu->backend_fd < 0 || vu->started)
		return;
	if (!gpu->place)
		ret = ask(vu, &all);
	for (const struct blob *b = gpu->place ? gpu->blobs : NULL; b && !ret; b = b->next) {
		if (!b->placed)
			continue;
		one = blob_placement(gpu, b);
		ret = ask(vu, &one);
	}
	if (ret) {
		fprintf(stderr, "host-device: cannot fill the window: %s\n", strerror(-ret));
		return;
	}
	vu->started = true;
	ask_next(vu);
}

/*
 * QEMU will answer what it is carrying out, which does not matter: what is to be in the BAR is
 * put there again.
 */
static void window_leave(struct vhost_user *vu)
{
	vu->started = false;
	gpu_run(vu->gpu, false);
	while (vu->asks && vu->asks->next)
		ask_end(vu, &vu->asks->next, false);
	if (vu->asks && vu->asking == ASK_NOTHING)
		ask_end(vu, &vu->asks, false);
}

/* There is no QEMU any more that could be asked. */
static void backend_close(struct vhost_user *vu)
{
	if (vu->backend_fd < 0)
		return;
	loop_del(vu->backend_fd);
	close(vu->backend_fd);
	vu->backend_fd = -1;
	vu->asking = ASK_NOTHING;
	while (vu->asks)
		ask_end(vu, &vu->asks, false);
}

static void on_backend_reply(void *data)
{
	struct vhost_user *vu = data;
	struct vu_message msg;
	int ret = receive(vu->backend_fd, &msg);

	close_fds(&msg);
	if (ret) {
		backend_close(vu);
		return;
	}
	switch (vu->asking) {
	case ASK_MAP:
		if (!msg.u64) {
			ret = ask_fence(vu);
		} else if (!vu->asks->retried && vu->started) {
			/* Left over from before a stop: map it again. */
			vu->asks->retried = true;
			ret = ask_window(vu, false);
		} else {
			ask_done(vu, false);
		}
		break;
	case ASK_UNMAP:
		if (vu->asks->what.fd >= 0)
			ret = ask_window(vu, true);
		else
			ret = ask_fence(vu);
		break;
	case ASK_FENCE:
		ask_done(vu, true);
		break;
	case ASK_NOTHING:
		break;
	}
	if (!ret)
		return;
	fprintf(stderr, "host-device: back-end channel: %s\n", strerror(-ret));
	backend_close(vu);
}

static int place(void *data, const struct placement *what)
{
	return ask(data, what);
}

/*
 * Wants no reply, which would have to be told from those above.  Never waits:
 * QEMU may be waiting for us.  Where many are under way already they have the same
 * effect, and what counts is what the guest reads after them; the room left is for
 * ask_next().  Not to a device that QEMU has stopped: QEMU 11.1 follows a null pointer then.
 */
static void config_changed(void *data)
{
	struct vhost_user *vu = data;
	struct vu_header hdr = { .request = VU_BACKEND_CONFIG_CHANGE, .flags = VU_VERSION };
	int unread = 0;

	if (vu->backend_fd < 0 || !vu->gpu->ready)
		return;
	ioctl(vu->backend_fd, SIOCOUTQ, &unread);
	if (unread > CONFIG_UNREAD_MAX ||
	    send(vu->backend_fd, &hdr, sizeof(hdr), MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(hdr))
		return;
	if (errno != EAGAIN)
		fprintf(stderr, "host-device: cannot tell QEMU of a change\n");
}

/* ---- vrings and memory ------------------------------------------------ */

static void on_kick(void *data)
{
	struct virtq *vr = data;
	struct gpu *gpu = (struct gpu *)((char *)(vr - vr->index) - offsetof(struct gpu, virtq));
	uint64_t n;

	if (read(vr->kick, &n, sizeof(n)) < 0 && errno != EAGAIN)
		return;
	gpu_serve(gpu, vr->index);
}

static void set_fd(int *slot, int fd)
{
	if (*slot >= 0)
		close(*slot);
	*slot = fd;
}

static void virtq_stop(struct virtq *vr)
{
	if (vr->kick >= 0)
		loop_del(vr->kick);
	set_fd(&vr->kick, -1);
	vr->started = false;
}

static void memory_unmap(struct guest_memory *mem)
{
	for (unsigned int i = 0; i < mem->count; i++)
		munmap(mem->region[i].map, mem->region[i].map_size);
	mem->count = 0;
}

static int map_mem_table(struct guest_memory *mem, struct vu_message *msg)
{
	memory_unmap(mem);
	for (unsigned int i = 0; i < msg->mem.count; i++) {
		const struct vu_region *in = &msg->mem.region[i];
		struct guest_region *r = &mem->region[mem->count];
		size_t len;
		void *map;

		if (!in->size || __builtin_add_overflow(in->size, in->mmap_offset, &len))
			return -EINVAL;
		map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
			   msg->fds[i], 0);
		if (map == MAP_FAILED)
			return -errno;
		*r = (struct guest_region){
			.gpa = in->gpa,
			.size = in->size,
			.qemu_va = in->qemu_va,
			.va = (uint8_t *)map + in->mmap_offset,
			.map = map,
			.map_size = len,
		};
		mem->count++;
	}
	return 0;
}

static int set_mem_table(struct vhost_user *vu, struct vu_message *msg)
{
	struct guest_memory *mem = &vu->gpu->memory;
	int ret;

	if (msg->mem.count > GUEST_REGIONS || msg->mem.count != msg->fd_count)
		return -EINVAL;
	ret = map_mem_table(mem, msg);
	for (unsigned int i = 0; i < GPU_QUEUES; i++) {
		struct virtq *vr = &vu->gpu->virtq[i];

		if (!ret && vr->started)
			ret = virtq_start(vr, mem);
		/* Its rings are where nothing is any more, and so are its requests. */
		if (ret) {
			virtq_stop(vr);
			held_drop(vu->gpu, i);
		}
	}
	return ret;
}

/*
 * QEMU 11.1 does not tell us that a driver has reset the device: it stops the rings, as it
 * does when the guest is paused, and starts them again.  What is different is where the control
 * queue goes on.  If that is where it was stopped, and that is 0, which comes round after each
 * 65536 requests, the ring itself has to tell, see set_vring_kick().
 */
static int set_vring_base(struct vhost_user *vu, struct virtq *vr, uint32_t base)
{
	if (base > UINT16_MAX)
		return -EINVAL;
	if (!vr->index && !base && vr->last_avail)
		gpu_reset(vu->gpu);
	vr->last_avail = base;
	vr->at_0 = !base;
	return 0;
}

static int set_vring_kick(struct vhost_user *vu, struct virtq *vr, struct vu_message *msg)
{
	int fd = take_fd(msg), ret;

	virtq_stop(vr);
	if (fd < 0)
		return msg->u64 & VU_NOFD ? -ENOTSUP : -EINVAL;
	set_fd(&vr->kick, fd);
	ret = virtq_start(vr, &vu->gpu->memory);
	if (!ret)
		ret = loop_add(vr->kick, on_kick, vr);
	if (ret)
		return ret;
	if (!vr->index && vr->at_0 && virtq_is_new(vr))
		gpu_reset(vu->gpu);
	vr->at_0 = false;
	vr->started = true;
	vr->broken = false;
	return 0;
}

static void stop_vring(struct vhost_user *vu, struct virtq *vr)
{
	virtq_stop(vr);
	held_drop(vu->gpu, vr->index);
	window_leave(vu);
}

static int reset_device(struct vhost_user *vu)
{
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		stop_vring(vu, &vu->gpu->virtq[i]);
	gpu_reset(vu->gpu);
	return 0;
}

static int get_vring_base(struct vhost_user *vu, struct virtq *vr, struct vu_message *msg)
{
	stop_vring(vu, vr);
	msg->state.num = vr->last_avail;
	return reply(vu, msg, sizeof(msg->state));
}

/* ---- dispatch --------------------------------------------------------- */

static int get_config(struct vhost_user *vu, struct vu_message *msg)
{
	uint32_t offset = msg->config.offset, size = msg->config.size;

	if (offset > sizeof(vu->gpu->config) || size > sizeof(vu->gpu->config) - offset)
		return reply(vu, msg, 0);
	memcpy(msg->config.data, (uint8_t *)&vu->gpu->config + offset, size);
	return reply(vu, msg, 12 + size);
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
	return reply(vu, msg, sizeof(msg->shmem_config));
}

static int set_backend_fd(struct vhost_user *vu, struct vu_message *msg)
{
	backend_close(vu);
	vu->backend_fd = take_fd(msg);
	if (vu->backend_fd < 0)
		return -EINVAL;
	return loop_add(vu->backend_fd, on_backend_reply, vu);
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
		if (!msg->state.num || msg->state.num > VIRTQ_MAX_SIZE ||
		    msg->state.num & (msg->state.num - 1))
			return -EINVAL;
		vr->size = msg->state.num;
		return 0;
	case VU_SET_VRING_ADDR:
		vr->desc_addr = msg->addr.desc;
		vr->avail_addr = msg->addr.avail;
		vr->used_addr = msg->addr.used;
		return 0;
	case VU_SET_VRING_BASE:
		return set_vring_base(vu, vr, msg->state.num);
	case VU_GET_VRING_BASE:
		return get_vring_base(vu, vr, msg);
	case VU_SET_VRING_KICK:
		return set_vring_kick(vu, vr, msg);
	case VU_SET_VRING_CALL:
		set_fd(&vr->call, take_fd(msg));
		return 0;
	case VU_SET_VRING_ERR:
		set_fd(&vr->err, take_fd(msg));
		return 0;
	case VU_SET_VRING_ENABLE:
		vr->enabled = msg->state.num;
		/* QEMU enables queues that the driver has not set up, too. */
		if (vr->enabled && vr->started && !vr->index)
			window_enter(vu);
		return 0;
	}
	return -EINVAL;
}

/* Return: 0, or a negative errno; *answered when a reply is out already. */
static int dispatch(struct vhost_user *vu, struct vu_message *msg, bool *answered)
{
	struct virtq *vr;

	*answered = true;
	switch (msg->hdr.request) {
	case VU_GET_FEATURES:
		msg->u64 = gpu_features(vu->gpu);
		return reply(vu, msg, sizeof(msg->u64));
	case VU_GET_PROTOCOL_FEATURES:
		msg->u64 = BIT(VU_PROTOCOL_MQ) | BIT(VU_PROTOCOL_REPLY_ACK) |
			   BIT(VU_PROTOCOL_BACKEND_REQ) | BIT(VU_PROTOCOL_CONFIG) |
			   BIT(VU_PROTOCOL_BACKEND_SEND_FD) | BIT(VU_PROTOCOL_RESET_DEVICE) |
			   BIT(VU_PROTOCOL_SHARED_OBJECT) | BIT(VU_PROTOCOL_SHMEM);
		return reply(vu, msg, sizeof(msg->u64));
	case VU_GET_QUEUE_NUM:
		msg->u64 = GPU_QUEUES;
		return reply(vu, msg, sizeof(msg->u64));
	case VU_GET_CONFIG:
		return get_config(vu, msg);
	case VU_GET_SHMEM_CONFIG:
		return get_shmem_config(vu, msg);
	}

	*answered = false;
	switch (msg->hdr.request) {
	case VU_SET_FEATURES:
		vu->gpu->features = msg->u64 & gpu_features(vu->gpu);
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
		return set_mem_table(vu, msg);
	case VU_SET_BACKEND_REQ_FD:
		return set_backend_fd(vu, msg);
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

	ret = receive(vu->fd, &msg);
	if (ret) {
		close_fds(&msg);
		vu->closed();
		return;
	}
	need_reply = msg.hdr.flags & VU_FLAG_NEED_REPLY;
	ret = dispatch(vu, &msg, &answered);
	close_fds(&msg);
	if (ret)
		gpu_warn("vhost-user request %u: %s", msg.hdr.request, strerror(-ret));
	if (need_reply && !answered) {
		msg.u64 = ret ? 1 : 0;
		ret = reply(vu, &msg, sizeof(msg.u64));
	}
	if (ret == -EIO)
		vu->closed();
}

/**
 * vhost_user_attach() - serve QEMU on @fd
 */
int vhost_user_attach(struct vhost_user *vu, int fd)
{
	vu->fd = fd;
	vu->backend_fd = -1;
	vu->gpu->config_changed = config_changed;
	vu->gpu->vmm = vu;
	if (vu->gpu->renderer)
		vu->gpu->place = place;
	return loop_add(fd, on_message, vu);
}

/**
 * vhost_user_detach() - QEMU is gone, or we go: give everything back
 */
void vhost_user_detach(struct vhost_user *vu)
{
	for (unsigned int i = 0; i < GPU_QUEUES; i++) {
		struct virtq *vr = &vu->gpu->virtq[i];

		virtq_stop(vr);
		held_drop(vu->gpu, i);
		set_fd(&vr->call, -1);
		set_fd(&vr->err, -1);
	}
	window_leave(vu);
	backend_close(vu);
	vu->gpu->place = NULL;
	memory_unmap(&vu->gpu->memory);
	if (vu->fd >= 0) {
		loop_del(vu->fd);
		close(vu->fd);
		vu->fd = -1;
	}
}
