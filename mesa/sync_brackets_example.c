// SPDX-License-Identifier: MIT
/*
 * sync_brackets_example RENDER-NODE [BLOB-ID]: how a program accesses frames that it gets as
 * dma-bufs, from a camera, a decoder or a GPU, whether their memory needs brackets or not.  See
 * Documentation/mesa.md.
 *
 * Only make_frame() is about virtio-gpu.  All the rest is what any dma-buf asks of its users.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm.h>
#include <drm/virtgpu_drm.h>

#define WIDTH	64
#define HEIGHT	64
#define SIZE	(WIDTH * HEIGHT * sizeof(uint32_t))

static int do_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret < 0 ? -errno : 0;
}

/* Where there is no camera: a blob, as a dma-buf.  Return: its descriptor, or a negative errno. */
static int make_frame(const char *node, uint64_t blob_id)
{
	struct drm_virtgpu_resource_create_blob create = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE | VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
		.blob_id = blob_id,
		.size = SIZE,
	};
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	int fd = open(node, O_RDWR | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &create);
	prime.handle = create.bo_handle;
	if (!ret)
		ret = do_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);
	close(fd);
	return ret ?: prime.fd;
}

/**
 * struct frame - a frame that is mapped once, and accessed many times
 * @dmabuf: descriptor
 * @pixels: no access to them outside of frame_begin() and frame_end(): it may be a SIGBUS
 */
struct frame {
	int dmabuf;
	uint32_t *pixels;
};

/*
 * Fails with EOPNOTSUPP where the host demands brackets and does not offer them: then the GPU has
 * to copy the frame into memory that can be mapped.
 */
static int frame_map(struct frame *frame, int dmabuf)
{
	void *va = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);

	if (va == MAP_FAILED)
		return -errno;
	frame->dmabuf = dmabuf;
	frame->pixels = va;
	return 0;
}

/* @access: DMA_BUF_SYNC_READ, _WRITE or _RW.  An error means that the frame must not be touched. */
static int frame_begin(struct frame *frame, uint64_t access)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | access };

	return do_ioctl(frame->dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
}

/* An error means that what was written may be lost. */
static int frame_end(struct frame *frame, uint64_t access)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_END | access };

	return do_ioctl(frame->dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
}

static int draw(struct frame *frame, uint32_t colour)
{
	int ret = frame_begin(frame, DMA_BUF_SYNC_WRITE);

	if (ret)
		return ret;
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		frame->pixels[i] = colour;
	return frame_end(frame, DMA_BUF_SYNC_WRITE);
}

/* As short as possible: into memory of the program's own, and the work is done there. */
static int copy(struct frame *frame, uint32_t *pixels)
{
	int ret = frame_begin(frame, DMA_BUF_SYNC_READ);

	if (ret)
		return ret;
	memcpy(pixels, frame->pixels, SIZE);
	return frame_end(frame, DMA_BUF_SYNC_READ);
}

static bool is_all(const uint32_t *pixels, uint32_t colour)
{
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		if (pixels[i] != colour)
			return false;
	return true;
}

static int fail(const char *what, int ret)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-ret));
	return 1;
}

int main(int argc, char *argv[])
{
	static uint32_t pixels[WIDTH * HEIGHT];
	struct frame frame = { .dmabuf = -1 };
	int ret;

	if (argc < 2) {
		fputs("usage: sync_brackets_example RENDER-NODE [BLOB-ID]\n", stderr);
		return 2;
	}
	ret = make_frame(argv[1], argc > 2 ? strtoull(argv[2], NULL, 0) : 0);
	if (ret < 0)
		return fail("no frame", ret);
	ret = frame_map(&frame, ret);
	if (ret)
		return fail("mapping the frame", ret);
	for (uint32_t colour = 0xff000000; colour < 0xff000004; colour++) {
		ret = draw(&frame, colour) ?: copy(&frame, pixels);
		if (ret)
			return fail("accessing the frame", ret);
		if (!is_all(pixels, colour))
			return fail("the frame", -EIO);
	}
	puts("4 frames drawn and read");
	munmap(frame.pixels, SIZE);
	close(frame.dmabuf);
	return 0;
}
