// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Descriptors of several kinds, for a front end to pass.  Files are read to their ends already:
 * in the place of an eventfd they are ready for ever.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "fake_fd.h"
#include "front_fd.h"
#include "guest_ram.h"

static int sealed_file(void)
{
	int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	check(!ftruncate(fd, RAM_SIZE));
	check(!fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK));
	lseek(fd, 0, SEEK_END);
	return fake_own(fd);
}

static int too_short(void)
{
	int fd = memfd_create("short", MFD_CLOEXEC);

	check(!ftruncate(fd, 4096));
	lseek(fd, 0, SEEK_END);
	return fake_own(fd);
}

/**
 * front_fd() - make one
 *
 * Return: it, which becomes the device's, or -1 if there are too many.
 */
int front_fd(enum front_fd kind)
{
	switch (kind) {
	case FD_RAM_0:
	case FD_RAM_1:
		return fake_own(fcntl(ram_file(kind - FD_RAM_0), F_DUPFD_CLOEXEC, 0));
	case FD_EVENT:
		return fake_eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	case FD_STREAM:
		return fake_stream();
	case FD_SHORT:
		return too_short();
	default:
		return sealed_file();
	}
}
