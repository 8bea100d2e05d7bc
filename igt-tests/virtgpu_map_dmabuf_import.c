// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map dma-buf import
 * Description: Other devices import blobs: the cache mode does not concern importers, revocation
 *	does, and the read-only flag concerns importers that write
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: dma_buf
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)

static int importer_open(void)
{
	int fd = open("/dev/dma_importer", O_RDWR | O_CLOEXEC);

	igt_require_f(fd >= 0, "the dma_importer module is not loaded\n");
	return fd;
}

static int importer_map(int fd, int dmabuf, enum dma_importer_kind kind)
{
	struct dma_importer_map map = { .dmabuf = dmabuf, .kind = kind };

	return ioctl(fd, DMA_IMPORTER_MAP, &map) ? -errno : 0;
}

/* For a device that does not write. */
static int importer_map_to_read(int fd, int dmabuf, enum dma_importer_kind kind)
{
	struct dma_importer_map map = { .dmabuf = dmabuf, .kind = kind, .reads = 1 };

	return ioctl(fd, DMA_IMPORTER_MAP, &map) ? -errno : 0;
}

static void importer_unmap(int fd)
{
	igt_assert_eq(ioctl(fd, DMA_IMPORTER_RELEASE), 0);
}

static struct dma_importer_state importer_state(int fd)
{
	struct dma_importer_state state;

	igt_assert_eq(ioctl(fd, DMA_IMPORTER_STATE, &state), 0);
	return state;
}

static void assert_mapped(int fd, unsigned int mapped)
{
	igt_assert_eq(importer_state(fd).mapped, mapped);
}

static void wait_notified(int fd)
{
	igt_assert_f(virtgpu_wait(importer_state(fd).notified, VIRTGPU_WAIT_SECONDS),
		     "the importer was told nothing\n");
}

/* A blob that is mapped here and by an importer. */
static int setup(struct virtgpu *gpu, struct virtgpu_blob *blob, int *dmabuf,
		 enum dma_importer_kind kind)
{
	int fd = importer_open();

	virtgpu_blob_setup(gpu, blob, SIZE, CACHED);
	*dmabuf = virtgpu_blob_export(blob);
	igt_assert_eq(importer_map(fd, *dmabuf, kind), 0);
	assert_mapped(fd, 1);
	return fd;
}

static void finish(struct virtgpu_blob *blob, int dmabuf, int fd)
{
	close(fd);
	close(dmabuf);
	virtgpu_blob_destroy(blob);
	virtgpu_settle(blob->gpu);
}

static long long acked(struct virtgpu_blob *blob)
{
	return virtgpu_host_blob(blob, "acked");
}

/**
 * SUBTEST: dynamic-revoked
 * Description: an importer that can be told has let go when the host has the acknowledgment,
 *	gets nothing meanwhile, and everything again afterwards
 */
static void test_dynamic_revoked(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int dmabuf, fd = setup(gpu, &blob, &dmabuf, DMA_IMPORTER_DYNAMIC);

	virtgpu_host_change_acked(&blob, CACHED, REVOKED);
	igt_assert_eq(importer_state(fd).notified, 1);
	assert_mapped(fd, 0);
	virtgpu_pte_assert_none(blob.va, SIZE);
	igt_assert_eq(importer_map(fd, dmabuf, DMA_IMPORTER_DYNAMIC), -ESTALE);
	virtgpu_host_change_acked(&blob, WC, 0);
	igt_assert_eq(importer_map(fd, dmabuf, DMA_IMPORTER_DYNAMIC), 0);
	assert_mapped(fd, 1);
	virtgpu_blob_assert_good(&blob, WC);
	finish(&blob, dmabuf, fd);
}

/*
 * The memory is revoked while an importer has it: the CPUs lose it, others go on, and the host
 * hears of it when the importer has let go.
 */
static void test_withheld(struct virtgpu *gpu, enum dma_importer_kind kind)
{
	long long generation;
	struct virtgpu_blob blob;
	int dmabuf, fd = setup(gpu, &blob, &dmabuf, kind);

	generation = virtgpu_host_change(&blob, CACHED, REVOKED);
	if (kind == DMA_IMPORTER_SLOW)
		wait_notified(fd);
	virtgpu_pte_wait_none(blob.va, SIZE);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	virtgpu_assert_works(gpu);
	igt_assert(acked(&blob) < generation);
	assert_mapped(fd, 1);
	importer_unmap(fd);
	virtgpu_host_wait_acked(&blob, generation);
	virtgpu_host_change_acked(&blob, WC, 0);
	virtgpu_blob_assert_good(&blob, WC);
	finish(&blob, dmabuf, fd);
}

/**
 * SUBTEST: slow-revoked
 * Description: a revocation is acknowledged when an importer that was notified, but takes its
 *	time, has let go
 */
static void test_slow_revoked(struct virtgpu *gpu)
{
	test_withheld(gpu, DMA_IMPORTER_SLOW);
}

/**
 * SUBTEST: static-revoked
 * Description: a revocation is acknowledged when an importer that cannot be notified has let go
 */
static void test_static_revoked(struct virtgpu *gpu)
{
	test_withheld(gpu, DMA_IMPORTER_STATIC);
}

/**
 * SUBTEST: %s-cache-mode
 * Description: changes of cache mode, and of what CPUs may do, are acknowledged whatever an
 *	importer has
 *
 * arg[1].values: static, dynamic
 */
static void test_cache_mode(struct virtgpu *gpu, enum dma_importer_kind kind)
{
	struct virtgpu_blob blob;
	int dmabuf, fd = setup(gpu, &blob, &dmabuf, kind);

	virtgpu_host_change_acked(&blob, WC, 0);
	virtgpu_pte_assert_none(blob.va, SIZE);
	virtgpu_blob_assert_good(&blob, WC);
	virtgpu_host_change_acked(&blob, WC, SYNC);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	assert_mapped(fd, 1);
	igt_assert_eq(importer_state(fd).notified, 0);
	virtgpu_host_change_acked(&blob, CACHED, 0);
	virtgpu_blob_assert_good(&blob, CACHED);
	finish(&blob, dmabuf, fd);
}

static void test_static_cache_mode(struct virtgpu *gpu)
{
	test_cache_mode(gpu, DMA_IMPORTER_STATIC);
}

static void test_dynamic_cache_mode(struct virtgpu *gpu)
{
	test_cache_mode(gpu, DMA_IMPORTER_DYNAMIC);
}

/*
 * To an exporter that can notify, 6.12 maps what a static importer attaches to at once, and then
 * it does not know yet what the importer's device is to do.
 */
static int reading_error(enum dma_importer_kind kind)
{
	struct utsname name;

	igt_assert_eq(uname(&name), 0);
	return kind == DMA_IMPORTER_STATIC && strtoul(name.release, NULL, 10) < 7 ? -EACCES : 0;
}

/**
 * SUBTEST: read-only-refused
 * Description: of a read-only blob only devices that do not write get addresses, and CPUs map it
 *	meanwhile
 */
static void test_read_only_refused(struct virtgpu *gpu)
{
	int dmabuf, fd = importer_open();
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(WC, READ_ONLY));
	dmabuf = virtgpu_blob_export(&blob);
	for (int kind = DMA_IMPORTER_STATIC; kind <= DMA_IMPORTER_SLOW; kind++) {
		int other = importer_open();

		igt_assert_eq(importer_map(other, dmabuf, kind), -EACCES);
		assert_mapped(other, 0);
		igt_assert_eq(importer_map_to_read(other, dmabuf, kind), reading_error(kind));
		assert_mapped(other, !reading_error(kind));
		close(other);
	}
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), 0);
	virtgpu_host_fill(&blob, 5);
	virtgpu_blob_assert_good(&blob, WC);
	virtgpu_host_change_acked(&blob, WC, 0);
	igt_assert_eq(importer_map(fd, dmabuf, DMA_IMPORTER_STATIC), 0);
	finish(&blob, dmabuf, fd);
}

/**
 * SUBTEST: dynamic-read-only
 * Description: an importer that can be told has let go when the host has the acknowledgment
 */
static void test_dynamic_read_only(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int dmabuf, fd = setup(gpu, &blob, &dmabuf, DMA_IMPORTER_DYNAMIC);

	virtgpu_host_change_acked(&blob, WC, READ_ONLY);
	igt_assert_eq(importer_state(fd).notified, 1);
	assert_mapped(fd, 0);
	igt_assert_eq(importer_map(fd, dmabuf, DMA_IMPORTER_DYNAMIC), -EACCES);
	igt_assert_eq(importer_map_to_read(fd, dmabuf, DMA_IMPORTER_DYNAMIC), 0);
	/* It is not asked again for what it may have. */
	virtgpu_host_change_acked(&blob, CACHED, READ_ONLY);
	igt_assert_eq(importer_state(fd).notified, 1);
	assert_mapped(fd, 1);
	finish(&blob, dmabuf, fd);
}

/*
 * It becomes read-only while an importer that writes has it, and does not let go: the host hears
 * of it when it has. Until then there is no reading either, and mmap() does not wait.
 */
static void test_read_only_withheld(struct virtgpu *gpu, enum dma_importer_kind kind)
{
	struct virtgpu_blob blob, second;
	long long generation;
	int dmabuf, fd = setup(gpu, &blob, &dmabuf, kind);
	bool waits;
	pid_t pid;

	second = blob;
	generation = virtgpu_host_change(&blob, WC, READ_ONLY);
	if (kind == DMA_IMPORTER_SLOW)
		wait_notified(fd);
	virtgpu_pte_wait_none(blob.va, SIZE);
	igt_assert_eq(virtgpu_blob_try_map(&second, PROT_READ | PROT_WRITE, MAP_SHARED), -EACCES);
	igt_assert_eq(virtgpu_blob_try_map(&second, PROT_READ, MAP_SHARED), 0);
	pid = fork();
	if (!pid)
		_exit(virtgpu_guest_wrong(second.va, 0, SIZE, 8, 5) ? 1 : 0);
	waits = virtgpu_task_wait_in_driver(pid, pid, true);
	virtgpu_assert_works(gpu);
	igt_assert(acked(&blob) < generation);
	assert_mapped(fd, 1);
	importer_unmap(fd);
	virtgpu_host_wait_acked(&blob, generation);
	igt_assert_eq(virtgpu_child_status_bounded(pid, 60), 0);
	igt_assert(waits);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	munmap(second.va, SIZE);
	finish(&blob, dmabuf, fd);
}

/**
 * SUBTEST: slow-read-only
 * Description: a change to read-only is acknowledged when an importer that writes, was notified,
 *	and takes its time, has let go
 */
static void test_slow_read_only(struct virtgpu *gpu)
{
	test_read_only_withheld(gpu, DMA_IMPORTER_SLOW);
}

/**
 * SUBTEST: static-read-only
 * Description: a change to read-only is acknowledged when an importer that writes and cannot be
 *	notified has let go
 */
static void test_static_read_only(struct virtgpu *gpu)
{
	test_read_only_withheld(gpu, DMA_IMPORTER_STATIC);
}

/**
 * SUBTEST: reading-read-only
 * Description: an importer that only reads, and does not let go, is not asked to and holds up no
 *	change to read-only, but it holds up a revocation
 */
static void test_reading_read_only(struct virtgpu *gpu)
{
	int dmabuf, fd = importer_open();
	long long generation;
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	dmabuf = virtgpu_blob_export(&blob);
	igt_assert_eq(importer_map_to_read(fd, dmabuf, DMA_IMPORTER_SLOW), 0);
	virtgpu_host_change_acked(&blob, WC, READ_ONLY);
	virtgpu_host_change_acked(&blob, CACHED, READ_ONLY);
	assert_mapped(fd, 1);
	igt_assert_eq(importer_state(fd).notified, 0);
	generation = virtgpu_host_change(&blob, CACHED, READ_ONLY | REVOKED);
	wait_notified(fd);
	virtgpu_assert_works(gpu);
	igt_assert(acked(&blob) < generation);
	importer_unmap(fd);
	virtgpu_host_wait_acked(&blob, generation);
	finish(&blob, dmabuf, fd);
}

/* Reservation locks are taken by poll(). */
static int poll_dmabuf(int dmabuf)
{
	struct pollfd pfd = { .fd = dmabuf, .events = POLLIN | POLLOUT };

	return poll(&pfd, 1, 0) < 0 ? errno : 0;
}

/**
 * SUBTEST: waits-without-lock
 * Description: an importer that waits for the host does not hold up others that use the
 *	dma-buf, and can be killed
 */
static void test_waits_without_lock(struct virtgpu *gpu)
{
	int dmabuf, fd = importer_open(), status[2];
	pid_t waiter, other;
	bool waits;
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE, blob_id_inject(WC, 0, INJECT_NONE, INJECT_HOLD, 0));
	virtgpu_host_wait_mapped(&blob);
	dmabuf = virtgpu_blob_export(&blob);
	waiter = fork();
	if (!waiter)
		_exit(-importer_map(fd, dmabuf, DMA_IMPORTER_STATIC));
	waits = virtgpu_task_wait_in_driver(waiter, waiter, true);
	other = fork();
	if (!other)
		_exit(poll_dmabuf(dmabuf));
	status[0] = virtgpu_child_status_bounded(other, 10);
	kill(waiter, SIGKILL);
	status[1] = virtgpu_child_status_bounded(waiter, 10);
	virtgpu_host_release(gpu);
	if (status[0] == -ETIMEDOUT)
		virtgpu_child_status(other);
	igt_assert(waits);
	igt_assert_eq(status[0], 0);
	igt_assert_eq(status[1], -SIGKILL);
	igt_assert_eq(importer_map(fd, dmabuf, DMA_IMPORTER_STATIC), 0);
	finish(&blob, dmabuf, fd);
}

/**
 * SUBTEST: no-vmap
 * Description: an importer that wants the kernel to map a blob gets an error, and the
 *	kernel does not warn of a bug
 */
static void test_no_vmap(struct virtgpu *gpu)
{
	long long log = virtgpu_kmsg_last();
	struct virtgpu_blob blob;
	int dmabuf;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	dmabuf = virtgpu_blob_export(&blob);
	igt_assert(virtgpu_pte_probe_vmap(dmabuf) < 0);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
	virtgpu_kmsg_assert_none(log, VIRTGPU_KMSG_COMPLAINT);
}

/**
 * SUBTEST: unbind-while-imported
 * Description: the driver goes while importers have a blob, and comes back
 */
static void test_unbind(struct virtgpu *gpu)
{
	int buf[3], fd[3], status;
	struct virtgpu_blob blob[3];
	pid_t pid;

	for (int i = 0; i < 3; i++)
		fd[i] = setup(gpu, &blob[i], &buf[i], i);
	virtgpu_host_change(&blob[DMA_IMPORTER_STATIC], CACHED, REVOKED);
	pid = virtgpu_start_unbind(gpu);
	status = virtgpu_child_status_bounded(pid, 60);
	for (int i = 0; i < 3; i++) {
		munmap(blob[i].va, SIZE);
		close(fd[i]);
		close(buf[i]);
	}
	igt_assert_eq(status, 0);
	virtgpu_bind(gpu);
	virtgpu_settle(gpu);
	virtgpu_assert_works(gpu);
}

/* ---- an importer that waits with the reservation locked ------------------ */

/* A command that uses the blob, and that the host does not look at. */
static void use_unanswered(struct virtgpu_blob *blob)
{
	virtgpu_host_set_deaf(blob->gpu, true);
	igt_assert_eq(virtgpu_execute(blob->gpu, blob->handle, NULL), 0);
}

/* A child that has the lock until all fences are signalled. */
static pid_t start_lock_holder(int fd)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(ioctl(fd, DMA_IMPORTER_WAIT) ? 1 : 0);
	}
	igt_assert(virtgpu_task_wait_asleep(pid));
	return pid;
}

static int freeze(struct virtgpu *gpu)
{
	int error;

	virtgpu_freeze(gpu, &error);
	return error;
}

/**
 * SUBTEST: freeze-while-locked
 * Description: an importer is to let go of revoked memory, and waits for a host that does not
 *	answer, with the reservation locked: suspending fails in time, and it lets go afterwards
 */
static void test_freeze_locked(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int dmabuf, fd = setup(gpu, &blob, &dmabuf, DMA_IMPORTER_DYNAMIC), status[2];
	long long generation;
	pid_t holder, freezer;
	bool revoked;

	generation = virtgpu_host_change_untold(&blob, CACHED, REVOKED);
	use_unanswered(&blob);
	holder = start_lock_holder(fd);
	virtgpu_host_release(gpu);
	revoked = virtgpu_wait(virtgpu_pte_is_none(blob.va, SIZE), VIRTGPU_WAIT_SECONDS);
	freezer = virtgpu_start(freeze, gpu);
	status[0] = virtgpu_child_status_bounded(freezer, 30);
	/* The lock is free from here on, in any case. */
	virtgpu_host_set_deaf(gpu, false);
	status[1] = virtgpu_child_status_bounded(holder, 30);
	if (status[0] == -ETIMEDOUT)
		virtgpu_child_status(freezer);
	igt_assert(revoked);
	igt_assert_eq(status[0], ETIMEDOUT);
	igt_assert_eq(status[1], 0);
	virtgpu_host_wait_acked(&blob, generation);
	assert_mapped(fd, 0);
	finish(&blob, dmabuf, fd);
	virtgpu_assert_works(gpu);
}

/* A fence of another device, whose host does not answer either. */
static void add_foreign_fence(struct virtgpu *other, int dmabuf)
{
	struct dma_buf_import_sync_file fence = { .flags = DMA_BUF_SYNC_WRITE };

	virtgpu_host_set_deaf(other, true);
	igt_assert_eq(virtgpu_execute(other, 0, &fence.fd), 0);
	igt_assert_eq(virtgpu_ioctl(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &fence), 0);
	close(fence.fd);
}

/**
 * SUBTEST: freeze-tells-importers
 * Description: suspending is not over before an importer has been told, which is when another
 *	device lets go of the reservation
 */
static void test_freeze_tells(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int dmabuf, fd, early, status[2];
	static struct virtgpu other;
	unsigned int notified;
	pid_t holder, freezer;

	virtgpu_open(&other, "aligned");
	fd = setup(gpu, &blob, &dmabuf, DMA_IMPORTER_DYNAMIC);
	add_foreign_fence(&other, dmabuf);
	holder = start_lock_holder(fd);
	freezer = virtgpu_start(freeze, gpu);
	early = virtgpu_child_status_bounded(freezer, 5);
	virtgpu_host_set_deaf(&other, false);
	status[0] = early == -ETIMEDOUT ? virtgpu_child_status_bounded(freezer, 30) : early;
	status[1] = virtgpu_child_status_bounded(holder, 30);
	notified = importer_state(fd).notified;
	virtgpu_close(&other);
	close(fd);
	close(dmabuf);
	munmap(blob.va, SIZE);
	igt_assert_eq(virtgpu_restore(gpu), 0);
	virtgpu_unbind(gpu);
	virtgpu_bind(gpu);
	virtgpu_assert_works(gpu);
	igt_assert_eq(early, -ETIMEDOUT);
	igt_assert_eq(notified, 1);
	igt_assert_eq(status[0], 0);
	igt_assert_eq(status[1], 0);
}

/**
 * SUBTEST: unbind-while-locked
 * Description: an importer waits for a host that does not answer, with the reservation locked:
 *	the driver can be unbound, and the wait ends
 */
static void test_unbind_locked(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int dmabuf, fd = setup(gpu, &blob, &dmabuf, DMA_IMPORTER_DYNAMIC), status[2];
	pid_t holder, pid;

	use_unanswered(&blob);
	holder = start_lock_holder(fd);
	pid = virtgpu_start_unbind(gpu);
	status[0] = virtgpu_child_status_bounded(pid, 30);
	/* Or this guest cannot be ended. */
	if (status[0] == -ETIMEDOUT)
		kill(holder, SIGKILL);
	status[1] = virtgpu_child_status_bounded(holder, 30);
	if (status[0] == -ETIMEDOUT)
		virtgpu_child_status(pid);
	virtgpu_host_set_deaf(gpu, false);
	munmap(blob.va, SIZE);
	close(fd);
	close(dmabuf);
	virtgpu_bind(gpu);
	igt_assert_eq(status[0], 0);
	igt_assert_eq(status[1], 0);
	virtgpu_settle(gpu);
	virtgpu_assert_works(gpu);
}

/* ---- UUIDs --------------------------------------------------------------- */

/* The host looks away; the child of another driver waits for the UUID, and the driver goes. */
static void unbind_uuid(struct virtgpu_blob *blob, int fd)
{
	int dmabuf = virtgpu_blob_export(blob), status;
	struct virtgpu *gpu = blob->gpu;
	bool waits;
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(ioctl(fd, DMA_IMPORTER_UUID, dmabuf) ? errno : 0);
	waits = virtgpu_task_wait_in_driver(pid, pid, true);
	virtgpu_unbind(gpu);
	status = virtgpu_child_status_bounded(pid, 30);
	if (status == -ETIMEDOUT)
		kill(pid, SIGKILL);
	virtgpu_host_set_deaf(gpu, false);
	close(fd);
	close(dmabuf);
	virtgpu_bind(gpu);
	igt_assert(waits);
	igt_assert_eq(status, ENODEV);
	virtgpu_settle(gpu);
	virtgpu_assert_works(gpu);
}

/**
 * SUBTEST: unbind-uuid-%s
 * Description: unbinding the driver ends the wait of another driver for a UUID
 *
 * arg[1].values: blob, resource
 */
static void test_uuid_blob(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int fd = importer_open();

	virtgpu_host_set_deaf(gpu, true);
	igt_assert_eq(virtgpu_blob_try_create(gpu, &blob, SIZE, virtgpu_attr_id(WC, 0),
					      VIRTGPU_BLOB_FLAG_USE_SHAREABLE |
					      VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE),
		      0);
	unbind_uuid(&blob, fd);
}

static void test_uuid_resource(struct virtgpu *gpu)
{
	struct drm_virtgpu_resource_create create = {
		.target = 2,
		.format = 1,
		.width = 16,
		.height = 16,
		.depth = 1,
		.array_size = 1,
		.size = PAGE,
	};
	struct virtgpu_blob blob = { .gpu = gpu };
	int fd = importer_open();

	virtgpu_host_set_deaf(gpu, true);
	igt_assert_eq(virtgpu_ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create), 0);
	blob.handle = create.bo_handle;
	unbind_uuid(&blob, fd);
}

static const struct {
	const char *name;
	void (*run)(struct virtgpu *gpu);
	const char *describe;
} tests[] = {
	{ "dynamic-revoked", test_dynamic_revoked,
	  "An importer that can be notified has let go before a revocation is acknowledged." },
	{ "slow-revoked", test_slow_revoked,
	  "A revocation is acknowledged when a slow importer has let go, not before." },
	{ "static-revoked", test_static_revoked,
	  "A revocation is acknowledged when an importer that cannot be notified has let go, not before." },
	{ "static-cache-mode", test_static_cache_mode,
	  "Changes of the CPUs' cache mode do not wait for an importer that cannot be notified." },
	{ "dynamic-cache-mode", test_dynamic_cache_mode,
	  "Changes of the CPUs' cache mode do not wait for an importer that can be notified." },
	{ "read-only-refused", test_read_only_refused,
	  "Only devices that do not write get the addresses of a read-only blob." },
	{ "dynamic-read-only", test_dynamic_read_only,
	  "An importer that writes has let go before the change to read-only is acknowledged." },
	{ "slow-read-only", test_slow_read_only,
	  "A change to read-only is acknowledged when a slow importer has let go, not before." },
	{ "static-read-only", test_static_read_only,
	  "A change to read-only is acknowledged when an importer that cannot be notified has let go, not before." },
	{ "reading-read-only", test_reading_read_only,
	  "An importer that only reads holds up no change to read-only, but a revocation." },
	{ "waits-without-lock", test_waits_without_lock,
	  "An importer that waits for the host blocks no other user of the dma-buf, and can be killed." },
	{ "no-vmap", test_no_vmap,
	  "The kernel cannot map a blob by vmap, and says so with an error." },
	{ "freeze-while-locked", test_freeze_locked,
	  "Suspending does not wait for an importer that waits for the host." },
	/* Last, because they unbind the driver. */
	{ "freeze-tells-importers", test_freeze_tells,
	  "Importers have been told when the device is suspended." },
	{ "unbind-while-locked", test_unbind_locked,
	  "The driver can be unbound while an importer waits for the host with the reservation locked." },
	{ "unbind-uuid-blob", test_uuid_blob,
	  "Unbinding the driver ends the wait for the UUID of a blob." },
	{ "unbind-uuid-resource", test_uuid_resource,
	  "Unbinding the driver ends the wait for the UUID of another resource." },
	{ "unbind-while-imported", test_unbind,
	  "The driver can be unbound while importers have blobs." },
};

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int i = 0; i < ARRAY_SIZE(tests); i++) {
		igt_describe(tests[i].describe);
		igt_subtest_f("%s", tests[i].name)
			tests[i].run(&gpu);
	}

	igt_fixture() {
		virtgpu_host_set_deaf(&gpu, false);
		virtgpu_host_release(&gpu);
		virtgpu_close(&gpu);
	}
}
