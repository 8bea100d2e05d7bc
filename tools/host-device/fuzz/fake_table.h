/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_FAKE_TABLE_H
#define FUZZ_FAKE_TABLE_H

#include "fake_fd.h"

#define FAKE_FIRST	0x10000		/* above what the kernel gives */
#define FAKE_STREAM	8192
#define FAKE_PASSED	32

enum fake_kind { FAKE_FREE, FAKE_TIMER, FAKE_EVENT, FAKE_LISTENER, FAKE_STREAM_END };

/**
 * struct fake - one descriptor that the kernel knows nothing of
 * @due_ms: FAKE_TIMER: when it expires, or 0
 * @period_ms: and after how long again, or 0
 * @count: FAKE_EVENT: its counter
 * @in, @in_len: FAKE_STREAM_END: what the device has still to read
 * @passed, @passed_count: descriptors that come with the first byte of it
 * @out, @out_len: what it has written, which the other end has still to read
 * @writes: how often it has, since the other end has read all
 * @hung_up: the other end is closed
 */
struct fake {
	enum fake_kind kind;
	uint64_t due_ms;
	uint64_t period_ms;
	uint64_t count;
	char in[FAKE_STREAM];
	size_t in_len;
	int passed[FAKE_PASSED];
	unsigned int passed_count;
	char out[FAKE_STREAM];
	size_t out_len;
	unsigned int writes;
	bool hung_up;
};

struct fake *fake_find(int fd);
int fake_open(enum fake_kind kind);
ssize_t fake_stream_read(struct fake *f, void *buf, size_t len);
bool fake_is_waited_for(void);
void fake_sockets_begin(void);
void fake_memory_begin(void);

#endif
