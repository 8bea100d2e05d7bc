/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * moving_exporter: dma-bufs whose memory their exporter moves and takes away, on request.
 */
#ifndef MOVING_EXPORTER_H
#define MOVING_EXPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* With which cache mode a dma-buf is mapped. */
enum moving_exporter_cache {
	MOVING_EXPORTER_CACHED,
	MOVING_EXPORTER_WC,
	MOVING_EXPORTER_UNCACHED,
	MOVING_EXPORTER_CACHE_MODES
};

/* What a page holds that its buffer has left with MOVING_EXPORTER_POISON. */
#define MOVING_EXPORTER_POISON_WORD 0xdeadbeefdeadbeefULL

/**
 * enum moving_exporter_needs - what a dma-buf needs of those who access it
 * @MOVING_EXPORTER_SYNC: DMA_BUF_IOCTL_SYNC brackets: the contents are elsewhere, as in memory of a
 *	device that the CPU does not see. The first START brings them, the last END takes them back if
 *	one was for writing. Outside of brackets mappings show MOVING_EXPORTER_POISON_WORD, or zeroes
 *	after a move without MOVING_EXPORTER_COPY, and what is written to them is lost
 */
enum moving_exporter_needs {
	MOVING_EXPORTER_SYNC = 1,
};

/**
 * struct moving_exporter_create - MOVING_EXPORTER_CREATE: a new dma-buf
 * @size: in: bytes, whole pages, up to 64 GiB; no page is allocated before it is touched
 * @cache: in: enum moving_exporter_cache; other than cached on x86 and arm64 only (EOPNOTSUPP)
 * @fd: out: the dma-buf, with O_CLOEXEC
 * @needs: in: of enum moving_exporter_needs
 * @reserved: in: 0
 */
struct moving_exporter_create {
	__u64 size;
	__u32 cache;
	__s32 fd;
	__u32 needs;
	__u32 reserved;
};

/**
 * enum moving_exporter_flags - how memory is moved
 * @MOVING_EXPORTER_COPY: the contents go along; otherwise the new pages are zero
 * @MOVING_EXPORTER_POISON: what is left is overwritten with MOVING_EXPORTER_POISON_WORD, and kept
 *	until the next move
 * @MOVING_EXPORTER_FORGET: leave mappings as they are, as a broken exporter would; what is left is
 *	kept until all of the dma-buf is moved without this flag
 * @MOVING_EXPORTER_REVOKE: there are no new pages: touching the range is SIGBUS until it is moved
 *	again
 * @MOVING_EXPORTER_RACE: the next fault is served, and what it has mapped is taken away before it
 *	ends, as if the dma-buf were moved at that moment
 */
enum moving_exporter_flags {
	MOVING_EXPORTER_COPY = 1,
	MOVING_EXPORTER_POISON = 2,
	MOVING_EXPORTER_FORGET = 4,
	MOVING_EXPORTER_REVOKE = 8,
	MOVING_EXPORTER_RACE = 16,
};

/**
 * struct moving_exporter_move - MOVING_EXPORTER_MOVE: other pages for a range of a dma-buf
 * @fd: in: the dma-buf
 * @flags: in: of enum moving_exporter_flags
 * @offset: in: bytes, a whole page
 * @length: in: bytes, whole pages
 * @zap_ns: out: how long it took to take the mappings away, in nanoseconds
 */
struct moving_exporter_move {
	__s32 fd;
	__u32 flags;
	__u64 offset;
	__u64 length;
	__u64 zap_ns;
};

/**
 * struct moving_exporter_state - MOVING_EXPORTER_STATE: what has happened to a dma-buf
 * @fd: in: the dma-buf
 * @cache: out: enum moving_exporter_cache
 * @faults: out: how many faults of its mappings were served
 * @refused: out: how many were not, because the page was revoked
 * @moves: out: how many times it was moved
 * @syncs: out: how many brackets were begun
 * @needs: out: of enum moving_exporter_needs
 * @reserved: out: 0
 */
struct moving_exporter_state {
	__s32 fd;
	__u32 cache;
	__u64 faults;
	__u64 refused;
	__u64 moves;
	__u64 syncs;
	__u32 needs;
	__u32 reserved;
};

#define MOVING_EXPORTER_CREATE	_IOWR('p', 0xe0, struct moving_exporter_create)
#define MOVING_EXPORTER_MOVE	_IOWR('p', 0xe1, struct moving_exporter_move)
#define MOVING_EXPORTER_STATE	_IOWR('p', 0xe2, struct moving_exporter_state)

#endif
