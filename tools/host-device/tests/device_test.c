// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Unit tests of the host device against guests that lie: rings with every index
 * and length wrong, commands with every field wrong.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../ack_wait.h"
#include "../blob_id.h"
#include "../change.h"
#include "../control.h"
#include "../inject.h"
#include "../log.h"
#include "../loop.h"
#include "../mapped_file.h"
#include "../policy.h"
#include "../renderer.h"
#include "../report.h"
#include "../vhost_user.h"
#include "guest.h"

static void qemu_end(struct qemu *q);

static int teardown(void **state)
{
	struct guest *g = *state;

	if (g->qemu)
		qemu_end(g->qemu);
	return guest_teardown(state);
}

/* ---- rings ------------------------------------------------------------ */

static void test_guest_ptr(void **state)
{
	struct guest *g = *state;
	const struct guest_memory *mem = &g->gpu.memory;

	assert_ptr_equal(guest_ptr(mem, BASE, SIZE), g->ram);
	assert_ptr_equal(guest_ptr(mem, BASE + SIZE - 1, 1), g->ram + SIZE - 1);
	assert_null(guest_ptr(mem, BASE, SIZE + 1));
	assert_null(guest_ptr(mem, BASE + SIZE, 1));
	assert_null(guest_ptr(mem, BASE - 1, 1));
	assert_null(guest_ptr(mem, BASE + 1, UINT64_MAX));
	assert_null(guest_ptr(mem, UINT64_MAX, 2));
}

/* The next chain is refused with @error, and the ring goes on after it. */
static void assert_bad_chain(struct guest *g, uint16_t head, int error)
{
	struct chain chain;

	offer(g, head);
	assert_int_equal(virtq_pop(&g->gpu.virtq[0], &g->gpu.memory, &chain), error);
	virtq_push(&g->gpu.virtq[0], &chain, 0);
	assert_int_equal(virtq_pop(&g->gpu.virtq[0], &g->gpu.memory, &chain), 0);
}

static void test_bad_head(void **state)
{
	assert_bad_chain(*state, QUEUE, -EINVAL);
	assert_bad_chain(*state, 0xffff, -EINVAL);
}

static void test_bad_next(void **state)
{
	struct guest *g = *state;

	descriptor(g->desc, 0, BASE + REQUEST, 64, VRING_DESC_F_NEXT, QUEUE);
	assert_bad_chain(g, 0, -EINVAL);
}

static void test_loop(void **state)
{
	struct guest *g = *state;

	descriptor(g->desc, 0, BASE + REQUEST, 64, VRING_DESC_F_NEXT, 1);
	descriptor(g->desc, 1, BASE + REQUEST, 64, VRING_DESC_F_NEXT, 0);
	assert_bad_chain(g, 0, -ELOOP);
}

static void test_outside_memory(void **state)
{
	struct guest *g = *state;

	descriptor(g->desc, 0, 0, 64, 0, 0);
	assert_bad_chain(g, 0, -EFAULT);
	descriptor(g->desc, 0, BASE + SIZE - 32, 64, 0, 0);
	assert_bad_chain(g, 0, -EFAULT);
	descriptor(g->desc, 0, BASE, UINT32_MAX, 0, 0);
	assert_bad_chain(g, 0, -EFAULT);
}

static void test_readable_after_writable(void **state)
{
	struct guest *g = *state;

	descriptor(g->desc, 0, BASE + ANSWER, 64, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1);
	descriptor(g->desc, 1, BASE + REQUEST, 64, 0, 0);
	assert_bad_chain(g, 0, -E2BIG);
}

static void test_indirect(void **state)
{
	struct guest *g = *state;
	struct vring_desc *table = (void *)(g->ram + TABLE);

	/* nested */
	descriptor(table, 0, BASE + TABLE, 16, VRING_DESC_F_INDIRECT, 0);
	descriptor(g->desc, 0, BASE + TABLE, 16, VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -EINVAL);
	/* sizes that are no number of descriptors */
	descriptor(g->desc, 0, BASE + TABLE, 0, VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -EINVAL);
	descriptor(g->desc, 0, BASE + TABLE, 17, VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -EINVAL);
	/* next beyond the table, though inside the queue */
	descriptor(table, 0, BASE + REQUEST, 64, VRING_DESC_F_NEXT, 5);
	descriptor(g->desc, 0, BASE + TABLE, 32, VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -EINVAL);
	/* no alignment is demanded of a table */
	descriptor(g->desc, 0, BASE + TABLE + 1025, 16, VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -EFAULT);
	/* a table outside memory */
	descriptor(g->desc, 0, BASE + SIZE, 16, VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -EFAULT);
}

/* A chain may end in a table (virtio 1.3, 2.7.5.3.2). */
static void test_indirect_at_the_end(void **state)
{
	struct guest *g = *state;
	struct vring_desc *table = (void *)(g->ram + TABLE);
	struct chain chain;

	descriptor(table, 0, BASE + REQUEST + 8, 16, VRING_DESC_F_NEXT, 1);
	descriptor(table, 1, BASE + TABLE + 512, 64, VRING_DESC_F_WRITE, 0);
	descriptor(g->desc, 0, BASE + REQUEST, 8, VRING_DESC_F_NEXT, 1);
	descriptor(g->desc, 1, BASE + TABLE, 32, VRING_DESC_F_INDIRECT, 0);
	offer(g, 0);
	assert_int_equal(virtq_pop(&g->gpu.virtq[0], &g->gpu.memory, &chain), 1);
	assert_int_equal(chain.out_count, 2);
	assert_int_equal(chain.in_count, 1);
	virtq_push(&g->gpu.virtq[0], &chain, 0);
}

static void test_too_many_pieces(void **state)
{
	struct guest *g = *state;
	struct vring_desc *table = (void *)(g->ram + TABLE);

	for (unsigned int i = 0; i < VIRTQ_MAX_IOV + 1; i++)
		descriptor(table, i, BASE + REQUEST, 1, VRING_DESC_F_NEXT, i + 1);
	descriptor(g->desc, 0, BASE + TABLE, 16 * (VIRTQ_MAX_IOV + 1), VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -E2BIG);
}

static void test_ring_outside_memory(void **state)
{
	struct guest *g = *state;
	struct virtq vq = g->gpu.virtq[0];

	vq.used_addr = 0x7f0000000000 + SIZE - 16;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EFAULT);
	vq.size = 0;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
}

static void test_rings_misaligned(void **state)
{
	struct guest *g = *state;
	struct virtq vq = g->gpu.virtq[0];

	vq.desc_addr += 8;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
	vq.desc_addr += 8;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), 0);
	vq.avail_addr += 1;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
	vq.avail_addr += 1;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), 0);
	vq.used_addr += 2;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
	vq.used_addr += 2;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), 0);
}

static void test_rings_overlap(void **state)
{
	struct guest *g = *state;
	struct virtq vq = g->gpu.virtq[0];

	/* Each answer would be a new request. */
	vq.used_addr = vq.avail_addr;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
	vq.used_addr = vq.desc_addr + QUEUE * sizeof(struct vring_desc) - 4;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
	vq.used_addr = vq.desc_addr + QUEUE * sizeof(struct vring_desc);
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), 0);
	vq.avail_addr = vq.desc_addr + 16;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
}

static void test_index_jumps(void **state)
{
	struct guest *g = *state;
	struct virtq *vr = &g->gpu.virtq[0];
	struct virtio_gpu_ctrl_hdr hdr = { .type = htole32(VIRTIO_GPU_CMD_CTX_CREATE) };
	uint64_t errors;

	vr->err = eventfd(0, EFD_NONBLOCK);
	memcpy(g->ram + REQUEST, &hdr, sizeof(hdr));
	descriptor(g->desc, 0, BASE + REQUEST, sizeof(hdr), 0, 0);
	/* As many as there are is right, one more is not. */
	g->avail->idx = QUEUE;
	serve_queue(&g->gpu, 0);
	assert_int_equal(g->used->idx, QUEUE);
	assert_int_equal(read(vr->err, &errors, sizeof(errors)), -1);
	g->avail->idx += QUEUE + 1;
	serve_queue(&g->gpu, 0);
	assert_int_equal(g->used->idx, QUEUE);
	assert_int_equal(read(vr->err, &errors, sizeof(errors)), sizeof(errors));
	assert_int_equal(errors, 1);

	/* Said once; the ring is not looked at any more, not even when it looks right again. */
	serve_queue(&g->gpu, 0);
	g->avail->idx -= QUEUE;
	serve_queue(&g->gpu, 0);
	assert_int_equal(g->used->idx, QUEUE);
	assert_int_equal(read(vr->err, &errors, sizeof(errors)), -1);
	close(vr->err);
	vr->err = -1;
}

static bool guest_goes_on;

/* A guest that has put requests in the place of those answered before the device looks. */
static void *offer_always(void *data)
{
	struct guest *g = data;
	uint16_t idx = 0;

	while (__atomic_load_n(&guest_goes_on, __ATOMIC_RELAXED)) {
		uint16_t used = __atomic_load_n(&g->used->idx, __ATOMIC_ACQUIRE);

		if ((uint16_t)(idx - used) < QUEUE)
			__atomic_store_n(&g->avail->idx, ++idx, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void test_other_things_between_requests(void **state)
{
	struct guest *g = *state;
	struct virtio_gpu_ctrl_hdr hdr = { .type = htole32(VIRTIO_GPU_CMD_CTX_CREATE) };
	unsigned long before;
	pthread_t guest;

	memcpy(g->ram + REQUEST, &hdr, sizeof(hdr));
	descriptor(g->desc, 0, BASE + REQUEST, sizeof(hdr), 0, 0);
	/* What is left is done when the loop has looked after everything else. */
	g->avail->idx = QUEUE;
	serve_queue(&g->gpu, 0);
	assert_int_equal(g->gpu.count.commands, QUEUE);
	assert_int_equal(loop_once(0), 0);
	g->used->idx = 0;
	g->gpu.virtq[0].last_avail = 0;
	g->avail->idx = 0;

	guest_goes_on = true;
	assert_int_equal(pthread_create(&guest, NULL, offer_always, g), 0);
	while (!__atomic_load_n(&g->avail->idx, __ATOMIC_ACQUIRE))
		sched_yield();
	for (int i = 0; i < 1000; i++) {
		before = g->gpu.count.commands;
		serve_queue(&g->gpu, 0);
		assert_in_range(g->gpu.count.commands - before, 0, QUEUE);
	}
	/* There is no kick, and yet they are all done. */
	__atomic_store_n(&guest_goes_on, false, __ATOMIC_RELAXED);
	pthread_join(guest, NULL);
	for (int i = 0; i < 3; i++)
		assert_int_equal(loop_once(0), 0);
	assert_int_equal(g->used->idx, g->avail->idx);
}

static void test_short_command(void **state)
{
	struct guest *g = *state;
	uint8_t byte = 0;
	uint32_t used = 99;

	command(g, &byte, 1, &used);
	assert_int_equal(used, 0);
	assert_int_equal(g->gpu.count.malformed, 1);
}

static void test_no_room_for_answer(void **state)
{
	struct guest *g = *state;
	struct virtio_gpu_ctrl_hdr hdr = { .type = htole32(VIRTIO_GPU_CMD_CTX_CREATE) };

	memcpy(g->ram + REQUEST, &hdr, sizeof(hdr));
	descriptor(g->desc, 0, BASE + REQUEST, sizeof(hdr), 0, 0);
	offer(g, 0);
	serve_queue(&g->gpu, 0);
	assert_int_equal(g->used->idx, 1);
	assert_int_equal(g->used->ring[0].len, 0);
}

/* ---- commands --------------------------------------------------------- */

static void test_create_errors(void **state)
{
	struct guest *g = *state;
	struct virtio_gpu_ctrl_hdr cut = { .type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB) };
	struct virtio_gpu_resource_create_blob c = { .hdr = cut, .size = htole64(4096) };

	assert_int_equal(create(g, 1, 0, 0), PARAMETER);
	assert_int_equal(create(g, 1, 4095, 0), PARAMETER);
	assert_int_equal(create(g, 0, 4096, 0), RESOURCE);
	assert_int_equal(command(g, &cut, sizeof(cut), NULL), PARAMETER);
	for (uint32_t mem = 0; mem < 6; mem++) {
		c.blob_mem = htole32(mem);
		c.resource_id = htole32(100 + mem);
		assert_int_equal(command(g, &c, sizeof(c), NULL),
				 mem == VIRTIO_GPU_BLOB_MEM_HOST3D ? ATTR :
				 mem && mem <= VIRTIO_GPU_BLOB_MEM_HOST3D_GUEST ? NODATA : PARAMETER);
	}
	assert_int_equal(create(g, 1, 4096, 0), ATTR);
	assert_int_equal(create(g, 1, 4096, 0), RESOURCE);
}

/* How far a look-up may have to go. */
static unsigned int longest_bucket(const struct gpu *gpu)
{
	unsigned int longest = 0;

	for (unsigned int i = 0; i < BLOB_BUCKETS; i++) {
		unsigned int n = 0;

		for (const struct blob *b = gpu->blobs.by_id[i]; b; b = b->same_bucket)
			n++;
		if (n > longest)
			longest = n;
	}
	return longest;
}

static void test_too_many_blobs(void **state)
{
	struct guest *g = *state;
	uint32_t type = ATTR, n;

	for (n = 0; n < 100000 && type == ATTR; n++)
		type = create(g, n + 1, 4096, 0);
	assert_int_equal(type, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_int_equal(g->gpu.count.created, BLOBS_MAX);
	assert_int_equal(longest_bucket(&g->gpu), BLOBS_MAX / BLOB_BUCKETS);
	assert_int_equal(create(g, 1, 4096, 0), RESOURCE);
	for (n = 0; n < BLOBS_MAX; n++)
		assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, n + 1), NODATA);
	assert_int_equal(longest_bucket(&g->gpu), 0);
	assert_int_equal(create(g, 1, 4096, 0), ATTR);
}

static void test_map_errors(void **state)
{
	struct guest *g = *state;

	assert_int_equal(map(g, 1, 0), RESOURCE);
	assert_int_equal(create(g, 1, 8192, 0), ATTR);
	assert_int_equal(create(g, 2, 4096, 0), ATTR);
	assert_int_equal(create(g, 3, 2 << 20, 0), ATTR);
	assert_int_equal(map(g, 1, 1), PARAMETER);
	assert_int_equal(map(g, 1, 1 << 20), PARAMETER);
	assert_int_equal(map(g, 1, (1 << 20) - 4096), PARAMETER);
	assert_int_equal(map(g, 1, UINT64_MAX - 4095), PARAMETER);
	assert_int_equal(map(g, 3, 0), PARAMETER);
	assert_int_equal(map(g, 1, 4096), ATTR);
	assert_int_equal(map(g, 1, 65536), PARAMETER);
	assert_int_equal(map(g, 2, 4096), PARAMETER);
	assert_int_equal(map(g, 2, 8192), PARAMETER);
	assert_int_equal(map(g, 2, 0), ATTR);
}

static void test_alignment(void **state)
{
	struct guest *g = *state;

	g->gpu.options.alignment = 65536;
	assert_true(device_features(&g->gpu) & 1 << VIRTIO_GPU_F_BLOB_ALIGNMENT);
	assert_int_equal(create(g, 1, 4096, 0), PARAMETER);
	assert_int_equal(create(g, 1, 65536 + 4096, 0), PARAMETER);
	assert_int_equal(create(g, 1, 65536, 0), ATTR);
	assert_int_equal(map(g, 1, 4096), PARAMETER);
	assert_int_equal(map(g, 1, 65536), ATTR);
}

static void test_unmap_and_unref(void **state)
{
	struct guest *g = *state;

	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), RESOURCE);
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), RESOURCE);
	assert_int_equal(create(g, 1, 4096, 0), ATTR);
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), PARAMETER);
	assert_int_equal(map(g, 1, 0), ATTR);
	g->gpu.window.va[0] = 0x55;
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	/* The next blob at this place must not see the last one's data. */
	assert_int_equal(g->gpu.window.va[0], 0);
	assert_int_equal(map(g, 1, 0), ATTR);
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), NODATA);
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), RESOURCE);
	assert_int_equal(g->gpu.count.destroyed, 1);
}

static void test_unknown_command(void **state)
{
	assert_int_equal(simple(*state, 0, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(simple(*state, 0xffffffff, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
}

static void test_declares(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr *resp = (void *)(g->ram + ANSWER);

	assert_int_equal(create(g, 1, 4096, blob_id_attr(VIRTIO_GPU_MAP_CACHE_WC,
							 VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED, 0)), ATTR);
	assert_int_equal(le64toh(resp->attr.generation), 1);
	assert_int_equal(le32toh(resp->attr.cache_mode), VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(le32toh(resp->attr.flags), VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);
	for (int i = 0; i < 4; i++)
		assert_int_equal(resp->attr.reserved[i], 0);
}

static void test_declares_nothing_new_to_old_driver(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_info *resp = (void *)(g->ram + ANSWER);

	g->gpu.features &= ~(1ULL << VIRTIO_GPU_F_MAP_ATTR);
	assert_int_equal(create(g, 1, 4096, blob_id_attr(VIRTIO_GPU_MAP_CACHE_WC, 0, 0)), NODATA);
	assert_int_equal(map(g, 1, 0), VIRTIO_GPU_RESP_OK_MAP_INFO);
	assert_int_equal(le32toh(resp->map_info), VIRTIO_GPU_MAP_CACHE_WC);
}

static void test_reset_clears_the_window(void **state)
{
	struct guest *g = *state;

	create(g, 1, 4096, blob_id_attr(1, 0, 0));
	map(g, 1, 4096);
	g->gpu.window.va[4096] = 9;
	device_reset(&g->gpu);
	assert_int_equal(g->gpu.window.va[4096], 0);
}

/* Who has the file, and QEMU does, cannot take the memory away from below us. */
static void test_window_is_sealed(void **state)
{
	struct guest *g = *state;

	assert_int_equal(ftruncate(g->gpu.window.fd, 4096), -1);
	assert_int_equal(ftruncate(g->gpu.window.fd, 4 << 20), -1);
	window_clear(&g->gpu.window, 0, 4096);
}

/* ---- a VMM that is asked for each blob -------------------------------- */

static void test_answers_when_placed(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };

	use_vmm(g, &vmm);
	create(g, 1, 8192, cached());
	assert_int_equal(map(g, 1, 4096), 0);
	assert_int_equal(vmm.last.fd, g->gpu.window.fd);
	assert_int_equal(vmm.last.fd_offset, 4096);
	assert_int_equal(vmm.last.offset, 4096);
	assert_int_equal(vmm.last.len, 8192);
	gpu_placed(&g->gpu, vmm.last.token + 1, true);
	assert_int_equal(g->used->idx, 1);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(g->used->idx, 2);
	assert_int_equal(answer_type(g), VIRTIO_GPU_RESP_OK_MAP_ATTR);

	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), 0);
	assert_int_equal(vmm.last.fd, -1);
	assert_int_equal(vmm.last.offset, 4096);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(answer_type(g), NODATA);

	/* An unref of what is mapped takes it out as well. */
	assert_int_equal(map(g, 1, 0), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), 0);
	assert_int_equal(vmm.last.fd, -1);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(answer_type(g), NODATA);
}

static void test_cannot_be_placed(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };

	use_vmm(g, &vmm);
	create(g, 1, 4096, cached());
	assert_int_equal(map(g, 1, 0), 0);
	gpu_placed(&g->gpu, vmm.last.token, false);
	assert_int_equal(answer_type(g), VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_false(blob(g, 1)->mapped);
	vmm.answer = -ENOMEM;
	assert_int_equal(map(g, 1, 0), VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_false(blob(g, 1)->mapped);
	vmm.answer = 0;
	assert_int_equal(map(g, 1, 0), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(answer_type(g), VIRTIO_GPU_RESP_OK_MAP_ATTR);
}

/* What has no place is not waited for. */
static void test_change_while_it_cannot_be_placed(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b;

	use_vmm(g, &vmm);
	g->gpu.vmm.config_changed = ignore_event;
	create(g, 1, 4096, cached());
	b = blob(g, 1);
	map(g, 1, 0);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_true(b->waiting);
	gpu_placed(&g->gpu, vmm.last.token, false);
	assert_false(b->waiting);
}

static void test_too_many_places(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };

	g->gpu.window.size = (PLACES_MAX + 2) * 4096ULL;
	use_vmm(g, &vmm);
	for (uint32_t i = 0; i < PLACES_MAX; i++) {
		create(g, i + 1, 4096, cached());
		assert_int_equal(map(g, i + 1, i * 4096ULL), 0);
		gpu_placed(&g->gpu, vmm.last.token, true);
	}
	create(g, PLACES_MAX + 1, 4096, cached());
	assert_int_equal(map(g, PLACES_MAX + 1, PLACES_MAX * 4096ULL),
			 VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_int_equal(vmm.asked, PLACES_MAX);
	g->gpu.window.size = 1 << 20;
}

/* Let so much time pass, and the device do what it does by then. */
static void run_ms(unsigned int ms)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		assert_int_equal(loop_once(1), 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000 +
		 (now.tv_nsec - begin.tv_nsec) / 1000000 < ms);
}

static void test_time_out_of_each(void **state)
{
	struct guest *g = *state;
	unsigned long timeouts;

	g->gpu.vmm.config_changed = ignore_event;
	g->gpu.options.ack_timeout_ms = 200;
	for (uint32_t res = 1; res <= 3; res++)
		placed_blob(g, res);
	assert_int_equal(gpu_change(&g->gpu, blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(gpu_change(&g->gpu, blob(g, 2), VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	/* Neither changes of others put it off, nor its own. */
	for (int i = 0; i < 4; i++) {
		run_ms(60);
		gpu_change(&g->gpu, blob(g, 3), 1 + i % 3, 0);
		ack(g, 3, blob(g, 3)->generation);
		gpu_change(&g->gpu, blob(g, 2), 1 + i % 3, 0);
	}
	assert_int_equal(blob(g, 1)->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(blob(g, 3)->declared.flags, 0);
	assert_in_range(g->gpu.count.timeouts, 2, 5);
	/* What is revoked already does not time out again and again. */
	run_ms(300);
	assert_int_equal(blob(g, 2)->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	timeouts = g->gpu.count.timeouts;
	run_ms(500);
	assert_int_equal(g->gpu.count.timeouts, timeouts);
}

static void test_time_out_after_some_acks(void **state)
{
	struct guest *g = *state;
	uint64_t declared[8];
	struct blob *b;

	/* It is the oldest declaration that is not acknowledged that counts. */
	g->gpu.vmm.config_changed = ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	b = placed_blob(g, 1);
	assert_false(b->waiting);
	for (uint64_t generation = 2; generation < 8; generation++) {
		run_ms(5);
		gpu_change(&g->gpu, b, 1 + generation % 3, 0);
		declared[generation] = b->history[generation].ms;
		assert_true(declared[generation] > (generation > 2 ? declared[generation - 1] : 0));
		assert_int_equal(b->since_ms, declared[2]);
	}
	for (uint64_t generation = 2; generation < 8; generation++) {
		assert_true(b->waiting);
		assert_int_equal(b->since_ms, declared[generation]);
		ack(g, 1, generation);
	}
	assert_false(b->waiting);
	/* What cannot be acknowledged is not waited for: "generation" of op change. */
	b->generation = 0;
	ack_wait_timeout(&g->gpu, 10);
	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
	run_ms(100);
	assert_int_equal(g->gpu.count.timeouts, 0);
	b->generation = 7;
	b->waiting = false;
	ack_wait_timeout(&g->gpu, 60000);
	/* Of more than are remembered none gets more time than the first. */
	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
	declared[0] = b->since_ms;
	for (int i = 0; i < 2 * BLOB_HISTORY; i++)
		gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
	ack(g, 1, 9);
	assert_true(b->waiting);
	assert_int_equal(b->since_ms, declared[0]);
}

/* The guest does what it can: each generation that it is told of it acknowledges. */
static void test_time_out_of_quick_changes(void **state)
{
	struct guest *g = *state;
	uint64_t next_ms, since_ms;
	struct blob *b;

	g->gpu.vmm.config_changed = ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	b = placed_blob(g, 1);
	for (int round = 0; round < 3; round++) {
		gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
		assert_int_equal(fetched(g), 1);
		run_ms(5);
		gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
		next_ms = b->history[b->generation % BLOB_HISTORY].ms;
		run_ms(5);
		for (int i = 0; i < 2 * BLOB_HISTORY; i++)
			gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
		assert_true(b->since_ms < next_ms);
		assert_int_equal(ack(g, 1, b->generation - 2 * BLOB_HISTORY - 1), ATTR);
		assert_true(b->waiting);
		assert_int_equal(b->since_ms, next_ms);
	}
	/* What it has not been told of gets it no more time. */
	since_ms = b->since_ms;
	assert_int_equal(ack(g, 1, b->generation - 2 * BLOB_HISTORY), ATTR);
	assert_int_equal(b->since_ms, since_ms);
	assert_int_equal(fetched(g), 1);
	assert_int_equal(ack(g, 1, b->generation), NODATA);
	assert_false(b->waiting);
}

/* What was declared before the blob had a place the guest could not be late with. */
static void test_time_out_after_an_old_ack(void **state)
{
	struct guest *g = *state;
	struct blob *b;
	uint64_t since_ms;

	g->gpu.vmm.config_changed = ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	create(g, 1, 4096, cached());
	b = blob(g, 1);
	for (int i = 0; i < 2; i++)
		gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
	run_ms(5);
	assert_int_equal(map(g, 1, 0), ATTR);
	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
	since_ms = b->since_ms;
	assert_int_equal(ack(g, 1, 2), ATTR);
	assert_true(b->waiting);
	assert_int_equal(b->since_ms, since_ms);
}

static void test_time_out_set_later(void **state)
{
	struct guest *g = *state;
	json_t *request = json_pack("{s:s, s:i}", "op", "ack-timeout", "ms", 100), *answer;

	g->gpu.vmm.config_changed = ignore_event;
	placed_blob(g, 1);
	assert_int_equal(gpu_change(&g->gpu, blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	run_ms(50);
	assert_int_equal(g->gpu.count.timeouts, 0);
	answer = control_request(&g->gpu, request);
	assert_true(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	json_decref(request);
	run_ms(200);
	assert_int_equal(g->gpu.count.timeouts, 1);
	assert_int_equal(blob(g, 1)->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
}

/* Blob 1, of a page that a renderer has, in the window. */
static struct blob *mapped_of_renderer(struct guest *g, struct vmm *vmm, uint8_t *memory)
{
	struct blob *b;

	use_vmm(g, vmm);
	create(g, 1, 4096, cached());
	b = blob(g, 1);
	b->memory.va = memory;
	b->memory.fd = 77;
	map(g, 1, 4096);
	gpu_placed(&g->gpu, vmm->last.token, true);
	return b;
}

/* Acknowledged before it is told: that starts no wait, which the next change would find begun. */
static void test_time_out_after_an_early_ack(void **state)
{
	struct guest *g = *state;
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b = mapped_of_renderer(g, &vmm, renderers);

	g->gpu.vmm.config_changed = ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	assert_int_equal(blob_evict(&g->gpu, b), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(ack(g, 1, b->generation), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(ack(g, 1, b->generation), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(answer_type(g), NODATA);
	assert_false(b->waiting);
	run_ms(5);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_true(b->waiting);
	assert_int_equal(b->since_ms, b->history[b->generation].ms);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

static void test_time_out_takes_out(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	static uint8_t renderers[4096];
	struct blob *b;

	b = mapped_of_renderer(g, &vmm, renderers);
	renderers[0] = 7;

	/* Revoked when it is out of the window, not before. */
	g->gpu.options.ack_timeout_ms = 1;
	g->gpu.vmm.config_changed = ignore_event;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(vmm.last.fd, 77);
	while (!vmm.last.replace)
		assert_int_equal(loop_once(1000), 0);
	/* There is never nothing. */
	assert_int_equal(vmm.last.fd, g->gpu.window.fd);
	assert_int_equal(vmm.last.fd_offset, 4096);
	assert_int_equal(vmm.last.offset, 4096);
	assert_int_equal(vmm.last.len, 4096);
	assert_false(b->mapped);
	assert_int_equal(b->declared.flags, 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(blob_memory(&g->gpu, b)[0], 7);
	assert_int_equal(fetched(g), 1);

	/* What the guest still has mapped as before is not given back. */
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), -EBUSY);
	assert_int_equal(ack(g, 1, b->generation), NODATA);

	/* Given back, but QEMU cannot: it stays revoked, and may be given back again. */
	g->gpu.options.ack_timeout_ms = 0;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(vmm.last.fd, 77);
	assert_int_equal(vmm.last.offset, 4096);
	assert_int_equal(fetched(g), 0);
	assert_true(vmm.last.replace);
	gpu_placed(&g->gpu, vmm.last.token, false);
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_true(b->evicted);
	assert_int_equal(vmm.last.fd, g->gpu.window.fd);
	assert_int_equal(fetched(g), 1);
	assert_int_equal(ack(g, 1, b->generation), NODATA);

	/* The guest hears of it when it is there. */
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(fetched(g), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(fetched(g), 1);
	assert_true(b->mapped);
	assert_false(b->evicted);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* The guest has not acknowledged a change of a blob with a 7 in it in time. */
static struct blob *timed_out(struct guest *g, uint32_t res, uint64_t offset)
{
	unsigned long timeouts = g->gpu.count.timeouts;
	struct blob *b;

	g->gpu.vmm.config_changed = ignore_event;
	assert_int_equal(create(g, res, 4096, cached()), ATTR);
	assert_int_equal(map(g, res, offset), ATTR);
	g->gpu.window.va[offset] = 7;
	b = blob(g, res);
	g->gpu.options.ack_timeout_ms = 1;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	while (g->gpu.count.timeouts == timeouts)
		assert_int_equal(loop_once(1000), 0);
	g->gpu.options.ack_timeout_ms = 0;
	assert_false(b->mapped);
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(g->gpu.window.va[offset], 0);
	return b;
}

static void test_unmap_of_evicted(void **state)
{
	struct guest *g = *state;
	struct blob *b = timed_out(g, 1, 4096);

	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), PARAMETER);
	/* Its place is another's, and given back it has none. */
	create(g, 2, 4096, cached());
	assert_int_equal(map(g, 2, 4096), ATTR);
	g->gpu.window.va[4096] = 9;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(b->declared.flags, 0);
	assert_false(b->mapped);
	assert_int_equal(g->gpu.window.va[4096], 9);
	assert_int_equal(map(g, 1, 8192), ATTR);
	assert_true(b->mapped);
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
}

/* Nothing is late here, and its place shows nothing of it all the same. */
static void test_revoked_and_acknowledged(void **state)
{
	struct guest *g = *state;
	struct blob *b;

	create(g, 1, 4096, cached());
	assert_int_equal(map(g, 1, 4096), ATTR);
	g->gpu.vmm.config_changed = ignore_event;
	b = blob_find(&g->gpu.blobs, 1);
	g->gpu.window.va[4096] = 7;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_CACHED,
				    VIRTIO_GPU_MAP_ATTR_REVOKED), 0);
	assert_int_equal(g->gpu.window.va[4096], 7);
	assert_int_equal(ack(g, 1, b->generation), NODATA);
	assert_int_equal(g->gpu.window.va[4096], 0);
	g->gpu.window.va[4096] = 9;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(g->gpu.window.va[4096], 7);
	assert_true(b->mapped);
	/* What has no place needs no acknowledgment, and gets one that shows nothing. */
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_CACHED,
				    VIRTIO_GPU_MAP_ATTR_REVOKED), 0);
	assert_int_equal(map(g, 1, 8192), ATTR);
	assert_false(b->mapped);
}

static void test_map_of_evicted(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr *resp = (void *)(g->ram + ANSWER);
	struct blob *b = timed_out(g, 1, 4096);

	/* The guest has it mapped, for all it knows, and its place is kept. */
	assert_int_equal(map(g, 1, 65536), PARAMETER);
	create(g, 2, 4096, cached());
	assert_int_equal(map(g, 2, 4096), PARAMETER);
	/* Mapped again it gets a place, and nothing that would be there. */
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	assert_int_equal(map(g, 1, 65536), ATTR);
	assert_int_equal(le32toh(resp->attr.flags), VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_false(b->mapped);
	assert_int_equal(g->gpu.window.va[65536], 0);
	assert_int_equal(map(g, 2, 65536), PARAMETER);
	/* Until it is given back, which is when the guest knows that it has gone. */
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), -EBUSY);
	assert_int_equal(ack(g, 1, b->generation), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_true(b->mapped);
	assert_false(b->evicted);
	assert_int_equal(g->gpu.window.va[65536], 7);
	assert_int_equal(map(g, 2, 4096), ATTR);
}

static void test_given_back_during_eviction(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	static uint8_t renderers[4096];
	uint64_t out;
	struct blob *b;

	g->gpu.vmm.config_changed = ignore_event;
	b = mapped_of_renderer(g, &vmm, renderers);
	g->gpu.options.ack_timeout_ms = 1;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	while (!vmm.last.replace)
		assert_int_equal(loop_once(1000), 0);
	g->gpu.options.ack_timeout_ms = 0;
	out = vmm.last.token;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_UNCACHED, 0), -EBUSY);
	gpu_placed(&g->gpu, out, true);
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_UNCACHED, 0), -EBUSY);
	assert_int_equal(ack(g, 1, b->generation), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_UNCACHED, 0), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(b->declared.flags, 0);
	assert_true(b->mapped);
	assert_false(b->evicted);

	/* The guest does not wait until it has it back. */
	ack_wait_timeout(&g->gpu, 1);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	while (vmm.last.fd != g->gpu.window.fd)
		assert_int_equal(loop_once(1000), 0);
	g->gpu.options.ack_timeout_ms = 0;
	out = vmm.last.token;
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), 0);
	gpu_placed(&g->gpu, out, true);
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(vmm.last.fd, -1);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(answer_type(g), NODATA);

	/* Mapped again it has a place with nothing of its own; meanwhile it cannot be given back. */
	assert_int_equal(map(g, 1, 8192), 0);
	assert_int_equal(vmm.last.fd, g->gpu.window.fd);
	assert_int_equal(ack(g, 1, b->generation), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), -EBUSY);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_true(b->placed);
	assert_false(b->mapped);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(vmm.last.fd, 77);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_true(b->mapped);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* The guest is told that it has let go when its place shows nothing any more, however often. */
static void test_ack_during_eviction(void **state)
{
	struct guest *g = *state;
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b = mapped_of_renderer(g, &vmm, renderers);
	uint16_t used;
	json_t *report;

	g->gpu.vmm.config_changed = ignore_event;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_CACHED,
				    VIRTIO_GPU_MAP_ATTR_REVOKED), 0);
	assert_int_equal(fetched(g), 1);
	assert_int_equal(blob_evict(&g->gpu, b), 0);	/* the time-out */
	used = g->used->idx;
	assert_int_equal(ack(g, 1, 2), 0);
	assert_int_equal(ack(g, 1, 2), 0);
	report = report_blob(b);
	assert_true(json_is_true(json_object_get(report, "evicting")));
	json_decref(report);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(g->used->idx, (uint16_t)(used + 2));
	assert_int_equal(answer_type(g), NODATA);
	report = report_blob(b);
	assert_true(json_is_false(json_object_get(report, "evicting")));
	json_decref(report);
	assert_int_equal(ack(g, 1, 2), NODATA);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* Blob 1 of a renderer, revoked, acknowledged, and given back, which QEMU is still to do. */
static struct blob *being_given_back(struct guest *g, struct vmm *vmm, uint8_t *memory)
{
	struct blob *b = mapped_of_renderer(g, vmm, memory);

	g->gpu.vmm.config_changed = ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	assert_int_equal(blob_evict(&g->gpu, b), 0);
	gpu_placed(&g->gpu, vmm->last.token, true);
	assert_int_equal(ack(g, 1, 2), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(vmm->last.fd, 77);
	assert_int_equal(fetched(g), 0);
	return b;
}

/* No acknowledgment tells the guest of it, or ends the wait for it, before it is there. */
static void test_ack_while_given_back(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr *resp = (void *)(g->ram + ANSWER);
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b = being_given_back(g, &vmm, renderers);
	uint16_t used = g->used->idx;

	assert_int_equal(ack(g, 1, 2), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(g->used->idx, (uint16_t)(used + 1));
	assert_int_equal(answer_type(g), ATTR);
	assert_int_equal(le64toh(resp->attr.generation), 3);
	/* One that guesses. */
	assert_int_equal(ack(g, 1, 3), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC,
				    VIRTIO_GPU_MAP_ATTR_REVOKED), 0);
	assert_int_equal(ack(g, 1, 4), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(answer_type(g), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(ack(g, 1, 5), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(answer_type(g), NODATA);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* When QEMU cannot, what is acknowledged is not in force any more, and that is no error. */
static void test_ack_while_not_given_back(void **state)
{
	static const uint64_t generation[] = { 2, 3 };
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr *resp = (void *)(g->ram + ANSWER);
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b = being_given_back(g, &vmm, renderers);

	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(ack(g, 1, generation[i]), 0);
		gpu_placed(&g->gpu, vmm.last.token, false);
		assert_int_equal(answer_type(g), ATTR);
		assert_int_equal(le64toh(resp->attr.generation), b->generation);
		assert_int_equal(le32toh(resp->attr.flags), VIRTIO_GPU_MAP_ATTR_REVOKED);
		assert_int_equal(ack(g, 1, b->generation), NODATA);
		b->generation = 2;
		b->acked = 2;
		assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	}
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* What was not told because its place was being filled is told when it has none. */
static void test_unmap_while_given_back(void **state)
{
	struct guest *g = *state;
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b = being_given_back(g, &vmm, renderers);

	g->gpu.config.events_read = 0;
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), 0);
	assert_int_equal(le32toh(g->gpu.config.events_read), VIRTIO_GPU_EVENT_MAP_ATTR);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(fetched(g), 1);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* However long QEMU takes to map it, the guest has its time from then on. */
static void test_time_out_after_map(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b;

	use_vmm(g, &vmm);
	g->gpu.vmm.config_changed = ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	create(g, 1, 4096, cached());
	b = blob(g, 1);
	assert_int_equal(map(g, 1, 4096), 0);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	run_ms(5);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(answer_type(g), ATTR);
	assert_true(b->waiting);
	assert_true(b->since_ms > b->history[2].ms);
	assert_int_equal(ack(g, 1, 2), NODATA);
	assert_false(b->waiting);
	/* What has not changed meanwhile is not waited for. */
	create(g, 2, 4096, cached());
	assert_int_equal(map(g, 2, 8192), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_false(blob(g, 2)->waiting);
}

/* What is declared is what is in force when the guest gets the answer. */
static void test_change_while_placed(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr *resp = (void *)(g->ram + ANSWER);
	struct vmm vmm = { 0 };

	use_vmm(g, &vmm);
	g->gpu.vmm.config_changed = ignore_event;
	create(g, 1, 4096, cached());
	assert_int_equal(map(g, 1, 4096), 0);
	assert_int_equal(gpu_change(&g->gpu, blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(answer_type(g), ATTR);
	assert_int_equal(le64toh(resp->attr.generation), 2);
	assert_int_equal(le32toh(resp->attr.cache_mode), VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(fetched(g), 1);
}

static void test_cannot_be_evicted(void **state)
{
	struct guest *g = *state;
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b;

	g->gpu.vmm.config_changed = ignore_event;
	b = mapped_of_renderer(g, &vmm, renderers);
	g->gpu.options.ack_timeout_ms = 20;
	vmm.answer = -ENOMEM;
	vmm.asked = 0;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	while (!vmm.asked)
		assert_int_equal(loop_once(1000), 0);
	/* It is still there, and nothing else is said. */
	assert_true(b->mapped);
	assert_int_equal(b->declared.flags, 0);
	/* The device tries again. */
	vmm.answer = 0;
	vmm.last.replace = false;
	while (!vmm.last.replace)
		assert_int_equal(loop_once(1000), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_false(b->mapped);
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	b->memory.va = NULL;
	b->memory.fd = -1;

	/* What cannot be unmapped has its place still, and is there. */
	create(g, 2, 4096, cached());
	map(g, 2, 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	vmm.answer = -ENOMEM;
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 2),
			 VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_true(blob(g, 2)->mapped);
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 2), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_non_null(blob(g, 2));
	vmm.answer = 0;
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 2), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(answer_type(g), NODATA);
}

/* Nothing is there for the guest, then, and not even what is written to it is kept. */
static void test_cannot_be_filled(void **state)
{
	struct guest *g = *state;
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b = mapped_of_renderer(g, &vmm, renderers);
	int fd = memfd_create("stderr", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	char said[256] = "";

	g->gpu.vmm.config_changed = ignore_event;
	assert_int_equal(blob_evict(&g->gpu, b), 0);
	run_ms(1100);	/* other tests have had warnings, too */
	dup2(fd, STDERR_FILENO);
	gpu_placed(&g->gpu, vmm.last.token, false);
	dup2(saved, STDERR_FILENO);
	assert_true(pread(fd, said, sizeof(said) - 1, 0) > 0);
	assert_non_null(strstr(said, "resource 1: nothing is at its place"));
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	close(saved);
	close(fd);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

static void test_few_warnings(void **state)
{
	int fd = memfd_create("stderr", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	off_t before, after;

	(void)state;
	run_ms(1100);	/* other tests have had warnings, too */
	dup2(fd, STDERR_FILENO);
	for (int i = 0; i < 10000; i++)
		log_warn("nonsense of kind %d", i);
	before = lseek(fd, 0, SEEK_CUR);
	/* There are more, and how many there were, later. */
	run_ms(1100);
	log_warn("something else");
	after = lseek(fd, 0, SEEK_CUR);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	assert_in_range(before, 20, 2000);
	assert_in_range(after - before, 20, 200);
}

/* Each ring of a context has fences of its own, numbered as the guest likes. */
static void test_fences_of_rings(void **state)
{
	struct guest *g = *state;
	struct reply r = { .wait = WAIT_FENCE, .token = 5, .len = sizeof(r.hdr) };
	struct chain chain;

	for (uint8_t ring = 0; ring < 2; ring++) {
		descriptor(g->desc, ring, BASE + ANSWER + ring * 64, 64, VRING_DESC_F_WRITE, 0);
		offer(g, ring);
		assert_int_equal(virtq_pop(&g->gpu.virtq[0], &g->gpu.memory, &chain), 1);
		r.hdr.ctx_id = htole32(1);
		r.hdr.ring_idx = ring;
		deferred_add(&g->gpu, 0, &chain, VIRTIO_GPU_CMD_SUBMIT_3D, &r);
	}
	deferred_fence(&g->gpu, 2, 0, 5);
	deferred_fence(&g->gpu, 1, 0, 6);
	assert_int_equal(g->used->idx, 0);
	deferred_fence(&g->gpu, 1, 0, 5);
	assert_int_equal(g->used->idx, 1);
	assert_int_equal(g->used->ring[0].id, 0);
	deferred_fence(&g->gpu, 1, 1, 5);
	assert_int_equal(g->used->idx, 2);
	assert_int_equal(g->used->ring[1].id, 1);
}

/* ---- memory of a renderer --------------------------------------------- */

static void test_mapped_file(void **state)
{
	int fd = memfd_create("mapped", MFD_CLOEXEC), other = memfd_create("other", MFD_CLOEXEC);
	const int rw = PROT_READ | PROT_WRITE;
	uint64_t offset = 0;
	uint8_t *va, *private;

	(void)state;
	assert_int_equal(ftruncate(fd, 4 * 4096), 0);
	va = mmap(NULL, 2 * 4096, rw, MAP_SHARED, fd, 4096);
	private = mmap(NULL, 4096, rw, MAP_PRIVATE, fd, 0);
	assert_int_equal(mapped_file_offset(fd, va, 2 * 4096, &offset), 0);
	assert_int_equal(offset, 4096);
	assert_int_equal(mapped_file_offset(fd, va + 4096, 4096, &offset), 0);
	assert_int_equal(offset, 2 * 4096);
	assert_int_equal(mapped_file_offset(fd, va + 64, 4096, &offset), -EINVAL);
	assert_int_equal(mapped_file_offset(fd, va + 4096, 4097, &offset), -ENXIO);
	assert_int_equal(mapped_file_offset(other, va, 4096, &offset), -ENXIO);
	assert_int_equal(mapped_file_offset(fd, private, 4096, &offset), -ENXIO);
	assert_int_equal(mapped_file_offset(fd, NULL, 4096, &offset), -ENXIO);
	assert_int_equal(mapped_file_offset(-1, va, 4096, &offset), -EBADF);
	munmap(va, 2 * 4096);
	munmap(private, 4096);
	close(fd);
	close(other);
}

static int add_rule(const char *text)
{
	json_t *rule = json_loads(text, 0, NULL);
	const char *why;
	int ret = policy_add_rule(rule, &why);

	json_decref(rule);
	return ret;
}

static void test_memory_rules(void **state)
{
	struct declaration d;

	(void)state;
	d = policy_decide_memory(MEMORY_OPAQUE, 4096, VIRTIO_GPU_MAP_CACHE_WC, true);
	assert_int_equal(d.cache_mode, VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(d.flags, 0);
	d = policy_decide_memory(MEMORY_DMA_BUF, 4096, VIRTIO_GPU_MAP_CACHE_CACHED, true);
	assert_int_equal(d.flags, VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);

	assert_int_equal(add_rule("{\"memory\":\"opaque\",\"min_size\":8192,\"sync\":true}"), 0);
	assert_int_equal(add_rule("{\"memory\":\"dma-buf\",\"cache\":\"uncached\"}"), 0);
	d = policy_decide_memory(MEMORY_OPAQUE, 8191, VIRTIO_GPU_MAP_CACHE_WC, true);
	assert_int_equal(d.flags, 0);
	d = policy_decide_memory(MEMORY_OPAQUE, 8192, VIRTIO_GPU_MAP_CACHE_WC, true);
	assert_int_equal(d.cache_mode, VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(d.flags, VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);
	d = policy_decide_memory(MEMORY_DMA_BUF, 4096, VIRTIO_GPU_MAP_CACHE_CACHED, true);
	assert_int_equal(d.cache_mode, VIRTIO_GPU_MAP_CACHE_UNCACHED);
	assert_int_equal(d.flags, 0);
	/* What is not made to be mapped is not, whatever else is declared for it. */
	d = policy_decide_memory(MEMORY_OPAQUE, 4096, VIRTIO_GPU_MAP_CACHE_NONE, false);
	assert_int_equal(d.cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(d.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	/* When in doubt, no access without brackets; a cache mode is no guess. */
	d = policy_decide_memory(MEMORY_SHM, 4096, VIRTIO_GPU_MAP_CACHE_NONE, true);
	assert_int_equal(d.cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(d.flags, VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);
	d = policy_decide_memory(MEMORY_OPAQUE, 8192, 7, true);
	assert_int_equal(d.cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(d.flags, VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);
	/* Not for blob_ids, not even 0. */
	assert_int_equal(policy_decide(0).flags, 0);

	assert_int_equal(add_rule("{\"memory\":\"opaque\",\"blob_id\":1}"), -EINVAL);
	assert_int_equal(add_rule("{\"memory\":\"soft\"}"), -EINVAL);
	assert_int_equal(add_rule("{\"memory\":\"shm\",\"min_size\":-1}"), -EINVAL);
	assert_int_equal(add_rule("{\"sync\":true}"), -EINVAL);
	policy_clear();
}

/* A guest that spells what is no declaration gets what it would without. */
static void test_spelled_wrong(void **state)
{
	(void)state;
	assert_int_equal(policy_decide(blob_id_attr(VIRTIO_GPU_MAP_CACHE_WC, 4, 0)).cache_mode,
			 VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(policy_decide(blob_id_attr(4, 0, 0)).cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(policy_decide(blob_id_attr(0, 0, 0)).cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(policy_decide(blob_id_attr(1, 128, 0)).flags, 0);
}

static void test_read_only_rules(void **state)
{
	const uint32_t both = VIRTIO_GPU_MAP_ATTR_READ_ONLY | VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED;

	(void)state;
	assert_int_equal(add_rule("{\"memory\":\"shm\",\"read_only\":true}"), 0);
	assert_int_equal(policy_decide_memory(MEMORY_SHM, 4096, VIRTIO_GPU_MAP_CACHE_CACHED,
					      true).flags, VIRTIO_GPU_MAP_ATTR_READ_ONLY);
	assert_int_equal(add_rule("{\"blob_id\":9,\"read_only\":true,\"sync\":true}"), 0);
	assert_int_equal(policy_decide(9).flags, both);
	assert_int_equal(add_rule("{\"blob_id\":8,\"read_only\":false}"), 0);
	assert_int_equal(policy_decide(8).flags, 0);
	policy_clear();
}

/* ---- a renderer ------------------------------------------------------- */

static int setup_renderer(void **state)
{
	struct guest *g;

	if (guest_setup(state))
		return -1;
	g = *state;
	return renderer_init(&g->gpu);
}

static uint32_t context(struct guest *g, uint32_t type, uint32_t ctx_id, uint32_t capset)
{
	struct virtio_gpu_ctx_create c = {
		.hdr.type = htole32(type),
		.hdr.ctx_id = htole32(ctx_id),
		.nlen = htole32(0xffffffff),
		.context_init = htole32(capset),
		.debug_name = "test",
	};

	return command(g, &c, sizeof(c), NULL);
}

static uint32_t submit(struct guest *g, uint32_t ctx_id, uint32_t size, uint32_t flags,
		       uint8_t ring)
{
	struct {
		struct virtio_gpu_cmd_submit cmd;
		uint32_t words[4];
	} c = {
		.cmd.hdr.type = htole32(VIRTIO_GPU_CMD_SUBMIT_3D),
		.cmd.hdr.flags = htole32(flags),
		.cmd.hdr.fence_id = htole64(5),
		.cmd.hdr.ctx_id = htole32(ctx_id),
		.cmd.hdr.ring_idx = ring,
		.cmd.size = htole32(size),
		.words = { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
	};

	return command(g, &c, sizeof(c), NULL);
}

#define RING_FENCE (VIRTIO_GPU_FLAG_FENCE | VIRTIO_GPU_FLAG_INFO_RING_IDX)

/* Until the device has given as many answers; an answer to wait for has a way to come. */
static void wait_used(struct guest *g, uint16_t used)
{
	for (int i = 0; i < 600 && g->used->idx != used; i++)
		assert_int_equal(loop_once(50), 0);
	assert_int_equal(g->used->idx, used);
}

static uint32_t create_in(struct guest *g, uint32_t res, uint32_t ctx_id, uint64_t size,
			  uint64_t blob_id, uint32_t flags)
{
	struct virtio_gpu_resource_create_blob c = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB),
		.hdr.ctx_id = htole32(ctx_id),
		.resource_id = htole32(res),
		.blob_mem = htole32(VIRTIO_GPU_BLOB_MEM_HOST3D),
		.blob_flags = htole32(flags),
		.blob_id = htole64(blob_id),
		.size = htole64(size),
	};

	return command(g, &c, sizeof(c), NULL);
}

static void test_renderer_commands(void **state)
{
	struct guest *g = *state;

	assert_int_equal(context(g, VIRTIO_GPU_CMD_CTX_CREATE, 1, RENDERER_CAPSET), NODATA);
	assert_int_equal(context(g, VIRTIO_GPU_CMD_CTX_CREATE, 1, RENDERER_CAPSET),
			 VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(context(g, VIRTIO_GPU_CMD_CTX_CREATE, 0, RENDERER_CAPSET),
			 VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(context(g, VIRTIO_GPU_CMD_CTX_CREATE, 2, 10), NODATA);
	assert_true(renderer_has_context(&g->gpu, 1));
	assert_false(renderer_has_context(&g->gpu, 2));

	assert_int_equal(submit(g, 1, 0, 0, 0), NODATA);
	assert_int_equal(submit(g, 1, 17, 0, 0), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(submit(g, 1, 3, 0, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	/* A fence of no ring is there with the command, one of a ring that cannot be is an error. */
	assert_int_equal(submit(g, 1, 0, VIRTIO_GPU_FLAG_FENCE, 0), NODATA);
	assert_int_equal(submit(g, 1, 0, RING_FENCE, 255), VIRTIO_GPU_RESP_ERR_UNSPEC);
	/* Nonsense ends the context, when the renderer has looked at it. */
	for (int i = 0; i < 600 && submit(g, 1, 16, 0, 0) == NODATA; i++)
		assert_int_equal(loop_once(50), 0);
	assert_int_equal(submit(g, 1, 16, 0, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(submit(g, 1, 0, RING_FENCE, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(context(g, VIRTIO_GPU_CMD_CTX_DESTROY, 1, 0), NODATA);
	assert_false(renderer_has_context(&g->gpu, 1));
}

static void test_renderer_memory(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b;
	uint8_t byte = 0;

	use_vmm(g, &vmm);
	context(g, VIRTIO_GPU_CMD_CTX_CREATE, 1, RENDERER_CAPSET);
	assert_int_equal(create_in(g, 1, 1, 65536, 0, VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE),
			 VIRTIO_GPU_RESP_OK_MAP_ATTR);
	b = blob(g, 1);
	assert_int_equal(b->memory.kind, MEMORY_SHM);
	assert_int_equal(b->declared.cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(map(g, 1, 4096), 0);
	assert_int_equal(vmm.last.fd, b->memory.fd);
	assert_int_equal(vmm.last.fd_offset, 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	blob_memory(&g->gpu, b)[100] = 42;
	assert_int_equal(pread(b->memory.fd, &byte, 1, 100), 1);
	assert_int_equal(byte, 42);

	/* There is no such VkDeviceMemory, and no such context. */
	assert_int_equal(create_in(g, 2, 1, 65536, 99, VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE),
			 VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_null(blob(g, 2));
	/* A driver without the feature could not hear that this one requires SYNC. */
	assert_int_equal(add_rule("{\"memory\":\"shm\",\"sync\":true}"), 0);
	assert_int_equal(create_in(g, 3, 1, 65536, 0, VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE),
			 VIRTIO_GPU_RESP_OK_MAP_ATTR);
	policy_clear();
	g->gpu.features &= ~(1ULL << VIRTIO_GPU_F_MAP_ATTR);
	assert_int_equal(map(g, 3, 131072), VIRTIO_GPU_RESP_ERR_UNSPEC);
	/* The memory outlives its context. */
	context(g, VIRTIO_GPU_CMD_CTX_DESTROY, 1, 0);
	assert_int_equal(blob_memory(&g->gpu, b)[100], 42);
}

/* ---- QEMU's side of the channel for our requests ---------------------- */

#define VU_SET_BACKEND_REQ_FD		21
#define VU_BACKEND_SHARED_OBJECT_REMOVE	7
#define VU_BACKEND_SHMEM_MAP		9
#define VU_BACKEND_SHMEM_UNMAP		10
#define VU_REPLY			4

/* Send a message with a payload, and a descriptor if that is not -1. */
static void qemu_send_bytes(int fd, uint32_t request, uint32_t flags, const void *payload,
			    uint32_t size, int pass_fd)
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
static void qemu_send(int fd, uint32_t request, uint32_t flags, uint64_t payload, int pass_fd)
{
	qemu_send_bytes(fd, request, flags, &payload, sizeof(payload), pass_fd);
	assert_int_equal(loop_once(1000), 0);
}

/* Which request the device has sent; of a SHMEM request the place in the window, too. */
static uint32_t qemu_received(int fd, uint64_t *offset)
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

static void test_qemu_maps(void **state)
{
	struct guest *g = *state;
	struct vhost_user vu = { .gpu = &g->gpu };
	int main_fds[2], back[2];
	uint64_t offset = 0;
	uint16_t used;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, main_fds), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, back), 0);
	assert_int_equal(vhost_user_attach(&vu, main_fds[0]), 0);
	qemu_send(main_fds[1], VU_SET_BACKEND_REQ_FD, 0, 0, back[0]);
	close(back[0]);
	vu.window.started = true;
	context(g, VIRTIO_GPU_CMD_CTX_CREATE, 1, RENDERER_CAPSET);
	for (uint32_t res = 1; res <= 2; res++)
		create_in(g, res, 1, 65536, 0, VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE);
	used = g->used->idx;

	/* Answered when a request after the mapping is, and the next is asked for then. */
	assert_int_equal(map(g, 1, 4096), 0);
	assert_int_equal(map(g, 2, 131072), 0);
	assert_int_equal(qemu_received(back[1], &offset), VU_BACKEND_SHMEM_MAP);
	assert_int_equal(offset, 4096);
	assert_int_equal(qemu_received(back[1], NULL), 0);
	qemu_send(back[1], VU_BACKEND_SHMEM_MAP, VU_REPLY, 0, -1);
	assert_int_equal(qemu_received(back[1], NULL), VU_BACKEND_SHARED_OBJECT_REMOVE);
	assert_int_equal(g->used->idx, used);
	qemu_send(back[1], VU_BACKEND_SHARED_OBJECT_REMOVE, VU_REPLY, 0, -1);
	assert_int_equal(g->used->idx, (uint16_t)(used + 1));
	assert_int_equal(answer_type(g), VIRTIO_GPU_RESP_OK_MAP_ATTR);

	/* What is in the way is taken out once; then it is an error. */
	assert_int_equal(qemu_received(back[1], &offset), VU_BACKEND_SHMEM_MAP);
	assert_int_equal(offset, 131072);
	qemu_send(back[1], VU_BACKEND_SHMEM_MAP, VU_REPLY, 1, -1);
	assert_int_equal(qemu_received(back[1], &offset), VU_BACKEND_SHMEM_UNMAP);
	qemu_send(back[1], VU_BACKEND_SHMEM_UNMAP, VU_REPLY, 0, -1);
	assert_int_equal(qemu_received(back[1], &offset), VU_BACKEND_SHMEM_MAP);
	qemu_send(back[1], VU_BACKEND_SHMEM_MAP, VU_REPLY, 1, -1);
	assert_int_equal(answer_type(g), VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_false(blob(g, 2)->mapped);

	/* Without QEMU nothing waits for it. */
	assert_int_equal(map(g, 2, 131072), 0);
	assert_int_equal(qemu_received(back[1], &offset), VU_BACKEND_SHMEM_MAP);
	close(back[1]);
	assert_int_equal(loop_once(1000), 0);
	assert_int_equal(answer_type(g), VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_int_equal(map(g, 2, 131072), VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	/* What has a place can be given up all the same. */
	assert_true(blob(g, 1)->placed);
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	assert_false(blob(g, 1)->placed);
	blob(g, 1)->placed = true;
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), NODATA);
	assert_null(blob(g, 1));

	g->gpu.memory.count = 0;	/* not mapped by vhost-user */
	vhost_user_detach(&vu);
	close(main_fds[1]);
}

/* ---- all of QEMU ------------------------------------------------------ */

#define VU_SET_FEATURES		2
#define VU_SET_MEM_TABLE	5
#define VU_SET_VRING_NUM	8
#define VU_SET_VRING_ADDR	9
#define VU_SET_VRING_BASE	10
#define VU_GET_VRING_BASE	11
#define VU_SET_VRING_KICK	12
#define VU_SET_VRING_CALL	13
#define VU_SET_VRING_ENABLE	18
#define VU_RESET_DEVICE		34
#define VU_GET_SHMEM_CONFIG	44
#define VU_NEED_REPLY		8
#define VU_BACKEND_CONFIG_CHANGE 2

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

static bool is_qemu_closed;

static void qemu_closed(void)
{
	is_qemu_closed = true;
}

/* Send a message, and have the device look at it. Return: what it says, 0 is good. */
static uint64_t qemu_ask(struct qemu *q, uint32_t request, const void *payload, uint32_t size,
			 int pass_fd)
{
	uint64_t answer = 0;
	uint32_t words[3];

	qemu_send_bytes(q->main_fd, request, VU_NEED_REPLY, payload, size, pass_fd);
	for (int i = 0; i < 100 && recv(q->main_fd, words, 12, MSG_DONTWAIT) != 12; i++)
		assert_int_equal(loop_once(10), 0);
	assert_int_equal(words[0], request);
	assert_int_equal(words[2], 8);
	assert_int_equal(recv(q->main_fd, &answer, 8, 0), 8);
	return answer;
}

static uint64_t qemu_ask_u64(struct qemu *q, uint32_t request, uint64_t payload, int pass_fd)
{
	return qemu_ask(q, request, &payload, sizeof(payload), pass_fd);
}

/* For SET_VRING_NUM and the like, of the control queue. */
static uint64_t qemu_vring(struct qemu *q, uint32_t request, uint32_t value)
{
	return qemu_ask_u64(q, request, (uint64_t)value << 32, -1);
}

static uint64_t qemu_vring_addr(struct qemu *q, uint64_t desc, uint64_t avail, uint64_t used)
{
	struct {
		uint32_t index, flags;
		uint64_t desc, used, avail, log;
	} addr = { .desc = 0x7f0000000000 + desc, .used = 0x7f0000000000 + used,
		   .avail = 0x7f0000000000 + avail };

	return qemu_ask(q, VU_SET_VRING_ADDR, &addr, sizeof(addr), -1);
}

static uint64_t qemu_mem_table(struct qemu *q, uint64_t size, uint64_t mmap_offset)
{
	struct {
		uint32_t count, padding;
		uint64_t gpa, size, qemu_va, mmap_offset;
	} table = { .count = 1, .gpa = BASE, .size = size, .qemu_va = 0x7f0000000000,
		    .mmap_offset = mmap_offset };

	return qemu_ask(q, VU_SET_MEM_TABLE, &table, sizeof(table), q->ram_fd);
}

/* Answer what the device asks for. Return: how often it has told of a change. */
static unsigned int qemu_answers(struct qemu *q)
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
				qemu_send(q->back_fd, words[0], VU_REPLY, 0, -1);
		}
		assert_int_equal(loop_once(0), 0);
	}
	return changes;
}

/* The driver has set up its queue, or the guest runs on; the device gets no answers yet. */
static void qemu_start_only(struct qemu *q, uint16_t base)
{
	assert_int_equal(qemu_vring(q, VU_SET_VRING_NUM, QUEUE), 0);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_BASE, base), 0);
	assert_int_equal(qemu_vring_addr(q, 0, 0x1000, 0x2000), 0);
	assert_int_equal(qemu_ask_u64(q, VU_SET_VRING_KICK, 0, q->kick), 0);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_ENABLE, 1), 0);
}

/* The same, and it is; returns as qemu_answers(). */
static unsigned int qemu_start(struct qemu *q, uint16_t base)
{
	qemu_start_only(q, base);
	return qemu_answers(q);
}

static uint16_t qemu_stop(struct qemu *q)
{
	return qemu_ask_u64(q, VU_GET_VRING_BASE, 0, -1) >> 32;
}

static struct qemu *qemu_begin(struct guest *g)
{
	struct qemu *q = calloc(1, sizeof(*q));
	int main_fds[2], back[2];

	is_qemu_closed = false;
	q->g = g;
	q->vu = (struct vhost_user){ .gpu = &g->gpu, .closed = qemu_closed };
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

static void qemu_end(struct qemu *q)
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

static void test_time_out_stands_still(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	qemu_start(q, 0);
	g->gpu.options.ack_timeout_ms = 1000;
	placed_blob(g, 1);
	assert_int_equal(gpu_change(&g->gpu, blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(qemu_stop(q), 2);
	run_ms(1100);
	assert_int_equal(g->gpu.count.timeouts, 0);
	qemu_start(q, 2);
	assert_int_equal(g->gpu.count.timeouts, 0);
	run_ms(1100);
	assert_int_equal(g->gpu.count.timeouts, 1);
}

static void test_change_while_stopped(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	assert_int_equal(qemu_start(q, 0), 0);
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
	assert_int_equal(qemu_stop(q), 1);
	assert_int_equal(gpu_change(&g->gpu, blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(qemu_answers(q), 0);	/* it would follow a null pointer */
	assert_int_equal(qemu_start(q, 1), 1);
	assert_int_equal(le32toh(g->gpu.config.events_read), VIRTIO_GPU_EVENT_MAP_ATTR);
	assert_int_equal(fetched(g), 1);
	/* Nothing has changed since. */
	assert_int_equal(qemu_stop(q), 2);
	assert_int_equal(qemu_start(q, 2), 0);
}

static void test_bad_messages(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	/* Longer than there are addresses, and the sum is not. */
	assert_int_equal(qemu_mem_table(q, -8192ULL, 16384), 1);
	assert_int_equal(qemu_mem_table(q, SIZE, -SIZE + 4096ULL), 1);
	assert_int_equal(qemu_mem_table(q, 0, 0), 1);
	/* Longer than the file, whose end would be ours. */
	assert_int_equal(qemu_mem_table(q, SIZE + 1, 0), 1);
	assert_int_equal(qemu_mem_table(q, SIZE, 4096), 1);
	assert_int_equal(g->gpu.memory.count, 0);
	assert_int_equal(qemu_mem_table(q, SIZE, 0), 0);

	assert_int_equal(qemu_vring(q, VU_SET_VRING_NUM, 0), 1);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_NUM, QUEUE + 1), 1);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_NUM, 2 * VIRTQ_MAX_SIZE), 1);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_BASE, 65536), 1);
	qemu_start(q, 0);
	/* Its memory has been looked at; what is beyond has not. */
	assert_int_equal(qemu_vring(q, VU_SET_VRING_NUM, VIRTQ_MAX_SIZE), 1);
	assert_int_equal(qemu_vring_addr(q, 0, 0x1000, 0x3000), 1);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_BASE, 5), 1);
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);

	/* Memory that goes away takes the requests along that the device has in it. */
	defer_one(g, 2, 5);
	assert_int_equal(qemu_mem_table(q, 0, 0), 1);
	assert_int_equal(qemu_mem_table(q, SIZE, 0), 0);
	qemu_start(q, 2);
	assert_false(g->gpu.virtq[0].taken[2]);
	deferred_fence(&g->gpu, 1, 0, 5);
	assert_int_equal(g->used->idx, 1);

	/* A kick without a descriptor, as often as there are descriptors to watch. */
	for (int i = 0; i < 64; i++)
		assert_int_equal(qemu_ask_u64(q, VU_SET_VRING_KICK, 0, -1), 1);
	qemu_stop(q);
	qemu_start(q, 2);
	assert_int_equal(create(g, 2, 4096, cached()), ATTR);
}

static void test_half_a_message(void **state)
{
	struct qemu *q = qemu_begin(*state);
	uint32_t header[3] = { VU_SET_FEATURES, 1, 8 };

	alarm(60);	/* for a device that waits for the rest */
	assert_int_equal(send(q->main_fd, header, sizeof(header), 0), sizeof(header));
	assert_int_equal(loop_once(0), 0);
	alarm(0);
	assert_true(is_qemu_closed);
}

static void test_replies_not_read(void **state)
{
	struct qemu *q = qemu_begin(*state);
	uint32_t header[3] = { VU_GET_SHMEM_CONFIG, 1, 0 };

	alarm(60);	/* for a device that waits for us */
	for (int i = 0; i < 10000 && !is_qemu_closed; i++) {
		assert_int_equal(send(q->main_fd, header, sizeof(header), 0), sizeof(header));
		assert_int_equal(loop_once(0), 0);
	}
	alarm(0);
	assert_true(is_qemu_closed);
}

/* As many requests as bring the indices to @idx, all of them nonsense. */
static void nonsense_until(struct guest *g, uint16_t idx)
{
	do {
		simple(g, 0, 0);
	} while (g->used->idx != idx);
}

/* Its driver has made blob 1. */
static struct qemu *qemu_stopped_at_1(struct guest *g)
{
	struct qemu *q = qemu_begin(g);

	qemu_start(q, 0);
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
	assert_int_equal(qemu_stop(q), 1);
	return q;
}

/* The device is in the middle of an eviction: QEMU, which would crash, is asked for no more. */
static void test_stop_during_eviction(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);
	static uint8_t renderers[4096];
	struct blob *b;

	g->gpu.vmm.place = vu_window_place;
	qemu_start(q, 0);
	create(g, 1, 4096, cached());
	b = blob(g, 1);
	b->memory.va = renderers;
	b->memory.fd = q->ram_fd;
	map(g, 1, 4096);
	qemu_answers(q);
	assert_int_equal(answer_type(g), ATTR);

	assert_int_equal(blob_evict(&g->gpu, b), 0);
	assert_int_equal(qemu_received(q->back_fd, NULL), VU_BACKEND_SHMEM_UNMAP);
	qemu_stop(q);
	qemu_send(q->back_fd, VU_BACKEND_SHMEM_UNMAP, VU_REPLY, 0, -1);
	assert_int_equal(qemu_received(q->back_fd, NULL), 0);
	qemu_start(q, g->gpu.virtq[0].last_avail);
	assert_true(g->gpu.ready);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* A file is ready to be read for ever, an eventfd is not. */
static void test_kick_is_a_file(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	qemu_start(q, 0);
	lseek(q->ram_fd, 0, SEEK_END);
	assert_int_equal(qemu_ask_u64(q, VU_SET_VRING_KICK, 0, q->ram_fd), 0);
	assert_int_equal(loop_once(0), 0);
	assert_false(g->gpu.virtq[0].started);
	qemu_start(q, 0);
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
}

/* A front end may enable a queue before it starts it, and signals may come to any descriptor. */
static void test_enabled_first(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);
	int call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint64_t n;

	g->gpu.vmm.place = NULL;
	assert_int_equal(qemu_vring(q, VU_SET_VRING_ENABLE, 1), 0);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_NUM, QUEUE), 0);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_BASE, 0), 0);
	assert_int_equal(qemu_vring_addr(q, 0, 0x1000, 0x2000), 0);
	assert_int_equal(qemu_ask_u64(q, VU_SET_VRING_KICK, 0, q->kick), 0);
	qemu_answers(q);
	assert_true(g->gpu.ready);
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
	assert_int_equal(qemu_ask_u64(q, VU_SET_VRING_CALL, 0, call), 0);
	assert_int_equal(read(call, &n, sizeof(n)), sizeof(n));
	close(call);
	/* The other queue stops alone. */
	assert_int_equal(qemu_ask_u64(q, VU_GET_VRING_BASE, 1, -1), 1);
	assert_true(g->gpu.ready);
}

static void test_goes_on_at_0(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_stopped_at_1(g);

	qemu_start(q, 1);
	assert_non_null(blob(g, 1));
	/* No more than any other number. */
	nonsense_until(g, 0);
	assert_int_equal(qemu_stop(q), 0);
	qemu_start(q, 0);
	assert_non_null(blob(g, 1));
	assert_int_equal(create(g, 2, 4096, cached()), ATTR);
}

static void new_rings(struct guest *g)
{
	memset(g->ram, 0, REQUEST);
}

static void test_new_driver(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_stopped_at_1(g);

	new_rings(g);
	qemu_start(q, 0);
	assert_null(blob(g, 1));

	/* The one before it has come to 0 just then. */
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
	nonsense_until(g, 0);
	assert_int_equal(qemu_stop(q), 0);
	new_rings(g);
	qemu_start(q, 0);
	assert_null(blob(g, 1));
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);

	/* A VMM that says so. */
	assert_int_equal(qemu_ask_u64(q, VU_RESET_DEVICE, 0, -1), 0);
	assert_null(blob(g, 1));
	assert_false(g->gpu.virtq[0].started);
	assert_int_equal(qemu_ask_u64(q, VU_SET_FEATURES, device_features(&g->gpu), -1), 0);
	new_rings(g);
	qemu_start(q, 0);
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
}

/* Pausing a guest is no reason for it to wait for ever. */
static void test_deferred_over_stop(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	qemu_start(q, 0);
	defer_one(g, 2, 5);
	defer_one(g, 4, 6);
	defer_one(g, 6, 7);
	assert_int_equal(qemu_stop(q), 3);
	deferred_fence(&g->gpu, 1, 0, 6);
	deferred_fence(&g->gpu, 1, 0, 5);
	assert_int_equal(g->used->idx, 0);
	qemu_start(q, 3);
	assert_int_equal(g->used->idx, 2);
	assert_int_equal(g->used->ring[0].id, 2);
	assert_int_equal(g->used->ring[1].id, 4);
	deferred_fence(&g->gpu, 1, 0, 7);
	assert_int_equal(g->used->idx, 3);
	assert_int_equal(g->used->ring[2].id, 6);
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
}

/* A driver that starts from nothing does not get what another one has asked for. */
static void test_deferred_over_reset(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	qemu_start(q, 0);
	defer_one(g, 2, 5);
	defer_one(g, 4, 6);
	assert_int_equal(qemu_stop(q), 2);
	deferred_fence(&g->gpu, 1, 0, 5);
	new_rings(g);
	qemu_start(q, 0);
	deferred_fence(&g->gpu, 1, 0, 6);
	assert_int_equal(g->used->idx, 0);
	assert_false(g->gpu.virtq[0].taken[2]);
	assert_false(g->gpu.virtq[0].taken[4]);

	/* Nor does one that goes on at another time: it makes its requests again. */
	defer_one(g, 2, 5);
	assert_int_equal(qemu_stop(q), 1);
	g->avail->idx = 7;
	qemu_start(q, 7);
	assert_false(g->gpu.virtq[0].taken[2]);
	deferred_fence(&g->gpu, 1, 0, 5);
	assert_int_equal(g->used->idx, 0);

	defer_one(g, 4, 6);
	assert_int_equal(qemu_ask_u64(q, VU_RESET_DEVICE, 0, -1), 0);
	assert_false(g->gpu.virtq[0].taken[4]);
}

/* Nor is a request still the device's that it had no memory to keep the response to. */
static void test_not_deferred_over_reset(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);
	struct chain chain;

	qemu_start(q, 0);
	descriptor(g->desc, 2, BASE + REQUEST, 24, 0, 0);
	offer(g, 2);
	assert_int_equal(virtq_pop(&g->gpu.virtq[0], &g->gpu.memory, &chain), 1);
	assert_true(g->gpu.virtq[0].taken[2]);
	assert_int_equal(qemu_stop(q), 1);
	new_rings(g);
	qemu_start(q, 0);
	assert_false(g->gpu.virtq[0].taken[2]);
}

/* A stopped guest, whose device asks for each blob, has mapped blobs 1 to @count. */
static struct qemu *qemu_stopped_while_placing(struct guest *g, uint32_t count)
{
	struct qemu *q = qemu_begin(g);

	g->gpu.vmm.place = vu_window_place;
	qemu_start(q, 0);
	for (uint32_t res = 1; res <= count; res++)
		assert_int_equal(create(g, res, 4096, cached()), ATTR);
	for (uint32_t res = 1; res <= count; res++)
		assert_int_equal(map(g, res, res * 4096), 0);
	assert_int_equal(qemu_received(q->back_fd, NULL), VU_BACKEND_SHMEM_MAP);
	assert_int_equal(qemu_stop(q), 2 * count);
	assert_int_equal(qemu_received(q->back_fd, NULL), 0);
	return q;
}

/* What QEMU is in the middle of, or is still to do, it is asked for again. */
static void test_place_over_stop(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_stopped_while_placing(g, 2);

	qemu_send(q->back_fd, VU_BACKEND_SHMEM_MAP, VU_REPLY, 0, -1);
	assert_int_equal(qemu_answers(q), 0);
	assert_int_equal(q->maps, 0);
	qemu_start(q, 4);
	assert_int_equal(q->maps, 2);
	assert_int_equal(g->used->idx, 4);
	assert_int_equal(answer_type(g), ATTR);
	assert_true(blob(g, 1)->placed && blob(g, 2)->placed);

	/* The same of what is taken out. */
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), 0);
	assert_int_equal(qemu_received(q->back_fd, NULL), VU_BACKEND_SHMEM_UNMAP);
	assert_int_equal(qemu_stop(q), 5);
	qemu_send(q->back_fd, VU_BACKEND_SHMEM_UNMAP, VU_REPLY, 0, -1);
	qemu_start(q, 5);
	assert_int_equal(g->used->idx, 5);
	assert_int_equal(answer_type(g), NODATA);
	assert_int_equal(q->maps, 3);	/* of blob 2 */
}

/* An answer that comes when the guest runs again is one to what was asked before. */
static void test_place_over_short_stop(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_stopped_while_placing(g, 1);

	qemu_start_only(q, 2);
	qemu_stop(q);
	qemu_start_only(q, 2);
	assert_int_equal(qemu_received(q->back_fd, NULL), 0);
	qemu_send(q->back_fd, VU_BACKEND_SHMEM_MAP, VU_REPLY, 1, -1);
	qemu_answers(q);
	assert_int_equal(q->maps, 1);
	assert_int_equal(g->used->idx, 2);
	assert_int_equal(answer_type(g), ATTR);
	assert_int_equal(simple(g, 0, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
}

/* The same of the whole window, which has to be there. */
static void test_window_over_short_stop(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	qemu_start_only(q, 0);
	assert_int_equal(qemu_received(q->back_fd, NULL), VU_BACKEND_SHMEM_MAP);
	qemu_send(q->back_fd, VU_BACKEND_SHMEM_MAP, VU_REPLY, 1, -1);
	assert_int_equal(qemu_received(q->back_fd, NULL), VU_BACKEND_SHMEM_UNMAP);
	qemu_send(q->back_fd, VU_BACKEND_SHMEM_UNMAP, VU_REPLY, 1, -1);
	assert_int_equal(qemu_received(q->back_fd, NULL), VU_BACKEND_SHMEM_MAP);
	qemu_stop(q);
	qemu_start_only(q, 0);
	qemu_send(q->back_fd, VU_BACKEND_SHMEM_MAP, VU_REPLY, 1, -1);
	qemu_answers(q);
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
}

/* A channel that takes the place of one whose requests QEMU has not answered is asked for all. */
static void test_window_over_another_channel(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);
	int back[2];

	qemu_start_only(q, 0);
	assert_false(g->gpu.ready);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, back), 0);
	close(q->back_fd);
	q->back_fd = back[1];
	assert_int_equal(qemu_ask_u64(q, VU_SET_BACKEND_REQ_FD, 0, back[0]), 0);
	close(back[0]);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_ENABLE, 1), 0);
	qemu_answers(q);
	assert_int_equal(q->maps, 1);
	assert_true(g->gpu.ready);
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
}

/* What another driver has asked for is not to be where this one has something else. */
static void test_place_over_reset(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_stopped_while_placing(g, 2);

	qemu_send(q->back_fd, VU_BACKEND_SHMEM_MAP, VU_REPLY, 0, -1);
	new_rings(g);
	qemu_start(q, 0);
	assert_int_equal(q->maps, 0);
	assert_int_equal(g->used->idx, 0);
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
	assert_int_equal(map(g, 1, 4096), 0);
	qemu_answers(q);
	assert_int_equal(q->maps, 1);
	assert_int_equal(answer_type(g), ATTR);
}

/* The guest signals once, and may do so while the queue is disabled. */
static void test_disabled_queue(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	qemu_start(q, 0);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_ENABLE, 0), 0);
	assert_int_equal(create(g, 1, 4096, cached()), 0);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_ENABLE, 1), 0);
	assert_int_equal(g->used->idx, 1);
	assert_int_equal(answer_type(g), ATTR);
}

static bool has_name(const char *comm, const char *name)
{
	char line[32] = "";
	FILE *f = fopen(comm, "r");

	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	return !strncmp(line, name, strlen(name));
}

/* The process of a context, which names itself after that, some time after it has begun. */
static pid_t renderer_process(uint32_t ctx_id)
{
	char name[32];
	pid_t pid = 0;

	snprintf(name, sizeof(name), "virgl-%u-", ctx_id);
	for (int i = 0; i < 3000 && !pid; i++) {
		glob_t found;

		usleep(10000);
		assert_int_equal(glob("/proc/[0-9]*/comm", 0, NULL, &found), 0);
		for (size_t n = 0; n < found.gl_pathc && !pid; n++)
			if (has_name(found.gl_pathv[n], name))
				pid = atoi(found.gl_pathv[n] + strlen("/proc/"));
		globfree(&found);
	}
	assert_int_not_equal(pid, 0);
	return pid;
}

static void test_renderer_dies(void **state)
{
	struct guest *g = *state;
	const uint32_t dies = 2 + getpid(), lives = 1;	/* a name no other process has */
	uint16_t used;
	pid_t pid;

	context(g, VIRTIO_GPU_CMD_CTX_CREATE, dies, RENDERER_CAPSET);
	context(g, VIRTIO_GPU_CMD_CTX_CREATE, lives, RENDERER_CAPSET);
	pid = renderer_process(dies);
	used = g->used->idx;
	assert_int_equal(submit(g, dies, 0, RING_FENCE, 0), 0);
	wait_used(g, used + 1);

	kill(pid, SIGSTOP);
	assert_int_equal(submit(g, dies, 0, RING_FENCE, 0), 0);
	assert_int_equal(loop_once(100), 0);
	assert_int_equal(g->used->idx, (uint16_t)(used + 1));
	kill(pid, SIGKILL);
	/* Fences of others do not put off looking after it. */
	for (int i = 0; i < 3000 && g->used->idx == (uint16_t)(used + 1); i++) {
		assert_int_equal(renderer_fence(&g->gpu, lives, 0, 6), 0);
		assert_int_equal(loop_once(10), 0);
		usleep(5000);
	}
	assert_int_equal(g->used->idx, (uint16_t)(used + 2));
	assert_int_equal(submit(g, dies, 16, 0, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(submit(g, lives, 0, 0, 0), NODATA);
	assert_int_equal(context(g, VIRTIO_GPU_CMD_CTX_DESTROY, dies, 0), NODATA);
}

/* As many contexts, or clients, as the device can watch; it goes on with what it is there for. */
static void test_too_many_contexts(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);
	int fds[1000], n = 0;

	g->gpu.vmm.place = NULL;
	qemu_start(q, 0);
	assert_int_equal(qemu_stop(q), 0);
	do {
		assert_in_range(n, 0, 999);
		fds[n] = eventfd(0, EFD_CLOEXEC);
	} while (!loop_add_many(fds[n++], ignore_event, NULL, LOOP_CLIENTS));
	/* Who controls the device can still get in. */
	fds[n] = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(loop_add_many(fds[n++], ignore_event, NULL, 0), 0);
	qemu_start(q, 0);
	assert_int_equal(context(g, VIRTIO_GPU_CMD_CTX_CREATE, 1, RENDERER_CAPSET),
			 VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_false(renderer_has_context(&g->gpu, 1));
	while (n--) {
		loop_del(fds[n]);
		close(fds[n]);
	}
	assert_int_equal(context(g, VIRTIO_GPU_CMD_CTX_CREATE, 1, RENDERER_CAPSET), NODATA);
}

static void test_no_blob(void **state)
{
	struct guest *g = *state;
	uint64_t without;

	g->gpu.options.no_blob = true;
	without = device_features(&g->gpu);
	assert_false(without & 1 << VIRTIO_GPU_F_RESOURCE_BLOB);
	assert_true(without & 1 << VIRTIO_GPU_F_MAP_ATTR);
	g->gpu.options.no_blob = false;
	assert_int_equal(device_features(&g->gpu), without | 1 << VIRTIO_GPU_F_RESOURCE_BLOB);
}

static void test_change_fetch_ack(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr_changes *resp = (void *)(g->ram + ANSWER);
	struct virtio_gpu_map_attr_ack padded = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_MAP_ATTR_ACK),
		.resource_id = htole32(1),
		.padding = htole32(1),
	};
	const struct virtio_gpu_resp_map_attr *attr = (void *)(g->ram + ANSWER);
	unsigned int events = 0;
	struct blob *b;

	g->gpu.vmm.config_changed = count_event;
	g->gpu.vmm.data = &events;
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
	b = blob(g, 1);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_UNCACHED, 0), 0);
	assert_int_equal(events, 2);
	assert_int_equal(le32toh(g->gpu.config.events_read), VIRTIO_GPU_EVENT_MAP_ATTR);

	/* Two changes, one entry. */
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, 0),
			 VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES);
	assert_int_equal(le32toh(resp->count), 1);
	assert_int_equal(le32toh(resp->more), 0);
	assert_int_equal(le32toh(resp->changes[0].resource_id), 1);
	assert_int_equal(le64toh(resp->changes[0].attr.generation), 3);
	assert_int_equal(le32toh(resp->changes[0].attr.cache_mode), VIRTIO_GPU_MAP_CACHE_UNCACHED);
	simple(g, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, 0);
	assert_int_equal(le32toh(resp->count), 0);

	/* It learns that it has to go on. */
	assert_int_equal(ack(g, 1, 2), ATTR);
	assert_int_equal(le64toh(attr->attr.generation), 3);
	assert_int_equal(b->acked, 2);
	assert_int_equal(ack(g, 1, 3), NODATA);
	assert_int_equal(b->acked, 3);
	/* Late, and of no effect. */
	assert_int_equal(ack(g, 1, 2), ATTR);
	assert_int_equal(b->acked, 3);
	/* What the padding will mean is not known. */
	padded.generation = htole64(3);
	assert_int_equal(command(g, &padded, sizeof(padded), NULL), PARAMETER);
}

/* An answer that would not fit is an error, and no change is forgotten. */
static void test_fetch_without_room(void **state)
{
	static const uint32_t rooms[] = { 24, FETCHED_LEN(0), FETCHED_LEN(2), FETCHED_LEN(16) - 1 };
	struct guest *g = *state;
	uint32_t used;

	g->gpu.vmm.config_changed = ignore_event;
	for (uint32_t res = 1; res <= 3; res++) {
		assert_int_equal(create(g, res, 4096, cached()), ATTR);
		gpu_change(&g->gpu, blob(g, res), VIRTIO_GPU_MAP_CACHE_WC, 0);
	}
	for (unsigned int i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		assert_int_equal(fetch_into(g, rooms[i], &used), PARAMETER);
		assert_int_equal(used, 24);
	}
	assert_int_equal(fetch_into(g, FETCHED_LEN(16), &used), CHANGES);
	assert_int_equal(used, FETCHED_LEN(3));
	assert_int_equal(fetched(g), 0);
}

static void test_more_changes_than_fit(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr_changes *resp = (void *)(g->ram + ANSWER);

	g->gpu.vmm.config_changed = ignore_event;
	for (uint32_t res = 1; res <= 17; res++) {
		assert_int_equal(create(g, res, 4096, cached()), ATTR);
		gpu_change(&g->gpu, blob(g, res), VIRTIO_GPU_MAP_CACHE_WC, 0);
	}
	assert_int_equal(fetched(g), 16);
	assert_int_equal(le32toh(resp->more), 1);
	assert_int_equal(fetched(g), 1);
	assert_int_equal(le32toh(resp->more), 0);
	for (uint32_t res = 2; res <= 17; res++)
		gpu_change(&g->gpu, blob(g, res), VIRTIO_GPU_MAP_CACHE_CACHED, 0);
	assert_int_equal(fetched(g), 16);
	assert_int_equal(le32toh(resp->more), 0);
}

/* Nothing is created or mapped if the guest has no room to hear how. */
static void test_attr_without_room(void **state)
{
	struct guest *g = *state;
	struct virtio_gpu_resource_create_blob c = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB),
		.resource_id = htole32(1),
		.blob_mem = htole32(VIRTIO_GPU_BLOB_MEM_HOST3D),
		.blob_id = htole64(cached()),
		.size = htole64(4096),
	};
	struct virtio_gpu_resource_map_blob m = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB),
		.resource_id = htole32(1),
	};

	assert_int_equal(command_room(g, &c, sizeof(c), 55, NULL), PARAMETER);
	assert_null(blob(g, 1));
	assert_int_equal(command_room(g, &c, sizeof(c), 56, NULL), ATTR);
	assert_int_equal(command_room(g, &m, sizeof(m), 55, NULL), PARAMETER);
	assert_false(blob(g, 1)->placed);
	assert_int_equal(command_room(g, &m, sizeof(m), 56, NULL), ATTR);
	/* Others have nothing declared. */
	c.resource_id = htole32(2);
	c.blob_mem = htole32(VIRTIO_GPU_BLOB_MEM_GUEST);
	assert_int_equal(command_room(g, &c, sizeof(c), 24, NULL), NODATA);
}

/* What has no place needs no acknowledgment. */
static void test_no_place_no_wait(void **state)
{
	struct guest *g = *state;
	struct blob *b;

	g->gpu.vmm.config_changed = ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
	b = blob(g, 1);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_false(b->waiting);
	assert_int_equal(map(g, 1, 0), ATTR);
	assert_false(b->waiting);
	/* It is told all the same. */
	assert_int_equal(fetched(g), 1);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_CACHED, 0), 0);
	assert_true(b->waiting);
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	assert_false(b->waiting);
	assert_int_equal(b->generation, 3);
	assert_int_equal(fetched(g), 1);
}

/* A driver that has not taken the feature asks nothing of the kind. */
static void test_changes_not_negotiated(void **state)
{
	struct guest *g = *state;

	g->gpu.features &= ~(1ULL << VIRTIO_GPU_F_MAP_ATTR);
	assert_int_equal(simple(g, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(create(g, 1, 4096, cached()), NODATA);
	assert_int_equal(ack(g, 1, 1), VIRTIO_GPU_RESP_ERR_UNSPEC);
}

static void test_ack_errors(void **state)
{
	struct guest *g = *state;
	struct virtio_gpu_ctrl_hdr hdr = { .type = htole32(VIRTIO_GPU_CMD_MAP_ATTR_ACK) };

	assert_int_equal(create(g, 1, 4096, cached()), ATTR);
	assert_int_equal(ack(g, 1, 0), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(ack(g, 1, 2), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(ack(g, 1, UINT64_MAX), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(ack(g, 2, 1), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(command(g, &hdr, sizeof(hdr), NULL),
			 VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(blob(g, 1)->acked, 1);
}

static void test_old_driver_is_told_nothing(void **state)
{
	struct guest *g = *state;
	unsigned int events = 0;

	g->gpu.vmm.config_changed = count_event;
	g->gpu.vmm.data = &events;
	g->gpu.features &= ~(1ULL << VIRTIO_GPU_F_MAP_ATTR);
	assert_int_equal(create(g, 1, 4096, cached()), NODATA);
	assert_int_equal(gpu_change(&g->gpu, blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0),
			 -ENOTSUP);
	assert_int_equal(events, 0);
}

static int count_init(struct gpu *gpu)
{
	(void)gpu;
	return 0;
}

static unsigned int finished;

static void count_fini(struct gpu *gpu)
{
	(void)gpu;
	finished++;
}

/* What has not been made is not given back, not even descriptors of others. */
static void test_device_cannot_be_made(void **state)
{
	static const struct inject inject = { .init = count_init, .fini = count_fini };
	struct gpu *gpu = calloc(1, sizeof(*gpu));
	struct rlimit before, none;
	int ret;

	(void)state;
	gpu->inject = &inject;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ret = device_init(gpu, 1 << 20);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(ret, -EMFILE);
	assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
	device_fini(gpu);
	assert_int_equal(finished, 0);
	assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
	free(gpu);
}

/* ---- control socket --------------------------------------------------- */

static void test_answers_not_read(void **state)
{
	static const char request[] = "{\"op\":\"status\"}\n";
	struct guest *g = *state;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	unsigned int sent = 0, answers = 0;
	char buf[65536];
	ssize_t n;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/control-%d", getpid());
	assert_int_equal(control_listen(&g->gpu, addr.sun_path), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	/* So many blobs that no answer fits into the socket, and more requests than do. */
	for (uint32_t res = 1; res <= 4096; res++)
		create(g, res, 4096, 0);
	for (int idle = 0; idle < 10; idle++) {
		while (send(fd, request, strlen(request), MSG_DONTWAIT) == (int)strlen(request)) {
			sent++;
			idle = 0;
		}
		alarm(20);	/* for a device that waits for us */
		assert_int_equal(loop_once(0), 0);
		alarm(0);
	}
	assert_in_range(sent, 100, 1000000);
	/* The guest is served meanwhile, and every request is answered in the end. */
	assert_int_equal(simple(g, 0, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	for (uint32_t res = 1; res <= 4096; res++)
		simple(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, res);
	while (answers < sent) {
		assert_int_equal(loop_once(0), 0);
		while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
			for (ssize_t i = 0; i < n; i++)
				answers += buf[i] == '\n';
		assert_int_not_equal(n, 0);
	}
	close(fd);
	assert_int_equal(loop_once(0), 0);
	control_close();
	unlink(addr.sun_path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, guest_setup, teardown)
#define RENDERER_TEST(name) cmocka_unit_test_setup_teardown(name, setup_renderer, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_guest_ptr),
		TEST(test_bad_head),
		TEST(test_bad_next),
		TEST(test_loop),
		TEST(test_outside_memory),
		TEST(test_readable_after_writable),
		TEST(test_indirect),
		TEST(test_indirect_at_the_end),
		TEST(test_too_many_pieces),
		TEST(test_ring_outside_memory),
		TEST(test_rings_misaligned),
		TEST(test_rings_overlap),
		TEST(test_index_jumps),
		TEST(test_other_things_between_requests),
		TEST(test_short_command),
		TEST(test_no_room_for_answer),
		TEST(test_create_errors),
		TEST(test_too_many_blobs),
		TEST(test_map_errors),
		TEST(test_alignment),
		TEST(test_unmap_and_unref),
		TEST(test_unknown_command),
		TEST(test_declares),
		TEST(test_declares_nothing_new_to_old_driver),
		TEST(test_no_blob),
		TEST(test_reset_clears_the_window),
		TEST(test_window_is_sealed),
		TEST(test_answers_when_placed),
		TEST(test_cannot_be_placed),
		TEST(test_change_while_it_cannot_be_placed),
		TEST(test_too_many_places),
		TEST(test_time_out_takes_out),
		TEST(test_time_out_after_an_early_ack),
		TEST(test_time_out_of_each),
		TEST(test_time_out_after_some_acks),
		TEST(test_time_out_of_quick_changes),
		TEST(test_time_out_after_an_old_ack),
		TEST(test_time_out_set_later),
		TEST(test_time_out_stands_still),
		TEST(test_change_while_stopped),
		TEST(test_bad_messages),
		TEST(test_half_a_message),
		TEST(test_replies_not_read),
		TEST(test_kick_is_a_file),
		TEST(test_stop_during_eviction),
		TEST(test_enabled_first),
		TEST(test_goes_on_at_0),
		TEST(test_new_driver),
		TEST(test_deferred_over_stop),
		TEST(test_deferred_over_reset),
		TEST(test_not_deferred_over_reset),
		TEST(test_place_over_stop),
		TEST(test_place_over_short_stop),
		TEST(test_window_over_short_stop),
		TEST(test_window_over_another_channel),
		TEST(test_place_over_reset),
		TEST(test_disabled_queue),
		TEST(test_unmap_of_evicted),
		TEST(test_revoked_and_acknowledged),
		TEST(test_map_of_evicted),
		TEST(test_given_back_during_eviction),
		TEST(test_ack_during_eviction),
		TEST(test_ack_while_given_back),
		TEST(test_ack_while_not_given_back),
		TEST(test_unmap_while_given_back),
		TEST(test_time_out_after_map),
		TEST(test_change_while_placed),
		TEST(test_cannot_be_evicted),
		TEST(test_cannot_be_filled),
		TEST(test_few_warnings),
		TEST(test_fences_of_rings),
		TEST(test_mapped_file),
		TEST(test_memory_rules),
		TEST(test_spelled_wrong),
		TEST(test_read_only_rules),
		RENDERER_TEST(test_renderer_commands),
		RENDERER_TEST(test_renderer_memory),
		RENDERER_TEST(test_renderer_dies),
		RENDERER_TEST(test_too_many_contexts),
		RENDERER_TEST(test_qemu_maps),
		TEST(test_change_fetch_ack),
		TEST(test_fetch_without_room),
		TEST(test_more_changes_than_fit),
		TEST(test_attr_without_room),
		TEST(test_no_place_no_wait),
		TEST(test_changes_not_negotiated),
		TEST(test_ack_errors),
		TEST(test_old_driver_is_told_nothing),
		cmocka_unit_test(test_device_cannot_be_made),
		TEST(test_answers_not_read),
	};

	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
