// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What is where in the window, and QEMU, which is asked for it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../change.h"
#include "../loop.h"
#include "../mapped_file.h"
#include "../renderer.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

static void test_answers_when_placed(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };

	guest_use_vmm(g, &vmm);
	guest_create(g, 1, 8192, guest_cached_id());
	assert_int_equal(guest_map(g, 1, 4096), 0);
	assert_int_equal(vmm.last.fd, g->gpu.window.fd);
	assert_int_equal(vmm.last.fd_offset, 4096);
	assert_int_equal(vmm.last.offset, 4096);
	assert_int_equal(vmm.last.len, 8192);
	gpu_placed(&g->gpu, vmm.last.token + 1, true);
	assert_int_equal(g->used->idx, 1);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(g->used->idx, 2);
	assert_int_equal(guest_answer_type(g), VIRTIO_GPU_RESP_OK_MAP_ATTR);

	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), 0);
	assert_int_equal(vmm.last.fd, -1);
	assert_int_equal(vmm.last.offset, 4096);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_answer_type(g), NODATA);

	/* An unref of what is mapped takes it out as well. */
	assert_int_equal(guest_map(g, 1, 0), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), 0);
	assert_int_equal(vmm.last.fd, -1);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_answer_type(g), NODATA);
}

static void test_cannot_be_placed(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };

	guest_use_vmm(g, &vmm);
	guest_create(g, 1, 4096, guest_cached_id());
	assert_int_equal(guest_map(g, 1, 0), 0);
	gpu_placed(&g->gpu, vmm.last.token, false);
	assert_int_equal(guest_answer_type(g), VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_false(guest_blob(g, 1)->mapped);
	vmm.answer = -ENOMEM;
	assert_int_equal(guest_map(g, 1, 0), VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_false(guest_blob(g, 1)->mapped);
	vmm.answer = 0;
	assert_int_equal(guest_map(g, 1, 0), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_answer_type(g), VIRTIO_GPU_RESP_OK_MAP_ATTR);
}

/* What has no place is not waited for. */
static void test_change_while_it_cannot_be_placed(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b;

	guest_use_vmm(g, &vmm);
	g->gpu.vmm.config_changed = guest_ignore_event;
	guest_create(g, 1, 4096, guest_cached_id());
	b = guest_blob(g, 1);
	guest_map(g, 1, 0);
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
	guest_use_vmm(g, &vmm);
	for (uint32_t i = 0; i < PLACES_MAX; i++) {
		guest_create(g, i + 1, 4096, guest_cached_id());
		assert_int_equal(guest_map(g, i + 1, i * 4096ULL), 0);
		gpu_placed(&g->gpu, vmm.last.token, true);
	}
	guest_create(g, PLACES_MAX + 1, 4096, guest_cached_id());
	assert_int_equal(guest_map(g, PLACES_MAX + 1, PLACES_MAX * 4096ULL),
			 VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_int_equal(vmm.asked, PLACES_MAX);
	g->gpu.window.size = 1 << 20;
}

/* What is declared is what is in force when the guest gets the answer. */
static void test_change_while_placed(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr *resp = (void *)(g->ram + ANSWER);
	struct vmm vmm = { 0 };

	guest_use_vmm(g, &vmm);
	g->gpu.vmm.config_changed = guest_ignore_event;
	guest_create(g, 1, 4096, guest_cached_id());
	assert_int_equal(guest_map(g, 1, 4096), 0);
	assert_int_equal(gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_answer_type(g), ATTR);
	assert_int_equal(le64toh(resp->attr.generation), 2);
	assert_int_equal(le32toh(resp->attr.cache_mode), VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(guest_fetched(g), 1);
}

/* Nothing is there for the guest, then, and not even what is written to it is kept. */
static void test_cannot_be_filled(void **state)
{
	struct guest *g = *state;
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b = guest_map_renderer_blob(g, &vmm, renderers);
	int fd = memfd_create("stderr", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	char said[256] = "";

	g->gpu.vmm.config_changed = guest_ignore_event;
	assert_int_equal(blob_evict(&g->gpu, b), 0);
	guest_run_ms(1100);	/* other tests have had warnings, too */
	dup2(fd, STDERR_FILENO);
	gpu_placed(&g->gpu, vmm.last.token, false);
	dup2(saved, STDERR_FILENO);
	assert_true(pread(fd, said, sizeof(said) - 1, 0) > 0);
	assert_non_null(strstr(said, "resource 1: its range of the window is empty"));
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	close(saved);
	close(fd);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

static void test_cannot_be_evicted(void **state)
{
	struct guest *g = *state;
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b;

	g->gpu.vmm.config_changed = guest_ignore_event;
	b = guest_map_renderer_blob(g, &vmm, renderers);
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
	guest_create(g, 2, 4096, guest_cached_id());
	guest_map(g, 2, 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	vmm.answer = -ENOMEM;
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 2),
			 VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_true(guest_blob(g, 2)->mapped);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 2), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_non_null(guest_blob(g, 2));
	vmm.answer = 0;
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 2), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_answer_type(g), NODATA);
}

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

/**
 * device_test_place() - run the tests of this file
 */
int device_test_place(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_answers_when_placed),
		DEVICE_TEST(test_cannot_be_placed),
		DEVICE_TEST(test_change_while_it_cannot_be_placed),
		DEVICE_TEST(test_too_many_places),
		DEVICE_TEST(test_change_while_placed),
		DEVICE_TEST(test_cannot_be_evicted),
		DEVICE_TEST(test_cannot_be_filled),
		DEVICE_TEST(test_mapped_file),
	};

	return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
