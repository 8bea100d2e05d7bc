// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Contexts, fences and memory of a real renderer.
 */
#include <glob.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vhost_user_numbers.h>

#include "../loop.h"
#include "../policy.h"
#include "../renderer.h"
#include "../vhost_user.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

static int renderer_setup(void **state)
{
	struct guest *g;

	if (guest_setup(state))
		return -1;
	g = *state;
	return renderer_init(&g->gpu);
}

static uint32_t submit_words(struct guest *g, uint32_t ctx_id, uint32_t size, uint32_t flags,
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

	return guest_command(g, &c, sizeof(c), NULL);
}

#define RING_FENCE (VIRTIO_GPU_FLAG_FENCE | VIRTIO_GPU_FLAG_INFO_RING_IDX)

/* Until the device has given as many answers; an answer to wait for has a way to come. */
static void wait_until_used(struct guest *g, uint16_t used)
{
	for (int i = 0; i < 600 && g->used->idx != used; i++)
		assert_int_equal(loop_once(50), 0);
	assert_int_equal(g->used->idx, used);
}

static uint32_t create_in_context(struct guest *g, uint32_t res, uint32_t ctx_id, uint64_t size,
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

	return guest_command(g, &c, sizeof(c), NULL);
}

static void test_renderer_commands(void **state)
{
	struct guest *g = *state;

	assert_int_equal(guest_context(g, VIRTIO_GPU_CMD_CTX_CREATE, 1, RENDERER_CAPSET), NODATA);
	assert_int_equal(guest_context(g, VIRTIO_GPU_CMD_CTX_CREATE, 1, RENDERER_CAPSET),
			 VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(guest_context(g, VIRTIO_GPU_CMD_CTX_CREATE, 0, RENDERER_CAPSET),
			 VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(guest_context(g, VIRTIO_GPU_CMD_CTX_CREATE, 2, 10), NODATA);
	assert_true(renderer_has_context(&g->gpu, 1));
	assert_false(renderer_has_context(&g->gpu, 2));

	assert_int_equal(submit_words(g, 1, 0, 0, 0), NODATA);
	assert_int_equal(submit_words(g, 1, 17, 0, 0), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(submit_words(g, 1, 3, 0, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	/* A fence of no ring is there with the command, one of a ring that cannot be is an error. */
	assert_int_equal(submit_words(g, 1, 0, VIRTIO_GPU_FLAG_FENCE, 0), NODATA);
	assert_int_equal(submit_words(g, 1, 0, RING_FENCE, 255), VIRTIO_GPU_RESP_ERR_UNSPEC);
	/* Nonsense ends the context, when the renderer has looked at it. */
	for (int i = 0; i < 600 && submit_words(g, 1, 16, 0, 0) == NODATA; i++)
		assert_int_equal(loop_once(50), 0);
	assert_int_equal(submit_words(g, 1, 16, 0, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(submit_words(g, 1, 0, RING_FENCE, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(guest_context(g, VIRTIO_GPU_CMD_CTX_DESTROY, 1, 0), NODATA);
	assert_false(renderer_has_context(&g->gpu, 1));
}

static void test_renderer_memory(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b;
	uint8_t byte = 0;

	guest_use_vmm(g, &vmm);
	guest_context(g, VIRTIO_GPU_CMD_CTX_CREATE, 1, RENDERER_CAPSET);
	assert_int_equal(create_in_context(g, 1, 1, 65536, 0, VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE),
			 VIRTIO_GPU_RESP_OK_MAP_ATTR);
	b = guest_blob(g, 1);
	assert_int_equal(b->memory.kind, MEMORY_SHM);
	assert_int_equal(b->declared.cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(guest_map(g, 1, 4096), 0);
	assert_int_equal(vmm.last.fd, b->memory.fd);
	assert_int_equal(vmm.last.fd_offset, 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	blob_memory(&g->gpu, b)[100] = 42;
	assert_int_equal(pread(b->memory.fd, &byte, 1, 100), 1);
	assert_int_equal(byte, 42);

	/* There is no such VkDeviceMemory, and no such context. */
	assert_int_equal(create_in_context(g, 2, 1, 65536, 99, VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE),
			 VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_null(guest_blob(g, 2));
	/* A driver without the feature could not hear that this one requires SYNC. */
	assert_int_equal(guest_add_rule("{\"memory\":\"shm\",\"sync\":true}"), 0);
	assert_int_equal(create_in_context(g, 3, 1, 65536, 0, VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE),
			 VIRTIO_GPU_RESP_OK_MAP_ATTR);
	policy_clear();
	g->gpu.features &= ~(1ULL << VIRTIO_GPU_F_MAP_ATTR);
	assert_int_equal(guest_map(g, 3, 131072), VIRTIO_GPU_RESP_ERR_UNSPEC);
	/* The memory outlives its context. */
	guest_context(g, VIRTIO_GPU_CMD_CTX_DESTROY, 1, 0);
	assert_int_equal(blob_memory(&g->gpu, b)[100], 42);
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
	guest_context(g, VIRTIO_GPU_CMD_CTX_CREATE, 1, RENDERER_CAPSET);
	for (uint32_t res = 1; res <= 2; res++)
		create_in_context(g, res, 1, 65536, 0, VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE);
	used = g->used->idx;

	/* Answered when a request after the mapping is, and the next is asked for then. */
	assert_int_equal(guest_map(g, 1, 4096), 0);
	assert_int_equal(guest_map(g, 2, 131072), 0);
	assert_int_equal(qemu_received(back[1], &offset), VU_BACKEND_SHMEM_MAP);
	assert_int_equal(offset, 4096);
	assert_int_equal(qemu_received(back[1], NULL), 0);
	qemu_send(back[1], VU_BACKEND_SHMEM_MAP, VU_FLAG_REPLY, 0, -1);
	assert_int_equal(qemu_received(back[1], NULL), VU_BACKEND_SHARED_OBJECT_REMOVE);
	assert_int_equal(g->used->idx, used);
	qemu_send(back[1], VU_BACKEND_SHARED_OBJECT_REMOVE, VU_FLAG_REPLY, 0, -1);
	assert_int_equal(g->used->idx, (uint16_t)(used + 1));
	assert_int_equal(guest_answer_type(g), VIRTIO_GPU_RESP_OK_MAP_ATTR);

	/* What is in the way is taken out once; then it is an error. */
	assert_int_equal(qemu_received(back[1], &offset), VU_BACKEND_SHMEM_MAP);
	assert_int_equal(offset, 131072);
	qemu_send(back[1], VU_BACKEND_SHMEM_MAP, VU_FLAG_REPLY, 1, -1);
	assert_int_equal(qemu_received(back[1], &offset), VU_BACKEND_SHMEM_UNMAP);
	qemu_send(back[1], VU_BACKEND_SHMEM_UNMAP, VU_FLAG_REPLY, 0, -1);
	assert_int_equal(qemu_received(back[1], &offset), VU_BACKEND_SHMEM_MAP);
	qemu_send(back[1], VU_BACKEND_SHMEM_MAP, VU_FLAG_REPLY, 1, -1);
	assert_int_equal(guest_answer_type(g), VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_false(guest_blob(g, 2)->mapped);

	/* Without QEMU nothing waits for it. */
	assert_int_equal(guest_map(g, 2, 131072), 0);
	assert_int_equal(qemu_received(back[1], &offset), VU_BACKEND_SHMEM_MAP);
	close(back[1]);
	assert_int_equal(loop_once(1000), 0);
	assert_int_equal(guest_answer_type(g), VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_int_equal(guest_map(g, 2, 131072), VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	/* What has a place can be given up all the same. */
	assert_true(guest_blob(g, 1)->placed);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	assert_false(guest_blob(g, 1)->placed);
	guest_blob(g, 1)->placed = true;
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), NODATA);
	assert_null(guest_blob(g, 1));

	g->gpu.memory.count = 0;	/* not mapped by vhost-user */
	vhost_user_detach(&vu);
	close(main_fds[1]);
}

static bool is_process_named(const char *comm, const char *name)
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
			if (is_process_named(found.gl_pathv[n], name))
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

	guest_context(g, VIRTIO_GPU_CMD_CTX_CREATE, dies, RENDERER_CAPSET);
	guest_context(g, VIRTIO_GPU_CMD_CTX_CREATE, lives, RENDERER_CAPSET);
	pid = renderer_process(dies);
	used = g->used->idx;
	assert_int_equal(submit_words(g, dies, 0, RING_FENCE, 0), 0);
	wait_until_used(g, used + 1);

	kill(pid, SIGSTOP);
	assert_int_equal(submit_words(g, dies, 0, RING_FENCE, 0), 0);
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
	assert_int_equal(submit_words(g, dies, 16, 0, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(submit_words(g, lives, 0, 0, 0), NODATA);
	assert_int_equal(guest_context(g, VIRTIO_GPU_CMD_CTX_DESTROY, dies, 0), NODATA);
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
	} while (!loop_add_many(fds[n++], guest_ignore_event, NULL, LOOP_CLIENTS));
	/* A client of the control socket can still connect. */
	fds[n] = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(loop_add_many(fds[n++], guest_ignore_event, NULL, 0), 0);
	qemu_start(q, 0);
	assert_int_equal(guest_context(g, VIRTIO_GPU_CMD_CTX_CREATE, 1, RENDERER_CAPSET),
			 VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_false(renderer_has_context(&g->gpu, 1));
	while (n--) {
		loop_del(fds[n]);
		close(fds[n]);
	}
	assert_int_equal(guest_context(g, VIRTIO_GPU_CMD_CTX_CREATE, 1, RENDERER_CAPSET), NODATA);
}

#define RENDERER_TEST(name) cmocka_unit_test_setup_teardown(name, renderer_setup, qemu_teardown)

/**
 * device_test_renderer() - run the tests of this file
 */
int device_test_renderer(void)
{
	const struct CMUnitTest tests[] = {
		RENDERER_TEST(test_renderer_commands),
		RENDERER_TEST(test_renderer_memory),
		RENDERER_TEST(test_renderer_dies),
		RENDERER_TEST(test_too_many_contexts),
		RENDERER_TEST(test_qemu_maps),
	};

	return cmocka_run_group_tests_name("renderer", tests, NULL, NULL);
}
