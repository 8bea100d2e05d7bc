// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Commands made of the input: fields are mostly such as mean something to the device, and now
 * and then anything.
 */
#include <endian.h>
#include <string.h>

#include "../inject/injections.h"
#include "dut.h"
#include "request.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE 4096ULL

static uint32_t pick_res(struct input *in)
{
	static const uint64_t ids[] = { 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4097, 4098, 0 };

	return input_pick(in, ids, COUNT(ids));
}

static uint32_t pick_ctx(struct input *in)
{
	static const uint64_t ids[] = { 0, 1, 2, 3, 1 };

	return input_pick(in, ids, COUNT(ids));
}

static uint64_t pick_size(struct input *in)
{
	static const uint64_t sizes[] = {
		PAGE, 2 * PAGE, 3 * PAGE, 4 * PAGE, 16 * PAGE, PAGE, PAGE, WINDOW_SIZE, 0,
		PAGE + 1, 2 * WINDOW_SIZE, 1ULL << 62, -PAGE,
	};

	return input_pick(in, sizes, COUNT(sizes));
}

static uint64_t pick_offset(struct input *in)
{
	uint8_t byte = input_byte(in);

	if (byte < 0xc0)
		return byte * PAGE;
	return byte == 0xff ? input_u64(in) :
	       byte < 0xe0 ? WINDOW_SIZE - (byte & 3) * PAGE : -PAGE * (byte & 3);
}

/* What blob_id.h spells out, what a renderer is asked for, or any. */
static uint64_t pick_blob_id(struct input *in)
{
	uint8_t byte = input_byte(in);

	if (byte == 0xff)
		return input_u64(in);
	if (byte & 0x80)
		return blob_id_inject(byte & 3, byte >> 2 & 3, input_byte(in), input_byte(in), 1);
	return byte;
}

static void make_create(struct input *in, struct virtio_gpu_resource_create_blob *c)
{
	static const uint64_t mems[] = {
		VIRTIO_GPU_BLOB_MEM_HOST3D, VIRTIO_GPU_BLOB_MEM_HOST3D, VIRTIO_GPU_BLOB_MEM_HOST3D,
		VIRTIO_GPU_BLOB_MEM_GUEST, VIRTIO_GPU_BLOB_MEM_HOST3D_GUEST, 0,
	};

	c->resource_id = htole32(pick_res(in));
	c->blob_mem = htole32(input_pick(in, mems, COUNT(mems)));
	c->blob_id = htole64(pick_blob_id(in));
	c->size = htole64(pick_size(in));
}

static void make_map(struct input *in, struct virtio_gpu_resource_map_blob *c)
{
	c->resource_id = htole32(pick_res(in));
	c->offset = htole64(pick_offset(in));
}

/* Mostly about the generation in force. */
static void make_ack(struct gpu *gpu, struct input *in, struct virtio_gpu_map_attr_ack *c)
{
	uint32_t res_id = pick_res(in);
	const struct blob *b = blob_find(&gpu->blobs, res_id);
	uint8_t byte = input_byte(in);

	c->resource_id = htole32(res_id);
	c->padding = byte == 0xfe;
	c->generation = htole64(byte == 0xff ? input_u64(in) :
				(b ? b->generation : 1) - (byte & 1) - (byte >> 1 & 1) * 2 +
				(byte >> 2 & byte >> 3 & 1));
}

static void make_ctx_create(struct input *in, struct virtio_gpu_ctx_create *c)
{
	static const uint64_t inits[] = { 4, 4, 4, 10, 0, 0x104 };

	c->nlen = htole32(input_byte(in) == 0xff ? input_u32(in) : 5);
	c->context_init = htole32(input_pick(in, inits, COUNT(inits)));
	memset(c->debug_name, 'x', sizeof(c->debug_name));
}

static size_t make_submit(struct input *in, struct virtio_gpu_cmd_submit *c)
{
	unsigned int len = input_byte(in) * 4;
	uint8_t lie = input_byte(in);

	c->size = htole32(lie == 0xff ? input_u32(in) : lie > 0xf0 ? len + 4 : len);
	return sizeof(*c) + len;
}

static void make_header(struct input *in, struct virtio_gpu_ctrl_hdr *hdr)
{
	uint8_t flags = input_byte(in);

	if (flags & 0x80)
		return;
	hdr->flags = htole32(flags & 3);
	hdr->ctx_id = htole32(pick_ctx(in));
	hdr->ring_idx = flags >> 2 & 3;
	hdr->fence_id = htole64(flags >> 4 & 7);
}

/* A type of command: the ones about blobs more often than the others. */
static uint32_t pick_type(struct input *in)
{
	static const uint16_t types[] = {
		VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB, VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB,
		VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, VIRTIO_GPU_CMD_RESOURCE_UNREF,
		VIRTIO_GPU_CMD_MAP_ATTR_FETCH, VIRTIO_GPU_CMD_MAP_ATTR_ACK,
		VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB, VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB,
		VIRTIO_GPU_CMD_MAP_ATTR_ACK, VIRTIO_GPU_CMD_CTX_CREATE,
		VIRTIO_GPU_CMD_CTX_DESTROY, VIRTIO_GPU_CMD_SUBMIT_3D,
		VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE,
		VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID, VIRTIO_GPU_CMD_GET_DISPLAY_INFO,
		VIRTIO_GPU_CMD_GET_CAPSET_INFO, VIRTIO_GPU_CMD_GET_CAPSET,
		VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN, VIRTIO_GPU_CMD_CPU_ACCESS_END,
	};
	uint8_t byte = input_byte(in);

	return byte == 0xff ? input_u32(in) : htole32(types[byte % COUNT(types)]);
}

/* Its type, and the fields that it has beside the header. */
static size_t make_command(struct gpu *gpu, struct input *in, void *bytes)
{
	struct virtio_gpu_ctrl_hdr *hdr = bytes;
	uint32_t *words = (void *)(hdr + 1);

	hdr->type = pick_type(in);
	switch (le32toh(hdr->type)) {
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
		make_create(in, bytes);
		return sizeof(struct virtio_gpu_resource_create_blob);
	case VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB:
		make_map(in, bytes);
		return sizeof(struct virtio_gpu_resource_map_blob);
	case VIRTIO_GPU_CMD_MAP_ATTR_ACK:
		make_ack(gpu, in, bytes);
		return sizeof(struct virtio_gpu_map_attr_ack);
	case VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN:
	case VIRTIO_GPU_CMD_CPU_ACCESS_END:
		words[0] = htole32(pick_res(in));
		words[1] = htole32(input_below(in, 5));
		return sizeof(struct virtio_gpu_cpu_access);
	case VIRTIO_GPU_CMD_CTX_CREATE:
		make_ctx_create(in, bytes);
		return sizeof(struct virtio_gpu_ctx_create);
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		return make_submit(in, bytes);
	case VIRTIO_GPU_CMD_GET_CAPSET_INFO:
	case VIRTIO_GPU_CMD_GET_CAPSET:
		words[0] = htole32(input_below(in, 12));
		words[1] = htole32(input_below(in, 3));
		return sizeof(struct virtio_gpu_get_capset);
	default:
		words[0] = htole32(pick_res(in));
		return sizeof(struct virtio_gpu_resource_unref);
	}
}

/* Mostly one piece to read and one to write, with room for all. */
static void make_shape(struct input *in, struct request *r)
{
	static const uint16_t rooms[] = { 1024, 672, 24, 56, 55, 31, 8, 0 };
	uint8_t byte = input_byte(in), more;

	r->room = rooms[0];
	r->out_pieces = 1;
	r->in_pieces = 1;
	if (!(byte & 0xc0))
		return;
	more = input_byte(in);
	r->room = rooms[byte & 7];
	r->indirect = byte & 8;
	r->out_pieces += more & (r->indirect ? 31 : 1);
	r->in_pieces += r->indirect ? (more >> 5) * 12 : more >> 7;
	if ((byte & 0xf0) == 0xf0)
		r->len = input_byte(in) % (r->len + 1);
}

/**
 * request_make() - take the next request from the input
 */
void request_make(struct gpu *gpu, struct input *in, struct request *r)
{
	memset(r, 0, sizeof(*r));
	r->len = make_command(gpu, in, r->bytes);
	make_header(in, (void *)r->bytes);
	make_shape(in, r);
}
