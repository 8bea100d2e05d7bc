/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * pte_probe: what the page tables say, read by other code than wrote them.
 */
#ifndef PTE_PROBE_H
#define PTE_PROBE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Architectural memory type of a leaf entry. */
enum pte_probe_type {
	PTE_PROBE_NONE,		/* no entry */
	/* x86 */
	PTE_PROBE_WB,
	PTE_PROBE_WC,
	PTE_PROBE_UC_MINUS,
	PTE_PROBE_UC,
	/* arm64 */
	PTE_PROBE_NORMAL_WB,
	PTE_PROBE_NORMAL_TAGGED,
	PTE_PROBE_NORMAL_NC,
	PTE_PROBE_DEVICE_NGNRE,
	PTE_PROBE_DEVICE_NGNRNE,
	/* riscv64 */
	PTE_PROBE_PMA,
	PTE_PROBE_NC,
	PTE_PROBE_IO,
	PTE_PROBE_OTHER,
	PTE_PROBE_TYPES
};

/**
 * struct pte_probe_range - PTE_PROBE_RANGE
 * @start: in: page aligned address
 * @length: in: bytes, whole pages
 * @pages: out: how many pages of the range are of each type
 * @huge: out: how many of them are mapped by a leaf above the last level
 * @writable: out: how many of them are mapped writable
 * @pid: in: in whose address space; 0 for the caller's
 * @first_pfn: out: page frame of the first page that is mapped, or 0
 */
struct pte_probe_range {
	__u64 start;
	__u64 length;
	__u64 pages[PTE_PROBE_TYPES];
	__u64 huge;
	__u64 writable;
	__s64 pid;
	__u64 first_pfn;
};

/**
 * struct pte_probe_suspend - PTE_PROBE_SUSPEND
 *
 * Calls the freeze or restore of one virtio device as suspending the system
 * would, which takes down devices that tests need.
 *
 * @slot: in: PCI device number on bus 0
 * @restore: in: 0 freeze, 1 restore
 * @restores: out: whether the driver has a restore of its own
 */
struct pte_probe_suspend {
	__u32 slot;
	__u32 restore;
	__u32 restores;
	__u32 padding;
};

/* Argument: file descriptor of a dma-buf; tries a kernel vmap of it. */
#define PTE_PROBE_VMAP	_IO('p', 0xd1)
/* Argument: file descriptor of a dma-buf; maps it for another device's DMA. */
#define PTE_PROBE_DMA_MAP _IO('p', 0xd3)
#define PTE_PROBE_SUSPEND _IOWR('p', 0xd2, struct pte_probe_suspend)
#define PTE_PROBE_RANGE	_IOWR('p', 0xd0, struct pte_probe_range)

#endif
