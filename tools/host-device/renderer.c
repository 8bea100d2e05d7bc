// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Vulkan for guests: venus contexts of virglrenderer, each a process of its own, and the
 * memory they allocate.
 *
 * virglrenderer has one state for a process, and so does this file.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <virgl/virglrenderer.h>

#include "deferred.h"
#include "log.h"
#include "loop.h"
#include "mapped_file.h"
#include "renderer.h"

/* How often to look whether a context that is to get to a fence has died. */
#define POLL_MS 50

/**
 * struct context - a venus context
 * @fences: it has still to get to
 * @failed: its process cannot be reached any more
 */
struct context {
	struct context *next;
	struct gpu *gpu;
	uint32_t id;
	int fence_fd;
	unsigned int fences;
	bool failed;
};

/**
 * struct renderer - virglrenderer
 * @timer: ticks while there are fences, if @armed
 */
struct renderer {
	struct context *contexts;
	int timer;
	bool armed;
};

static struct context *find_context(const struct gpu *gpu, uint32_t ctx_id)
{
	struct context *c;

	for (c = gpu->renderer ? gpu->renderer->contexts : NULL; c; c = c->next)
		if (c->id == ctx_id)
			return c;
	return NULL;
}

/**
 * renderer_has_context() - is a context venus's?
 */
bool renderer_has_context(const struct gpu *gpu, uint32_t ctx_id)
{
	return find_context(gpu, ctx_id);
}

/* ---- fences ----------------------------------------------------------- */

/* Fences of a context that is gone will never be reached: answer what waits for them. */
static void context_failed(struct context *c)
{
	if (!c->failed)
		log_warn("context %u: its renderer is gone", c->id);
	c->failed = true;
	c->fences = 0;
	deferred_context(c->gpu, c->id);
}

static void write_context_fence(void *cookie, uint32_t ctx_id, uint32_t ring, uint64_t fence_id)
{
	struct gpu *gpu = cookie;
	struct context *c = find_context(gpu, ctx_id);

	if (c && c->fences)
		c->fences--;
	deferred_fence(gpu, ctx_id, ring, fence_id);
}

/* Of contexts that there are none of here; the library wants it all the same. */
static void write_fence(void *cookie, uint32_t fence)
{
	(void)cookie;
	(void)fence;
}

static void on_fence(void *data)
{
	struct context *c = data;

	virgl_renderer_context_poll(c->id);
}

/* It ticks on while there are new fences, they do not start it again. */
static void arm_timer(struct renderer *r, bool on)
{
	long ns = on ? POLL_MS * 1000000L : 0;
	struct itimerspec its = { .it_interval.tv_nsec = ns, .it_value.tv_nsec = ns };

	if (r->armed != on)
		timerfd_settime(r->timer, 0, &its, NULL);
	r->armed = on;
}

static void on_timer(void *data)
{
	struct gpu *gpu = data;
	uint64_t ticks;
	bool busy = false;

	if (read(gpu->renderer->timer, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	/* That the process has died the library finds out by looking often. */
	for (struct context *c = gpu->renderer->contexts; c; c = c->next) {
		if (c->fences)
			virgl_renderer_context_poll(c->id);
		busy |= c->fences;
	}
	if (!busy)
		arm_timer(gpu->renderer, false);
}

/**
 * renderer_fence() - have deferred_fence() called when a context has done what it has to by now
 * @ring: timeline of the context
 *
 * Return: 0 or -EIO.
 */
int renderer_fence(struct gpu *gpu, uint32_t ctx_id, uint32_t ring, uint64_t fence_id)
{
	struct context *c = find_context(gpu, ctx_id);

	if (!c || c->failed)
		return -EIO;
	/* Not there before this returns: without ASYNC_FENCE_CB only polling tells. */
	c->fences++;
	if (virgl_renderer_context_create_fence(ctx_id, 0, ring, fence_id)) {
		c->fences--;
		return -EIO;
	}
	arm_timer(gpu->renderer, true);
	return 0;
}

/* ---- contexts --------------------------------------------------------- */

/**
 * renderer_context_create() - start a venus context
 * @name: of @len bytes, for debugging
 *
 * Return: 0, -EINVAL, -ENOMEM, -EIO; -ENOSPC when loop_add_many() has no room.
 */
int renderer_context_create(struct gpu *gpu, uint32_t ctx_id, const char *name, size_t len)
{
	struct context *c;
	int ret;

	if (!ctx_id || find_context(gpu, ctx_id))
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	ret = virgl_renderer_context_create_with_flags(ctx_id, RENDERER_CAPSET, len, name);
	if (ret) {
		free(c);
		return -EIO;
	}
	c->gpu = gpu;
	c->id = ctx_id;
	c->fence_fd = virgl_renderer_context_get_poll_fd(ctx_id);
	ret = c->fence_fd < 0 ? -EIO : loop_add_many(c->fence_fd, on_fence, c, LOOP_CLIENTS);
	if (ret) {
		virgl_renderer_context_destroy(ctx_id);
		free(c);
		return ret;
	}
	c->next = gpu->renderer->contexts;
	gpu->renderer->contexts = c;
	return 0;
}

/**
 * renderer_context_destroy() - end a context, if it is one of ours
 */
void renderer_context_destroy(struct gpu *gpu, uint32_t ctx_id)
{
	struct context **p, *c = find_context(gpu, ctx_id);

	if (!c)
		return;
	for (p = &gpu->renderer->contexts; *p != c; p = &(*p)->next)
		;
	*p = c->next;
	loop_del(c->fence_fd);
	virgl_renderer_context_destroy(ctx_id);
	deferred_context(gpu, ctx_id);
	free(c);
}

/**
 * renderer_attach() - let a context use a resource, or not any more
 */
void renderer_attach(struct gpu *gpu, uint32_t ctx_id, uint32_t res_id, bool attach)
{
	if (!find_context(gpu, ctx_id))
		return;
	if (attach)
		virgl_renderer_ctx_attach_resource(ctx_id, res_id);
	else
		virgl_renderer_ctx_detach_resource(ctx_id, res_id);
}

/**
 * renderer_submit() - have a context carry out commands
 * @size: bytes
 *
 * Return: 0; -EINVAL; -EIO if it could not, or is gone.
 */
int renderer_submit(struct gpu *gpu, uint32_t ctx_id, const void *commands, size_t size)
{
	struct context *c = find_context(gpu, ctx_id);

	if (!c || size % 4)
		return -EINVAL;
	if (c->failed)
		return -EIO;
	if (virgl_renderer_submit_cmd((void *)commands, ctx_id, size / 4)) {
		context_failed(c);
		return -EIO;
	}
	return 0;
}

/* ---- memory ----------------------------------------------------------- */

static int memory_kind(uint32_t type, enum memory_kind *kind)
{
	switch (type) {
	case VIRGL_RENDERER_BLOB_FD_TYPE_SHM:
		*kind = MEMORY_SHM;
		return 0;
	case VIRGL_RENDERER_BLOB_FD_TYPE_DMABUF:
		*kind = MEMORY_DMA_BUF;
		return 0;
	case VIRGL_RENDERER_BLOB_FD_TYPE_OPAQUE:
		*kind = MEMORY_OPAQUE;
		return 0;
	}
	return -EINVAL;
}

/*
 * Map memory, and find it in its file. What is opaque only its Vulkan driver knows how to
 * find there: lavapipe puts a page of its own in front. But the driver maps it for us, and
 * then the kernel knows.
 */
static int map_memory(const struct blob *b, struct memory *m)
{
	uint64_t size;
	off_t end;
	void *va;
	int ret = virgl_renderer_resource_map(b->res_id, &va, &size);

	if (ret)
		return ret;
	if (m->kind == MEMORY_OPAQUE)
		ret = mapped_file_offset(m->fd, va, b->size, &m->offset);
	/* QEMU maps nothing behind the end of a file; see whole_pages_layer.c. */
	end = lseek(m->fd, 0, SEEK_END);
	if (!ret && (end < 0 || m->offset + b->size > (uint64_t)end))
		ret = -EFBIG;
	if (ret)
		virgl_renderer_resource_unmap(b->res_id);
	else
		m->va = va;
	return ret;
}

/**
 * renderer_blob_create() - have the renderer make a blob of memory of a context's
 * @blob: its memory is filled in
 * @blob_flags: of the command
 * @map_info: set to what the renderer says of it
 *
 * Return: 0; -EINVAL if the renderer has no such memory, or does not share it; another
 * negative errno if the guest is to map it and QEMU could not.
 */
int renderer_blob_create(struct blob *b, uint32_t blob_flags, uint32_t *map_info)
{
	struct virgl_renderer_resource_create_blob_args args = {
		.res_handle = b->res_id,
		.ctx_id = b->ctx_id,
		.blob_mem = VIRGL_RENDERER_BLOB_MEM_HOST3D,
		.blob_flags = blob_flags,
		.blob_id = b->blob_id,
		.size = b->size,
	};
	uint32_t type;
	int ret;

	*map_info = VIRGL_RENDERER_MAP_CACHE_NONE;
	if (virgl_renderer_resource_create_blob(&args)) {
		log_warn("resource %u: the renderer does not share blob_id %llu", b->res_id,
			 (unsigned long long)b->blob_id);
		return -EINVAL;
	}
	virgl_renderer_resource_get_map_info(b->res_id, map_info);
	*map_info &= VIRGL_RENDERER_MAP_CACHE_MASK;
	ret = virgl_renderer_resource_export_blob(b->res_id, &type, &b->memory.fd);
	if (!ret)
		ret = memory_kind(type, &b->memory.kind);
	if (!ret && blob_flags & VIRGL_RENDERER_BLOB_FLAG_USE_MAPPABLE)
		ret = map_memory(b, &b->memory);
	if (!ret)
		return 0;
	log_warn("resource %u: its memory is not a file that QEMU can map: %s", b->res_id,
		 strerror(-ret));
	renderer_blob_free(b);
	return ret;
}

/**
 * renderer_blob_free() - give back what renderer_blob_create() made
 */
void renderer_blob_free(struct blob *b)
{
	if (b->memory.va)
		virgl_renderer_resource_unmap(b->res_id);
	if (b->memory.fd >= 0)
		close(b->memory.fd);
	virgl_renderer_resource_unref(b->res_id);
}

/* ---- life ------------------------------------------------------------- */

/**
 * renderer_capset_info() - version and size in bytes of venus's capabilities
 */
void renderer_capset_info(uint32_t *version, uint32_t *size)
{
	virgl_renderer_get_cap_set(RENDERER_CAPSET, version, size);
}

/**
 * renderer_capset() - copy venus's capabilities
 * @size: room, in bytes
 *
 * Return: bytes, or -E2BIG.
 */
int renderer_capset(uint32_t version, void *caps, size_t size)
{
	uint32_t max_version, need;

	renderer_capset_info(&max_version, &need);
	if (need > size || version > max_version)
		return -E2BIG;
	virgl_renderer_fill_caps(RENDERER_CAPSET, version, caps);
	return need;
}

/**
 * renderer_reset() - end all contexts
 */
void renderer_reset(struct gpu *gpu)
{
	while (gpu->renderer && gpu->renderer->contexts)
		renderer_context_destroy(gpu, gpu->renderer->contexts->id);
}

/* Put @value in front of what an environment variable has, as a list with colons. */
static int prepend_to_env(const char *name, const char *value)
{
	const char *old = getenv(name);
	char list[2 * PATH_MAX];
	int len = snprintf(list, sizeof(list), "%s%s%s", value, old ? ":" : "", old ?: "");

	if (len >= (int)sizeof(list))
		return -E2BIG;
	return setenv(name, list, 1) ? -errno : 0;
}

/* Have the Vulkan loader find our layer, here and in the renderer's processes. */
static int add_layer(uint32_t page_size)
{
	char folder[PATH_MAX], bytes[16];
	ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	int ret;

	if (n < 0)
		return -errno;
	folder[n] = '\0';
	*strrchr(folder, '/') = '\0';
	snprintf(bytes, sizeof(bytes), "%u", page_size);
	if (setenv("VGPU_PAGE_SIZE", bytes, 1))
		return -errno;
	ret = prepend_to_env("VK_ADD_LAYER_PATH", folder);
	return ret ?: prepend_to_env("VK_INSTANCE_LAYERS", "VK_LAYER_VGPU_whole_pages");
}

/**
 * renderer_init() - start the renderer
 *
 * Return: 0, -ENOMEM, or -ENOTSUP if virglrenderer has no venus or no render server.
 */
int renderer_init(struct gpu *gpu)
{
	static struct virgl_renderer_callbacks callbacks = {
		.version = VIRGL_RENDERER_CALLBACKS_VERSION,
		.write_fence = write_fence,
		.write_context_fence = write_context_fence,
	};
	struct renderer *r = calloc(1, sizeof(*r));
	uint32_t version, size = 0;

	if (!r)
		return -ENOMEM;
	if (add_layer(gpu->options.alignment))
		fprintf(stderr, "host-device: memory that is not whole pages cannot be mapped\n");
	r->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (r->timer < 0 || loop_add(r->timer, on_timer, gpu)) {
		free(r);
		return -ENOMEM;
	}
	gpu->renderer = r;
	if (!virgl_renderer_init(gpu, VIRGL_RENDERER_VENUS | VIRGL_RENDERER_NO_VIRGL |
				 VIRGL_RENDERER_RENDER_SERVER | VIRGL_RENDERER_USE_EXTERNAL_BLOB |
				 VIRGL_RENDERER_THREAD_SYNC, &callbacks))
		renderer_capset_info(&version, &size);
	return size ? 0 : -ENOTSUP;
}

void renderer_fini(struct gpu *gpu)
{
	if (!gpu->renderer)
		return;
	renderer_reset(gpu);
	virgl_renderer_cleanup(gpu);
	loop_del(gpu->renderer->timer);
	close(gpu->renderer->timer);
	free(gpu->renderer);
	gpu->renderer = NULL;
}
