// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map ring
 * Category: Core
 * Description: The host gives back requests that the queue does not have.  virtio core has done
 *	with the queue then; no wait is endless, nothing leaks, the driver says so once, and
 *	binding it again helps.  Needs a device of role broken
 * Functionality: blob mapping
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm.h>

#include "igt.h"
#include "virtgpu_blob.h"

#define SIZE PAGES(16)
#define CLIENTS 40

/* A blob is made, or not; its memory cannot be had. */
static int make_and_map(struct gpu *gpu)
{
	struct blob blob;
	int ret = blob_try_create(gpu, &blob, SIZE, attr_id(WC, 0),
				  VIRTGPU_BLOB_FLAG_USE_MAPPABLE);

	return ret ?: blob_try_map(&blob, PROT_READ, MAP_SHARED);
}

static int submit(struct gpu *gpu)
{
	uint32_t nothing[2] = { 0 };
	struct drm_virtgpu_execbuffer exec = {
		.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT,
		.size = sizeof(nothing),
		.command = (uintptr_t)nothing,
		.fence_fd = -1,
	};

	return ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec) ? -errno : 0;
}

static int get_caps(struct gpu *gpu)
{
	char buf[64];
	struct drm_virtgpu_get_caps caps = {
		.cap_set_id = 10,
		.cap_set_ver = 7,	/* one that is not there yet */
		.addr = (uintptr_t)buf,
		.size = 16,
	};

	return ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_GET_CAPS, &caps) ? -errno : 0;
}

static int open_another(struct gpu *gpu)
{
	struct gpu other = *gpu;

	other.fd = -1;
	return gpu_reopen(&other) ? 0 : -EIO;
}

static int (* const clients[])(struct gpu *gpu) = {
	make_and_map, submit, get_caps, open_another,
};

#define KINDS (sizeof(clients) / sizeof(clients[0]))

/* Forked: one that hangs is a finding, and must not take the test with it. */
static pid_t start(int (*run)(struct gpu *gpu), struct gpu *gpu)
{
	pid_t pid = fork();

	if (!pid)
		_exit(-run(gpu));
	return pid;
}

static int unbind(struct gpu *gpu)
{
	gpu_unbind(gpu);
	return 0;
}

static void assert_quiet(long long log)
{
	kmsg_assert_none(log, KMSG_COMPLAINT "|still has objects|not clean|BUG");
}

/**
 * SUBTEST: used-%s
 * Description: a used entry that is wrong, for the reply to a blob's creation
 *
 * arg[1]: id, twice, jump
 */
static void test_used(struct gpu *gpu, const char *fault)
{
	pid_t pid[CLIENTS], victim;
	struct blob blob, second;
	int status, stuck = 0, without_error = 0;
	long long log;

	blob_setup(gpu, &blob, SIZE, CACHED);
	second = blob;
	log = kmsg_last();
	host_do(gpu, "{\"op\":\"used\",\"fault\":\"%s\"}", fault);
	victim = start(make_and_map, gpu);
	/* It is asleep, or has come back: the queue is broken by now, or will be with the next. */
	kmsg_wait(log, "is not a head|out of range");
	for (int i = 0; i < CLIENTS; i++)
		pid[i] = start(clients[i % KINDS], gpu);
	for (int i = 0; i < CLIENTS; i++) {
		status = child_status_bounded(pid[i], i ? 5 : 30);
		if (status == -ETIMEDOUT) {
			kill(pid[i], SIGKILL);
			stuck += child_status_bounded(pid[i], 5) == -ETIMEDOUT;
			without_error++;
		} else if (clients[i % KINDS] == make_and_map) {
			without_error += status != ENODEV && status != EIO;
		}
	}
	status = child_status_bounded(victim, 30);
	if (status == -ETIMEDOUT)
		kill(victim, SIGKILL);
	igt_assert_f(!stuck, "%d processes cannot be killed\n", stuck);
	igt_assert_f(!without_error, "%d processes were told nothing\n", without_error);
	/* What had no part in it ends in an error or goes on, but ends. */
	touch(blob.va, true);
	blob_try_map(&second, PROT_READ, MAP_SHARED);
	munmap(blob.va, SIZE);
	gpu_find_virtio(gpu);
	igt_assert_eq(child_status_bounded(start(unbind, gpu), 60), 0);
	close(gpu->fd);
	gpu->fd = -1;
	gpu_bind(gpu);
	gpu_assert_works(gpu);
	assert_quiet(log);
	/* Once, not for each command. */
	igt_assert(kmsg_count(log, "virtio_gpu|\\[drm\\]|virtio-gpu") < 20);
	igt_assert(status != -ETIMEDOUT);
}

/**
 * SUBTEST: used-length
 * Description: a length beyond the buffer spoils that reply and no other
 */
static void test_length(struct gpu *gpu)
{
	struct blob blob;
	long long log = kmsg_last();

	host_do(gpu, "{\"op\":\"used\",\"fault\":\"length\"}");
	blob_create(gpu, &blob, SIZE, attr_id(CACHED, 0));
	igt_assert_eq(blob_try_map(&blob, PROT_READ, MAP_SHARED), -EPROTO);
	blob_destroy(&blob);
	gpu_settle(gpu);
	gpu_assert_works(gpu);
	assert_quiet(log);
}

int igt_main()
{
	static const char * const faults[] = { "id", "twice", "jump" };
	static struct gpu gpu;

	igt_fixture()
		gpu_open(&gpu, "broken");

	igt_describe("Too long.");
	igt_subtest("used-length")
		test_length(&gpu);

	for (unsigned int i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		igt_describe("No request of this queue.");
		igt_subtest_f("used-%s", faults[i])
			test_used(&gpu, faults[i]);
	}

	igt_fixture()
		gpu_close(&gpu);
}
