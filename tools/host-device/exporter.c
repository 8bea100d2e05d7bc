// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Blobs whose memory is a dma-buf of the host's kernel: of udmabuf, or of moving_exporter
 * (tools/exporter), which can give a dma-buf other pages at any time.  Or a memfd, which needs no
 * more than this program.
 *
 * As with a renderer each blob is a file of its own, and QEMU maps it into the window: place.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>
#include <moving_exporter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exporter.h"

/**
 * struct exporter - what makes dma-bufs
 * @fd: its device
 * @export: makes one of so many bytes, with a cache mode of struct virtio_gpu_map_attr; a
 *	descriptor, or a negative errno
 * @kind: of memory that they are
 * @moves: it can be told to move them
 * @needs: of enum moving_exporter_needs, what they are to need
 */
struct exporter {
	int fd;
	int (*export)(const struct exporter *e, uint64_t size, uint32_t cache_mode);
	enum memory_kind kind;
	bool moves;
	uint32_t needs;
};

/* It is cached, whatever is declared. */
static int export_memfd(const struct exporter *e, uint64_t size, uint32_t cache_mode)
{
	int fd, ret;

	(void)e;
	(void)cache_mode;
	fd = memfd_create("blob", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (!ftruncate(fd, size) && !fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

/* Of a memfd, which udmabuf keeps. */
static int export_udmabuf(const struct exporter *e, uint64_t size, uint32_t cache_mode)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size };
	int fd, ret;

	fd = export_memfd(e, size, cache_mode);
	if (fd < 0)
		return fd;
	create.memfd = fd;
	ret = ioctl(e->fd, UDMABUF_CREATE, &create);
	if (ret < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* What is declared later does not change the mode of the exporter's own mappings. */
static int export_moving(const struct exporter *e, uint64_t size, uint32_t cache_mode)
{
	struct moving_exporter_create create = { .size = size, .needs = e->needs };

	switch (cache_mode) {
	case VIRTIO_GPU_MAP_CACHE_WC:
		create.cache = MOVING_EXPORTER_WC;
		break;
	case VIRTIO_GPU_MAP_CACHE_UNCACHED:
		create.cache = MOVING_EXPORTER_UNCACHED;
		break;
	default:
		create.cache = MOVING_EXPORTER_CACHED;
	}
	return ioctl(e->fd, MOVING_EXPORTER_CREATE, &create) ? -errno : create.fd;
}

/**
 * exporter_open() - have all blobs that no renderer makes be files of their own
 * @name: "memfd"; or dma-bufs: "udmabuf", "moving", or "moving-sync", which need DMA_BUF_IOCTL_SYNC
 *
 * Return: 0; -EINVAL if there is no exporter of that name; another negative errno if its device
 * cannot be opened.
 */
int exporter_open(struct gpu *gpu, const char *name)
{
	static const struct {
		const char *name;
		const char *path;
		struct exporter exporter;
	} kinds[] = {
		{ "memfd", "/dev/null", { .export = export_memfd, .kind = MEMORY_SHM } },
		{ "udmabuf", "/dev/udmabuf", { .export = export_udmabuf, .kind = MEMORY_DMA_BUF } },
		{ "moving", "/dev/moving-exporter",
		  { .export = export_moving, .kind = MEMORY_DMA_BUF, .moves = true } },
		{ "moving-sync", "/dev/moving-exporter",
		  { .export = export_moving, .kind = MEMORY_DMA_BUF, .moves = true,
		    .needs = MOVING_EXPORTER_SYNC } },
	};
	struct exporter *e;

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(name, kinds[i].name))
			continue;
		e = malloc(sizeof(*e));
		if (!e)
			return -ENOMEM;
		*e = kinds[i].exporter;
		e->fd = open(kinds[i].path, O_RDWR | O_CLOEXEC);
		if (e->fd < 0) {
			free(e);
			return -errno;
		}
		gpu->exporter = e;
		return 0;
	}
	return -EINVAL;
}

void exporter_close(struct gpu *gpu)
{
	if (!gpu->exporter)
		return;
	close(gpu->exporter->fd);
	free(gpu->exporter);
	gpu->exporter = NULL;
}

/* What access needs is for the exporter to say.  Return: 0 or a negative errno. */
static int ask_needs(struct gpu *gpu, struct blob *b)
{
	struct moving_exporter_state state = { .fd = b->memory.fd };

	if (!gpu->exporter->moves)
		return 0;
	if (ioctl(gpu->exporter->fd, MOVING_EXPORTER_STATE, &state))
		return -errno;
	if (state.needs & MOVING_EXPORTER_SYNC)
		b->required = VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED;
	b->declared.flags |= b->required;
	return 0;
}

/**
 * exporter_blob_create() - make a blob of a new file
 * @blob: has a size and a declaration, to which SYNC_REQUIRED is added if the exporter says so;
 *	its memory is filled in
 *
 * Return: 0 or a negative errno.
 */
int exporter_blob_create(struct gpu *gpu, struct blob *b)
{
	void *va;
	int fd, ret;

	/* The guest could not map it anyway, and the host would have to find the memory. */
	if (b->size > gpu->window.size)
		return -ENOSPC;
	fd = gpu->exporter->export(gpu->exporter, b->size, b->declared.cache_mode);
	if (fd < 0)
		return fd;
	va = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (va == MAP_FAILED) {
		ret = -errno;
		close(fd);
		return ret;
	}
	b->memory = (struct memory){ .kind = gpu->exporter->kind, .va = va, .fd = fd };
	ret = ask_needs(gpu, b);
	if (ret)
		exporter_blob_free(b);
	b->exported = !ret;
	return ret;
}

/**
 * exporter_blob_free() - give back what exporter_blob_create() made
 */
void exporter_blob_free(struct blob *b)
{
	munmap(b->memory.va, b->size);
	close(b->memory.fd);
}

/**
 * exporter_access() - begin or end an access of ours to a blob's memory
 * @flags: DMA_BUF_SYNC_START or _END, and what for
 *
 * Return: 0, also for memory that is not an exporter's, or a negative errno.
 */
int exporter_access(const struct blob *b, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };
	int ret;

	if (!b->exported || b->memory.kind != MEMORY_DMA_BUF)
		return 0;
	do {
		ret = ioctl(b->memory.fd, DMA_BUF_IOCTL_SYNC, &sync) ? -errno : 0;
	} while (ret == -EINTR || ret == -EAGAIN);
	return ret;
}

/**
 * exporter_can_move() - can a blob be given other pages?
 */
bool exporter_can_move(const struct gpu *gpu, const struct blob *b)
{
	return b->exported && gpu->exporter->moves;
}

/**
 * exporter_move() - give a blob other pages at once, even while it is in use
 * @flags: of enum moving_exporter_flags
 *
 * Return: 0; a negative errno, with as many of the pages moved as could be.
 */
int exporter_move(struct gpu *gpu, const struct blob *b, uint32_t flags)
{
	struct moving_exporter_move move = {
		.fd = b->memory.fd, .flags = flags, .length = b->size,
	};

	return ioctl(gpu->exporter->fd, MOVING_EXPORTER_MOVE, &move) ? -errno : 0;
}

/**
 * exporter_state() - what a blob that can be moved has seen
 * @faults: set to the number of faults that were served, of all mappings
 * @moves: set to how many times it was moved
 * @syncs: set to how many brackets were begun
 */
int exporter_state(struct gpu *gpu, const struct blob *b, uint64_t *faults, uint64_t *moves,
		   uint64_t *syncs)
{
	struct moving_exporter_state state = { .fd = b->memory.fd };

	if (ioctl(gpu->exporter->fd, MOVING_EXPORTER_STATE, &state))
		return -errno;
	*faults = state.faults;
	*moves = state.moves;
	*syncs = state.syncs;
	return 0;
}
