// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A wrong entry of the used ring: the next one; those after it are right again.
 */
#include "injected.h"

static void put_used_entry(struct virtq *vr, unsigned int at, uint32_t id, uint32_t len)
{
	struct vring_used_elem *e = &vr->used->ring[(uint16_t)(vr->used->idx + at) % vr->size];

	*e = (struct vring_used_elem){ .id = id, .len = len };
	vr->put_used = NULL;
}

/**
 * used_id() - a head that no queue has
 */
uint16_t used_id(struct virtq *vr, uint16_t head, uint32_t len)
{
	(void)head;
	put_used_entry(vr, 0, vr->size + 7, len);
	return 1;
}

/**
 * used_twice() - the same request given back twice
 */
uint16_t used_twice(struct virtq *vr, uint16_t head, uint32_t len)
{
	put_used_entry(vr, 0, head, len);
	put_used_entry(vr, 1, head, len);
	return 2;
}

/**
 * used_jump() - the index goes on by 1000
 */
uint16_t used_jump(struct virtq *vr, uint16_t head, uint32_t len)
{
	put_used_entry(vr, 0, head, len);
	return 1000;
}

/**
 * used_length() - longer than any buffer
 */
uint16_t used_length(struct virtq *vr, uint16_t head, uint32_t len)
{
	(void)len;
	put_used_entry(vr, 0, head, UINT32_MAX);
	return 1;
}
