// SPDX-License-Identifier: GPL-2.0 OR MIT
#define _GNU_SOURCE
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vhost_user_numbers.h>

#include "../loop.h"
#include "../vhost_user.h"
#include "qemu.h"

/* Send a message with a payload, and a descriptor if that is not -1. */
void qemu_send_bytes(int fd, uint32_t request, uint32_t flags, const void *payload, uint32_t size,
		     int pass_fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr cmsg;
	} control = { .cmsg = {
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	} };
	uint32_t header[3] = { request, flags | 1, size };
	struct iovec iov[] = { { header, sizeof(header) }, { (void *)payload, size } };
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = 2 };

	if (pass_fd >= 0) {
		memcpy(CMSG_DATA(&control.cmsg), &pass_fd, sizeof(int));
		mh.msg_control = &control;
		mh.msg_controllen = sizeof(control);
	}
	assert_int_equal(sendmsg(fd, &mh, 0), sizeof(header) + size);
}

/* Of 64 bits, and have the device look at it. */
void qemu_send(int fd, uint32_t request, uint32_t flags, uint64_t payload, int pass_fd)
{
	qemu_send_bytes(fd, request, flags, &payload, sizeof(payload), pass_fd);
	assert_int_equal(loop_once(1000), 0);
}

/* Which request the device has sent; of a SHMEM request the place in the window, too. */
uint32_t qemu_received(int fd, uint64_t *offset)
{
	uint32_t words[64];
	ssize_t n = recv(fd, words, 12, MSG_DONTWAIT);

	if (n != 12)
		return 0;
	assert_in_range(words[2], 8, sizeof(words) - 12);
	assert_int_equal(recv(fd, words + 3, words[2], 0), words[2]);
	if (offset && words[2] == 40)
		memcpy(offset, words + 7, sizeof(*offset));
	return words[0];
}

bool qemu_is_closed;

static void qemu_note_closed(void)
{
	qemu_is_closed = true;
}

/* Send a message, and have the device look at it. Return: what it says, 0 is good. */
uint64_t qemu_ask(struct qemu *q, uint32_t request, const void *payload, uint32_t size, int pass_fd)
{
	uint64_t answer = 0;
	uint32_t words[3];

	qemu_send_bytes(q->main_fd, request, VU_FLAG_NEED_REPLY, payload, size, pass_fd);
	for (int i = 0; i < 100 && recv(q->main_fd, words, 12, MSG_DONTWAIT) != 12; i++)
		assert_int_equal(loop_once(10), 0);
	assert_int_equal(words[0], request);
	assert_int_equal(words[2], 8);
	assert_int_equal(recv(q->main_fd, &answer, 8, 0), 8);
	return answer;
}

uint64_t qemu_ask_u64(struct qemu *q, uint32_t request, uint64_t payload, int pass_fd)
{
	return qemu_ask(q, request, &payload, sizeof(payload), pass_fd);
}

/* For SET_VRING_NUM and the like, of the control queue. */
uint64_t qemu_vring(struct qemu *q, uint32_t request, uint32_t value)
{
	return qemu_ask_u64(q, request, (uint64_t)value << 32, -1);
}

uint64_t qemu_vring_addr(struct qemu *q, uint64_t desc, uint64_t avail, uint64_t used)
{
	struct {
		uint32_t index, flags;
		uint64_t desc, used, avail, log;
	} addr = { .desc = 0x7f0000000000 + desc, .used = 0x7f0000000000 + used,
		   .avail = 0x7f0000000000 + avail };

	return qemu_ask(q, VU_SET_VRING_ADDR, &addr, sizeof(addr), -1);
}

uint64_t qemu_mem_table(struct qemu *q, uint64_t size, uint64_t mmap_offset)
{
	struct {
		uint32_t count, padding;
		uint64_t gpa, size, qemu_va, mmap_offset;
	} table = { .count = 1, .gpa = BASE, .size = size, .qemu_va = 0x7f0000000000,
		    .mmap_offset = mmap_offset };

	return qemu_ask(q, VU_SET_MEM_TABLE, &table, sizeof(table), q->ram_fd);
}

/* Answer what the device asks for. Return: how often it has told of a change. */
unsigned int qemu_answers(struct qemu *q)
{
	unsigned int changes = 0;
	uint32_t words[64];

	for (int i = 0; i < 10; i++) {
		while (recv(q->back_fd, words, 12, MSG_DONTWAIT) == 12) {
			if (words[2])
				assert_int_equal(recv(q->back_fd, words + 3, words[2], 0),
						 words[2]);
			q->maps += words[0] == VU_BACKEND_SHMEM_MAP;
			if (words[0] == VU_BACKEND_CONFIG_CHANGE)
				changes++;
			else
				qemu_send(q->back_fd, words[0], VU_FLAG_REPLY, 0, -1);
		}
		assert_int_equal(loop_once(0), 0);
	}
	return changes;
}

/* The driver has set up its queue, or the guest runs on; the device gets no answers yet. */
void qemu_start_only(struct qemu *q, uint16_t base)
{
	assert_int_equal(qemu_vring(q, VU_SET_VRING_NUM, QUEUE), 0);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_BASE, base), 0);
	assert_int_equal(qemu_vring_addr(q, 0, 0x1000, 0x2000), 0);
	assert_int_equal(qemu_ask_u64(q, VU_SET_VRING_KICK, 0, q->kick), 0);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_ENABLE, 1), 0);
}

/* The same, and it is; returns as qemu_answers(). */
unsigned int qemu_start(struct qemu *q, uint16_t base)
{
	qemu_start_only(q, base);
	return qemu_answers(q);
}

uint16_t qemu_stop(struct qemu *q)
{
	return qemu_ask_u64(q, VU_GET_VRING_BASE, 0, -1) >> 32;
}

struct qemu *qemu_begin(struct guest *g)
{
	struct qemu *q = calloc(1, sizeof(*q));
	int main_fds[2], back[2];

	qemu_is_closed = false;
	q->g = g;
	q->vu = (struct vhost_user){ .gpu = &g->gpu, .closed = qemu_note_closed };
	g->qemu = q;
	q->calloced = g->ram;
	q->ram_fd = memfd_create("ram", MFD_CLOEXEC);
	q->kick = eventfd(0, EFD_NONBLOCK);
	assert_int_equal(ftruncate(q->ram_fd, SIZE), 0);
	g->ram = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, q->ram_fd, 0);
	assert_ptr_not_equal(g->ram, MAP_FAILED);
	g->desc = (void *)g->ram;
	g->avail = (void *)(g->ram + 0x1000);
	g->used = (void *)(g->ram + 0x2000);
	g->gpu.memory.count = 0;
	g->gpu.ready = false;
	g->gpu.virtq[0] = (struct virtq){ .kick = -1, .call = -1, .err = -1 };

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, main_fds), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, back), 0);
	assert_int_equal(vhost_user_attach(&q->vu, main_fds[0]), 0);
	q->main_fd = main_fds[1];
	q->back_fd = back[1];
	assert_int_equal(qemu_ask_u64(q, VU_SET_BACKEND_REQ_FD, 0, back[0]), 0);
	close(back[0]);
	assert_int_equal(qemu_ask_u64(q, VU_SET_FEATURES, device_features(&g->gpu), -1), 0);
	assert_int_equal(qemu_mem_table(q, SIZE, 0), 0);
	return q;
}

void qemu_end(struct qemu *q)
{
	vhost_user_detach(&q->vu);
	munmap(q->g->ram, SIZE);
	q->g->ram = q->calloced;
	close(q->main_fd);
	close(q->back_fd);
	close(q->ram_fd);
	close(q->kick);
	free(q);
}

/* Its driver has made blob 1. */
struct qemu *qemu_stopped_at_1(struct guest *g)
{
	struct qemu *q = qemu_begin(g);

	qemu_start(q, 0);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	assert_int_equal(qemu_stop(q), 1);
	return q;
}

void qemu_new_rings(struct guest *g)
{
	memset(g->ram, 0, REQUEST);
}

/* Of a test, which may have begun a QEMU. */
int qemu_teardown(void **state)
{
	struct guest *g = *state;

	if (g->qemu)
		qemu_end(g->qemu);
	return guest_teardown(state);
}
