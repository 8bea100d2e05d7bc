/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * dma_importer: another driver, which maps a dma-buf for its device's DMA.
 * One import an open file; closing it ends that.
 */
#ifndef DMA_IMPORTER_H
#define DMA_IMPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* How it takes the news that the memory goes away. */
enum dma_importer_kind {
	DMA_IMPORTER_STATIC,	/* it cannot be told */
	DMA_IMPORTER_DYNAMIC,	/* it lets go */
	DMA_IMPORTER_SLOW,	/* it lets go when DMA_IMPORTER_RELEASE says so */
};

/**
 * struct dma_importer_map - DMA_IMPORTER_MAP
 * @dmabuf: in: file descriptor; attached to by the first call
 * @kind: in: of the attachment
 * @reads: in: 1 if its device only reads the memory, else 0
 */
struct dma_importer_map {
	__s32 dmabuf;
	__u32 kind;
	__u32 reads;
};

/**
 * struct dma_importer_state - DMA_IMPORTER_STATE
 * @mapped: out: whether it has DMA addresses
 * @notified: out: how often it was told that they will not last
 */
struct dma_importer_state {
	__u32 mapped;
	__u32 notified;
};

#define DMA_IMPORTER_MAP	_IOW('p', 0xe0, struct dma_importer_map)
#define DMA_IMPORTER_STATE	_IOR('p', 0xe1, struct dma_importer_state)
/* Unmap and, unless it is dynamic, detach. */
#define DMA_IMPORTER_RELEASE	_IO('p', 0xe2)
/* Wait for all fences of the dma-buf and keep its reservation locked meanwhile. */
#define DMA_IMPORTER_WAIT	_IO('p', 0xe3)
/* Argument: file descriptor of a dma-buf; asks for its UUID, as virtio drivers do. */
#define DMA_IMPORTER_UUID	_IO('p', 0xe4)

#endif
