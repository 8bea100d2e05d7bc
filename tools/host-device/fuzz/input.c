// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * An input is a program: each step takes the bytes it needs from the front.  Where they end, there
 * are zeroes, so that every sequence of bytes is one.
 */
#include <string.h>

#include "input.h"

/**
 * input_bytes() - take up to @len bytes
 *
 * Return: how many there were; the rest of @buf is zero.
 */
size_t input_bytes(struct input *in, void *buf, size_t len)
{
	size_t n = len < in->left ? len : in->left;

	memset(buf, 0, len);
	if (n)
		memcpy(buf, in->at, n);
	in->at += n;
	in->left -= n;
	return n;
}

/**
 * input_byte() - take one byte
 */
uint8_t input_byte(struct input *in)
{
	uint8_t byte;

	input_bytes(in, &byte, sizeof(byte));
	return byte;
}

/**
 * input_u32() - take four
 */
uint32_t input_u32(struct input *in)
{
	uint32_t word;

	input_bytes(in, &word, sizeof(word));
	return word;
}

/**
 * input_u64() - take eight
 */
uint64_t input_u64(struct input *in)
{
	uint64_t word;

	input_bytes(in, &word, sizeof(word));
	return word;
}

/**
 * input_below() - a number below @limit, which is at most 256
 */
unsigned int input_below(struct input *in, unsigned int limit)
{
	return input_byte(in) % limit;
}

/**
 * input_pick() - mostly one of @count values, fewer than 255; now and then any number
 */
uint64_t input_pick(struct input *in, const uint64_t *values, unsigned int count)
{
	uint8_t byte = input_byte(in);

	return byte == 0xff ? input_u64(in) : values[byte % count];
}
