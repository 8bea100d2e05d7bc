/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the unit tests share: a guest, with one region of memory, a control queue and commands,
 * and a VMM that only remembers what it is asked for.
 */
#ifndef HOST_DEVICE_GUEST_H
#define HOST_DEVICE_GUEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <endian.h>

#include "../declare.h"
#include "../deferred.h"
#include "../device.h"
#include "../place.h"
#include "../reply.h"
#include "../serve.h"

#define QUEUE	8
#define BASE	0x100000ULL	/* guest physical address of our one region */
#define SIZE	0x10000

struct guest {
	struct gpu gpu;
	uint8_t *ram;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	struct qemu *qemu;
};

#define REQUEST	0x4000
#define ANSWER	0x8000
#define TABLE	0xc000
#define PARAMETER	VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER
#define RESOURCE	VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID
#define NODATA		VIRTIO_GPU_RESP_OK_NODATA
#define ATTR		VIRTIO_GPU_RESP_OK_MAP_ATTR

struct vmm {
	unsigned int asked;
	int answer;
	struct placement last;
};

#define CHANGES	VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES
#define FETCHED_LEN(n) (32 + (n) * 40)

extern void (*guest_attach)(struct gpu *gpu);	/* before device_init() */

int guest_setup(void **state);
int guest_teardown(void **state);
void guest_descriptor(struct vring_desc *table, unsigned int i, uint64_t addr, uint32_t len,
		      uint16_t flags, uint16_t next);
void guest_offer(struct guest *g, uint16_t head);
uint32_t guest_command_room(struct guest *g, const void *req, size_t len, uint32_t room,
			    uint32_t *used);
uint32_t guest_command(struct guest *g, const void *req, size_t len, uint32_t *used);
uint32_t guest_create(struct guest *g, uint32_t res, uint64_t size, uint64_t blob_id);
uint32_t guest_command_number(struct guest *g, uint32_t type, uint32_t res, uint64_t number);
uint32_t guest_map(struct guest *g, uint32_t res, uint64_t offset);
uint32_t guest_ack(struct guest *g, uint32_t res, uint64_t generation);
uint32_t guest_command_resource(struct guest *g, uint32_t type, uint32_t res);
uint64_t guest_cached_id(void);
int guest_vmm_place(void *data, const struct placement *what);
void guest_use_vmm(struct guest *g, struct vmm *vmm);
uint32_t guest_answer_type(struct guest *g);
void guest_ignore_event(void *data);
uint32_t guest_fetched(struct guest *g);
struct blob *guest_blob(struct guest *g, uint32_t res);
struct blob *guest_placed_blob(struct guest *g, uint32_t res);
void guest_count_event(void *data);
uint32_t guest_fetch_into(struct guest *g, uint32_t room, uint32_t *used);
void guest_defer_one(struct guest *g, uint16_t head, uint64_t fence);
void guest_nonsense_until(struct guest *g, uint16_t idx);
uint32_t guest_context(struct guest *g, uint32_t type, uint32_t ctx_id, uint32_t capset);
int guest_add_rule(const char *text);
void guest_run_ms(unsigned int ms);
struct blob *guest_map_renderer_blob(struct guest *g, struct vmm *vmm, uint8_t *memory);

#endif
