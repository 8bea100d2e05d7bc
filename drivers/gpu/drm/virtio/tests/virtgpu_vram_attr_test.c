// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests of virtgpu_vram_attr.c: what a host may declare, and what it may not.
 */
#include <kunit/test.h>
#include <linux/virtio_gpu.h>

#include "../virtgpu_vram_attr.h"

#define CACHED		VIRTIO_GPU_MAP_CACHE_CACHED
#define UNCACHED	VIRTIO_GPU_MAP_CACHE_UNCACHED
#define WC		VIRTIO_GPU_MAP_CACHE_WC
#define SYNC		VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED
#define REVOKED		VIRTIO_GPU_MAP_ATTR_REVOKED
#define READ_ONLY	VIRTIO_GPU_MAP_ATTR_READ_ONLY

static const struct virtio_gpu_vram_attr untouched = { 99, 98, 97 };

/**
 * struct decode_case - one VIRTIO_GPU_RESP_OK_MAP_ATTR
 * @name: what is special about it
 * @type: response type; 0 stands for the right one
 * @len: used length; 0 stands for all of it
 * @generation: as on the wire
 * @cache_mode: as on the wire
 * @flags: as on the wire
 * @reserved: index + 1 of a reserved word to set, or 0
 * @ret: what decoding must return
 */
struct decode_case {
	const char *name;
	u32 type;
	int len;
	u64 generation;
	u32 cache_mode;
	u32 flags;
	int reserved;
	int ret;
};

static const struct decode_case decode_cases[] = {
	{ .name = "cached", .generation = 1, .cache_mode = CACHED },
	{ .name = "uncached", .generation = 1, .cache_mode = UNCACHED },
	{ .name = "wc", .generation = 1, .cache_mode = WC },
	{ .name = "sync required", .generation = 1, .cache_mode = WC, .flags = SYNC },
	{ .name = "large generation", .generation = U64_MAX, .cache_mode = WC },
	{ .name = "generation zero", .cache_mode = WC, .ret = -EPROTO },
	{ .name = "cache mode none", .generation = 1, .ret = -EPROTO },
	{ .name = "cache mode 4", .generation = 1, .cache_mode = 4, .ret = -EPROTO },
	{ .name = "cache mode with high bits", .generation = 1,
	  .cache_mode = 0x100 | CACHED, .ret = -EPROTO },
	{ .name = "cache mode with access bits", .generation = 1,
	  .cache_mode = 0x10 | CACHED, .ret = -EPROTO },
	{ .name = "read-only", .generation = 1, .cache_mode = WC, .flags = READ_ONLY },
	{ .name = "all flags", .generation = 1, .cache_mode = WC,
	  .flags = SYNC | REVOKED | READ_ONLY },
	{ .name = "unknown flag", .generation = 1, .cache_mode = WC, .flags = 8,
	  .ret = -EPROTO },
	{ .name = "revoked", .generation = 2, .cache_mode = WC, .flags = REVOKED },
	{ .name = "revoked and sync", .generation = 2, .cache_mode = WC,
	  .flags = REVOKED | SYNC },
	{ .name = "highest flag", .generation = 1, .cache_mode = WC,
	  .flags = BIT(31), .ret = -EPROTO },
	{ .name = "known and unknown flag", .generation = 1, .cache_mode = WC,
	  .flags = SYNC | BIT(5), .ret = -EPROTO },
	{ .name = "first reserved word", .generation = 1, .cache_mode = WC,
	  .reserved = 1, .ret = -EPROTO },
	{ .name = "last reserved word", .generation = 1, .cache_mode = WC,
	  .reserved = 4, .ret = -EPROTO },
	{ .name = "nothing written", .len = -1, .generation = 1, .cache_mode = WC,
	  .ret = -EPROTO },
	{ .name = "half a header", .len = 12, .generation = 1, .cache_mode = WC,
	  .ret = -EPROTO },
	{ .name = "header only", .len = 24, .generation = 1, .cache_mode = WC,
	  .ret = -EPROTO },
	{ .name = "one byte short", .generation = 1, .cache_mode = WC,
	  .len = sizeof(struct virtio_gpu_resp_map_attr) - 1, .ret = -EPROTO },
	{ .name = "one byte long", .generation = 1, .cache_mode = WC,
	  .len = sizeof(struct virtio_gpu_resp_map_attr) + 1, .ret = -EPROTO },
	{ .name = "no data", .type = VIRTIO_GPU_RESP_OK_NODATA, .generation = 1,
	  .cache_mode = WC, .ret = -EPROTO },
	{ .name = "map_info", .type = VIRTIO_GPU_RESP_OK_MAP_INFO, .generation = 1,
	  .cache_mode = WC, .ret = -EPROTO },
	{ .name = "command as response", .type = VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB,
	  .generation = 1, .cache_mode = WC, .ret = -EPROTO },
	{ .name = "error", .type = VIRTIO_GPU_RESP_ERR_UNSPEC, .ret = -EIO },
	{ .name = "error, header only", .type = VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER,
	  .len = 24, .ret = -EIO },
	{ .name = "error, half a header", .type = VIRTIO_GPU_RESP_ERR_UNSPEC,
	  .len = 12, .ret = -EPROTO },
	{ .name = "out of memory", .type = VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY,
	  .ret = -ENOMEM },
};

KUNIT_ARRAY_PARAM_DESC(decode, decode_cases, name);

static void decode_test(struct kunit *test)
{
	const struct decode_case *c = test->param_value;
	struct virtio_gpu_vram_attr attr = untouched;
	struct virtio_gpu_resp_map_attr resp = {
		.hdr.type = cpu_to_le32(c->type ?: VIRTIO_GPU_RESP_OK_MAP_ATTR),
		.attr.generation = cpu_to_le64(c->generation),
		.attr.cache_mode = cpu_to_le32(c->cache_mode),
		.attr.flags = cpu_to_le32(c->flags),
	};
	size_t len = sizeof(resp);

	if (c->len)
		len = max(c->len, 0);
	if (c->reserved)
		resp.attr.reserved[c->reserved - 1] = cpu_to_le32(0x01000000);

	KUNIT_EXPECT_EQ(test, c->ret,
			virtio_gpu_vram_attr_decode(&resp, len, &attr));
	if (c->ret) {
		KUNIT_EXPECT_MEMEQ(test, &attr, &untouched, sizeof(attr));
		return;
	}
	KUNIT_EXPECT_EQ(test, attr.generation, c->generation);
	KUNIT_EXPECT_EQ(test, attr.cache_mode, c->cache_mode);
	KUNIT_EXPECT_EQ(test, attr.flags, c->flags);
}

/* Each byte of a good response, set to each value: nothing unknown passes. */
static void decode_every_byte_test(struct kunit *test)
{
	const struct virtio_gpu_resp_map_attr good = {
		.hdr.type = cpu_to_le32(VIRTIO_GPU_RESP_OK_MAP_ATTR),
		.attr.generation = cpu_to_le64(1),
		.attr.cache_mode = cpu_to_le32(CACHED),
	};
	const size_t first = offsetof(typeof(good), attr);
	struct virtio_gpu_resp_map_attr resp;
	struct virtio_gpu_vram_attr attr;
	unsigned int accepted = 0;
	size_t i;
	int v;

	for (i = first; i < sizeof(resp); i++) {
		for (v = 0; v < 256; v++) {
			resp = good;
			((u8 *)&resp)[i] = v;
			if (virtio_gpu_vram_attr_decode(&resp, sizeof(resp), &attr))
				continue;
			accepted++;
			KUNIT_EXPECT_NE(test, attr.generation, 0);
			KUNIT_EXPECT_TRUE(test, attr.cache_mode == CACHED ||
					  attr.cache_mode == UNCACHED ||
					  attr.cache_mode == WC);
			KUNIT_EXPECT_EQ(test, attr.flags & ~(SYNC | REVOKED | READ_ONLY), 0);
		}
	}
	/*
	 * generation: all values of 8 bytes but the one that makes it 0;
	 * cache_mode: 3 values of its first byte and the good one of 3 others;
	 * flags: 8 values of its first byte and one of 3 others;
	 * reserved: one of each of 16 bytes.
	 */
	KUNIT_EXPECT_EQ(test, accepted, 8 * 256 - 1 + 3 + 3 + 8 + 3 + 16);
}

/**
 * struct map_info_case - one VIRTIO_GPU_RESP_OK_MAP_INFO
 * @name: what is special about it
 * @type: response type; 0 stands for the right one
 * @len: used length; 0 stands for all of it
 * @map_info: as on the wire
 * @cache_mode: what it must be decoded to
 * @undeclared: whether the host has named that
 * @ret: what decoding must return
 */
struct map_info_case {
	const char *name;
	u32 type;
	int len;
	u32 map_info;
	u32 cache_mode;
	bool undeclared;
	int ret;
};

static const struct map_info_case map_info_cases[] = {
	{ .name = "cached", .map_info = 0x01, .cache_mode = CACHED },
	{ .name = "uncached", .map_info = 0x02, .cache_mode = UNCACHED },
	{ .name = "wc", .map_info = 0x03, .cache_mode = WC },
	{ .name = "cached, read", .map_info = 0x11, .cache_mode = CACHED },
	{ .name = "uncached, write", .map_info = 0x22, .cache_mode = UNCACHED },
	{ .name = "wc, all other bits", .map_info = 0xfffffff3, .cache_mode = WC },
	{ .name = "without padding", .len = 28, .map_info = 0x03, .cache_mode = WC },
	{ .name = "none", .map_info = 0x00, .cache_mode = CACHED, .undeclared = true },
	{ .name = "none, read and write", .map_info = 0x30, .cache_mode = CACHED,
	  .undeclared = true },
	{ .name = "4", .map_info = 0x04, .ret = -EPROTO },
	{ .name = "15", .map_info = 0x0f, .ret = -EPROTO },
	{ .name = "wrong byte order", .map_info = 0x01000000, .cache_mode = CACHED,
	  .undeclared = true },
	{ .name = "cut in map_info", .len = 27, .map_info = 0x01, .ret = -EPROTO },
	{ .name = "header only", .len = 24, .map_info = 0x01, .ret = -EPROTO },
	{ .name = "nothing written", .len = -1, .map_info = 0x01, .ret = -EPROTO },
	{ .name = "too long", .len = 33, .map_info = 0x01, .ret = -EPROTO },
	{ .name = "no data", .type = VIRTIO_GPU_RESP_OK_NODATA, .map_info = 0x01,
	  .ret = -EPROTO },
	{ .name = "map attributes", .type = VIRTIO_GPU_RESP_OK_MAP_ATTR,
	  .map_info = 0x01, .ret = -EPROTO },
	{ .name = "error", .type = VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID,
	  .map_info = 0x01, .ret = -EIO },
	{ .name = "out of memory", .type = VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY,
	  .ret = -ENOMEM },
};

KUNIT_ARRAY_PARAM_DESC(map_info, map_info_cases, name);

static void decode_map_info_test(struct kunit *test)
{
	const struct map_info_case *c = test->param_value;
	struct virtio_gpu_vram_attr attr = untouched;
	struct virtio_gpu_resp_map_info resp = {
		.hdr.type = cpu_to_le32(c->type ?: VIRTIO_GPU_RESP_OK_MAP_INFO),
		.map_info = (__force __u32)cpu_to_le32(c->map_info),
	};
	size_t len = sizeof(resp);

	if (c->len)
		len = max(c->len, 0);

	KUNIT_EXPECT_EQ(test, c->ret,
			virtio_gpu_vram_attr_decode_map_info(&resp, len, &attr));
	if (c->ret) {
		KUNIT_EXPECT_MEMEQ(test, &attr, &untouched, sizeof(attr));
		return;
	}
	KUNIT_EXPECT_EQ(test, attr.generation, 0);
	KUNIT_EXPECT_EQ(test, attr.cache_mode, c->cache_mode);
	KUNIT_EXPECT_EQ(test, attr.undeclared, c->undeclared);
	KUNIT_EXPECT_EQ(test, attr.flags, 0);
}

/**
 * struct changes_case - one VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES
 * @name: what is special about it
 * @type: response type; 0 stands for the right one
 * @entries: how many entries the used length covers
 * @extra: bytes more or less than that
 * @count: as on the wire
 * @more: as on the wire
 * @padding: entry whose padding is not 0; 0 for none
 * @expect_more: what must come of @more
 * @ret: what decoding must return
 */
struct changes_case {
	const char *name;
	u32 type;
	int entries, extra;
	u32 count, more, padding;
	bool expect_more;
	int ret;
};

static const struct changes_case changes_cases[] = {
	{ .name = "none" },
	{ .name = "one", .entries = 1, .count = 1 },
	{ .name = "all", .entries = 16, .count = 16 },
	{ .name = "all and more", .entries = 16, .count = 16, .more = 1,
	  .expect_more = true },
	{ .name = "more after none", .more = 1, .ret = -EPROTO },
	{ .name = "more after few", .entries = 15, .count = 15, .more = 1, .ret = -EPROTO },
	{ .name = "unknown more", .entries = 16, .count = 16, .more = 2, .ret = -EPROTO },
	{ .name = "padding", .entries = 16, .count = 16, .padding = 15, .ret = -EPROTO },
	{ .name = "padding behind them", .entries = 2, .count = 2, .padding = 2 },
	{ .name = "count beyond length", .entries = 1, .count = 2, .ret = -EPROTO },
	{ .name = "length beyond count", .entries = 2, .count = 1, .ret = -EPROTO },
	{ .name = "count beyond array", .entries = 16, .count = 17, .ret = -EPROTO },
	{ .name = "count negative", .entries = 1, .count = U32_MAX, .ret = -EPROTO },
	{ .name = "one byte short", .entries = 3, .extra = -1, .count = 3,
	  .ret = -EPROTO },
	{ .name = "no count", .extra = -8, .ret = -EPROTO },
	{ .name = "no header", .extra = -20, .ret = -EPROTO },
	{ .name = "other type", .type = VIRTIO_GPU_RESP_OK_MAP_ATTR, .ret = -EPROTO },
	{ .name = "error", .type = VIRTIO_GPU_RESP_ERR_UNSPEC, .ret = -EIO },
};

KUNIT_ARRAY_PARAM_DESC(changes, changes_cases, name);

static void decode_changes_test(struct kunit *test)
{
	const struct changes_case *c = test->param_value;
	struct virtio_gpu_resp_map_attr_changes *resp;
	unsigned int count = 99;
	bool more = false;
	size_t len;

	resp = kunit_kzalloc(test, sizeof(*resp), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, resp);
	resp->hdr.type = cpu_to_le32(c->type ?: VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES);
	resp->count = cpu_to_le32(c->count);
	resp->more = cpu_to_le32(c->more);
	if (c->padding)
		resp->changes[c->padding].padding = cpu_to_le32(1);
	len = offsetof(typeof(*resp), changes[c->entries]) + c->extra;

	KUNIT_EXPECT_EQ(test, c->ret,
			virtio_gpu_vram_attr_decode_changes(resp, len, &count, &more));
	if (c->ret)
		return;
	KUNIT_EXPECT_EQ(test, count, c->count);
	KUNIT_EXPECT_EQ(test, more, c->expect_more);
}

/**
 * struct ack_case - a response to VIRTIO_GPU_CMD_MAP_ATTR_ACK of generation 5
 * @name: what is special about it
 * @type: response type
 * @len: used length
 * @generation: that it declares
 * @cache_mode: that it declares
 * @ret: what decoding must return
 */
struct ack_case {
	const char *name;
	u32 type;
	size_t len;
	u64 generation;
	u32 cache_mode;
	int ret;
};

static const struct ack_case ack_cases[] = {
	{ .name = "done", .type = VIRTIO_GPU_RESP_OK_NODATA, .len = 24 },
	{ .name = "done, and more than that", .type = VIRTIO_GPU_RESP_OK_NODATA, .len = 56 },
	{ .name = "no header", .type = VIRTIO_GPU_RESP_OK_NODATA, .len = 23, .ret = -EPROTO },
	{ .name = "outdated", .type = VIRTIO_GPU_RESP_OK_MAP_ATTR, .len = 56, .generation = 6,
	  .cache_mode = WC, .ret = -EAGAIN },
	{ .name = "outdated and cut", .type = VIRTIO_GPU_RESP_OK_MAP_ATTR, .len = 55,
	  .generation = 6, .cache_mode = WC, .ret = -EPROTO },
	{ .name = "outdated, malformed", .type = VIRTIO_GPU_RESP_OK_MAP_ATTR, .len = 56,
	  .generation = 6, .ret = -EPROTO },
	{ .name = "not outdated", .type = VIRTIO_GPU_RESP_OK_MAP_ATTR, .len = 56, .generation = 5,
	  .cache_mode = WC, .ret = -EPROTO },
	{ .name = "older", .type = VIRTIO_GPU_RESP_OK_MAP_ATTR, .len = 56, .generation = 4,
	  .cache_mode = WC, .ret = -EPROTO },
	{ .name = "error", .type = VIRTIO_GPU_RESP_ERR_UNSPEC, .len = 24, .ret = -EPROTO },
	{ .name = "no memory", .type = VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY, .len = 24,
	  .ret = -EPROTO },
	{ .name = "other type", .type = VIRTIO_GPU_RESP_OK_MAP_INFO, .len = 56, .ret = -EPROTO },
};

KUNIT_ARRAY_PARAM_DESC(ack, ack_cases, name);

static void decode_ack_test(struct kunit *test)
{
	const struct ack_case *c = test->param_value;
	struct virtio_gpu_resp_map_attr resp = {
		.hdr.type = cpu_to_le32(c->type),
		.attr.generation = cpu_to_le64(c->generation),
		.attr.cache_mode = cpu_to_le32(c->cache_mode),
	};

	KUNIT_EXPECT_EQ(test, c->ret, virtio_gpu_vram_attr_decode_ack(&resp, c->len, 5));
}

static const struct {
	u32 type;
	size_t len;
	int ret;
} unmap_cases[] = {
	{ VIRTIO_GPU_RESP_OK_NODATA, 24, 0 },
	{ VIRTIO_GPU_RESP_OK_NODATA, 23, -EPROTO },
	{ VIRTIO_GPU_RESP_OK_NODATA, 0, -EPROTO },
	{ VIRTIO_GPU_RESP_OK_MAP_INFO, 24, -EPROTO },
	{ VIRTIO_GPU_RESP_ERR_UNSPEC, 24, -EIO },
	{ VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY, 24, -ENOMEM },
};

static void decode_unmap_test(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unmap_cases); i++) {
		struct virtio_gpu_ctrl_hdr hdr = { .type = cpu_to_le32(unmap_cases[i].type) };

		KUNIT_EXPECT_EQ_MSG(test, unmap_cases[i].ret,
				    virtio_gpu_vram_attr_decode_nodata(&hdr, unmap_cases[i].len),
				    "case %zu", i);
	}
}

static struct kunit_case vram_attr_tests[] = {
	KUNIT_CASE(decode_unmap_test),
	KUNIT_CASE_PARAM(decode_test, decode_gen_params),
	KUNIT_CASE(decode_every_byte_test),
	KUNIT_CASE_PARAM(decode_map_info_test, map_info_gen_params),
	KUNIT_CASE_PARAM(decode_changes_test, changes_gen_params),
	KUNIT_CASE_PARAM(decode_ack_test, ack_gen_params),
	{ }
};

static struct kunit_suite vram_attr_suite = {
	.name = "virtgpu_vram_attr",
	.test_cases = vram_attr_tests,
};

kunit_test_suite(vram_attr_suite);
