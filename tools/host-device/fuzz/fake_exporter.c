// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * In the place of ../exporter.c: there is none, but what the renderer gives can be moved, or not if the
 * resource's id is a multiple of 7.
 */
#include <errno.h>

#include "../exporter.h"
#include "check.h"

/**
 * exporter_close() - as in ../exporter.c
 */
void exporter_close(struct gpu *gpu)
{
	check(!gpu->exporter);
}

/**
 * exporter_blob_create() - as in ../exporter.c
 */
int exporter_blob_create(struct gpu *gpu, struct blob *b)
{
	(void)b;
	check(gpu->exporter);
	return -ENOMEM;
}

/**
 * exporter_blob_free() - as in ../exporter.c
 */
void exporter_blob_free(struct blob *b)
{
	check(!b->exported);
}

/**
 * exporter_access() - as in ../exporter.c
 */
int exporter_access(const struct blob *b, uint64_t flags)
{
	(void)b;
	check(flags);
	return 0;
}

/**
 * exporter_can_move() - as in ../exporter.c
 */
bool exporter_can_move(const struct gpu *gpu, const struct blob *b)
{
	(void)gpu;
	return b->memory.va;
}

/**
 * exporter_move() - as in ../exporter.c
 */
int exporter_move(struct gpu *gpu, const struct blob *b, uint32_t flags)
{
	check(exporter_can_move(gpu, b));
	check(flags);
	return b->res_id % 7 ? 0 : -ENOMEM;
}

/**
 * exporter_state() - as in ../exporter.c
 */
int exporter_state(struct gpu *gpu, const struct blob *b, uint64_t *faults, uint64_t *moves,
		   uint64_t *syncs)
{
	check(exporter_can_move(gpu, b));
	*faults = 0;
	*moves = 0;
	*syncs = 0;
	return 0;
}
