// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What page tables and the kernel's list of memory types say about a mapping.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu_blob.h"
#include "virtgpu_pte.h"
#include "virtgpu_util.h"

/**
 * virtgpu_pte_probe_fd() - the probe module's device, or skip
 */
int virtgpu_pte_probe_fd(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/pte_probe", O_RDWR | O_CLOEXEC);
	igt_require_f(fd >= 0, "the pte_probe module is not loaded\n");
	return fd;
}

/**
 * virtgpu_pte_type() - the memory type that a cache mode must come out as
 *
 * arm64 and riscv64 have one type each for memory that is not cached; see section 2.2 of the
 * protocol.
 */
enum pte_probe_type virtgpu_pte_type(unsigned int cache_mode)
{
	switch (cache_mode) {
#ifdef __aarch64__
	case CACHED:
		return PTE_PROBE_NORMAL_WB;
	case UNCACHED:
	case WC:
		return PTE_PROBE_NORMAL_NC;
#elif defined(__riscv)
	case CACHED:
		return PTE_PROBE_PMA;
	case UNCACHED:
	case WC:
		return PTE_PROBE_NC;
#else
	case CACHED:
		return PTE_PROBE_WB;
	case UNCACHED:
		return PTE_PROBE_UC_MINUS;
	case WC:
		return PTE_PROBE_WC;
#endif
	default:
		return PTE_PROBE_NONE;
	}
}

/**
 * virtgpu_pte_type_name() - the architecture's name of a memory type
 */
const char *virtgpu_pte_type_name(enum pte_probe_type type)
{
	static const char * const names[PTE_PROBE_TYPES] = {
		"none", "WB", "WC", "UC-", "UC", "Normal WB", "Normal Tagged", "Normal NC",
		"Device-nGnRE", "Device-nGnRnE", "PMA", "NC", "IO", "other",
	};

	return names[type];
}

/**
 * virtgpu_pte_probe() - look at the page tables of this process
 */
void virtgpu_pte_probe(const void *va, size_t len, struct pte_probe_range *range)
{
	*range = (struct pte_probe_range){ .start = (uintptr_t)va, .length = len };
	igt_assert_eq(virtgpu_ioctl(virtgpu_pte_probe_fd(), PTE_PROBE_RANGE, range), 0);
}

/**
 * virtgpu_pte_probe_other() - look at another process's page tables
 *
 * Return: 0, or -1 if it is gone or has nothing there.
 */
int virtgpu_pte_probe_other(pid_t pid, const void *va, size_t len, struct pte_probe_range *range)
{
	*range = (struct pte_probe_range){ .start = (uintptr_t)va, .length = len, .pid = pid };
	return virtgpu_ioctl(virtgpu_pte_probe_fd(), PTE_PROBE_RANGE, range) ? -1 : 0;
}

/**
 * virtgpu_pmds_expected() - whether the driver maps large blobs by PMDs
 *
 * Where mbind() takes what a PMD maps for a folio, a module must not make any.  How the module
 * was built is in the environment (scripts/guest/init).
 */
bool virtgpu_pmds_expected(void)
{
	const char *pmds = getenv("VIRTGPU_PMDS");

	igt_require_f(pmds, "VIRTGPU_PMDS=1 or 0: does the driver map by PMDs?\n");
	return *pmds == '1';
}

/**
 * virtgpu_debuggers_expected() - whether debuggers get at memory without struct pages
 *
 * Core mm asks the driver only on architectures with HAVE_IOREMAP_PROT. riscv64 is none of them
 * in 6.12; in 7.3 it is.
 */
bool virtgpu_debuggers_expected(void)
{
#ifdef __riscv
	struct utsname name;

	igt_assert_eq(uname(&name), 0);
	return strtoul(name.release, NULL, 10) >= 7;
#else
	return true;
#endif
}

/**
 * virtgpu_pte_is_none() - whether no page of a range is mapped
 */
bool virtgpu_pte_is_none(const void *va, size_t len)
{
	struct pte_probe_range range;

	virtgpu_pte_probe(va, len, &range);
	return range.pages[PTE_PROBE_NONE] == len / PAGE;
}

/**
 * virtgpu_pte_assert_none() - no page of a range is mapped
 */
void virtgpu_pte_assert_none(const void *va, size_t len)
{
	struct pte_probe_range range;

	virtgpu_pte_probe(va, len, &range);
	igt_assert_eq(range.pages[PTE_PROBE_NONE], len / PAGE);
}

/**
 * virtgpu_pte_wait_none() - wait until a mapping has been taken away
 *
 * The time limit is for a guest that never does it.
 */
void virtgpu_pte_wait_none(const void *va, size_t len)
{
	igt_assert_f(virtgpu_wait(virtgpu_pte_is_none(va, len), VIRTGPU_WAIT_SECONDS),
		     "some pages are still mapped\n");
}

/**
 * virtgpu_pte_assert_mode() - every page of a range is mapped with the mode's memory type
 */
void virtgpu_pte_assert_mode(const void *va, size_t len, unsigned int cache_mode)
{
	struct pte_probe_range range;
	char seen[256] = "";
	size_t used = 0;

	virtgpu_pte_probe(va, len, &range);
	for (int t = 0; t < PTE_PROBE_TYPES; t++)
		if (range.pages[t])
			used += snprintf(seen + used, sizeof(seen) - used, " %s %llu",
					 virtgpu_pte_type_name(t), range.pages[t]);
	igt_assert_f(range.pages[virtgpu_pte_type(cache_mode)] == len / PAGE,
		     "declared %s, %zu pages:%s\n", virtgpu_cache_name(cache_mode), len / PAGE,
		     seen);
}

/**
 * virtgpu_pte_probe_vmap() - have the kernel map a dma-buf
 *
 * Return: 0 or a negative errno.
 */
int virtgpu_pte_probe_vmap(int dmabuf)
{
	return ioctl(virtgpu_pte_probe_fd(), PTE_PROBE_VMAP, dmabuf) < 0 ? -errno : 0;
}

/**
 * virtgpu_pte_probe_dma_map() - have a device get DMA addresses of a dma-buf
 *
 * Return: 0 or a negative errno.
 */
int virtgpu_pte_probe_dma_map(int dmabuf)
{
	return ioctl(virtgpu_pte_probe_fd(), PTE_PROBE_DMA_MAP, dmabuf) < 0 ? -errno : 0;
}

#ifdef __x86_64__
/**
 * virtgpu_memtype_of() - the x86 memory type reserved for a page, from debugfs
 *
 * @type is set to "write-back", "write-combining" and so on, or to "" if the page
 * is not reserved; on other architectures, which know no reservations, to "-".
 */
void virtgpu_memtype_of(uint64_t pfn, char *type, size_t len)
{
	static const char list[] = "/sys/kernel/debug/x86/pat_memtype_list";
	unsigned long long start, end;
	char line[256], name[64];
	FILE *f = fopen(list, "r");

	igt_require_f(f, "%s: %s\n", list, strerror(errno));
	*type = '\0';
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "PAT: [mem 0x%llx-0x%llx] %63s", &start, &end, name) != 3)
			continue;
		if (pfn << 12 >= start && pfn << 12 < end)
			snprintf(type, len, "%s", name);
	}
	fclose(f);
}

/**
 * virtgpu_memtype_name() - what virtgpu_memtype_of() must say for a cache mode
 */
const char *virtgpu_memtype_name(unsigned int cache_mode)
{
	switch (cache_mode) {
	case CACHED:
		return "write-back";
	case WC:
		return "write-combining";
	default:
		return "uncached-minus";
	}
}
#else
void virtgpu_memtype_of(uint64_t pfn, char *type, size_t len)
{
	(void)pfn;
	snprintf(type, len, "-");
}

const char *virtgpu_memtype_name(unsigned int cache_mode)
{
	(void)cache_mode;
	return "-";
}
#endif
