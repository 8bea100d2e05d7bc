/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Messages of the vhost-user protocol, as far as QEMU's vhost-user-test-device-pci sends
 * them.
 */
#ifndef HOST_DEVICE_VU_MESSAGE_H
#define HOST_DEVICE_VU_MESSAGE_H

#include <stdint.h>
#include <vhost_user_numbers.h>

#include "guest_memory.h"

#define VU_MAX_FDS	GUEST_REGIONS

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
