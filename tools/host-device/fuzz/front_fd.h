/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_FRONT_FD_H
#define FUZZ_FRONT_FD_H

#include "input.h"

/**
 * enum front_fd - what a front end can pass
 * @FD_SHORT: a file that ends before the region does
 * @FD_SEALED: a file that nothing can be written to
 */
enum front_fd { FD_RAM_0, FD_RAM_1, FD_EVENT, FD_STREAM, FD_SHORT, FD_SEALED, FD_KINDS };

int front_fd(enum front_fd kind);

#endif
