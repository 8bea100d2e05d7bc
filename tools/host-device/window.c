// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * One memfd as large as the BAR, mapped into it once, unless a renderer's memory is to be
 * there (place.c).  A blob's memory is the
 * part of the window where the guest placed it, so MAP_BLOB needs no call to
 * QEMU, which would be ten times slower and racy (its reply comes before the
 * mapping is committed).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "window.h"

int window_init(struct window *w, uint64_t size)
{
	w->size = size;
	w->fd = memfd_create("host-visible", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (w->fd < 0)
		return -errno;
	if (ftruncate(w->fd, size))
		return -errno;
	/* QEMU has the file, too: it cannot take the memory away from under us. */
	if (fcntl(w->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return -errno;
	w->va = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, w->fd, 0);
	return w->va == MAP_FAILED ? -errno : 0;
}

/**
 * window_put_behind_caches() - have the host access memory that a plugin of QEMU's puts caches in
 * front of, as a device that does not snoop
 * @path: the plugin's file
 *
 * Before anything is in the window.  Return: 0 or a negative errno.
 */
int window_put_behind_caches(struct window *w, const char *path)
{
	int ret = dram_open(&w->dram, path, w->size);

	w->behind_caches = !ret;
	/* Where no blob is, no CPU has anything to access. */
	window_allow(w, 0, w->size, DRAM_RESTRICTED);
	return ret;
}

/**
 * window_read() - read memory of the window, as the host sees it
 * @snoop: where it is behind caches, look there, too
 */
void window_read(struct window *w, uint64_t offset, void *to, size_t len, bool snoop)
{
	if (!w->behind_caches)
		memcpy(to, w->va + offset, len);
	else if (snoop)
		dram_snoop_read(&w->dram, w->va, offset, to, len);
	else
		dram_read(&w->dram, offset, to, len);
}

/**
 * window_write() - write to memory of the window, as window_read()
 */
void window_write(struct window *w, uint64_t offset, const void *from, size_t len, bool snoop)
{
	if (!w->behind_caches)
		memcpy(w->va + offset, from, len);
	else if (snoop)
		dram_snoop_write(&w->dram, w->va, offset, from, len);
	else
		dram_write(&w->dram, w->va, offset, from, len);
}

/**
 * window_clear() - make a range read as zero and give its memory back
 */
void window_clear(struct window *w, uint64_t offset, uint64_t len)
{
	/* First, so that nothing comes from caches any more. */
	if (w->behind_caches)
		dram_clear(&w->dram, offset, len);
	fallocate(w->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, len);
}

/**
 * window_vacate() - there is no blob in a range any more
 */
void window_vacate(struct window *w, uint64_t offset, uint64_t len)
{
	window_clear(w, offset, len);
	window_allow(w, offset, len, DRAM_RESTRICTED);
}

/**
 * window_allow() - tell the plugin by which modes CPUs may access a range, as dram_allow()
 */
void window_allow(struct window *w, uint64_t offset, uint64_t len, uint8_t modes)
{
	if (w->behind_caches)
		dram_allow(&w->dram, offset, len, modes);
}

/**
 * window_allowed() - what it was told last of the page at @offset
 */
uint8_t window_allowed(const struct window *w, uint64_t offset)
{
	return w->behind_caches ? dram_allowed(&w->dram, offset) : DRAM_UNRESTRICTED;
}

/**
 * window_flush() - write back and drop what caches have of a range, as an exporter's brackets do
 */
void window_flush(struct window *w, uint64_t offset, uint64_t len)
{
	if (w->behind_caches)
		dram_flush(&w->dram, w->va, offset, len);
}

void window_fini(struct window *w)
{
	if (w->behind_caches)
		dram_close(&w->dram);
	munmap(w->va, w->size);
	close(w->fd);
}
