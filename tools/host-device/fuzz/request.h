/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_REQUEST_H
#define FUZZ_REQUEST_H

#include "../gpu.h"
#include "input.h"

#define REQUEST_MAX	0x800

/**
 * struct request - a command, and how it is put on a queue
 * @bytes, @len: what the device can read
 * @room: bytes that it can write
 * @out_pieces, @in_pieces: descriptors of each, at least one
 * @indirect: in a table of their own
 */
struct request {
	uint8_t bytes[REQUEST_MAX] __attribute__((aligned(8)));
	size_t len;
	size_t room;
	unsigned int out_pieces;
	unsigned int in_pieces;
	bool indirect;
};

void request_make(struct gpu *gpu, struct input *in, struct request *r);

#endif
