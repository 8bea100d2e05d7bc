// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map lost device
 * Description: The device is gone, or was reset: what was mapped goes on working, on memory that
 *	is not the device's, as the kernel's rule for lost devices demands (drm-uapi, "Device
 *	Hot-Unplug"); nothing new is mapped
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: device_loss
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)
#define LARGE (MiB(4) + PAGES(3))

static struct virtgpu gpu;

/**
 * struct way - how a device is lost, and comes back
 */
struct way {
	const char *name;
	void (*lose)(void);
	void (*give_back)(void);
};

static void unbind(void)
{
	virtgpu_unbind(&gpu);
}

static void bind(void)
{
	virtgpu_bind(&gpu);
}

static bool restores;

static void freeze(void)
{
	int error;

	restores = virtgpu_freeze(&gpu, &error);
	igt_assert_eq(error, 0);
}

/* Some kernels' drivers cannot be resumed; those that can must be before they are unbound. */
static void rebind(void)
{
	if (restores)
		igt_assert_eq(virtgpu_restore(&gpu), 0);
	virtgpu_unbind(&gpu);
	virtgpu_bind(&gpu);
}

static const struct way ways[] = {
	{ "unbind", unbind, bind },
	{ "freeze", freeze, rebind },
};

static const char *wrong_in(uint8_t *va, size_t len)
{
	return virtgpu_why_not_lost(&gpu, va, len);
}

/* Asks in another process, which was there before; say go by closing @go. */
static pid_t start_other(uint8_t *va, size_t len, int *go)
{
	int ready[2], fds[2];
	pid_t pid;
	char c;

	igt_assert_eq(pipe(ready) | pipe(fds), 0);
	pid = fork();
	if (!pid) {
		close(fds[1]);
		if (virtgpu_guest_wrong(va, 0, len, 8, 5) || write(ready[1], "", 1) != 1 ||
		    read(fds[0], &c, 1) != 0)
			_exit(1);
		_exit(wrong_in(va, len) ? 2 : 0);
	}
	igt_assert_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	close(fds[0]);
	*go = fds[1];
	return pid;
}

static void finish(const struct way *way, const char *wrong)
{
	way->give_back();
	igt_assert_f(!wrong, "%s\n", wrong);
	virtgpu_settle(&gpu);
	virtgpu_assert_works(&gpu);
}

/**
 * SUBTEST: %s-touched
 * Description: through the render node, a dma-buf and in another process, all in use before
 *
 * arg[1].values: unbind, freeze
 */
static void test_touched(const struct way *way)
{
	const char *wrong;
	struct virtgpu_blob blob;
	int dmabuf, go, status;
	uint8_t *va;
	pid_t pid;

	virtgpu_blob_setup(&gpu, &blob, SIZE, CACHED);
	dmabuf = virtgpu_blob_export(&blob);
	va = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	igt_assert(va != MAP_FAILED);
	igt_assert_eq(virtgpu_guest_wrong(va, 0, SIZE, 8, 5), 0);
	pid = start_other(blob.va, SIZE, &go);
	way->lose();
	wrong = wrong_in(blob.va, SIZE) ?: wrong_in(va, SIZE);
	close(go);
	status = virtgpu_child_status_bounded(pid, 60);
	munmap(va, SIZE);
	close(dmabuf);
	munmap(blob.va, SIZE);
	finish(way, wrong);
	igt_assert_eq(status, 0);
}

/**
 * SUBTEST: %s-untouched
 * Description: mapped, but not in use before
 *
 * arg[1].values: unbind, freeze
 */
static void test_untouched(const struct way *way)
{
	const char *wrong;
	struct virtgpu_blob blob;
	int dmabuf;
	uint8_t *va;

	virtgpu_blob_create(&gpu, &blob, SIZE, virtgpu_attr_id(WC, 0));
	virtgpu_blob_map(&blob);
	dmabuf = virtgpu_blob_export(&blob);
	va = mmap(NULL, SIZE / 2, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, SIZE / 2);
	igt_assert(va != MAP_FAILED);
	close(dmabuf);
	way->lose();
	wrong = wrong_in(blob.va, SIZE) ?: wrong_in(va, SIZE / 2);
	munmap(va, SIZE / 2);
	munmap(blob.va, SIZE);
	finish(way, wrong);
}

/**
 * SUBTEST: %s-large-blob
 * Description: as large as two PMDs and a bit, of which one PMD was in use
 *
 * arg[1].values: unbind, freeze
 */
static void test_large(const struct way *way)
{
	const char *wrong;
	struct virtgpu_blob blob;

	virtgpu_blob_create(&gpu, &blob, LARGE, virtgpu_attr_id(CACHED, 0));
	virtgpu_blob_map(&blob);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	way->lose();
	wrong = wrong_in(blob.va, PAGES(3)) ?: wrong_in(blob.va + MiB(2) - PAGE, PAGES(3)) ?:
		wrong_in(blob.va + MiB(4) - PAGE, PAGES(4));
	munmap(blob.va, LARGE);
	finish(way, wrong);
}

/**
 * SUBTEST: %s-read-only
 * Description: a mapping that may be read only is not more afterwards
 *
 * arg[1].values: unbind, freeze
 */
static void test_readonly(const struct way *way)
{
	const char *wrong = NULL;
	struct virtgpu_blob blob;

	virtgpu_blob_setup(&gpu, &blob, SIZE, WC);
	igt_assert_eq(mprotect(blob.va, SIZE, PROT_READ), 0);
	way->lose();
	if (virtgpu_touch(blob.va, false))
		wrong = "reading is a fault";
	else if (virtgpu_touch(blob.va, true) != SIGSEGV)
		wrong = "writing is none";
	munmap(blob.va, SIZE);
	finish(way, wrong);
}

/**
 * SUBTEST: %s-vma-ops
 * Description: fork(), mprotect(), mremap() and munmap() afterwards
 *
 * arg[1].values: unbind, freeze
 */
static void test_ops(const struct way *way)
{
	uint8_t *to = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char *wrong = NULL;
	struct virtgpu_blob blob;
	pid_t pid;

	virtgpu_blob_setup(&gpu, &blob, SIZE, CACHED);
	way->lose();
	pid = fork();
	if (!pid)
		_exit(wrong_in(blob.va, SIZE) ? 1 : 0);
	if (virtgpu_child_status(pid))
		wrong = "not in a child";
	if (mprotect(blob.va, PAGES(4), PROT_READ) ||
	    mprotect(blob.va, PAGES(4), PROT_READ | PROT_WRITE))
		wrong = "mprotect() fails";
	/* Not more: what mprotect() has split is not joined again. */
	if (mremap(blob.va, PAGES(4), PAGES(4), MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		wrong = "mremap() fails";
	if (munmap(to + PAGES(2), PAGE))
		wrong = "munmap() fails";
	wrong = wrong ?: wrong_in(to, PAGES(2)) ?: wrong_in(to + PAGES(3), PAGE) ?:
		wrong_in(blob.va + PAGES(4), PAGES(12));
	munmap(to, SIZE);
	munmap(blob.va, SIZE);
	finish(way, wrong);
}

/**
 * SUBTEST: %s-refuses-new
 * Description: there is no new mapping, and nothing for a debugger
 *
 * arg[1].values: unbind, freeze
 */
static void test_refuses(const struct way *way)
{
	int dmabuf, mem, errors[2] = { 0 }, debugger[2];
	const char *wrong = NULL;
	struct virtgpu_blob blob;
	uint64_t offset, word = 0;

	virtgpu_blob_setup(&gpu, &blob, SIZE, CACHED);
	offset = virtgpu_blob_offset(&blob);
	dmabuf = virtgpu_blob_export(&blob);
	mem = open("/proc/self/mem", O_RDWR);
	igt_assert(mem >= 0);
	way->lose();
	if (mmap(NULL, SIZE, PROT_READ, MAP_SHARED, gpu.fd, offset) == MAP_FAILED)
		errors[0] = errno;
	if (mmap(NULL, SIZE, PROT_READ, MAP_SHARED, dmabuf, 0) == MAP_FAILED)
		errors[1] = errno;
	debugger[0] = pread(mem, &word, sizeof(word), (uintptr_t)blob.va) < 0 ? errno : 0;
	debugger[1] = pwrite(mem, &word, sizeof(word), (uintptr_t)blob.va) < 0 ? errno : 0;
	wrong = wrong_in(blob.va, SIZE);
	close(mem);
	close(dmabuf);
	munmap(blob.va, SIZE);
	finish(way, wrong);
	for (int i = 0; i < 2; i++) {
		igt_assert_f(errors[i] == ENODEV || errors[i] == ESTALE, "error %d\n", errors[i]);
		igt_assert_eq(debugger[i], EIO);
	}
}

/**
 * SUBTEST: %s-window-reused
 * Description: a new blob gets the old one's part of the window: what is written through the old
 *	mapping does not get there
 *
 * arg[1].values: unbind, freeze
 */
static void test_reused(const struct way *way)
{
	struct virtgpu_blob old, new;
	long long offset;
	const char *wrong;

	virtgpu_blob_setup(&gpu, &old, SIZE, CACHED);
	offset = virtgpu_host_offset(&old);
	way->lose();
	wrong = wrong_in(old.va, SIZE);
	way->give_back();
	igt_assert_f(!wrong, "%s\n", wrong);
	virtgpu_settle(&gpu);

	virtgpu_blob_setup(&gpu, &new, SIZE, CACHED);
	igt_assert_eq(virtgpu_host_offset(&new), offset);
	virtgpu_guest_fill(old.va, 0, SIZE, 8, 6);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(&new, 0, SIZE, 8, 5), 0);
	virtgpu_blob_assert_good(&new, CACHED);
	wrong = wrong_in(old.va, SIZE);
	igt_assert_f(!wrong, "%s\n", wrong);
	munmap(old.va, SIZE);
	virtgpu_blob_destroy(&new);
}

/**
 * SUBTEST: unbind-waiting-fault
 * Description: a fault that waits for the host waits no longer, and ends without a signal
 */
static void test_waiting(void)
{
	struct virtgpu_blob blob;
	int status;
	bool waits;
	pid_t pid;

	virtgpu_blob_setup(&gpu, &blob, SIZE, CACHED);
	virtgpu_host_hold_acks(&gpu, true);
	virtgpu_host_change_acked(&blob, WC, 0);
	pid = fork();
	/* One touch: what it finds is taken away once more when the device is unplugged. */
	if (!pid)
		_exit(virtgpu_touch(blob.va, true) ? 1 : 0);
	waits = virtgpu_task_wait_in_driver(pid, pid, true);
	virtgpu_unbind(&gpu);
	status = virtgpu_child_status_bounded(pid, 30);
	virtgpu_host_hold_acks(&gpu, false);
	virtgpu_host_release(&gpu);
	munmap(blob.va, SIZE);
	virtgpu_bind(&gpu);
	igt_assert(waits);
	igt_assert_eq(status, 0);
	virtgpu_assert_works(&gpu);
}

/**
 * SUBTEST: freeze-and-resume
 * Description: when the device is there again the old mapping does not come back to it
 */
static void test_resumed(void)
{
	const char *wrong;
	struct virtgpu_blob blob;
	bool restores;
	int error;

	virtgpu_blob_setup(&gpu, &blob, SIZE, WC);
	restores = virtgpu_freeze(&gpu, &error);
	igt_assert_eq(error, 0);
	error = virtgpu_restore(&gpu);
	wrong = wrong_in(blob.va, SIZE);
	munmap(blob.va, SIZE);
	if (!restores)
		rebind();
	igt_assert_eq(error, 0);
	igt_assert_f(!wrong, "%s\n", wrong);
	igt_assert(virtgpu_reopen(&gpu));
	virtgpu_settle(&gpu);
	virtgpu_assert_works(&gpu);
}

int igt_main()
{
	static const struct {
		const char *name;
		const char *describe;
		void (*run)(const struct way *way);
	} tests[] = {
		{ "touched", "Mappings that were in use go on working without the device.",
		  test_touched },
		{ "untouched", "Mappings that were not in use yet work without the device.",
		  test_untouched },
		{ "large-blob", "Mappings by PMDs go on working without the device.", test_large },
		{ "read-only", "A read-only mapping stays read-only without the device.",
		  test_readonly },
		{ "vma-ops",
		  "fork(), mprotect(), mremap() and munmap() still work without the device.",
		  test_ops },
		{ "refuses-new",
		  "There are no new mappings and no debugger accesses without the device.",
		  test_refuses },
		{ "window-reused",
		  "What is written through an old mapping does not reach the blob that uses its part of the window now.",
		  test_reused },
	};

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++)
		for (unsigned int t = 0; t < ARRAY_SIZE(tests); t++) {
			igt_describe(tests[t].describe);
			igt_subtest_f("%s-%s", ways[i].name, tests[t].name)
				tests[t].run(&ways[i]);
		}

	igt_describe("A fault that waits for the host ends without a signal when the device is "
		     "lost.");
	igt_subtest("unbind-waiting-fault")
		test_waiting();

	igt_describe("An old mapping does not come back with the device.");
	igt_subtest("freeze-and-resume")
		test_resumed();

	igt_fixture()
		virtgpu_close(&gpu);
}
