/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_DRIVER_H
#define FUZZ_DRIVER_H

#include "request.h"

void driver_begin(bool exact);
void driver_ring_is_new(unsigned int queue, unsigned int size);
void driver_addresses(unsigned int queue, uint64_t at[3]);
void driver_is_lost(void);
bool driver_put(unsigned int queue, const struct request *r);
void driver_write_anything(unsigned int queue, struct input *in);
void driver_collect(struct gpu *gpu, unsigned int queue);

#endif
