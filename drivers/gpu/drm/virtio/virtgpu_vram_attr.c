// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Decoding of the map attributes a host declares for a blob.
 *
 * The host is not trusted and nothing is guessed: whatever this file does not
 * fully understand is an error, and a blob whose attributes are in error is
 * never mapped.  Section numbers refer to
 * Documentation/gpu/virtio-gpu-map-attr.rst.
 */
#include <linux/dma-map-ops.h>
#include <linux/io.h>
#include <linux/virtio_gpu.h>

#include "virtgpu_vram_attr.h"

#ifdef CONFIG_X86
#include <asm/memtype.h>
#else
static bool pat_enabled(void)
{
	return false;
}
#endif

#define VIRTIO_GPU_MAP_ATTR_KNOWN_FLAGS \
	(VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED | VIRTIO_GPU_MAP_ATTR_REVOKED | \
	 VIRTIO_GPU_MAP_ATTR_READ_ONLY)

/**
 * virtio_gpu_vram_attr_cache_name - name of a cache mode, for people
 * @cache_mode: VIRTIO_GPU_MAP_CACHE_*
 *
 * Return: the name; "undeclared" if it is none of the modes.
 */
const char *virtio_gpu_vram_attr_cache_name(u32 cache_mode)
{
	switch (cache_mode) {
	case VIRTIO_GPU_MAP_CACHE_CACHED:
		return "cached";
	case VIRTIO_GPU_MAP_CACHE_UNCACHED:
		return "uncached";
	case VIRTIO_GPU_MAP_CACHE_WC:
		return "wc";
	default:
		return "undeclared";
	}
}

static bool attr_cache_mode_is_valid(u32 cache_mode)
{
	switch (cache_mode) {
	case VIRTIO_GPU_MAP_CACHE_CACHED:
	case VIRTIO_GPU_MAP_CACHE_UNCACHED:
	case VIRTIO_GPU_MAP_CACHE_WC:
		return true;
	default:
		return false;
	}
}

/* What the response's header alone says: 0 to go on decoding, or why not. */
static int attr_decode_header(const struct virtio_gpu_ctrl_hdr *hdr, size_t len, u32 expected)
{
	u32 type;

	if (len < sizeof(*hdr))
		return -EPROTO;

	type = le32_to_cpu(hdr->type);
	if (type == expected)
		return 0;
	if (type == VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY)
		return -ENOMEM;
	if (type >= VIRTIO_GPU_RESP_ERR_UNSPEC)
		return -EIO;
	return -EPROTO;
}

/**
 * virtio_gpu_vram_attr_decode_wire - decode one declaration (section 2)
 * @wire: as the host wrote it
 * @attr: result, untouched on error
 *
 * Return: 0, or -EPROTO for anything that is not fully understood.
 */
int virtio_gpu_vram_attr_decode_wire(const struct virtio_gpu_map_attr *wire,
				     struct virtio_gpu_vram_attr *attr)
{
	struct virtio_gpu_vram_attr a = {
		.generation = le64_to_cpu(wire->generation),
		.cache_mode = le32_to_cpu(wire->cache_mode),
		.flags = le32_to_cpu(wire->flags),
	};

	if (!a.generation || !attr_cache_mode_is_valid(a.cache_mode))
		return -EPROTO;
	if (a.flags & ~VIRTIO_GPU_MAP_ATTR_KNOWN_FLAGS)
		return -EPROTO;
	if (memchr_inv(wire->reserved, 0, sizeof(wire->reserved)))
		return -EPROTO;

	*attr = a;
	return 0;
}

/**
 * virtio_gpu_vram_attr_decode - decode VIRTIO_GPU_RESP_OK_MAP_ATTR (section 3)
 * @resp: response buffer, at least sizeof(*@resp) bytes large
 * @len: how many of its bytes the device says it wrote
 * @attr: result, untouched on error
 *
 * Return: 0; -EIO or -ENOMEM if the host refused the command; -EPROTO for
 * anything that is not a complete and fully understood declaration.
 */
int virtio_gpu_vram_attr_decode(const struct virtio_gpu_resp_map_attr *resp,
				size_t len, struct virtio_gpu_vram_attr *attr)
{
	int ret;

	ret = attr_decode_header(&resp->hdr, len, VIRTIO_GPU_RESP_OK_MAP_ATTR);
	if (ret)
		return ret;
	if (len != sizeof(*resp))
		return -EPROTO;

	return virtio_gpu_vram_attr_decode_wire(&resp->attr, attr);
}

/**
 * virtio_gpu_vram_attr_decode_ack - decode the response to VIRTIO_GPU_CMD_MAP_ATTR_ACK
 * @resp: response buffer, at least sizeof(*@resp) bytes large
 * @len: how many of its bytes the device says it wrote
 * @generation: that was acknowledged
 *
 * Return: 0 if mappings as @generation says are right from now on; -EAGAIN if another is in
 * force by now, which MAP_ATTR_FETCH tells (D45); -EPROTO for anything else.
 */
int virtio_gpu_vram_attr_decode_ack(const struct virtio_gpu_resp_map_attr *resp, size_t len,
				    u64 generation)
{
	struct virtio_gpu_vram_attr attr;

	if (!attr_decode_header(&resp->hdr, len, VIRTIO_GPU_RESP_OK_NODATA))
		return 0;
	if (virtio_gpu_vram_attr_decode(resp, len, &attr) || attr.generation <= generation)
		return -EPROTO;
	return -EAGAIN;
}

/**
 * virtio_gpu_vram_attr_decode_nodata - decode a response that is a header only
 * @hdr: response buffer
 * @len: how many of its bytes the device says it wrote
 *
 * Return: 0; -EIO or -ENOMEM if the host refused the command; -EPROTO for anything else.
 */
int virtio_gpu_vram_attr_decode_nodata(const struct virtio_gpu_ctrl_hdr *hdr, size_t len)
{
	return attr_decode_header(hdr, len, VIRTIO_GPU_RESP_OK_NODATA);
}

static bool attr_padding_is_zero(const struct virtio_gpu_resp_map_attr_changes *resp, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (resp->changes[i].padding)
			return false;
	return true;
}

/**
 * virtio_gpu_vram_attr_decode_changes - check VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES
 * @resp: response buffer, at least sizeof(*@resp) bytes large
 * @len: how many of its bytes the device says it wrote
 * @count: how many entries of @resp->changes are there
 * @more: whether the host has more to tell
 *
 * The entries are decoded one by one, so that a bad one spoils no other.
 *
 * Return: as virtio_gpu_vram_attr_decode().
 */
int virtio_gpu_vram_attr_decode_changes(const struct virtio_gpu_resp_map_attr_changes *resp,
					size_t len, unsigned int *count,
					bool *more)
{
	u32 n, left;
	int ret;

	ret = attr_decode_header(&resp->hdr, len, VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES);
	if (ret)
		return ret;
	if (len < offsetof(typeof(*resp), changes))
		return -EPROTO;

	n = le32_to_cpu(resp->count);
	if (n > VIRTIO_GPU_MAP_ATTR_MAX_CHANGES ||
	    len != offsetof(typeof(*resp), changes[n]) || !attr_padding_is_zero(resp, n))
		return -EPROTO;
	left = le32_to_cpu(resp->more);
	/* "More" after nothing would have the driver ask for ever. */
	if (left > 1 || (left && n < VIRTIO_GPU_MAP_ATTR_MAX_CHANGES))
		return -EPROTO;

	*count = n;
	*more = left;
	return 0;
}

/**
 * virtio_gpu_vram_attr_decode_map_info - decode VIRTIO_GPU_RESP_OK_MAP_INFO
 * @resp: response buffer, at least sizeof(*@resp) bytes large
 * @len: how many of its bytes the device says it wrote
 * @attr: result, untouched on error
 *
 * For hosts without VIRTIO_GPU_F_MAP_ATTR (section 5).  Only the cache bits of
 * map_info are looked at: the others are some hosts' access rights.
 * VIRTIO_GPU_MAP_CACHE_NONE declares no cache mode.  Hosts send it for buffers of GL drivers
 * whose caching they do not know.  Such blobs were mapped cached ever since, which is right for
 * most, and neither refusal nor another mode would be right for more.
 *
 * Return: as virtio_gpu_vram_attr_decode().
 */
int virtio_gpu_vram_attr_decode_map_info(const struct virtio_gpu_resp_map_info *resp,
					 size_t len,
					 struct virtio_gpu_vram_attr *attr)
{
	u32 cache_mode;
	int ret;

	ret = attr_decode_header(&resp->hdr, len, VIRTIO_GPU_RESP_OK_MAP_INFO);
	if (ret)
		return ret;
	/* The padding behind map_info is not worth insisting on. */
	if (len < offsetofend(typeof(*resp), map_info) || len > sizeof(*resp))
		return -EPROTO;

	/* The uapi header declares this field __u32; it is little endian. */
	cache_mode = le32_to_cpu((__force __le32)resp->map_info) &
		     VIRTIO_GPU_MAP_CACHE_MASK;
	if (cache_mode == VIRTIO_GPU_MAP_CACHE_NONE) {
		*attr = (struct virtio_gpu_vram_attr){
			.cache_mode = VIRTIO_GPU_MAP_CACHE_CACHED,
			.undeclared = true,
		};
		return 0;
	}
	if (!attr_cache_mode_is_valid(cache_mode))
		return -EPROTO;

	*attr = (struct virtio_gpu_vram_attr){ .cache_mode = cache_mode };
	return 0;
}

/**
 * virtio_gpu_vram_attr_update - let a declaration follow another (section 2.1)
 * @cur: declaration in force; all zero if there is none yet
 * @next: valid declaration that arrived
 *
 * One that is older has been overtaken on its way (section 4.4) and changes nothing.
 *
 * Return: 0 with the newer of both in @cur; -EPROTO with @cur unchanged when @next
 * contradicts it under the same generation.
 */
int virtio_gpu_vram_attr_update(struct virtio_gpu_vram_attr *cur,
				const struct virtio_gpu_vram_attr *next)
{
	if (!cur->cache_mode || next->generation > cur->generation) {
		*cur = *next;
		return 0;
	}
	if (next->generation == cur->generation &&
	    (next->cache_mode != cur->cache_mode || next->flags != cur->flags))
		return -EPROTO;
	return 0;
}

/**
 * virtio_gpu_vram_attr_access_error - may a CPU touch the blob?
 * @attr: valid declaration
 * @access: set of enum virtio_gpu_vram_access
 *
 * Return: 0; -ESTALE if there is nothing behind it now; -EOPNOTSUPP if CPU
 * access must be bracketed by DMA_BUF_IOCTL_SYNC on the host, and is not; -EACCES if it may be
 * read only.
 */
int virtio_gpu_vram_attr_access_error(const struct virtio_gpu_vram_attr *attr, unsigned int access)
{
	if (attr->flags & VIRTIO_GPU_MAP_ATTR_REVOKED)
		return -ESTALE;
	if (attr->flags & VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED &&
	    !(access & VIRTIO_GPU_VRAM_BRACKETED))
		return -EOPNOTSUPP;
	if (access & VIRTIO_GPU_VRAM_WRITE && attr->flags & VIRTIO_GPU_MAP_ATTR_READ_ONLY)
		return -EACCES;
	return 0;
}

/**
 * virtio_gpu_vram_attr_cache_prot - page protection with a cache mode
 * @cache_mode: VIRTIO_GPU_MAP_CACHE_CACHED, _UNCACHED or _WC
 * @prot: protection, cacheable
 *
 * Uncached is the type the architecture gives to coherent DMA memory, not to
 * registers: on arm64 that is Normal Non-cacheable, as for write-combined, because
 * programs access memory unaligned, exclusively and with DC ZVA, which Device types
 * do not allow (section 2.2).
 *
 * Return: @prot with the cache bits of @cache_mode.
 */
pgprot_t virtio_gpu_vram_attr_cache_prot(u32 cache_mode, pgprot_t prot)
{
	switch (cache_mode) {
	case VIRTIO_GPU_MAP_CACHE_WC:
		return pgprot_writecombine(prot);
	case VIRTIO_GPU_MAP_CACHE_UNCACHED:
		return pgprot_dmacoherent(prot);
	default:
		return prot;
	}
}

/**
 * virtio_gpu_vram_attr_is_vma_prot - is what code reads from a VMA right?
 * @cache_mode: VIRTIO_GPU_MAP_CACHE_CACHED, _UNCACHED or _WC
 * @prot: protection of the VMA's pages, cacheable and decrypted
 * @vm_page_prot: what the VMA has for it
 *
 * vmf_insert_pfn_pmd() cannot be told a protection: it takes the VMA's, and on x86
 * with PAT the cache bits of the memory type that is reserved for the page. arm64's KVM takes
 * a memslot's type from it.
 *
 * Return: whether that makes virtio_gpu_vram_attr_cache_prot().
 */
bool virtio_gpu_vram_attr_is_vma_prot(u32 cache_mode, pgprot_t prot, pgprot_t vm_page_prot)
{
	if (pgprot_val(pgprot_decrypted(vm_page_prot)) != pgprot_val(vm_page_prot))
		return false;
	if (pat_enabled())
		return true;
	return pgprot_val(virtio_gpu_vram_attr_cache_prot(cache_mode, prot)) ==
	       pgprot_val(vm_page_prot);
}
