/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct input - what is left of the bytes that a run is made of
 */
struct input {
	const uint8_t *at;
	size_t left;
};

uint8_t input_byte(struct input *in);
uint32_t input_u32(struct input *in);
uint64_t input_u64(struct input *in);
unsigned int input_below(struct input *in, unsigned int limit);
uint64_t input_pick(struct input *in, const uint64_t *values, unsigned int count);
size_t input_bytes(struct input *in, void *buf, size_t len);

#endif
