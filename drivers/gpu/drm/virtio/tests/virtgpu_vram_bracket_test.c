// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests of virtgpu_vram_bracket.c: who may access a blob after each sequence of events.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/virtio_gpu.h>

#include "../virtgpu_vram_bracket.h"

#define READ_FLAG	VIRTIO_GPU_CPU_ACCESS_READ
#define WRITE_FLAG	VIRTIO_GPU_CPU_ACCESS_WRITE

/* Address spaces, of which no more than the address is looked at. */
#define MM(n)	((struct mm_struct *)(n))

static struct virtio_gpu_vram_bracket *bracket_new(struct kunit *test, struct list_head *brackets,
						   unsigned long mm, u32 flags)
{
	const size_t size = sizeof(struct virtio_gpu_vram_bracket);
	struct virtio_gpu_vram_bracket *bracket = kunit_kzalloc(test, size, GFP_KERNEL);
	static u64 last_id;

	KUNIT_ASSERT_NOT_NULL(test, bracket);
	bracket->id = ++last_id;
	bracket->mm = MM(mm);
	bracket->flags = flags;
	KUNIT_ASSERT_EQ(test, 0, virtio_gpu_vram_bracket_add(brackets, bracket));
	return bracket;
}

static struct virtio_gpu_vram_bracket *bracket_open(struct kunit *test, struct list_head *brackets,
						    unsigned long mm, u32 flags)
{
	struct virtio_gpu_vram_bracket *bracket = bracket_new(test, brackets, mm, flags);

	virtio_gpu_vram_bracket_begun(bracket, 0);
	virtio_gpu_vram_bracket_open(bracket);
	return bracket;
}

static bool is_open(const struct list_head *brackets, unsigned long mm)
{
	return virtio_gpu_vram_bracket_is_open(brackets, MM(mm));
}

/* From the answer of the host to the end, and for one process only. */
static void access_test(struct kunit *test)
{
	struct virtio_gpu_vram_bracket *bracket;
	LIST_HEAD(brackets);

	bracket = bracket_new(test, &brackets, 1, READ_FLAG);
	KUNIT_EXPECT_FALSE(test, is_open(&brackets, 1));
	KUNIT_EXPECT_NULL(test, virtio_gpu_vram_bracket_end(&brackets, MM(1), READ_FLAG));
	virtio_gpu_vram_bracket_begun(bracket, 0);
	/* Another thread neither uses nor ends it before the one that waits for it. */
	KUNIT_EXPECT_FALSE(test, is_open(&brackets, 1));
	KUNIT_EXPECT_NULL(test, virtio_gpu_vram_bracket_end(&brackets, MM(1), READ_FLAG));
	virtio_gpu_vram_bracket_open(bracket);
	KUNIT_EXPECT_TRUE(test, is_open(&brackets, 1));
	KUNIT_EXPECT_FALSE(test, is_open(&brackets, 2));
	KUNIT_EXPECT_NULL(test, virtio_gpu_vram_bracket_end(&brackets, MM(2), READ_FLAG));
	KUNIT_EXPECT_PTR_EQ(test, bracket,
			    virtio_gpu_vram_bracket_end(&brackets, MM(1), READ_FLAG));
	KUNIT_EXPECT_FALSE(test, is_open(&brackets, 1));
	KUNIT_EXPECT_FALSE(test, bracket->answered);
	KUNIT_EXPECT_NULL(test, virtio_gpu_vram_bracket_end(&brackets, MM(1), READ_FLAG));
}

static void refused_test(struct kunit *test)
{
	struct virtio_gpu_vram_bracket *bracket;
	LIST_HEAD(brackets);

	bracket = bracket_new(test, &brackets, 1, READ_FLAG);
	virtio_gpu_vram_bracket_begun(bracket, -EIO);
	KUNIT_EXPECT_FALSE(test, is_open(&brackets, 1));
	KUNIT_EXPECT_TRUE(test, bracket->answered);
	KUNIT_EXPECT_EQ(test, -EIO, bracket->error);
	KUNIT_EXPECT_NULL(test, virtio_gpu_vram_bracket_end(&brackets, MM(1), READ_FLAG));
}

/* END ends the last of its flags, and what is left still gives access. */
static void nested_test(struct kunit *test)
{
	struct virtio_gpu_vram_bracket *outer, *inner, *write;
	LIST_HEAD(brackets);

	outer = bracket_open(test, &brackets, 1, READ_FLAG);
	write = bracket_open(test, &brackets, 1, WRITE_FLAG);
	inner = bracket_open(test, &brackets, 1, READ_FLAG);
	KUNIT_EXPECT_PTR_EQ(test, inner, virtio_gpu_vram_bracket_end(&brackets, MM(1), READ_FLAG));
	KUNIT_EXPECT_PTR_EQ(test, outer, virtio_gpu_vram_bracket_end(&brackets, MM(1), READ_FLAG));
	KUNIT_EXPECT_TRUE(test, is_open(&brackets, 1));
	/* Better than none. */
	KUNIT_EXPECT_PTR_EQ(test, write, virtio_gpu_vram_bracket_end(&brackets, MM(1), READ_FLAG));
	KUNIT_EXPECT_FALSE(test, is_open(&brackets, 1));
}

/* An orphan gives no access, is not its process's to end, and is ended once, when it is open. */
static void orphan_test(struct kunit *test)
{
	struct virtio_gpu_vram_bracket *open, *beginning, *other;
	LIST_HEAD(brackets);

	open = bracket_open(test, &brackets, 1, READ_FLAG);
	beginning = bracket_new(test, &brackets, 1, READ_FLAG);
	virtio_gpu_vram_bracket_orphan_all(&brackets);
	other = bracket_open(test, &brackets, 2, READ_FLAG);
	KUNIT_EXPECT_FALSE(test, is_open(&brackets, 1));
	KUNIT_EXPECT_TRUE(test, is_open(&brackets, 2));
	KUNIT_EXPECT_NULL(test, virtio_gpu_vram_bracket_end(&brackets, MM(1), READ_FLAG));
	KUNIT_EXPECT_PTR_EQ(test, open, virtio_gpu_vram_bracket_end_orphan(&brackets));
	KUNIT_EXPECT_NULL(test, virtio_gpu_vram_bracket_end_orphan(&brackets));
	virtio_gpu_vram_bracket_begun(beginning, 0);
	KUNIT_EXPECT_FALSE(test, is_open(&brackets, 1));
	KUNIT_EXPECT_PTR_EQ(test, beginning, virtio_gpu_vram_bracket_end_orphan(&brackets));
	KUNIT_EXPECT_FALSE(test, other->orphan);
}

/* An end that cannot be sent is sent later, by another. */
static void reopen_test(struct kunit *test)
{
	struct virtio_gpu_vram_bracket *bracket;
	LIST_HEAD(brackets);

	bracket = bracket_open(test, &brackets, 1, WRITE_FLAG);
	KUNIT_EXPECT_PTR_EQ(test, bracket,
			    virtio_gpu_vram_bracket_end(&brackets, MM(1), WRITE_FLAG));
	virtio_gpu_vram_bracket_reopen(bracket);
	KUNIT_EXPECT_FALSE(test, is_open(&brackets, 1));
	KUNIT_EXPECT_NULL(test, virtio_gpu_vram_bracket_end(&brackets, MM(1), WRITE_FLAG));
	KUNIT_EXPECT_PTR_EQ(test, bracket, virtio_gpu_vram_bracket_end_orphan(&brackets));
}

static void find_test(struct kunit *test)
{
	struct virtio_gpu_vram_bracket *a, *b;
	LIST_HEAD(brackets);

	a = bracket_new(test, &brackets, 1, READ_FLAG);
	b = bracket_new(test, &brackets, 1, READ_FLAG);
	KUNIT_EXPECT_PTR_EQ(test, a, virtio_gpu_vram_bracket_find(&brackets, a->id));
	KUNIT_EXPECT_PTR_EQ(test, b, virtio_gpu_vram_bracket_find(&brackets, b->id));
	KUNIT_EXPECT_NULL(test, virtio_gpu_vram_bracket_find(&brackets, b->id + 1));
}

/* For each process, whatever others have. */
static void limit_test(struct kunit *test)
{
	struct virtio_gpu_vram_bracket one_more = { .mm = MM(1) };
	LIST_HEAD(brackets);
	unsigned int i;

	for (i = 0; i < VIRTIO_GPU_VRAM_BRACKETS_OF_PROCESS; i++)
		bracket_open(test, &brackets, 1, READ_FLAG);
	KUNIT_EXPECT_EQ(test, -EBUSY, virtio_gpu_vram_bracket_add(&brackets, &one_more));
	bracket_open(test, &brackets, 2, READ_FLAG);
	KUNIT_EXPECT_TRUE(test, is_open(&brackets, 2));

	for (i++; i < VIRTIO_GPU_VRAM_BRACKETS_OF_BLOB; i++)
		bracket_open(test, &brackets, 2 + i, READ_FLAG);
	one_more.mm = MM(2);
	KUNIT_EXPECT_EQ(test, -EBUSY, virtio_gpu_vram_bracket_add(&brackets, &one_more));
}

static struct kunit_case bracket_cases[] = {
	KUNIT_CASE(access_test),
	KUNIT_CASE(refused_test),
	KUNIT_CASE(nested_test),
	KUNIT_CASE(orphan_test),
	KUNIT_CASE(reopen_test),
	KUNIT_CASE(find_test),
	KUNIT_CASE(limit_test),
	{}
};

static struct kunit_suite bracket_suite = {
	.name = "virtgpu_vram_bracket",
	.test_cases = bracket_cases,
};

kunit_test_suite(bracket_suite);
