// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Devices of the guest: finding one by its role, and what happens to it and its driver.
 */
#include <dirent.h>
#include <drm/drm.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu_device.h"
#include "virtgpu_host.h"
#include "virtgpu_pte.h"
#include "virtgpu_util.h"

#define CAPSET_ID 10	/* the host device's only one */

/*
 * The host device and its GPU are told apart by PCI slot: scripts/root/boot gives
 * the roles slots from 0x10 on in the order of their control ports.
 */
static int role_index(const char *role)
{
	char name[64], path[PATH_MAX];
	int nr, ours = -1;
	FILE *f;
	DIR *dir = opendir("/sys/class/virtio-ports");
	struct dirent *de;

	while (dir && (de = readdir(dir))) {
		if (sscanf(de->d_name, "vport%*dp%d", &nr) != 1)
			continue;
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", de->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fscanf(f, "hostdev.%63s", name) == 1 && !strcmp(name, role))
			ours = nr - 1;
		fclose(f);
	}
	if (dir)
		closedir(dir);
	return ours;
}

static int open_render_node(const char *slot, unsigned int *minor)
{
	char path[PATH_MAX], link[PATH_MAX];
	struct dirent *de;
	DIR *dir = opendir("/sys/class/drm");
	int fd = -1;

	while (dir && fd < 0 && (de = readdir(dir))) {
		if (strncmp(de->d_name, "renderD", 7))
			continue;
		snprintf(path, sizeof(path), "/sys/class/drm/%s/device", de->d_name);
		if (!realpath(path, link) || !strstr(link, slot))
			continue;
		snprintf(path, sizeof(path), "/dev/dri/%s", de->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		*minor = strtoul(de->d_name + 7, NULL, 10);
	}
	if (dir)
		closedir(dir);
	return fd;
}

static int init_context(int fd)
{
	struct drm_virtgpu_context_set_param param = {
		.param = VIRTGPU_CONTEXT_PARAM_CAPSET_ID,
		.value = CAPSET_ID,
	};
	struct drm_virtgpu_context_init init = {
		.num_params = 1,
		.ctx_set_params = (uintptr_t)&param,
	};

	return virtgpu_ioctl(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &init);
}

/**
 * virtgpu_reopen() - open the render node again, say after a rebind
 *
 * Return: whether there is one.
 */
bool virtgpu_reopen(struct virtgpu *gpu)
{
	if (gpu->fd >= 0)
		close(gpu->fd);
	gpu->fd = open_render_node(gpu->slot, &gpu->minor);
	return gpu->fd >= 0 && !init_context(gpu->fd);
}

/* Noted while the device is there: when it is gone these pages must not be seen. */
static void find_bars(struct virtgpu *gpu)
{
	unsigned long long start, end, flags;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource", gpu->slot);
	f = fopen(path, "r");
	igt_assert_f(f, "%s: %s\n", path, strerror(errno));
	gpu->nr_bars = 0;
	while (gpu->nr_bars < 8 && fscanf(f, "%llx %llx %llx", &start, &end, &flags) == 3) {
		if (end <= start)
			continue;
		gpu->bars[gpu->nr_bars][0] = start / PAGE;
		gpu->bars[gpu->nr_bars++][1] = end / PAGE;
	}
	fclose(f);
	igt_assert(gpu->nr_bars > 0);
}

/**
 * virtgpu_open() - open the device with the given role, or skip
 */
void virtgpu_open(struct virtgpu *gpu, const char *role)
{
	char path[PATH_MAX];
	int index = role_index(role);

	igt_require_f(index >= 0, "no host device with role %s\n", role);
	snprintf(gpu->slot, sizeof(gpu->slot), "0000:00:%02x.0", 0x10 + index);
	find_bars(gpu);
	gpu->fd = -1;
	igt_assert_f(virtgpu_reopen(gpu), "no render node at %s\n", gpu->slot);
	snprintf(path, sizeof(path), "/dev/virtio-ports/hostdev.%s", role);
	gpu->control = open(path, O_RDWR | O_CLOEXEC);
	igt_assert_f(gpu->control >= 0, "%s: %s\n", path, strerror(errno));
	virtgpu_settle(gpu);
}

/**
 * virtgpu_close() - close the render node and the control port
 */
void virtgpu_close(struct virtgpu *gpu)
{
	close(gpu->fd);
	close(gpu->control);
}

/**
 * virtgpu_debugfs() - the path of a file in the device's debugfs folder
 *
 * Kernels name the folder after the minor, or after the device.
 */
void virtgpu_debugfs(struct virtgpu *gpu, const char *name, char *path, size_t len)
{
	snprintf(path, len, "/sys/kernel/debug/dri/%u/%s", gpu->minor, name);
	if (access(path, F_OK))
		snprintf(path, len, "/sys/kernel/debug/dri/%s/%s", gpu->slot, name);
}

/**
 * virtgpu_window_count() - a counter of the driver's file about the window
 * @name: "evicted", or another first word of a line of virtio-gpu-window
 */
unsigned long long virtgpu_window_count(struct virtgpu *gpu, const char *name)
{
	unsigned long long value = 0;
	char path[128], line[128];
	size_t len = strlen(name);
	bool found = false;
	FILE *f;

	virtgpu_debugfs(gpu, "virtio-gpu-window", path, sizeof(path));
	f = fopen(path, "r");
	igt_assert_f(f, "%s: %s\n", path, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, name, len) || line[len] != ' ')
			continue;
		value = strtoull(line + len, NULL, 10);
		found = true;
	}
	fclose(f);
	igt_assert_f(found, "%s has no %s\n", path, name);
	return value;
}

static void evict_again(void)
{
	virtgpu_set_eviction(true);
}

/**
 * virtgpu_set_eviction() - may blobs be evicted when the window is full? (the default)
 *
 * The stock driver knows no eviction.
 *
 * When it is off, it is switched on again when the program ends, after a failed assertion too.
 */
void virtgpu_set_eviction(bool on)
{
	const char *path = "/sys/module/virtio_gpu/parameters/evict";

	if (access(path, F_OK))
		return;
	if (!on)
		atexit(evict_again);
	virtgpu_write_file(path, on ? "Y" : "N");
}

/* Bytes of the window in use, as drm_mm sees them. */
static long long window_used(struct virtgpu *gpu)
{
	long long used = -1;
	char path[128], line[256];
	FILE *f;

	virtgpu_debugfs(gpu, "virtio-gpu-host-visible-mm", path, sizeof(path));
	f = fopen(path, "r");
	igt_require_f(f, "%s: %s\n", path, strerror(errno));
	while (fgets(line, sizeof(line), f))
		sscanf(line, "total: %*d, used %lld", &used);
	fclose(f);
	return used;
}

/**
 * virtgpu_execute() - queue a command that does nothing
 * @handle: GEM handle of what it uses, which is busy until the host has answered; or 0
 * @fence_fd: set to its fence; or NULL
 *
 * Return: 0 or the negative errno of the ioctl.
 */
int virtgpu_execute(struct virtgpu *gpu, uint32_t handle, int *fence_fd)
{
	uint32_t nothing[2] = { 0 };
	struct drm_virtgpu_execbuffer exec = {
		.flags = fence_fd ? VIRTGPU_EXECBUF_FENCE_FD_OUT : 0,
		.size = sizeof(nothing),
		.command = (uintptr_t)nothing,
		.bo_handles = (uintptr_t)&handle,
		.num_bo_handles = !!handle,
		.fence_fd = -1,
	};
	int ret = virtgpu_ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec);

	if (fence_fd)
		*fence_fd = exec.fence_fd;
	return ret;
}

/**
 * virtgpu_submit() - have the host run a command that does nothing
 *
 * Its fence is signalled after the replies to all commands before it.
 *
 * Return: 0; the negative errno of the ioctl, or of the fence; -ETIMEDOUT if it is not signalled.
 */
int virtgpu_submit(struct virtgpu *gpu)
{
	struct sync_file_info info = { 0 };
	struct pollfd done = { .events = POLLIN };
	int ret, fence_fd;

	ret = virtgpu_execute(gpu, 0, &fence_fd);
	if (ret)
		return ret;
	done.fd = fence_fd;
	if (poll(&done, 1, VIRTGPU_WAIT_SECONDS * 1000) != 1)
		ret = -ETIMEDOUT;
	else if (!ioctl(fence_fd, SYNC_IOC_FILE_INFO, &info) && info.status < 0)
		ret = info.status;
	close(fence_fd);
	return ret;
}

static bool no_more_than(struct virtgpu *gpu, long long live, long long used)
{
	if (virtgpu_host_count(gpu, "live") > live)
		return false;
	igt_assert_eq(virtgpu_submit(gpu), 0);
	return window_used(gpu) <= used;
}

/**
 * virtgpu_wait_freed() - wait until no more than @live blobs, of @used bytes, are left
 *
 * They are freed asynchronously, after the host's answer.  A blob that no process
 * has any more and that is not freed within half a minute is a leak.  The host
 * is asked first: reading the debugfs file while blobs are being freed can crash
 * a stock driver.
 */
void virtgpu_wait_freed(struct virtgpu *gpu, long long live, long long used)
{
	igt_assert_f(virtgpu_wait(no_more_than(gpu, live, used), VIRTGPU_WAIT_SECONDS),
		     "there is more in the window of %s than %lld blobs: one has leaked\n",
		     gpu->slot, live);
}

/**
 * virtgpu_settle() - wait until every blob of the device is gone, on both sides
 */
void virtgpu_settle(struct virtgpu *gpu)
{
	virtgpu_wait_freed(gpu, 0, 0);
}

#define DRIVER "/sys/bus/virtio/drivers/virtio_gpu/"

/**
 * virtgpu_find_virtio() - learn the name that a device is bound and unbound by
 */
void virtgpu_find_virtio(struct virtgpu *gpu)
{
	char path[PATH_MAX];
	struct dirent *de;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", gpu->slot);
	dir = opendir(path);
	igt_assert_f(dir, "%s: %s\n", path, strerror(errno));
	gpu->virtio[0] = '\0';
	while (!gpu->virtio[0] && (de = readdir(dir)))
		if (!strncmp(de->d_name, "virtio", strlen("virtio")))
			snprintf(gpu->virtio, sizeof(gpu->virtio), "%.31s", de->d_name);
	closedir(dir);
	igt_assert_f(gpu->virtio[0], "no virtio device at %s\n", gpu->slot);
}

/**
 * virtgpu_unbind() - take the driver away; its files stay open
 */
void virtgpu_unbind(struct virtgpu *gpu)
{
	virtgpu_find_virtio(gpu);
	virtgpu_write_file(DRIVER "unbind", gpu->virtio);
}

/**
 * virtgpu_start() - have a child run something that may hang
 * @run: returns 0 or a negative errno
 *
 * Return: the child, whose status is that errno, positive.
 */
pid_t virtgpu_start(int (*run)(struct virtgpu *gpu), struct virtgpu *gpu)
{
	pid_t pid = fork();

	if (!pid)
		_exit(-run(gpu));
	return pid;
}

static int unbind(struct virtgpu *gpu)
{
	virtgpu_unbind(gpu);
	return 0;
}

/**
 * virtgpu_start_unbind() - have a child take the driver away, which may hang
 *
 * Return: the child.
 */
pid_t virtgpu_start_unbind(struct virtgpu *gpu)
{
	/* What the child learns is lost, and virtgpu_bind() needs it. */
	virtgpu_find_virtio(gpu);
	return virtgpu_start(unbind, gpu);
}

/**
 * virtgpu_bind() - give the driver back, and open the render node again
 */
void virtgpu_bind(struct virtgpu *gpu)
{
	virtgpu_write_file(DRIVER "bind", gpu->virtio);
	igt_assert(virtgpu_reopen(gpu));
}

static int suspend(struct virtgpu *gpu, bool restore, bool *restores)
{
	struct pte_probe_suspend suspend = {
		/* 0000:00:10.0 */
		.slot = strtoul(gpu->slot + strlen("0000:00:"), NULL, 16),
		.restore = restore,
	};
	int ret;

	ret = ioctl(virtgpu_pte_probe_fd(), PTE_PROBE_SUSPEND, &suspend) ? -errno : 0;
	*restores = suspend.restores;
	return ret;
}

/**
 * virtgpu_freeze() - what suspending the system does to this device first
 * @error: 0 or a negative errno
 *
 * Return: whether the driver can be resumed; some kernels' cannot.
 */
bool virtgpu_freeze(struct virtgpu *gpu, int *error)
{
	bool restores;

	*error = suspend(gpu, false, &restores);
	return restores;
}

/**
 * virtgpu_restore() - what resuming the system does to this device
 *
 * Return: 0 or a negative errno.
 */
int virtgpu_restore(struct virtgpu *gpu)
{
	bool restores;

	return suspend(gpu, true, &restores);
}

/**
 * virtgpu_window() - where the host-visible window is: its BAR is the only one of that size
 */
unsigned long long virtgpu_window(struct virtgpu *gpu, unsigned long long *size)
{
	unsigned long long start, end, flags;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource", gpu->slot);
	f = fopen(path, "r");
	igt_assert(f);
	while (fscanf(f, "%llx %llx %llx", &start, &end, &flags) == 3) {
		*size = end - start + 1;
		if (start && *size >= MiB(256)) {
			fclose(f);
			return start;
		}
	}
	fclose(f);
	igt_assert_f(0, "no window in %s\n", path);
	return 0;
}

static bool gpu_owns(struct virtgpu *gpu, uint64_t pfn)
{
	for (unsigned int i = 0; i < gpu->nr_bars; i++)
		if (pfn >= gpu->bars[i][0] && pfn <= gpu->bars[i][1])
			return true;
	return false;
}

/**
 * virtgpu_why_not_lost() - look at a mapping of a device that is gone, or was reset
 *
 * It has to go on working, on memory that is not the device's.  There is no assertion, because most
 * callers have to bring the device back first.
 *
 * Return: what is wrong, or NULL.
 */
const char *virtgpu_why_not_lost(struct virtgpu *gpu, void *va, size_t len)
{
	struct pte_probe_range range;

	for (size_t i = 0; i < len; i += PAGE) {
		uint8_t *page = (uint8_t *)va + i;

		if (virtgpu_touch(page, false))
			return "reading is a fault";
		if (virtgpu_touch(page, true))
			return "writing is a fault";
		virtgpu_pte_probe(page, PAGE, &range);
		if (range.pages[PTE_PROBE_NONE])
			return "there is no page after a touch";
		if (gpu_owns(gpu, range.first_pfn))
			return "the page is the device's";
	}
	return NULL;
}
