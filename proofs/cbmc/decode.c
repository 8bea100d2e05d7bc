// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Decoding of what the host writes: virtgpu_vram_attr.c, with any bytes and any length.
 *
 * Buffers are as long as the device says it has written, so that a read behind that is a read
 * outside of an object, which cbmc finds.
 */
#include <linux/virtio_gpu.h>
#include <linux/virtio_gpu_map_attr.h>

#include "prove.h"
#include "virtgpu_vram_attr.h"

void *malloc(size_t size);

#define MARK 0x5a5a5a5a5a5a5a5aULL

/* A number of the wire format, byte by byte. */
static u64 le(const void *p, size_t size)
{
	const unsigned char *byte = p;
	u64 n = 0;

	while (size--)
		n = n << 8 | byte[size];
	return n;
}

#define LE(field) le(&(field), sizeof(field))

static bool is_cache_mode(u64 mode)
{
	return mode == VIRTIO_GPU_MAP_CACHE_CACHED || mode == VIRTIO_GPU_MAP_CACHE_UNCACHED ||
	       mode == VIRTIO_GPU_MAP_CACHE_WC;
}

/* [R2] [R4] [R8] [R9] */
static bool is_well_formed(const struct virtio_gpu_map_attr *wire)
{
	return LE(wire->generation) && is_cache_mode(LE(wire->cache_mode)) &&
	       !(LE(wire->flags) & ~(u64)KNOWN_FLAGS) && !LE(wire->reserved[0]) &&
	       !LE(wire->reserved[1]) && !LE(wire->reserved[2]) && !LE(wire->reserved[3]);
}

static bool is_what_was_sent(const struct virtio_gpu_vram_attr *attr,
			     const struct virtio_gpu_map_attr *wire)
{
	return attr->generation == LE(wire->generation) &&
	       attr->cache_mode == LE(wire->cache_mode) && attr->flags == LE(wire->flags) &&
	       !attr->undeclared;
}

/* Section 3 and [R11]; 4.3. */
static int header_says(u64 type, size_t len, u32 success)
{
	if (len < sizeof(struct virtio_gpu_ctrl_hdr))
		return -EPROTO;
	if (type == success)
		return 0;
	if (type == VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY)
		return -ENOMEM;
	return type < 0x1200 ? -EPROTO : -EIO;
}

static void *response(size_t len, size_t size)
{
	void *resp = malloc(len < size ? len : size);

	assume(resp);
	return resp;
}

void prove_wire(void)
{
	struct virtio_gpu_vram_attr attr = { .generation = MARK };
	struct virtio_gpu_map_attr wire;
	int ret = virtio_gpu_vram_attr_decode_wire(&wire, &attr);

	must(ret == 0 || ret == -EPROTO, "nothing else is returned");
	must((ret == 0) == is_well_formed(&wire), "accepted is what is well formed, all of it");
	must(ret || is_what_was_sent(&attr, &wire), "the result is what was sent");
	must(!ret || (attr.generation == MARK && !attr.cache_mode), "an error leaves no result");
}

void prove_attr(void)
{
	struct virtio_gpu_vram_attr attr = { .generation = MARK };
	size_t len = nondet_size();
	struct virtio_gpu_resp_map_attr *resp = response(len, sizeof(*resp));
	int ret = virtio_gpu_vram_attr_decode(resp, len, &attr), header;

	header = header_says(len < sizeof(resp->hdr) ? 0 : LE(resp->hdr.type), len, 0x1107);
	must(!header || ret == header, "an error is told by the header");
	must(header || len == 56 || ret == -EPROTO, "the length is 56");
	if (header || len != 56)
		return;
	must((ret == 0) == is_well_formed(&resp->attr), "accepted is what is well formed");
	must(ret == 0 || ret == -EPROTO, "what is not breaks the protocol");
	must(ret || is_what_was_sent(&attr, &resp->attr), "the result is what was sent");
}

/* [D36] [D45] [R37] [R40] */
void prove_ack(void)
{
	size_t len = nondet_size();
	u64 generation = nondet_u64(), type;
	struct virtio_gpu_resp_map_attr *resp = response(len, sizeof(*resp));
	int ret = virtio_gpu_vram_attr_decode_ack(resp, len, generation);
	bool outdated;

	must(ret == 0 || ret == -EAGAIN || ret == -EPROTO, "nothing else is returned");
	if (len < sizeof(resp->hdr)) {
		must(ret == -EPROTO, "there is no header");
		return;
	}
	type = LE(resp->hdr.type);
	must((ret == 0) == (type == VIRTIO_GPU_RESP_OK_NODATA), "done is what says so");
	outdated = type == 0x1107 && len == 56 && is_well_formed(&resp->attr) &&
		   LE(resp->attr.generation) > generation;
	must((ret == -EAGAIN) == outdated, "outdated is what a later declaration says");
}

/* [D30] [D31] [R35] */
static bool is_list(const struct virtio_gpu_resp_map_attr_changes *resp, size_t len)
{
	u64 count, more, i;

	if (len < 32)
		return false;
	count = LE(resp->count);
	more = LE(resp->more);
	if (count > 16 || len != 32 + count * 40)
		return false;
	for (i = 0; i < 16; i++)
		if (i < count && LE(resp->changes[i].padding))
			return false;
	return more == 0 || (more == 1 && count == 16);
}

void prove_changes(void)
{
	struct virtio_gpu_resp_map_attr_changes resp;
	size_t len = nondet_size();
	unsigned int count = 99;
	bool more = nondet_bool(), before = more;
	int ret = virtio_gpu_vram_attr_decode_changes(&resp, len, &count, &more), header;

	header = header_says(LE(resp.hdr.type), len, 0x1108);
	must(!header || ret == header, "an error is told by the header");
	must(!ret || (count == 99 && more == before), "an error leaves no result");
	if (header)
		return;
	must((ret == 0) == is_list(&resp, len), "accepted is what is well formed, all of it");
	must(ret == 0 || ret == -EPROTO, "what is not breaks the protocol");
	must(ret || count == LE(resp.count), "the result is what was sent");
	must(ret || more == (LE(resp.more) == 1), "more is what was sent");
}

/*
 * cbmc takes a read of one entry for a read of the whole array, so that the array has to be there:
 * instead, bytes behind the end do not change the result.
 */
void prove_changes_end(void)
{
	struct virtio_gpu_resp_map_attr_changes resp, other;
	unsigned int count = 0, other_count = 0;
	bool more = false, other_more = false;
	size_t len = nondet_size(), i;
	int ret, other_ret;

	assume(len <= sizeof(resp));
	for (i = 0; i < sizeof(resp); i++)
		assume(i >= len || ((char *)&resp)[i] == ((char *)&other)[i]);
	ret = virtio_gpu_vram_attr_decode_changes(&resp, len, &count, &more);
	other_ret = virtio_gpu_vram_attr_decode_changes(&other, len, &other_count, &other_more);
	must(ret == other_ret && count == other_count && more == other_more,
	     "what is behind the end is not looked at");
}

/* [R20] [R21] [R22] [R23] [R24] */
void prove_map_info(void)
{
	struct virtio_gpu_vram_attr attr = { .generation = MARK };
	size_t len = nondet_size();
	struct virtio_gpu_resp_map_info *resp = response(len, sizeof(*resp));
	int ret = virtio_gpu_vram_attr_decode_map_info(resp, len, &attr), header;
	u64 mode;

	header = header_says(len < sizeof(resp->hdr) ? 0 : LE(resp->hdr.type), len,
			     VIRTIO_GPU_RESP_OK_MAP_INFO);
	must(!header || ret == header, "an error is told by the header");
	must(header || (len >= 28 && len <= 32) || ret == -EPROTO, "map_info has to be there");
	must(!ret || attr.generation == MARK, "an error leaves no result");
	if (header || len < 28 || len > 32)
		return;
	mode = LE(resp->map_info) & 0x0f;
	must((ret == 0) == (mode == 0 || is_cache_mode(mode)), "the masked mode is known, or none");
	must(ret || attr.cache_mode == (mode ? mode : VIRTIO_GPU_MAP_CACHE_CACHED), "it is used");
	must(ret || attr.undeclared == !mode, "none is remembered");
	must(ret || (!attr.generation && !attr.flags), "it is no declaration");
}

/* [R3]: what has the declared mode, and no other, is taken for it. */
void prove_prot(void)
{
	pgprot_t prot = { nondet_ulong() }, vma = { nondet_ulong() }, made;
	u32 mode = nondet_u32();
	unsigned long bits;

	assume(is_cache_mode(mode) && !(pgprot_val(prot) & (PROT_CACHE_BITS | PROT_ENCRYPTED)));
	made = virtio_gpu_vram_attr_cache_prot(mode, prot);
	bits = mode == VIRTIO_GPU_MAP_CACHE_CACHED ? 0 :
	       mode == VIRTIO_GPU_MAP_CACHE_WC ? PROT_WC : PROT_UNCACHED;
	must(pgprot_val(made) == (pgprot_val(prot) | bits), "exactly the declared mode");
	must(virtio_gpu_vram_attr_is_vma_prot(mode, prot, vma) ==
	     (pgprot_val(vma) == pgprot_val(made)), "a VMA's is taken only if it is the same");
}
