/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_MAPPED_FILE_H
#define HOST_DEVICE_MAPPED_FILE_H

#include <stddef.h>
#include <stdint.h>

int mapped_file_offset(int fd, const void *va, size_t len, uint64_t *offset);

#endif
