// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map attribute query
 * Description: DRM_IOCTL_VIRTGPU_MAP_ATTR reports what the host declared
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: attribute_query
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <limits.h>
#include <linux/dma-buf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

static int getparam(struct virtgpu *gpu, uint64_t param, int *value)
{
	struct drm_virtgpu_getparam gp = { .param = param, .value = (uintptr_t)value };

	return ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_GETPARAM, &gp) ? -errno : 0;
}

/* Not restarted on EINTR, which tests want to see. */
static int query_wait(struct virtgpu *gpu, struct virtgpu_blob *blob, uint64_t known,
		      struct drm_virtgpu_map_attr *attr)
{
	*attr = (struct drm_virtgpu_map_attr){
		.bo_handle = blob->handle,
		.flags = VIRTGPU_MAP_ATTR_QUERY_WAIT,
		.generation = known,
	};
	return ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_MAP_ATTR, attr) ? -errno : 0;
}

/**
 * SUBTEST: getparam-new-host
 * Description: VIRTGPU_PARAM_MAP_ATTR is 1 where the host declares attributes, else 0
 */
static void test_getparam(struct virtgpu *gpu, int expected)
{
	int value = -1;

	igt_assert_eq(getparam(gpu, VIRTGPU_PARAM_MAP_ATTR, &value), 0);
	igt_assert_eq(value, expected);
	/* The parameters around it are still there, or still are not. */
	igt_assert_eq(getparam(gpu, VIRTGPU_PARAM_HOST_VISIBLE, &value), 0);
	igt_assert_eq(value, 1);
	igt_assert_eq(getparam(gpu, 9999, &value), -EINVAL);
}

/**
 * SUBTEST: declared-%s
 * Description: the query returns cache mode and generation before any mmap()
 *
 * SUBTEST: sync-required-%s
 * Description: the query tells that SYNC is required
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_query(struct virtgpu *gpu, unsigned int mode, unsigned int flags)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, PAGES(2), virtgpu_attr_id(mode, flags));
	igt_assert_eq(virtgpu_blob_query(gpu, blob.handle, &attr), 0);
	igt_assert_eq(attr.cache_mode, mode);
	igt_assert_eq(attr.generation, 1);
	igt_assert_eq(attr.attr_flags, flags ? VIRTGPU_MAP_ATTR_SYNC_REQUIRED : 0);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), flags ? -EOPNOTSUPP : 0);
	igt_assert_eq(virtgpu_blob_query(gpu, blob.handle, &attr), 0);
	igt_assert_eq(attr.cache_mode, mode);
	igt_assert_eq(attr.generation, 1);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: not-mappable
 * Description: attributes come with creation, so a blob that is never mapped has them
 */
static void test_not_mappable(struct virtgpu *gpu)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob;

	igt_assert_eq(virtgpu_blob_try_create(gpu, &blob, PAGE, virtgpu_attr_id(WC, 0),
					      VIRTGPU_BLOB_FLAG_USE_SHAREABLE),
		      0);
	igt_assert_eq(virtgpu_blob_query(gpu, blob.handle, &attr), 0);
	igt_assert_eq(attr.cache_mode, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: freed-handle
 * Description: a handle that was closed, and one that never was: ENOENT
 */
static void test_freed_handle(struct virtgpu *gpu)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob;
	uint32_t handle;

	virtgpu_blob_create(gpu, &blob, PAGE, virtgpu_attr_id(WC, 0));
	handle = blob.handle;
	igt_assert_eq(virtgpu_blob_query(gpu, handle, &attr), 0);
	virtgpu_blob_destroy(&blob);
	igt_assert_eq(virtgpu_blob_query(gpu, handle, &attr), -ENOENT);
	igt_assert_eq(virtgpu_blob_query(gpu, 0, &attr), -ENOENT);
	igt_assert_eq(virtgpu_blob_query(gpu, 0xffffffff, &attr), -ENOENT);
}

/**
 * SUBTEST: other-clients-handle
 * Description: a handle means nothing to another open file
 */
static void test_other_client(struct virtgpu *gpu)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu other = *gpu;
	struct virtgpu_blob blob;

	other.fd = -1;
	igt_assert(virtgpu_reopen(&other));
	virtgpu_blob_create(gpu, &blob, PAGE, virtgpu_attr_id(WC, 0));
	igt_assert_eq(virtgpu_blob_query(&other, blob.handle, &attr), -ENOENT);
	close(other.fd);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: bad-flags
 * Description: flags other than VIRTGPU_MAP_ATTR_QUERY_WAIT must be zero: EINVAL
 */
static void test_bad_flags(struct virtgpu *gpu)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, PAGE, virtgpu_attr_id(WC, 0));
	for (int bit = 1; bit < 32; bit++) {
		attr = (struct drm_virtgpu_map_attr){ .bo_handle = blob.handle,
						      .flags = 1U << bit };
		igt_assert_eq(ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_MAP_ATTR, &attr), -1);
		igt_assert_eq(errno, EINVAL);
	}
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: guest-blob
 * Description: guest memory has no host attributes: EINVAL
 */
static void test_guest_blob(struct virtgpu *gpu)
{
	struct drm_virtgpu_resource_create_blob create = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = PAGE,
	};
	struct drm_virtgpu_map_attr attr;

	igt_assert_eq(ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &create), 0);
	igt_assert_eq(virtgpu_blob_query(gpu, create.bo_handle, &attr), -EINVAL);
}

/**
 * SUBTEST: refused-blob
 * Description: the query fails as mmap() does where the host's word cannot be used
 */
static void test_refused(struct virtgpu *gpu)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, PAGE, virtgpu_attr_id(CACHE_UNKNOWN, 0));
	igt_assert_eq(virtgpu_blob_query(gpu, blob.handle, &attr), -EPROTO);
	virtgpu_blob_destroy(&blob);
	virtgpu_blob_create(gpu, &blob, PAGE, blob_id_inject(WC, 0, INJECT_ERROR, INJECT_NONE, 0));
	igt_assert_eq(virtgpu_blob_query(gpu, blob.handle, &attr), -EIO);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: every-flag
 * Description: every flag is reported as declared, alone and with others, at creation and
 *	after a change
 */
static void test_revoked(struct virtgpu *gpu)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob;

	for (unsigned int flags = 0; flags <= (SYNC | REVOKED | READ_ONLY); flags++) {
		virtgpu_blob_create(gpu, &blob, PAGE, virtgpu_attr_id(WC, flags));
		igt_assert_eq(virtgpu_blob_query(gpu, blob.handle, &attr), 0);
		igt_assert_eq(attr.attr_flags, flags);
		igt_assert_eq(attr.cache_mode, WC);
		flags ^= SYNC | REVOKED | READ_ONLY;
		virtgpu_host_change_acked(&blob, UNCACHED, flags);
		igt_assert_eq(query_wait(gpu, &blob, 1, &attr), 0);
		igt_assert_eq(attr.attr_flags, flags);
		igt_assert_eq(attr.cache_mode, UNCACHED);
		igt_assert_eq(attr.generation, 2);
		flags ^= SYNC | REVOKED | READ_ONLY;
		virtgpu_blob_destroy(&blob);
	}
}

/* A child that waits for a change; it says what it got by its exit status. */
static pid_t start_waiting(struct virtgpu *gpu, struct virtgpu_blob *blob, uint64_t known)
{
	pid_t pid = fork();

	if (!pid) {
		struct drm_virtgpu_map_attr attr;
		int ret = query_wait(gpu, blob, known, &attr);

		_exit(ret ? 100 - ret : (int)attr.generation);
	}
	igt_assert(virtgpu_task_wait_in_driver(pid, pid, true));
	return pid;
}

/**
 * SUBTEST: wait-for-change
 * Description: the query returns when a newer declaration is acknowledged and confirmed, and
 *	at once if that has happened
 */
static void test_wait(struct virtgpu *gpu)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob, other;
	pid_t pid;

	virtgpu_blob_setup(gpu, &blob, PAGE, CACHED);
	virtgpu_blob_setup(gpu, &other, PAGE, CACHED);
	/* Generation 1 is newer than none. */
	igt_assert_eq(query_wait(gpu, &blob, 0, &attr), 0);
	igt_assert_eq(attr.generation, 1);
	pid = start_waiting(gpu, &blob, 1);
	/* Others' changes are not its own; it may have been woken to find that out. */
	virtgpu_host_change_acked(&other, WC, 0);
	igt_assert(virtgpu_task_wait_in_driver(pid, pid, true));
	virtgpu_host_hold_acks(gpu, true);
	virtgpu_host_change_acked(&blob, WC, 0);
	virtgpu_host_hold_acks(gpu, false);
	virtgpu_blob_assert_good(&other, WC);
	igt_assert(virtgpu_task_wait_in_driver(pid, pid, true));
	virtgpu_host_release(gpu);
	igt_assert_eq(virtgpu_child_status_bounded(pid, 30), 2);
	igt_assert_eq(query_wait(gpu, &blob, 1, &attr), 0);
	igt_assert_eq(attr.generation, 2);
	igt_assert_eq(attr.cache_mode, WC);
	virtgpu_blob_destroy(&blob);
	virtgpu_blob_destroy(&other);
}

static volatile bool *handled;

static void on_signal(int sig)
{
	(void)sig;
	*handled = true;
}

/* A child that waits with a handler for SIGUSR1. */
static pid_t start_handling(struct virtgpu *gpu, struct virtgpu_blob *blob, int flags)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = flags };
	struct drm_virtgpu_map_attr attr;
	pid_t pid;

	*handled = false;
	pid = fork();
	if (!pid) {
		sigaction(SIGUSR1, &sa, NULL);
		_exit(-query_wait(gpu, blob, 1, &attr));
	}
	igt_assert(virtgpu_task_wait_in_driver(pid, pid, true));
	kill(pid, SIGUSR1);
	return pid;
}

/**
 * SUBTEST: wait-interrupted
 * Description: a signal ends the wait with EINTR, unless it is handled with SA_RESTART
 */
static void test_wait_interrupted(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	pid_t pid;

	handled = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	igt_assert(handled != MAP_FAILED);
	virtgpu_blob_setup(gpu, &blob, PAGE, CACHED);
	pid = start_handling(gpu, &blob, 0);
	igt_assert_eq(virtgpu_child_status_bounded(pid, 30), EINTR);

	pid = start_handling(gpu, &blob, SA_RESTART);
	igt_assert(virtgpu_wait(*handled, VIRTGPU_WAIT_SECONDS));
	igt_assert(virtgpu_task_wait_in_driver(pid, pid, true));
	virtgpu_host_change_acked(&blob, WC, 0);
	igt_assert_eq(virtgpu_child_status_bounded(pid, 30), 0);
	virtgpu_blob_destroy(&blob);
	munmap((void *)handled, PAGE);
}

/**
 * SUBTEST: wait-refused
 * Description: a malformed declaration, and an error to the acknowledgment, end the wait
 */
static void test_wait_refused(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	pid_t pid;

	virtgpu_blob_setup(gpu, &blob, PAGE, CACHED);
	pid = start_waiting(gpu, &blob, 1);
	virtgpu_host_change(&blob, WC, FLAG_UNKNOWN);
	igt_assert_eq(virtgpu_child_status_bounded(pid, 30), 100 + EPROTO);
	virtgpu_blob_destroy(&blob);
	virtgpu_blob_setup(gpu, &blob, PAGE, CACHED);
	pid = start_waiting(gpu, &blob, 1);
	virtgpu_host_inject(gpu, "ack", "error");
	virtgpu_host_change(&blob, WC, 0);
	igt_assert_eq(virtgpu_child_status_bounded(pid, 30), 100 + EPROTO);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: wait-unbind
 * Description: unbinding the driver ends the wait
 */
static void test_wait_unbind(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	pid_t pid;

	virtgpu_blob_setup(gpu, &blob, PAGE, CACHED);
	pid = start_waiting(gpu, &blob, 1);
	virtgpu_unbind(gpu);
	igt_assert_eq(virtgpu_child_status_bounded(pid, 30), 100 + ENODEV);
	munmap(blob.va, blob.size);
	virtgpu_bind(gpu);
	virtgpu_assert_works(gpu);
}

static int sync_dmabuf(int dmabuf)
{
	struct dma_buf_sync sync = { DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW };

	return ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync) ? -errno : 0;
}

/**
 * SUBTEST: dma-buf-sync
 * Description: DMA_BUF_IOCTL_SYNC in the guest is not what a SYNC-required blob needs
 */
static void test_dmabuf_sync(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int dmabuf;

	virtgpu_blob_create(gpu, &blob, PAGE, virtgpu_attr_id(WC, 0));
	virtgpu_blob_map(&blob);
	dmabuf = virtgpu_blob_export(&blob);
	igt_assert_eq(sync_dmabuf(dmabuf), 0);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
	virtgpu_blob_create(gpu, &blob, PAGE, virtgpu_attr_id(WC, SYNC));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EOPNOTSUPP);
	dmabuf = virtgpu_blob_export(&blob);
	igt_assert_eq(sync_dmabuf(dmabuf), -EOPNOTSUPP);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: debugfs-list
 * Description: virtio-gpu-map-attr lists the blob with its attributes, state, mappings and
 *	place
 */
static uint64_t assert_listed(struct virtgpu_blob *blob, const char *expected)
{
	char path[128], line[256], want[256];
	unsigned long long address = 0;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%u/virtio-gpu-map-attr",
		 blob->gpu->minor);
	f = fopen(path, "r");
	if (!f) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%s/virtio-gpu-map-attr",
			 blob->gpu->slot);
		f = fopen(path, "r");
	}
	igt_assert_f(f, "%s: %s\n", path, strerror(errno));
	snprintf(want, sizeof(want), "%u %zu %s ", blob->res, blob->size, expected);
	while (!found && fgets(line, sizeof(line), f))
		found = !strncmp(line, want, strlen(want)) &&
			sscanf(line + strlen(want), "%llx", &address) == 1;
	fclose(f);
	igt_assert_f(found, "not listed: %s\n", want);
	return address;
}

static void test_debugfs(struct virtgpu *gpu)
{
	struct pte_probe_range range;
	struct virtgpu_blob blob, second;

	virtgpu_blob_create(gpu, &blob, PAGES(4), virtgpu_attr_id(WC, 0));
	virtgpu_blob_map(&blob);
	igt_assert_eq(virtgpu_touch(blob.va, false), 0);
	virtgpu_pte_probe(blob.va, blob.size, &range);
	igt_assert_eq(assert_listed(&blob, "wc - 1 mapped 0 1"), range.first_pfn * PAGE);
	second = blob;
	virtgpu_blob_map(&second);
	munmap(second.va + PAGE, PAGE);
	assert_listed(&blob, "wc - 1 mapped 0 3");
	munmap(second.va, PAGES(4));
	assert_listed(&blob, "wc - 1 mapped 0 1");
	virtgpu_blob_destroy(&blob);
	virtgpu_blob_create(gpu, &blob, PAGES(4), virtgpu_attr_id(CACHED, SYNC));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EOPNOTSUPP);
	assert_listed(&blob, "cached sync-required 1 mapped 0 0");
	virtgpu_blob_destroy(&blob);
	virtgpu_blob_create(gpu, &blob, PAGES(4), virtgpu_attr_id(CACHED, FLAG_UNKNOWN));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EPROTO);
	assert_listed(&blob, "undeclared - 0 refused -71 0");
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: example-program
 * Description: the example for drivers in user space gets its answer, of the usual kind
 */
static void test_example(struct virtgpu *gpu)
{
	char self[PATH_MAX] = "", cmd[2 * PATH_MAX], example[PATH_MAX + 32], line[128];
	FILE *f;

	igt_assert(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	*strrchr(self, '/') = '\0';
	snprintf(example, sizeof(example), "%s/map_attr_example", self);
	igt_require_f(!access(example, X_OK), "the example is not here\n");
	snprintf(cmd, sizeof(cmd), "%s /dev/dri/renderD%u", example, gpu->minor);
	f = popen(cmd, "r");
	igt_assert(f);
	igt_assert(fgets(line, sizeof(line), f));
	igt_assert_f(!strcmp(line, "mappable 1, cached 1, coherent 1\n"), "%s", line);
	igt_assert(fgets(line, sizeof(line), f));
	igt_assert_f(!strcmp(line, "mmap: VK_SUCCESS\n"), "%s", line);
	igt_assert_eq(pclose(f), 0);
}

static long long map_count(struct virtgpu_blob *blob)
{
	return virtgpu_host_blob(blob, "map_count");
}

/**
 * SUBTEST: getparam-old-host
 * Description: a host without the feature
 *
 * SUBTEST: old-host-map-info
 * Description: with a host without the feature the query returns map_info, generation 0, of
 *	what has been mapped; it maps nothing itself
 */
static void test_legacy(void)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob, late;
	long long mapped;
	struct virtgpu gpu;

	virtgpu_open(&gpu, "legacy");
	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_assert_eq(virtgpu_blob_create_deferred(&gpu, &late, PAGE,
							   virtgpu_attr_id(mode, 0)),
			      0);
		virtgpu_blob_create(&gpu, &blob, PAGE, virtgpu_attr_id(mode, 0));
		virtgpu_blob_map(&blob);
		/* A kernel that does not know the hint has mapped it by now. */
		mapped = map_count(&late);
		igt_assert_eq(virtgpu_blob_query(&gpu, late.handle, &attr), mapped ? 0 : -ENODATA);
		igt_assert_eq(map_count(&late), mapped);
		virtgpu_blob_destroy(&late);
		igt_assert_eq(virtgpu_blob_query(&gpu, blob.handle, &attr), 0);
		igt_assert_eq(attr.cache_mode, mode);
		igt_assert_eq(attr.generation, 0);
		igt_assert_eq(attr.attr_flags, 0);
		virtgpu_blob_destroy(&blob);
	}
	igt_assert_eq(virtgpu_blob_try_create(&gpu, &blob, PAGE, virtgpu_attr_id(WC, 0),
					      VIRTGPU_BLOB_FLAG_USE_SHAREABLE),
		      0);
	/* Nothing can map that one. */
	igt_assert_eq(virtgpu_blob_query(&gpu, blob.handle, &attr), -EINVAL);
	virtgpu_blob_destroy(&blob);
	virtgpu_close(&gpu);
}

static void test_legacy_getparam(void)
{
	struct virtgpu gpu;

	virtgpu_open(&gpu, "legacy");
	test_getparam(&gpu, 0);
	virtgpu_close(&gpu);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	igt_describe("User space can find out that the host declares attributes.");
	igt_subtest("getparam-new-host")
		test_getparam(&gpu, 1);

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("The query returns the declaration before any mmap().");
		igt_subtest_f("declared-%s", virtgpu_cache_name(mode))
			test_query(&gpu, mode, 0);
		igt_describe("The query tells that a blob cannot be mapped because it requires "
			     "SYNC.");
		igt_subtest_f("sync-required-%s", virtgpu_cache_name(mode))
			test_query(&gpu, mode, SYNC);
	}

	igt_describe("A blob that cannot be mapped has attributes too.");
	igt_subtest("not-mappable")
		test_not_mappable(&gpu);

	igt_describe("Invalid handles are an error.");
	igt_subtest("freed-handle")
		test_freed_handle(&gpu);

	igt_describe("A handle is valid in its own open file only.");
	igt_subtest("other-clients-handle")
		test_other_client(&gpu);

	igt_describe("Undefined flags are an error, so that they can be defined later.");
	igt_subtest("bad-flags")
		test_bad_flags(&gpu);

	igt_describe("Guest memory has no declared attributes.");
	igt_subtest("guest-blob")
		test_guest_blob(&gpu);

	igt_describe("The query fails as mmap() does.");
	igt_subtest("refused-blob")
		test_refused(&gpu);

	igt_describe("Every combination of flags is reported as declared.");
	igt_subtest("every-flag")
		test_revoked(&gpu);

	igt_describe("The query can wait for the next declaration, and returns when it is in "
		     "force.");
	igt_subtest("wait-for-change")
		test_wait(&gpu);

	igt_describe("A signal ends the wait as it ends other system calls.");
	igt_subtest("wait-interrupted")
		test_wait_interrupted(&gpu);

	igt_describe("A declaration that is refused ends the wait with an error.");
	igt_subtest("wait-refused")
		test_wait_refused(&gpu);

	igt_describe("DMA_BUF_IOCTL_SYNC does not pretend to do what a SYNC-required blob needs.");
	igt_subtest("dma-buf-sync")
		test_dmabuf_sync(&gpu);

	igt_describe("debugfs shows each blob with its attributes, state and mappings.");
	igt_subtest("debugfs-list")
		test_debugfs(&gpu);

	igt_describe("The example for drivers in user space works.");
	igt_subtest("example-program")
		test_example(&gpu);

	igt_describe("User space can find out that the host declares no attributes.");
	igt_subtest("getparam-old-host")
		test_legacy_getparam();

	igt_describe("With a legacy host the query returns map_info and maps nothing by itself.");
	igt_subtest("old-host-map-info")
		test_legacy();

	igt_describe("Unbinding the driver ends the wait.");
	igt_subtest("wait-unbind")
		test_wait_unbind(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
