/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The one place where the device can be made to misbehave, for tests of drivers.  What
 * does so is in inject/; without it, which is the reference, all of this is nothing.
 */
#ifndef HOST_DEVICE_INJECT_H
#define HOST_DEVICE_INJECT_H

#include "gpu.h"

struct reply;

/**
 * struct inject - what is called when; each is there
 * @option: --inject is given
 * @init: the device is made; 0 or a negative errno
 * @fini: the device ends
 * @deaf: are the queues to be left alone?
 * @command: before a command is carried out; true if it has been answered and is not to be
 * @reply: a reply has been made up, and nothing has been done with it yet
 * @bound: the guest is bound to a declaration, and to none before that, when it reads the
 *	reply that is about to be given
 * @gone: a blob is about to be freed
 */
struct inject {
	void (*option)(struct gpu *gpu);
	int (*init)(struct gpu *gpu);
	void (*fini)(struct gpu *gpu);
	bool (*deaf)(const struct gpu *gpu);
	bool (*command)(struct gpu *gpu, const void *req, size_t len, struct reply *r);
	void (*reply)(struct gpu *gpu, const void *req, size_t len, struct reply *r);
	void (*bound)(struct gpu *gpu, struct blob *blob, uint64_t generation);
	void (*gone)(struct gpu *gpu, struct blob *blob);
};

static inline bool inject_deaf(const struct gpu *gpu)
{
	return gpu->inject && gpu->inject->deaf(gpu);
}

static inline bool inject_command(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	return gpu->inject && gpu->inject->command(gpu, req, len, r);
}

static inline void inject_reply(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	if (gpu->inject)
		gpu->inject->reply(gpu, req, len, r);
}

static inline void inject_bound(struct gpu *gpu, struct blob *blob, uint64_t generation)
{
	if (gpu->inject)
		gpu->inject->bound(gpu, blob, generation);
}

static inline void inject_gone(struct gpu *gpu, struct blob *blob)
{
	if (gpu->inject)
		gpu->inject->gone(gpu, blob);
}

#endif
