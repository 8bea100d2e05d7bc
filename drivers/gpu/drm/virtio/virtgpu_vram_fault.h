/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_FAULT_H
#define VIRTGPU_VRAM_FAULT_H

#include <linux/mm_types.h>

struct vm_fault;

/*
 * Out of tree the kernel may be one whose page table walkers take any PMD leaf for a folio:
 * see the driver's Makefile.
 */
#if defined(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP) && !defined(VIRTIO_GPU_NO_PMDS)
#define VIRTIO_GPU_VRAM_PMDS 1
#else
#define VIRTIO_GPU_VRAM_PMDS 0
#endif

vm_fault_t virtio_gpu_vram_fault(struct vm_fault *vmf);
vm_fault_t virtio_gpu_vram_fault_huge(struct vm_fault *vmf, unsigned int order);

#endif
