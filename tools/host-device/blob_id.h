/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What a guest can ask of the host device through a blob_id, and the data
 * pattern that both sides write and check.  Shared with the tests; no
 * dependency beyond <stdint.h>.
 *
 * A blob_id whose top 16 bits are BLOB_ID_MAGIC spells out the attributes of
 * the blob.  Every other blob_id gets the device's rules or its default.
 */
#ifndef HOST_DEVICE_BLOB_ID_H
#define HOST_DEVICE_BLOB_ID_H

#include <stdint.h>

#define BLOB_ID_MAGIC	0xb10bULL

/**
 * blob_id_attr() - the blob_id that spells out attributes
 * @cache_mode: wire value, up to 255; unknown ones can be asked for too
 * @flags: the same
 * @tag: any 16 bits, by which tests tell blobs apart
 *
 * Magic 63:48, tag 47:32, for inject/ 31:16, flags 15:8, cache mode 7:0.
 */
static inline uint64_t blob_id_attr(unsigned int cache_mode, unsigned int flags, unsigned int tag)
{
	return BLOB_ID_MAGIC << 48 | (uint64_t)(tag & 0xffff) << 32 |
	       (uint64_t)(flags & 0xff) << 8 | (cache_mode & 0xff);
}

static inline unsigned int blob_id_tag(uint64_t blob_id)
{
	return blob_id >> 48 == BLOB_ID_MAGIC ? blob_id >> 32 & 0xffff : 0;
}

/**
 * pattern_word() - the 64 bit word both sides expect at @offset
 * @seed: which pattern
 * @offset: byte offset into the blob, a multiple of 8
 *
 * splitmix64: every bit of seed and offset reaches every bit of the word, so
 * that a page seen at the wrong place cannot pass for the right one.
 */
static inline uint64_t pattern_word(uint64_t seed, uint64_t offset)
{
	uint64_t z = seed * 0x9e3779b97f4a7c15ULL + offset;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

#endif
