/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Numbers of the vhost-user protocol: those that a virtio-gpu and QEMU's
 * vhost-user-test-device-pci use. QEMU's docs/interop/vhost-user.rst defines them.
 *
 * The structures of messages are not here: each side decodes with its own, so that a mistake
 * in one of them does not go unnoticed.
 */
#ifndef TOOLS_VHOST_USER_NUMBERS_H
#define TOOLS_VHOST_USER_NUMBERS_H

/* A bit of the virtio feature bits, which the guest does not see. */
#define VHOST_USER_F_PROTOCOL_FEATURES	30

/* The flags of a header: the version, and two bits. */
#define VU_VERSION		1
#define VU_FLAG_REPLY		0x4
#define VU_FLAG_NEED_REPLY	0x8

/* The payload of VU_SET_VRING_KICK, _CALL and _ERR: a queue; the flag: no descriptor comes with it. */
#define VU_VRING_MASK		0xff
#define VU_NOFD			0x100

/* A flag of VU_BACKEND_SHMEM_MAP: the guest may write to the mapping. */
#define VU_SHMEM_RW		1

/* Requests of the front end, on the main socket. */
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

/* Bits of VU_GET_PROTOCOL_FEATURES and VU_SET_PROTOCOL_FEATURES. */
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

/* Requests of the device, on the back-end channel. */
enum {
	VU_BACKEND_CONFIG_CHANGE = 2,
	VU_BACKEND_SHARED_OBJECT_REMOVE = 7,
	VU_BACKEND_SHMEM_MAP = 9,
	VU_BACKEND_SHMEM_UNMAP = 10,
};

#endif
