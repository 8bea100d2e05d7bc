// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Where in a file a pointer points.  A library that maps a file for us does not say, but
 * the kernel does: proc_pid_maps(5).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "mapped_file.h"

/* One line of /proc/self/maps. */
struct mapping {
	uint64_t start;
	uint64_t end;
	char mode[5];
	uint64_t offset;
	unsigned int dev_major;
	unsigned int dev_minor;
	uint64_t inode;
};

static bool find_mapping(uint64_t at, struct mapping *m)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	bool found = false;

	while (maps && !found && fgets(line, sizeof(line), maps))
		found = sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64,
			       &m->start, &m->end, m->mode, &m->offset, &m->dev_major,
			       &m->dev_minor, &m->inode) == 7 && at >= m->start && at < m->end;
	if (maps)
		fclose(maps);
	return found;
}

/**
 * mapped_file_offset() - find the place in a file that is mapped somewhere
 * @va: where; @len bytes from there on
 * @offset: set to the place in the file that is mapped at @va, in bytes
 *
 * Return: 0; -ENXIO unless all of it is one shared and writable mapping of that file;
 * -EINVAL if it does not begin with a page, so that no other process could map just this memory.
 */
int mapped_file_offset(int fd, const void *va, size_t len, uint64_t *offset)
{
	uint64_t at = (uintptr_t)va;
	struct mapping m;
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!find_mapping(at, &m) || len > m.end - at || strncmp(m.mode, "rw", 2) ||
	    m.mode[3] != 's' || m.inode != st.st_ino ||
	    makedev(m.dev_major, m.dev_minor) != st.st_dev)
		return -ENXIO;
	if (at % sysconf(_SC_PAGESIZE))
		return -EINVAL;
	*offset = m.offset + (at - m.start);
	return 0;
}
