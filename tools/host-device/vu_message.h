/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Messages of the vhost-user protocol, as far as QEMU's vhost-user-test-device-pci sends
 * them.  Numbers: QEMU's docs/interop/vhost-user.rst.
 */
#ifndef HOST_DEVICE_VU_MESSAGE_H
#define HOST_DEVICE_VU_MESSAGE_H

#include <stdint.h>

#include "bits.h"
#include "guest_memory.h"

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

void vu_limit(int fd);
int vu_receive(int fd, struct vu_message *msg);
int vu_send(int fd, const struct vu_message *msg, int pass_fd);
int vu_take_fd(struct vu_message *msg);
void vu_close_fds(struct vu_message *msg);

#endif
