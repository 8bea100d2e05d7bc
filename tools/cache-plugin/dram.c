// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The file that holds memory, and what both sides do with a line of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dram.h"

/* What caches hold, the states of the lines, what is counted and the modes of the pages follow the memory. */
static size_t file_size(uint64_t size)
{
	return 2 * size + size / DRAM_LINE + sizeof(struct dram_count) + size / DRAM_PAGE;
}

/**
 * dram_open() - map the file of a memory, which is made if there is none
 * @size: bytes of the memory
 *
 * Return: 0; -EINVAL if the file is of another size; another negative errno.
 */
int dram_open(struct dram *dram, const char *path, uint64_t size)
{
	int ret = -EINVAL, fd;
	struct stat st;

	if (!size || size % sysconf(_SC_PAGESIZE) || size > SIZE_MAX / 4)
		return -EINVAL;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		goto err_errno;
	if (!st.st_size && ftruncate(fd, file_size(size)))
		goto err_errno;
	if (st.st_size && (uint64_t)st.st_size != file_size(size))
		goto out;
	dram->map_size = file_size(size);
	dram->map = mmap(NULL, dram->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (dram->map == MAP_FAILED)
		goto err_errno;
	dram->size = size;
	dram->bytes = dram->map;
	dram->held = dram->bytes + size;
	dram->lines = (atomic_uchar *)dram->map + 2 * size;
	dram->count = (struct dram_count *)(dram->lines + size / DRAM_LINE);
	dram->allowed = (atomic_uchar *)(dram->count + 1);
	close(fd);
	return 0;

err_errno:
	ret = -errno;
out:
	close(fd);
	return ret;
}

void dram_close(struct dram *dram)
{
	munmap(dram->map, dram->map_size);
}

/**
 * dram_lock() - have a line to oneself, until dram_unlock()
 * @line: number
 *
 * Held for some bytes to be copied only; its holders do not wait for anything.
 *
 * Return: enum dram_line.
 */
uint8_t dram_lock(struct dram *dram, uint64_t line)
{
	uint8_t state;

	while ((state = atomic_fetch_or(&dram->lines[line], DRAM_LINE_LOCKED)) & DRAM_LINE_LOCKED)
		sched_yield();
	return state;
}

void dram_unlock(struct dram *dram, uint64_t line, uint8_t state)
{
	atomic_store(&dram->lines[line], state);
}

/**
 * dram_in_line() - bytes of [@offset, @offset + @len) that are in the first line of it
 */
size_t dram_in_line(uint64_t offset, size_t len)
{
	size_t room = DRAM_LINE - offset % DRAM_LINE;

	return len < room ? len : room;
}

/* What an access does with bytes of one line, which is locked.  Return: its new state. */
typedef uint8_t (*line_access)(struct dram *dram, uint8_t *seen, uint64_t offset, void *bytes,
			       size_t len, uint8_t state);

static void access_lines(struct dram *dram, uint8_t *seen, uint64_t offset, void *bytes, size_t len,
			 line_access access)
{
	while (len) {
		uint64_t line = offset / DRAM_LINE;
		size_t n = dram_in_line(offset, len);
		uint8_t state = dram_lock(dram, line);

		dram_unlock(dram, line, access(dram, seen, offset, bytes, n, state));
		bytes = (uint8_t *)bytes + n;
		offset += n;
		len -= n;
	}
}

static uint8_t write_line(struct dram *dram, uint8_t *seen, uint64_t offset, void *from, size_t len,
			  uint8_t state)
{
	memcpy(dram->bytes + offset, from, len);
	if (state == DRAM_LINE_NONE)
		memcpy(seen + offset, from, len);
	return state;
}

/**
 * dram_write() - write as a device that does not snoop
 * @seen: what the CPUs see of all of the memory: written too where no cache has the line
 * @offset: bytes; [@offset, @offset + @len) is within the memory
 */
void dram_write(struct dram *dram, uint8_t *seen, uint64_t offset, const void *from, size_t len)
{
	access_lines(dram, seen, offset, (void *)from, len, write_line);
}

static uint8_t read_line(struct dram *dram, uint8_t *seen, uint64_t offset, void *to, size_t len,
			 uint8_t state)
{
	(void)seen;
	memcpy(to, dram->bytes + offset, len);
	return state;
}

/**
 * dram_read() - read as a device that does not snoop
 */
void dram_read(struct dram *dram, uint64_t offset, void *to, size_t len)
{
	access_lines(dram, NULL, offset, to, len, read_line);
}

/*
 * The line leaves the caches, with what CPUs have written. What they see and caches do not hold is a
 * store that is still to be reported: it stays.
 */
static void drop_line(struct dram *dram, uint8_t *seen, uint64_t line, uint8_t state)
{
	if (state == DRAM_LINE_DIRTY)
		memcpy(dram->bytes + line, dram->held + line, DRAM_LINE);
	for (uint64_t i = line; state != DRAM_LINE_NONE && i < line + DRAM_LINE; i++)
		if (seen[i] == dram->held[i] && seen[i] != dram->bytes[i])
			seen[i] = dram->bytes[i];
}

static uint8_t snoop_write_line(struct dram *dram, uint8_t *seen, uint64_t offset, void *from,
				size_t len, uint8_t state)
{
	drop_line(dram, seen, offset / DRAM_LINE * DRAM_LINE, state);
	return write_line(dram, seen, offset, from, len, DRAM_LINE_NONE);
}

/**
 * dram_snoop_write() - write as a device that snoops: no cache has the lines afterwards
 * @seen: as for dram_write()
 */
void dram_snoop_write(struct dram *dram, uint8_t *seen, uint64_t offset, const void *from,
		      size_t len)
{
	access_lines(dram, seen, offset, (void *)from, len, snoop_write_line);
}

/* A store that another CPU has seen is seen here, too, reported or not. */
static uint8_t snoop_read_line(struct dram *dram, uint8_t *seen, uint64_t offset, void *to,
			       size_t len, uint8_t state)
{
	uint8_t *byte = to;

	for (uint64_t i = offset; i < offset + len; i++)
		*byte++ = state == DRAM_LINE_CLEAN && seen[i] == dram->held[i] ? dram->bytes[i] :
			  seen[i];
	return state;
}

/**
 * dram_snoop_read() - read as a device that snoops
 */
void dram_snoop_read(struct dram *dram, const uint8_t *seen, uint64_t offset, void *to, size_t len)
{
	access_lines(dram, (uint8_t *)seen, offset, to, len, snoop_read_line);
}

/**
 * dram_flush() - write back and drop what caches have, as the device's driver has the host's CPUs do
 * @seen: as for dram_write()
 * @offset: bytes; [@offset, @offset + @len) is within the memory
 *
 * CPUs keep their own caches coherent, the guest's among them, by physical address.
 */
void dram_flush(struct dram *dram, uint8_t *seen, uint64_t offset, uint64_t len)
{
	for (uint64_t line = offset / DRAM_LINE; line * DRAM_LINE < offset + len; line++) {
		uint8_t state = dram_lock(dram, line);

		drop_line(dram, seen, line * DRAM_LINE, state);
		dram_unlock(dram, line, DRAM_LINE_NONE);
	}
}

/**
 * dram_clear() - other memory, of zeroes, is there from now on
 * @offset: bytes, a multiple of DRAM_LINE, and so is @len
 *
 * What caches have of the old memory is nothing of the new one. The caller clears what the CPUs see.
 */
void dram_clear(struct dram *dram, uint64_t offset, uint64_t len)
{
	for (uint64_t line = offset / DRAM_LINE; line < (offset + len) / DRAM_LINE; line++) {
		dram_lock(dram, line);
		memset(dram->bytes + line * DRAM_LINE, 0, DRAM_LINE);
		dram_unlock(dram, line, DRAM_LINE_NONE);
	}
}

/**
 * dram_allow() - say by which modes CPUs may access pages from now on
 * @offset: bytes, a multiple of DRAM_PAGE, and so is @len
 * @modes: DRAM_RESTRICTED and DRAM_ALLOWS() of each, or DRAM_UNRESTRICTED, as all pages are at first
 *
 * It forbids nothing: accesses by others are counted.
 */
void dram_allow(struct dram *dram, uint64_t offset, uint64_t len, uint8_t modes)
{
	for (uint64_t page = offset / DRAM_PAGE; page < (offset + len) / DRAM_PAGE; page++)
		atomic_store(&dram->allowed[page], modes);
}

/**
 * dram_allowed() - what has been said last of the page at @offset
 */
uint8_t dram_allowed(const struct dram *dram, uint64_t offset)
{
	return atomic_load(&dram->allowed[offset / DRAM_PAGE]);
}

/**
 * dram_judge() - count an access to the page at @offset
 * @modes: DRAM_ALLOWS() of the mode it was by, and of those that are as good; DRAM_ANY if its mode is not known
 *
 * Return: false if it was by a mode that is not allowed.
 */
bool dram_judge(struct dram *dram, uint64_t offset, uint8_t modes)
{
	uint8_t allowed = dram_allowed(dram, offset);
	bool right = allowed & modes;

	if (allowed == DRAM_UNRESTRICTED)
		return true;
	atomic_fetch_add(&dram->count->judged, 1);
	if (!right)
		atomic_fetch_add(&dram->count->out_of_mode, 1);
	return right;
}
