// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Files and mappings are the kernel's; here they are counted, because what is opened is to be
 * closed.  A mapping has pages round it that nothing can touch.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "fake_table.h"

#define PAGE	4096UL
#define LEN_MAX	0x10000000000UL

static int files;
static int mappings;

/**
 * fake_memory_begin() - a new input begins: nothing is open
 */
void fake_memory_begin(void)
{
	files = 0;
	mappings = 0;
}

/**
 * fake_own() - a descriptor of the kernel's has become the device's
 */
int fake_own(int fd)
{
	files += fd >= 0;
	return fd;
}

/**
 * fake_memory_left() - files and mappings that the device has not closed
 */
int fake_memory_left(void)
{
	return files + mappings;
}

/**
 * fake_memfd_create() - memfd_create()
 */
int fake_memfd_create(const char *name, unsigned int flags)
{
	check(flags & MFD_CLOEXEC);
	return fake_own(memfd_create(name, flags));
}

/**
 * fake_fcntl() - fcntl()
 */
int fake_fcntl(int fd, int cmd, int arg)
{
	int ret = fcntl(fd, cmd, arg);

	return cmd == F_DUPFD_CLOEXEC ? fake_own(ret) : ret;
}

/**
 * fake_close() - close(), of what is open
 */
int fake_close(int fd)
{
	struct fake *f = fake_find(fd);

	if (f) {
		f->kind = FAKE_FREE;
		return 0;
	}
	/* Twice, or never opened. */
	check(fd >= 0 && fd < FAKE_FIRST && files > 0);
	files--;
	check(!close(fd));
	return 0;
}

static size_t whole_pages(size_t len)
{
	return (len + PAGE - 1) & ~(PAGE - 1);
}

/**
 * fake_mmap() - mmap(), with guard pages
 */
void *fake_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	size_t all = whole_pages(len) + 2 * PAGE;
	uint8_t *room;
	void *map;

	check(!addr);
	if (fake_find(fd) || !len || len > LEN_MAX) {
		errno = len > LEN_MAX ? ENOMEM : len ? ENODEV : EINVAL;
		return MAP_FAILED;
	}
	room = mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	check(room != MAP_FAILED);
	map = mmap(room + PAGE, len, prot, flags | MAP_FIXED, fd, offset);
	if (map == MAP_FAILED)
		munmap(room, all);
	else
		mappings++;
	return map;
}

/**
 * fake_munmap() - munmap(), of what fake_mmap() has returned
 */
int fake_munmap(void *map, size_t len)
{
	check(mappings > 0);
	mappings--;
	check(!munmap((uint8_t *)map - PAGE, whole_pages(len) + 2 * PAGE));
	return 0;
}
