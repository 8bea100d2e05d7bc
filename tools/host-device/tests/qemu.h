/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * QEMU, as far as the unit tests need it: what it sends, and how it answers.
 */
#ifndef HOST_DEVICE_QEMU_H
#define HOST_DEVICE_QEMU_H

#include <vhost_user_numbers.h>

#include "../vhost_user.h"
#include "guest.h"

/* The device is in @g, and so is what the guest sees of its memory, that is in a file. */
struct qemu {
	struct guest *g;
	struct vhost_user vu;
	uint8_t *calloced;
	int main_fd;
	int back_fd;
	int ram_fd;
	int kick;
	unsigned int maps;	/* that it has carried out */
};

extern bool qemu_is_closed;	/* the device has ended the connection */

void qemu_send_bytes(int fd, uint32_t request, uint32_t flags, const void *payload, uint32_t size,
		     int pass_fd);
void qemu_send(int fd, uint32_t request, uint32_t flags, uint64_t payload, int pass_fd);
uint32_t qemu_received(int fd, uint64_t *offset);
uint64_t qemu_ask(struct qemu *q, uint32_t request, const void *payload, uint32_t size, int pass_fd);
uint64_t qemu_ask_u64(struct qemu *q, uint32_t request, uint64_t payload, int pass_fd);
uint64_t qemu_vring(struct qemu *q, uint32_t request, uint32_t value);
uint64_t qemu_vring_addr(struct qemu *q, uint64_t desc, uint64_t avail, uint64_t used);
uint64_t qemu_mem_table(struct qemu *q, uint64_t size, uint64_t mmap_offset);
unsigned int qemu_answers(struct qemu *q);
void qemu_start_only(struct qemu *q, uint16_t base);
unsigned int qemu_start(struct qemu *q, uint16_t base);
uint16_t qemu_stop(struct qemu *q);
struct qemu *qemu_begin(struct guest *g);
void qemu_end(struct qemu *q);
struct qemu *qemu_stopped_at_1(struct guest *g);
void qemu_new_rings(struct guest *g);
int qemu_teardown(void **state);

#endif
