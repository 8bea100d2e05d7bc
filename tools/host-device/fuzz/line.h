/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_LINE_H
#define FUZZ_LINE_H

#include "input.h"

#define LINE_ROOM	4200	/* the device reads no longer lines */

size_t line_make(struct input *in, char line[LINE_ROOM]);

#endif
