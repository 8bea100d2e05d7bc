// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map bracketed memory
 * Description: Blobs are dma-bufs of the host whose exporter demands DMA_BUF_IOCTL_SYNC around each
 *	access: the device asks it, and says so, and the guest maps none of them, unless the device
 *	offers to issue it
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: bracketed_memory
 * Feature: Map attributes
 * Test category: functionality test
 */

/*
 * The exporter is tools/exporter, in the kernel of the host: outside of brackets it shows words of its
 * own, and loses what is written.
 */
#include <errno.h>
#include <linux/dma-buf.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE	PAGES(16)
#define WORDS	(SIZE / 8)

/**
 * SUBTEST: mmap-%s
 * Description: no way in: mmap() of the render node and of the exported dma-buf fail with EOPNOTSUPP
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_mmap(struct virtgpu *gpu, unsigned int cache_mode)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob;
	int dmabuf;

	/* The test asks for a mode, and not for SYNC_REQUIRED. */
	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(cache_mode, 0));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EOPNOTSUPP);
	igt_assert_eq(virtgpu_blob_query(gpu, blob.handle, &attr), 0);
	igt_assert_eq(attr.attr_flags, VIRTGPU_MAP_ATTR_SYNC_REQUIRED);
	igt_assert_eq(attr.cache_mode, cache_mode);
	dmabuf = virtgpu_blob_export(&blob);
	igt_assert(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, dmabuf, 0) == MAP_FAILED &&
		   errno == EOPNOTSUPP);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: host-access
 * Description: the host's own accesses in brackets find what it has written, and those without
 *	do not: what a guest would have seen that maps such memory all the same
 */
static void test_host(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, 0));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EOPNOTSUPP);
	virtgpu_host_fill(&blob, 6);
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 6), 0);
	igt_assert_eq(virtgpu_host_wrong_unsynced(&blob, 6), WORDS);
	igt_assert_eq(virtgpu_host_blob(&blob, "syncs"), 2);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: change-refused
 * Description: it can become of another mode, but not memory that needs no brackets
 */
static void test_change(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, 0));
	virtgpu_host_change_refused(&blob, WC, 0);
	virtgpu_host_change_acked(&blob, WC, SYNC);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EOPNOTSUPP);
	virtgpu_blob_destroy(&blob);
}

static int map_dmabuf(struct virtgpu_blob *blob)
{
	int dmabuf = virtgpu_blob_map_dmabuf(blob);

	igt_assert_eq(virtgpu_touch(blob->va, false), SIGBUS);
	return dmabuf;
}

static void begin(int dmabuf, uint64_t access)
{
	igt_assert_eq(virtgpu_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | access), 0);
}

static void end(int dmabuf, uint64_t access)
{
	igt_assert_eq(virtgpu_dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | access), 0);
}

/* Each side finds what the other one has written. */
static void write_and_read(struct virtgpu_blob *blob, int dmabuf)
{
	begin(dmabuf, DMA_BUF_SYNC_WRITE);
	virtgpu_guest_fill(blob->va, 0, SIZE, 8, 6);
	end(dmabuf, DMA_BUF_SYNC_WRITE);
	igt_assert_eq(virtgpu_host_wrong(blob, 0, SIZE, 8, 6), 0);
	virtgpu_host_fill(blob, 7);
	begin(dmabuf, DMA_BUF_SYNC_READ);
	igt_assert_eq(virtgpu_guest_wrong(blob->va, 0, SIZE, 8, 7), 0);
	end(dmabuf, DMA_BUF_SYNC_READ);
	igt_assert_eq(virtgpu_touch(blob->va, false), SIGBUS);
}

/**
 * SUBTEST: in-brackets-%s
 * Description: the guest's brackets are the exporter's: memory that shows nothing outside of them has the
 *	right data in them
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_in_brackets(struct virtgpu *gpu, unsigned int cache_mode)
{
	struct virtgpu_blob blob;
	int dmabuf;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(cache_mode, 0));
	dmabuf = map_dmabuf(&blob);
	write_and_read(&blob, dmabuf);
	/* Two of the guest's, and two of the host's own. */
	igt_assert_eq(virtgpu_host_blob(&blob, "syncs"), 4);
	igt_assert_eq(virtgpu_host_wrong_unsynced(&blob, 7), WORDS);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: moved-in-brackets
 * Description: the exporter moves the memory in the guest's brackets: nothing is lost
 */
static void test_moved(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int dmabuf;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, 0));
	dmabuf = map_dmabuf(&blob);
	begin(dmabuf, DMA_BUF_SYNC_RW);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	virtgpu_host_wait_acked(&blob, virtgpu_host_move(&blob));
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 6), 0);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 8);
	end(dmabuf, DMA_BUF_SYNC_RW);
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 8), 0);
	write_and_read(&blob, dmabuf);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: udmabuf-in-brackets
 * Description: the same with udmabuf, whose memory is there without brackets as well
 */
static void test_udmabuf(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int dmabuf;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, SYNC));
	dmabuf = map_dmabuf(&blob);
	write_and_read(&blob, dmabuf);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

int igt_main()
{
	static struct virtgpu gpu, offering, udmabuf;

	igt_fixture() {
		virtgpu_open(&gpu, "bracketed");
		virtgpu_open(&offering, "offering");
		virtgpu_open(&udmabuf, "udmabuf");
	}

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("Memory that needs DMA_BUF_IOCTL_SYNC, by its exporter's word, is not mapped.");
		igt_subtest_f("mmap-%s", virtgpu_cache_name(mode))
			test_mmap(&gpu, mode);
	}

	igt_describe("In brackets there is the data, and without them there is not.");
	igt_subtest("host-access")
		test_host(&gpu);

	igt_describe("No change of attributes lets the guest in without brackets.");
	igt_subtest("change-refused")
		test_change(&gpu);

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("The guest's brackets reach the exporter in the host's kernel.");
		igt_subtest_f("in-brackets-%s", virtgpu_cache_name(mode))
			test_in_brackets(&offering, mode);
	}

	igt_describe("Memory that moves in brackets keeps its contents.");
	igt_subtest("moved-in-brackets")
		test_moved(&offering);

	igt_describe("So do the brackets of memory that would not need them.");
	igt_subtest("udmabuf-in-brackets")
		test_udmabuf(&udmabuf);

	igt_fixture() {
		virtgpu_close(&udmabuf);
		virtgpu_close(&offering);
		virtgpu_close(&gpu);
	}
}
