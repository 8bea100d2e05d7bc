// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <dirent.h>
#include <drm/drm.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu_blob.h"

#define CAPSET_ID 10	/* the host device's only one */

static int do_ioctl(int fd, unsigned long req, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, req, arg);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret < 0 ? -errno : 0;
}

static int probe_fd(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/pte_probe", O_RDWR | O_CLOEXEC);
	igt_require_f(fd >= 0, "the pte_probe module is not loaded\n");
	return fd;
}

/* ---- devices ---------------------------------------------------------- */

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

	return do_ioctl(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &init);
}

/**
 * gpu_reopen() - open the render node again, say after a rebind
 *
 * Return: whether there is one.
 */
bool gpu_reopen(struct gpu *gpu)
{
	if (gpu->fd >= 0)
		close(gpu->fd);
	gpu->fd = open_render_node(gpu->slot, &gpu->minor);
	return gpu->fd >= 0 && !init_context(gpu->fd);
}

/* While it is there, for what must not be seen when it is gone. */
static void find_bars(struct gpu *gpu)
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
 * gpu_open() - open the device with the given role, or skip
 */
void gpu_open(struct gpu *gpu, const char *role)
{
	char path[PATH_MAX];
	int index = role_index(role);

	igt_require_f(index >= 0, "no host device with role %s\n", role);
	snprintf(gpu->slot, sizeof(gpu->slot), "0000:00:%02x.0", 0x10 + index);
	find_bars(gpu);
	gpu->fd = -1;
	igt_assert_f(gpu_reopen(gpu), "no render node at %s\n", gpu->slot);
	snprintf(path, sizeof(path), "/dev/virtio-ports/hostdev.%s", role);
	gpu->control = open(path, O_RDWR | O_CLOEXEC);
	igt_assert_f(gpu->control >= 0, "%s: %s\n", path, strerror(errno));
	gpu_settle(gpu);
}

void gpu_close(struct gpu *gpu)
{
	close(gpu->fd);
	close(gpu->control);
}

/* ---- control port ----------------------------------------------------- */

static void host_vask(struct gpu *gpu, char *answer, size_t len, const char *fmt, va_list ap)
{
	char line[512];
	size_t used = 0;
	int n = vsnprintf(line, sizeof(line) - 1, fmt, ap);

	igt_assert(n > 0 && n < (int)sizeof(line) - 1);
	line[n++] = '\n';
	igt_assert_eq(write(gpu->control, line, n), n);
	do {
		ssize_t got = read(gpu->control, answer + used, len - 1 - used);

		igt_assert_f(got > 0, "control port: %s\n", got ? strerror(errno) : "closed");
		used += got;
		igt_assert(used < len - 1);
	} while (answer[used - 1] != '\n');
	answer[used - 1] = '\0';
}

/**
 * host_ask() - send a request to the host device, take its answer
 */
void host_ask(struct gpu *gpu, char *answer, size_t len, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	host_vask(gpu, answer, len, fmt, ap);
	va_end(ap);
}

/**
 * host_number() - a number (or boolean) out of the host device's answer
 */
long long host_number(struct gpu *gpu, const char *key, const char *fmt, ...)
{
	static char answer[1 << 20];
	long long value;
	json_t *json, *v;
	va_list ap;

	va_start(ap, fmt);
	host_vask(gpu, answer, sizeof(answer), fmt, ap);
	va_end(ap);
	json = json_loads(answer, 0, NULL);
	igt_assert_f(json_is_true(json_object_get(json, "ok")), "host device: %s\n", answer);
	v = json_object_get(json, key);
	igt_assert_f(v, "host device: no \"%s\" in %s\n", key, answer);
	value = json_is_boolean(v) ? json_is_true(v) : json_integer_value(v);
	json_decref(json);
	return value;
}

/**
 * host_wait_number() - wait until a number in the answer to a request is at least @least
 *
 * The time limit is for one that never gets there.
 */
void host_wait_number(struct gpu *gpu, const char *key, long long least, const char *request)
{
	long long seen = 0;

	for (int i = 0; i < 3000; i++) {
		seen = host_number(gpu, key, "%s", request);
		if (seen >= least)
			return;
		usleep(10000);
	}
	igt_assert_f(0, "host device: %s is %lld, %lld is not reached\n", key, seen, least);
}

/**
 * host_do() - a request to the host device of which only success matters
 */
void host_do(struct gpu *gpu, const char *fmt, ...)
{
	char answer[256];
	va_list ap;

	va_start(ap, fmt);
	host_vask(gpu, answer, sizeof(answer), fmt, ap);
	va_end(ap);
	igt_assert_f(strstr(answer, "\"ok\":true"), "host device: %s\n", answer);
}

/**
 * guest_stop() - have QEMU stop this guest, and let it go on
 */
void guest_stop(void)
{
	static const char commands[] = "stop\ninfo status\ncont\ninfo status\n";
	int fd = open("/dev/virtio-ports/monitor", O_RDWR | O_CLOEXEC);
	const char *stopped = NULL;
	char said[8192] = "";
	size_t used = 0;

	igt_assert_f(fd >= 0, "monitor: %s\n", strerror(errno));
	igt_assert_eq(write(fd, commands, strlen(commands)), strlen(commands));
	while (!stopped || !strstr(stopped, "VM status: running")) {
		ssize_t got = read(fd, said + used, sizeof(said) - 1 - used);

		igt_assert_f(got > 0, "the guest does not stop: %s\n", said);
		used += got;
		said[used] = '\0';
		stopped = strstr(said, "VM status: paused");
	}
	close(fd);
}

/**
 * host_hold_acks() - whether responses to acknowledgments wait for host_release() from now on
 */
void host_hold_acks(struct gpu *gpu, bool hold)
{
	host_do(gpu, "{\"op\":\"hold-acks\",\"hold\":%s}", hold ? "true" : "false");
}

/**
 * host_release() - send every response that waits
 */
void host_release(struct gpu *gpu)
{
	host_do(gpu, "{\"op\":\"release\"}");
}

/**
 * gpu_debugfs() - the path of a file in the device's debugfs folder
 *
 * Kernels name the folder after the minor, or after the device.
 */
void gpu_debugfs(struct gpu *gpu, const char *name, char *path, size_t len)
{
	snprintf(path, len, "/sys/kernel/debug/dri/%u/%s", gpu->minor, name);
	if (access(path, F_OK))
		snprintf(path, len, "/sys/kernel/debug/dri/%s/%s", gpu->slot, name);
}

/* Bytes of the window in use, as drm_mm sees them. */
static long long window_used(struct gpu *gpu)
{
	long long used = -1;
	char path[128], line[256];
	FILE *f;

	gpu_debugfs(gpu, "virtio-gpu-host-visible-mm", path, sizeof(path));
	f = fopen(path, "r");
	igt_require_f(f, "%s: %s\n", path, strerror(errno));
	while (fgets(line, sizeof(line), f))
		sscanf(line, "total: %*d, used %lld", &used);
	fclose(f);
	return used;
}

/* The answer to a fenced command comes after those to all commands before it. */
static void round_trip(struct gpu *gpu)
{
	uint32_t nothing[2] = { 0 };
	struct drm_virtgpu_execbuffer exec = {
		.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT,
		.size = sizeof(nothing),
		.command = (uintptr_t)nothing,
		.fence_fd = -1,
	};
	struct pollfd pfd = { .events = POLLIN };

	igt_assert_eq(do_ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec), 0);
	pfd.fd = exec.fence_fd;
	igt_assert_eq(poll(&pfd, 1, 30000), 1);
	close(exec.fence_fd);
}

/**
 * gpu_wait_freed() - wait until no more than @live blobs, of @used bytes, are left
 *
 * They are freed asynchronously, after the host's answer.  A blob that no process
 * has any more and that is not freed within half a minute is a leak.  The host
 * is asked first: reading the debugfs file while blobs are being freed can crash
 * a stock driver.
 */
void gpu_wait_freed(struct gpu *gpu, long long live, long long used)
{
	for (int i = 0; i < 3000; i++) {
		if (host_number(gpu, "live", "{\"op\":\"status\"}") <= live) {
			round_trip(gpu);
			if (window_used(gpu) <= used)
				return;
		}
		usleep(10000);
	}
	igt_assert_f(0, "there is more in the window of %s than %lld blobs: one has leaked\n",
		     gpu->slot, live);
}

/**
 * gpu_settle() - wait until every blob of the device is gone, on both sides
 */
void gpu_settle(struct gpu *gpu)
{
	gpu_wait_freed(gpu, 0, 0);
}

/* ---- life of the driver ------------------------------------------------ */

void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	igt_assert_f(fd >= 0, "%s: %s\n", path, strerror(errno));
	igt_assert_f(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s: %s\n", path,
		     strerror(errno));
	close(fd);
}

#define DRIVER "/sys/bus/virtio/drivers/virtio_gpu/"

/**
 * gpu_find_virtio() - learn the name that a device is bound and unbound by
 */
void gpu_find_virtio(struct gpu *gpu)
{
	char cmd[256];
	FILE *f;

	snprintf(cmd, sizeof(cmd), "ls /sys/bus/pci/devices/%s | grep ^virtio", gpu->slot);
	f = popen(cmd, "r");
	igt_assert(f && fgets(gpu->virtio, sizeof(gpu->virtio), f));
	pclose(f);
	gpu->virtio[strcspn(gpu->virtio, "\n")] = '\0';
}

/**
 * gpu_unbind() - take the driver away; its files stay open
 */
void gpu_unbind(struct gpu *gpu)
{
	gpu_find_virtio(gpu);
	write_file(DRIVER "unbind", gpu->virtio);
}

/**
 * gpu_bind() - give the driver back, and open the render node again
 */
void gpu_bind(struct gpu *gpu)
{
	write_file(DRIVER "bind", gpu->virtio);
	igt_assert(gpu_reopen(gpu));
}

static int suspend(struct gpu *gpu, bool restore, bool *restores)
{
	struct pte_probe_suspend suspend = {
		/* 0000:00:10.0 */
		.slot = strtoul(gpu->slot + strlen("0000:00:"), NULL, 16),
		.restore = restore,
	};
	int ret;

	ret = ioctl(probe_fd(), PTE_PROBE_SUSPEND, &suspend) ? -errno : 0;
	*restores = suspend.restores;
	return ret;
}

/**
 * gpu_freeze() - what suspending the system does to this device first
 * @error: 0 or a negative errno
 *
 * Return: whether the driver can be resumed; some kernels' cannot.
 */
bool gpu_freeze(struct gpu *gpu, int *error)
{
	bool restores;

	*error = suspend(gpu, false, &restores);
	return restores;
}

int gpu_restore(struct gpu *gpu)
{
	bool restores;

	return suspend(gpu, true, &restores);
}

static pid_t fill_queue(struct gpu *gpu, uint64_t blob_id)
{
	unsigned int still = 0;
	pid_t pid = fork();

	if (!pid) {
		struct blob blob;

		for (;;)
			blob_try_create(gpu, &blob, PAGE, blob_id,
					VIRTGPU_BLOB_FLAG_USE_MAPPABLE);
	}
	/* Asleep in the kernel, and not just for once. */
	for (int i = 0; i < 3000 && still < 20; i++) {
		still = task_waits(pid) ? still + 1 : 0;
		usleep(10000);
	}
	if (still < 20)
		kill(pid, SIGKILL);
	igt_assert_eq(still, 20);
	return pid;
}

/**
 * gpu_fill_queue() - make the host deaf, and fill the control queue
 *
 * Return: a child that creates blobs and waits for room; kill it. Its blobs stay
 * until gpu_reopen().
 */
pid_t gpu_fill_queue(struct gpu *gpu)
{
	host_do(gpu, "{\"op\":\"deaf\",\"deaf\":true}");
	return fill_queue(gpu, attr_id(CACHED, 0));
}

/**
 * gpu_fill_queue_held() - fill the control queue with commands that host_release() answers
 *
 * All others are answered.
 *
 * Return: as gpu_fill_queue().
 */
pid_t gpu_fill_queue_held(struct gpu *gpu)
{
	return fill_queue(gpu, blob_id_inject(CACHED, 0, INJECT_HOLD, INJECT_NONE, 0));
}

/**
 * gpu_window() - where the host-visible window is: its BAR is the only one of that size
 */
unsigned long long gpu_window(struct gpu *gpu, unsigned long long *size)
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

/* ---- blobs ------------------------------------------------------------ */

int blob_try_create(struct gpu *gpu, struct blob *blob, size_t size, uint64_t blob_id,
		    uint32_t flags)
{
	struct drm_virtgpu_resource_create_blob create = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
		.blob_flags = flags,
		.size = size,
		.blob_id = blob_id,
	};
	int ret = do_ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &create);

	*blob = (struct blob){ .gpu = gpu };
	if (ret)
		return ret;
	blob->handle = create.bo_handle;
	blob->res = create.res_handle;
	blob->size = (size + 4095) & ~(size_t)4095;
	return 0;
}

void blob_create(struct gpu *gpu, struct blob *blob, size_t size, uint64_t blob_id)
{
	igt_assert_eq(blob_try_create(gpu, blob, size, blob_id,
				      VIRTGPU_BLOB_FLAG_USE_MAPPABLE |
				      VIRTGPU_BLOB_FLAG_USE_SHAREABLE), 0);
}

/**
 * blob_create_deferred() - the same, with the hint that newer kernels know: map it later
 *
 * To older ones it means nothing.
 *
 * Return: 0 or a negative errno.
 */
int blob_create_deferred(struct gpu *gpu, struct blob *blob, size_t size, uint64_t blob_id)
{
	struct {
		struct drm_virtgpu_resource_create_blob v1;
		uint32_t hints;
		uint32_t padding;
	} create = {
		.v1 = {
			.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
			.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
			.size = size,
			.blob_id = blob_id,
		},
		.hints = 1,
	};

	*blob = (struct blob){ .gpu = gpu, .size = size };
	if (ioctl(gpu->fd, DRM_IOWR(DRM_COMMAND_BASE + DRM_VIRTGPU_RESOURCE_CREATE_BLOB,
				    typeof(create)), &create))
		return -errno;
	blob->handle = create.v1.bo_handle;
	blob->res = create.v1.res_handle;
	return 0;
}

/**
 * blob_offset() - the fake offset to pass to mmap()
 */
uint64_t blob_offset(struct blob *blob)
{
	struct drm_virtgpu_map map = { .handle = blob->handle };

	igt_assert_eq(do_ioctl(blob->gpu->fd, DRM_IOCTL_VIRTGPU_MAP, &map), 0);
	return map.offset;
}

int blob_try_map(struct blob *blob, int prot, int flags)
{
	void *va = mmap(NULL, blob->size, prot, flags, blob->gpu->fd, blob_offset(blob));

	if (va == MAP_FAILED)
		return -errno;
	blob->va = va;
	return 0;
}

void blob_map(struct blob *blob)
{
	igt_assert_eq(blob_try_map(blob, PROT_READ | PROT_WRITE, MAP_SHARED), 0);
}

int blob_export(struct blob *blob)
{
	struct drm_prime_handle prime = {
		.handle = blob->handle,
		.flags = DRM_CLOEXEC | DRM_RDWR,
	};

	igt_assert_eq(do_ioctl(blob->gpu->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime), 0);
	return prime.fd;
}

int blob_query(struct gpu *gpu, uint32_t handle, struct drm_virtgpu_map_attr *attr)
{
	*attr = (struct drm_virtgpu_map_attr){ .bo_handle = handle };
	return do_ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_MAP_ATTR, attr);
}

void blob_close_handle(struct blob *blob)
{
	struct drm_gem_close close = { .handle = blob->handle };

	igt_assert_eq(do_ioctl(blob->gpu->fd, DRM_IOCTL_GEM_CLOSE, &close), 0);
	blob->handle = 0;
}

void blob_destroy(struct blob *blob)
{
	if (blob->va)
		igt_assert_eq(munmap(blob->va, blob->size), 0);
	blob->va = NULL;
	if (blob->handle)
		blob_close_handle(blob);
}

const char *cache_name(unsigned int cache_mode)
{
	switch (cache_mode) {
	case CACHED:
		return "cached";
	case UNCACHED:
		return "uncached";
	case WC:
		return "wc";
	default:
		return "none";
	}
}

/**
 * cache_type() - the memory type that a cache mode must come out as
 *
 * arm64 and riscv64 have one type each for memory that is not cached; see section 2.2 of the
 * protocol.
 */
enum pte_probe_type cache_type(unsigned int cache_mode)
{
	switch (cache_mode) {
#ifdef __aarch64__
	case CACHED:
		return PTE_PROBE_NORMAL_WB;
	case UNCACHED:
	case WC:
		return PTE_PROBE_NORMAL_NC;
#elif defined(__riscv)
	case CACHED:
		return PTE_PROBE_PMA;
	case UNCACHED:
	case WC:
		return PTE_PROBE_NC;
#else
	case CACHED:
		return PTE_PROBE_WB;
	case UNCACHED:
		return PTE_PROBE_UC_MINUS;
	case WC:
		return PTE_PROBE_WC;
#endif
	default:
		return PTE_PROBE_NONE;
	}
}

/**
 * type_name() - the architecture's name of a memory type
 */
const char *type_name(enum pte_probe_type type)
{
	static const char * const names[PTE_PROBE_TYPES] = {
		"none", "WB", "WC", "UC-", "UC", "Normal WB", "Normal Tagged", "Normal NC",
		"Device-nGnRE", "Device-nGnRnE", "PMA", "NC", "IO", "other",
	};

	return names[type];
}

/* ---- data ------------------------------------------------------------- */

void guest_fill(void *va, uint64_t first, size_t len, size_t stride, uint64_t seed)
{
	for (size_t i = 0; i < len; i += stride)
		*(volatile uint64_t *)((uint8_t *)va + i) = pattern_word(seed, first + i);
}

size_t guest_wrong(const void *va, uint64_t first, size_t len, size_t stride, uint64_t seed)
{
	size_t wrong = 0;

	for (size_t i = 0; i < len; i += stride)
		wrong += *(const volatile uint64_t *)((const uint8_t *)va + i) !=
			 pattern_word(seed, first + i);
	return wrong;
}

/**
 * host_offset() - where in the window the host has the blob
 */
long long host_offset(struct blob *blob)
{
	return host_number(blob->gpu, "offset", "{\"op\":\"blob\",\"resource\":%u}", blob->res);
}

void host_fill(struct blob *blob, uint64_t seed)
{
	host_number(blob->gpu, "ok", "{\"op\":\"fill\",\"resource\":%u,\"seed\":%llu}",
		    blob->res, (unsigned long long)seed);
}

long long host_wrong(struct blob *blob, uint64_t offset, size_t len, size_t stride, uint64_t seed)
{
	return host_number(blob->gpu, "wrong",
			   "{\"op\":\"check\",\"resource\":%u,\"offset\":%llu,\"length\":%zu,"
			   "\"stride\":%zu,\"seed\":%llu}", blob->res,
			   (unsigned long long)offset, len, stride, (unsigned long long)seed);
}

/**
 * host_change() - have the host declare something else for a blob
 *
 * Return: the generation of the declaration.
 */
long long host_change(struct blob *blob, unsigned int cache_mode, unsigned int flags)
{
	return host_number(blob->gpu, "generation",
			   "{\"op\":\"change\",\"resource\":%u,\"cache\":%u,\"flags\":%u}",
			   blob->res, cache_mode, flags);
}

/**
 * host_change_untold() - the same, but the guest's question what has changed is not answered
 *
 * Returns when the host has that question, which {"op":"release"} answers.
 */
long long host_change_untold(struct blob *blob, unsigned int cache_mode, unsigned int flags)
{
	long long fetches = host_number(blob->gpu, "fetches", "{\"op\":\"status\"}");
	long long generation;

	host_do(blob->gpu, "{\"op\":\"inject\",\"command\":\"fetch\",\"how\":\"hold\"}");
	generation = host_change(blob, cache_mode, flags);
	host_wait_number(blob->gpu, "fetches", fetches + 1, "{\"op\":\"status\"}");
	return generation;
}

/**
 * host_wait_acked() - wait until the host has the acknowledgment
 */
void host_wait_acked(struct blob *blob, long long generation)
{
	char request[64];

	snprintf(request, sizeof(request), "{\"op\":\"blob\",\"resource\":%u}", blob->res);
	host_wait_number(blob->gpu, "acked", generation, request);
}

/**
 * host_wait_mapped() - wait until the host has the command that maps a blob
 */
void host_wait_mapped(struct blob *blob)
{
	char answer[512];

	/* It may not even know the blob yet. */
	for (int i = 0; i < 3000; i++) {
		host_ask(blob->gpu, answer, sizeof(answer), "{\"op\":\"blob\",\"resource\":%u}",
			 blob->res);
		if (strstr(answer, "\"mapped\":true"))
			return;
		usleep(10000);
	}
	igt_assert_f(0, "host device: resource %u is not mapped\n", blob->res);
}

/**
 * host_wait_live() - wait until the host has no more than @most blobs
 */
void host_wait_live(struct gpu *gpu, long long most)
{
	for (int i = 0; i < 3000; i++) {
		if (host_number(gpu, "live", "{\"op\":\"status\"}") <= most)
			return;
		usleep(10000);
	}
	igt_assert_f(0, "host device: more than %lld blobs are left\n", most);
}

/**
 * host_change_acked() - change what the host declares for @blob, and wait until the guest
 * has acknowledged it
 */
void host_change_acked(struct blob *blob, unsigned int cache_mode, unsigned int flags)
{
	host_wait_acked(blob, host_change(blob, cache_mode, flags));
}

/* ---- page tables and faults ------------------------------------------- */

void probe_range(const void *va, size_t len, struct pte_probe_range *range)
{
	*range = (struct pte_probe_range){ .start = (uintptr_t)va, .length = len };
	igt_assert_eq(do_ioctl(probe_fd(), PTE_PROBE_RANGE, range), 0);
}

/**
 * probe_other() - look at another process's page tables
 *
 * Return: 0, or -1 if it is gone or has nothing there.
 */
int probe_other(pid_t pid, const void *va, size_t len, struct pte_probe_range *range)
{
	*range = (struct pte_probe_range){ .start = (uintptr_t)va, .length = len, .pid = pid };
	return do_ioctl(probe_fd(), PTE_PROBE_RANGE, range) ? -1 : 0;
}

/**
 * pmds_expected() - whether the driver maps large blobs by PMDs
 *
 * Where mbind() takes what a PMD maps for a folio, a module must not make any.  How the module
 * was built is in the environment (scripts/guest/init).
 */
bool pmds_expected(void)
{
	const char *pmds = getenv("VIRTGPU_PMDS");

	igt_require_f(pmds, "VIRTGPU_PMDS=1 or 0: does the driver map by PMDs?\n");
	return *pmds == '1';
}

/**
 * debuggers_expected() - whether debuggers get at memory without struct pages
 *
 * Core mm asks the driver only on architectures with HAVE_IOREMAP_PROT. riscv64 is none of them
 * in 6.12; in 7.3 it is.
 */
bool debuggers_expected(void)
{
#ifdef __riscv
	struct utsname name;

	igt_assert_eq(uname(&name), 0);
	return strtoul(name.release, NULL, 10) >= 7;
#else
	return true;
#endif
}

void assert_no_ptes(const void *va, size_t len)
{
	struct pte_probe_range range;

	probe_range(va, len, &range);
	igt_assert_eq(range.pages[PTE_PROBE_NONE], len / PAGE);
}

/**
 * wait_no_ptes() - wait until a mapping has been taken away
 *
 * The time limit is for a guest that never does it.
 */
void wait_no_ptes(const void *va, size_t len)
{
	struct pte_probe_range range;

	for (int i = 0; i < 3000; i++) {
		probe_range(va, len, &range);
		if (range.pages[PTE_PROBE_NONE] == len / PAGE)
			return;
		usleep(10000);
	}
	igt_assert_f(0, "%llu pages are still mapped\n",
		     len / PAGE - range.pages[PTE_PROBE_NONE]);
}

/**
 * assert_ptes() - every page of a range is mapped with the mode's memory type
 */
void assert_ptes(const void *va, size_t len, unsigned int cache_mode)
{
	struct pte_probe_range range;
	char seen[256] = "";
	size_t used = 0;

	probe_range(va, len, &range);
	for (int t = 0; t < PTE_PROBE_TYPES; t++)
		if (range.pages[t])
			used += snprintf(seen + used, sizeof(seen) - used, " %s %llu", type_name(t),
					 range.pages[t]);
	igt_assert_f(range.pages[cache_type(cache_mode)] == len / PAGE,
		     "declared %s, %zu pages:%s\n", cache_name(cache_mode), len / PAGE, seen);
}

/**
 * blob_assert_good() - the host's pattern is seen, through PTEs of the right memory type
 */
void blob_assert_good(struct blob *blob, unsigned int cache_mode)
{
	igt_assert_eq(guest_wrong(blob->va, 0, blob->size, 8, 5), 0);
	assert_ptes(blob->va, blob->size, cache_mode);
}

/**
 * blob_setup() - a blob that is mapped, filled by the host, and good
 */
void blob_setup(struct gpu *gpu, struct blob *blob, size_t size, unsigned int cache_mode)
{
	blob_create(gpu, blob, size, attr_id(cache_mode, 0));
	blob_map(blob);
	host_fill(blob, 5);
	blob_assert_good(blob, cache_mode);
}

/**
 * gpu_assert_works() - whatever happened before, a new blob works, and a change of it
 */
void gpu_assert_works(struct gpu *gpu)
{
	struct blob blob;

	blob_setup(gpu, &blob, PAGES(16), UNCACHED);
	host_change_acked(&blob, WC, 0);
	blob_assert_good(&blob, WC);
	blob_destroy(&blob);
}

int probe_vmap(int dmabuf)
{
	return ioctl(probe_fd(), PTE_PROBE_VMAP, dmabuf) < 0 ? -errno : 0;
}

int probe_dma_map(int dmabuf)
{
	return ioctl(probe_fd(), PTE_PROBE_DMA_MAP, dmabuf) < 0 ? -errno : 0;
}

#ifdef __x86_64__
/**
 * memtype_of() - the x86 memory type reserved for a page, from debugfs
 *
 * @type is set to "write-back", "write-combining" and so on, or to "" if the page
 * is not reserved; on other architectures, which know no reservations, to "-".
 */
void memtype_of(uint64_t pfn, char *type, size_t len)
{
	static const char list[] = "/sys/kernel/debug/x86/pat_memtype_list";
	unsigned long long start, end;
	char line[256], name[64];
	FILE *f = fopen(list, "r");

	igt_require_f(f, "%s: %s\n", list, strerror(errno));
	*type = '\0';
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "PAT: [mem 0x%llx-0x%llx] %63s", &start, &end, name) != 3)
			continue;
		if (pfn << 12 >= start && pfn << 12 < end)
			snprintf(type, len, "%s", name);
	}
	fclose(f);
}

/**
 * memtype_name() - what memtype_of() must say for a cache mode
 */
const char *memtype_name(unsigned int cache_mode)
{
	switch (cache_mode) {
	case CACHED:
		return "write-back";
	case WC:
		return "write-combining";
	default:
		return "uncached-minus";
	}
}
#else
void memtype_of(uint64_t pfn, char *type, size_t len)
{
	(void)pfn;
	snprintf(type, len, "-");
}

const char *memtype_name(unsigned int cache_mode)
{
	(void)cache_mode;
	return "-";
}
#endif

static sigjmp_buf touch_jmp;

static void on_fault(int sig)
{
	siglongjmp(touch_jmp, sig);
}

int touch(const volatile void *va, bool write)
{
	struct sigaction sa = { .sa_handler = on_fault }, bus, segv;
	int sig;

	sigaction(SIGBUS, &sa, &bus);
	sigaction(SIGSEGV, &sa, &segv);
	sig = sigsetjmp(touch_jmp, 1);
	if (!sig) {
		if (write)
			*(volatile uint8_t *)va = *(const volatile uint8_t *)va;
		else
			(void)*(const volatile uint8_t *)va;
	}
	sigaction(SIGBUS, &bus, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	return sig;
}

static bool gpu_owns(struct gpu *gpu, uint64_t pfn)
{
	for (unsigned int i = 0; i < gpu->nr_bars; i++)
		if (pfn >= gpu->bars[i][0] && pfn <= gpu->bars[i][1])
			return true;
	return false;
}

/**
 * why_not_lost() - look at a mapping of a device that is gone, or was reset
 *
 * It has to go on working, on memory that is not the device's.  No assertion, for most who ask
 * have to bring the device back first.
 *
 * Return: what is wrong, or NULL.
 */
const char *why_not_lost(struct gpu *gpu, void *va, size_t len)
{
	struct pte_probe_range range;

	for (size_t i = 0; i < len; i += PAGE) {
		uint8_t *page = (uint8_t *)va + i;

		if (touch(page, false))
			return "reading is a fault";
		if (touch(page, true))
			return "writing is a fault";
		probe_range(page, PAGE, &range);
		if (range.pages[PTE_PROBE_NONE])
			return "there is no page after a touch";
		if (gpu_owns(gpu, range.first_pfn))
			return "the page is the device's";
	}
	return NULL;
}

/* ---- the kernel's log ------------------------------------------------- */

/*
 * Count the kernel's lines after number @since that match @regex, if there is one, and keep the
 * first of them.  Returns the number of the last line of the log.
 */
static long long kmsg_each(long long since, const regex_t *regex, int *count, char *first,
			   size_t size)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	long long seq, last = since;
	char line[8192];
	unsigned int pri;
	ssize_t n;

	igt_require_f(fd >= 0, "/dev/kmsg: %s\n", strerror(errno));
	/* EPIPE: some have been overwritten. */
	while ((n = read(fd, line, sizeof(line) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		line[n] = '\0';
		if (sscanf(line, "%u,%lld,", &pri, &seq) != 2 || seq <= since)
			continue;
		last = seq;
		/* From 8 on they are those of user space, such as what IGT says of its tests. */
		if (!regex || pri >= 8 || regexec(regex, line, 0, NULL, 0))
			continue;
		if (!(*count)++)
			snprintf(first, size, "%s", line);
	}
	close(fd);
	return last;
}

static int kmsg_find(long long since, const char *regex, char *first, size_t size)
{
	regex_t compiled;
	int count = 0;

	igt_assert_eq(regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB), 0);
	kmsg_each(since, &compiled, &count, first, size);
	regfree(&compiled);
	return count;
}

/**
 * kmsg_last() - the number of the last line of the kernel's log
 *
 * A WARN_ON_ONCE() that has been said before may be said once more.
 */
long long kmsg_last(void)
{
	static const char again[] = "/sys/kernel/debug/clear_warn_once";

	if (!access(again, W_OK))
		write_file(again, "1");
	return kmsg_each(-1, NULL, NULL, NULL, 0);
}

/**
 * kmsg_count() - how many of the kernel's lines after @since match an extended regular
 * expression
 */
int kmsg_count(long long since, const char *regex)
{
	char first[8192];

	return kmsg_find(since, regex, first, sizeof(first));
}

/**
 * kmsg_assert_none() - there is no such line
 */
void kmsg_assert_none(long long since, const char *regex)
{
	char first[8192];

	igt_assert_f(!kmsg_find(since, regex, first, sizeof(first)), "the kernel said: %s\n",
		     first);
}

/**
 * kmsg_wait() - wait until there is such a line
 */
void kmsg_wait(long long since, const char *regex)
{
	for (int i = 0; i < 3000; i++) {
		if (kmsg_count(since, regex))
			return;
		usleep(10000);
	}
	igt_assert_f(0, "the kernel has not said \"%s\"\n", regex);
}

/* ---- children --------------------------------------------------------- */

static int decode_status(int status)
{
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int child_status(pid_t pid)
{
	int status;

	igt_assert_eq(waitpid(pid, &status, 0), pid);
	return decode_status(status);
}

/**
 * task_state() - the state of a process as in /proc/PID/stat; 0 if there is none
 */
char task_state(pid_t pid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (f) {
		if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		fclose(f);
	}
	return state;
}

/**
 * task_is_in_driver() - whether a thread sleeps somewhere in the driver
 */
bool task_is_in_driver(pid_t pid, pid_t tid)
{
	char path[64], line[256];
	bool in = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stack", pid, tid);
	f = fopen(path, "r");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		in |= !!strstr(line, "[virtio_gpu]");
	fclose(f);
	return in;
}

/**
 * wait_in_driver() - wait until a thread sleeps in the driver, or does not any more
 *
 * The time limit is for one that never gets there.
 *
 * Return: whether it got there; it is up to the caller to let go of what is held first.
 */
bool wait_in_driver(pid_t pid, pid_t tid, bool in)
{
	for (int i = 0; i < 3000; i++) {
		if (task_is_in_driver(pid, tid) == in)
			return true;
		usleep(10000);
	}
	igt_info("thread %d is %s the driver\n", tid, in ? "never in" : "still in");
	return false;
}

/**
 * task_waits() - does a process that only does one thing wait for it?
 *
 * Interruptibly or not: that is the driver's affair.
 */
bool task_waits(pid_t pid)
{
	char state = task_state(pid);

	return state == 'D' || state == 'S';
}

int child_status_bounded(pid_t pid, unsigned int seconds)
{
	int status;

	for (unsigned int i = 0; i < seconds * 10; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return decode_status(status);
		usleep(100000);
	}
	return -ETIMEDOUT;
}
