/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What page tables and the kernel's list of memory types say about a mapping.
 */
#ifndef VIRTGPU_PTE_H
#define VIRTGPU_PTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pte_probe.h"

int virtgpu_pte_probe_fd(void);
void virtgpu_pte_probe(const void *va, size_t len, struct pte_probe_range *range);
int virtgpu_pte_probe_other(pid_t pid, const void *va, size_t len, struct pte_probe_range *range);
int virtgpu_pte_probe_vmap(int dmabuf);
int virtgpu_pte_probe_dma_map(int dmabuf);

enum pte_probe_type virtgpu_pte_type(unsigned int cache_mode);
const char *virtgpu_pte_type_name(enum pte_probe_type type);
bool virtgpu_pte_is_none(const void *va, size_t len);
void virtgpu_pte_assert_none(const void *va, size_t len);
void virtgpu_pte_wait_none(const void *va, size_t len);
void virtgpu_pte_assert_mode(const void *va, size_t len, unsigned int cache_mode);

bool virtgpu_pmds_expected(void);
bool virtgpu_debuggers_expected(void);

void virtgpu_memtype_of(uint64_t pfn, char *type, size_t len);
const char *virtgpu_memtype_name(unsigned int cache_mode);

#endif
