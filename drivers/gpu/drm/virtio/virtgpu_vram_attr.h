/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Map attributes of host-visible blobs: what the host may declare and what
 * follows from it.  Pure functions, no locks, no device; tested by
 * tests/virtgpu_vram_attr_test.c.
 */
#ifndef VIRTGPU_VRAM_ATTR_H
#define VIRTGPU_VRAM_ATTR_H

#include <linux/pgtable.h>
#include <linux/types.h>

struct virtio_gpu_map_attr;
struct virtio_gpu_resp_map_attr;
struct virtio_gpu_resp_map_attr_changes;
struct virtio_gpu_resp_map_info;

/**
 * struct virtio_gpu_vram_attr - one declaration of the host, decoded
 * @generation: its number, from 1; 0 for one that came as plain map_info from
 *	a host without VIRTIO_GPU_F_MAP_ATTR
 * @cache_mode: VIRTIO_GPU_MAP_CACHE_CACHED, _UNCACHED or _WC
 * @flags: VIRTIO_GPU_MAP_ATTR_*, only bits this driver knows
 * @undeclared: the plain map_info named no cache mode; @cache_mode is what has always been
 *	made of that
 */
struct virtio_gpu_vram_attr {
	u64 generation;
	u32 cache_mode;
	u32 flags;
	bool undeclared;
};

/**
 * enum virtio_gpu_vram_access - how CPUs are to access a blob: a set of bits
 * @VIRTIO_GPU_VRAM_WRITE: to write as well, now or later
 * @VIRTIO_GPU_VRAM_BRACKETED: in brackets that the host knows of (section 8)
 */
enum virtio_gpu_vram_access {
	VIRTIO_GPU_VRAM_WRITE = 1 << 0,
	VIRTIO_GPU_VRAM_BRACKETED = 1 << 1,
};

const char *virtio_gpu_vram_attr_cache_name(u32 cache_mode);
int virtio_gpu_vram_attr_decode_wire(const struct virtio_gpu_map_attr *wire,
				     struct virtio_gpu_vram_attr *attr);
int virtio_gpu_vram_attr_decode_nodata(const struct virtio_gpu_ctrl_hdr *hdr, size_t len);
int virtio_gpu_vram_attr_decode_changes(const struct virtio_gpu_resp_map_attr_changes *resp,
					size_t len, unsigned int *count,
					bool *more);
int virtio_gpu_vram_attr_decode(const struct virtio_gpu_resp_map_attr *resp,
				size_t len, struct virtio_gpu_vram_attr *attr);
int virtio_gpu_vram_attr_decode_ack(const struct virtio_gpu_resp_map_attr *resp, size_t len,
				    u64 generation);
int virtio_gpu_vram_attr_decode_map_info(const struct virtio_gpu_resp_map_info *resp,
					 size_t len,
					 struct virtio_gpu_vram_attr *attr);
int virtio_gpu_vram_attr_update(struct virtio_gpu_vram_attr *cur,
				const struct virtio_gpu_vram_attr *next);
int virtio_gpu_vram_attr_access_error(const struct virtio_gpu_vram_attr *attr, unsigned int access);
pgprot_t virtio_gpu_vram_attr_cache_prot(u32 cache_mode, pgprot_t prot);
bool virtio_gpu_vram_attr_is_vma_prot(u32 cache_mode, pgprot_t prot,
				      pgprot_t vm_page_prot);

#endif
