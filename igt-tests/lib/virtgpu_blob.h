/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the tests of host-visible blobs share: finding a device, making blobs,
 * asking the host device and the page table probe.
 */
#ifndef VIRTGPU_BLOB_H
#define VIRTGPU_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#include <drm/virtgpu_drm.h>
#include <drm/virtgpu_map_attr_drm.h>

#include "inject/injections.h"
#include "pte_probe.h"

#define KiB(n) ((size_t)(n) << 10)
#define MiB(n) ((size_t)(n) << 20)
/* Of the guest's, in bytes. */
#define PAGE ((size_t)getpagesize())
#define PAGES(n) ((n) * PAGE)

/* Wire values, as blob_id_inject() takes them. */
enum { NONE, CACHED, UNCACHED, WC, CACHE_UNKNOWN = 9 };
#define SYNC		1	/* VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED */
#define REVOKED		2	/* VIRTIO_GPU_MAP_ATTR_REVOKED */
#define READ_ONLY	4	/* VIRTIO_GPU_MAP_ATTR_READ_ONLY */
#define FLAG_UNKNOWN	0x40

/**
 * struct gpu - one virtio-gpu device of the guest
 * @fd: its render node, with a context
 * @control: the host device's control port, or -1
 * @minor: number of the render node
 * @bars: first and last page frame of each of its PCI BARs, in one of which the window is
 * @nr_bars: how many
 * @slot: PCI address
 * @virtio: name on the virtio bus, while unbound
 */
struct gpu {
	int fd;
	int control;
	unsigned int minor;
	uint64_t bars[8][2];
	unsigned int nr_bars;
	char slot[32];
	char virtio[32];
};

/**
 * struct blob - a host-visible blob
 * @va: where it is mapped, or NULL
 */
struct blob {
	struct gpu *gpu;
	uint32_t handle;
	uint32_t res;
	size_t size;
	uint8_t *va;
};

/* Devices: the role names the host device's control port, hostdev.ROLE. */
void gpu_open(struct gpu *gpu, const char *role);
void gpu_close(struct gpu *gpu);
bool gpu_reopen(struct gpu *gpu);
void gpu_wait_freed(struct gpu *gpu, long long live, long long used);
void gpu_settle(struct gpu *gpu);
unsigned long long gpu_window(struct gpu *gpu, unsigned long long *size);
void gpu_find_virtio(struct gpu *gpu);
void gpu_unbind(struct gpu *gpu);
void gpu_bind(struct gpu *gpu);
bool gpu_freeze(struct gpu *gpu, int *error);
int gpu_restore(struct gpu *gpu);
void gpu_debugfs(struct gpu *gpu, const char *name, char *path, size_t len);
pid_t gpu_fill_queue(struct gpu *gpu);
pid_t gpu_fill_queue_held(struct gpu *gpu);

/* Blobs. try_ returns 0 or a negative errno, the others assert. */
int blob_try_create(struct gpu *gpu, struct blob *blob, size_t size, uint64_t blob_id,
		    uint32_t flags);
void blob_create(struct gpu *gpu, struct blob *blob, size_t size, uint64_t blob_id);
int blob_create_deferred(struct gpu *gpu, struct blob *blob, size_t size, uint64_t blob_id);
uint64_t blob_offset(struct blob *blob);
int blob_try_map(struct blob *blob, int prot, int flags);
void blob_map(struct blob *blob);
int blob_export(struct blob *blob);
int blob_query(struct gpu *gpu, uint32_t handle, struct drm_virtgpu_map_attr *attr);
void blob_close_handle(struct blob *blob);
void blob_destroy(struct blob *blob);

/* Attributes as a blob_id. */
static inline uint64_t attr_id(unsigned int cache_mode, unsigned int flags)
{
	return blob_id_attr(cache_mode, flags, 0);
}

const char *cache_name(unsigned int cache_mode);
enum pte_probe_type cache_type(unsigned int cache_mode);
const char *type_name(enum pte_probe_type type);

/* Data: what the guest sees, and what the host device finds in its memory. */
void guest_fill(void *va, uint64_t first, size_t len, size_t stride, uint64_t seed);
size_t guest_wrong(const void *va, uint64_t first, size_t len, size_t stride, uint64_t seed);
long long host_offset(struct blob *blob);
void host_fill(struct blob *blob, uint64_t seed);
long long host_wrong(struct blob *blob, uint64_t offset, size_t len, size_t stride, uint64_t seed);

/* Control port: one JSON line out, one in. */
void host_ask(struct gpu *gpu, char *answer, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
long long host_number(struct gpu *gpu, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void host_wait_number(struct gpu *gpu, const char *key, long long least, const char *request);

void guest_stop(void);

/* Changes: declare something else, and wait until the guest has acknowledged. */
void host_do(struct gpu *gpu, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Responses to acknowledgments wait for host_release(), as others that a blob_id asks to. */
void host_hold_acks(struct gpu *gpu, bool hold);
void host_release(struct gpu *gpu);
long long host_change(struct blob *blob, unsigned int cache_mode, unsigned int flags);
long long host_change_untold(struct blob *blob, unsigned int cache_mode, unsigned int flags);
void host_wait_acked(struct blob *blob, long long generation);
void host_wait_mapped(struct blob *blob);
void host_wait_live(struct gpu *gpu, long long most);
void host_change_acked(struct blob *blob, unsigned int cache_mode, unsigned int flags);

/* What most tests begin with, look for in between, and end with. */
void blob_setup(struct gpu *gpu, struct blob *blob, size_t size, unsigned int cache_mode);
void blob_assert_good(struct blob *blob, unsigned int cache_mode);
void gpu_assert_works(struct gpu *gpu);

/* Page tables. */
void probe_range(const void *va, size_t len, struct pte_probe_range *range);
int probe_other(pid_t pid, const void *va, size_t len, struct pte_probe_range *range);
bool pmds_expected(void);
bool debuggers_expected(void);
void assert_no_ptes(const void *va, size_t len);
void wait_no_ptes(const void *va, size_t len);
void assert_ptes(const void *va, size_t len, unsigned int cache_mode);
int probe_vmap(int dmabuf);
int probe_dma_map(int dmabuf);
void write_file(const char *path, const char *text);
void memtype_of(uint64_t pfn, char *type, size_t len);
const char *memtype_name(unsigned int cache_mode);

/* Why a mapping is not what one of a lost device is to be, or NULL. */
const char *why_not_lost(struct gpu *gpu, void *va, size_t len);

/* The fault a touch of @va ends in: 0, SIGBUS or SIGSEGV. */
int touch(const volatile void *va, bool write);

/* The kernel's log: its lines after what kmsg_last() found last in it. */
#define KMSG_COMPLAINT "WARNING:|Call Trace:"
long long kmsg_last(void);
int kmsg_count(long long since, const char *regex);
void kmsg_assert_none(long long since, const char *regex);
void kmsg_wait(long long since, const char *regex);

char task_state(pid_t pid);
bool task_waits(pid_t pid);
/* Whether a thread sleeps somewhere in the driver. */
bool task_is_in_driver(pid_t pid, pid_t tid);
bool wait_in_driver(pid_t pid, pid_t tid, bool in);
/* Wait for a child: its exit status, or minus the signal that ended it. */
int child_status(pid_t pid);
/* The same, but give up (-ETIMEDOUT) on a child that cannot be waited for. */
int child_status_bounded(pid_t pid, unsigned int seconds);

#endif
