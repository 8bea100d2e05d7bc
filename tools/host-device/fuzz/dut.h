/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_DUT_H
#define FUZZ_DUT_H

#include "../gpu.h"
#include "input.h"

#define WINDOW_SIZE	0x100000ULL

void dut_start(struct gpu *gpu, struct input *in);
void dut_start_alone(struct gpu *gpu, struct input *in);
void dut_end(struct gpu *gpu);
bool dut_is_exact(void);
void dut_ring(struct gpu *gpu, unsigned int queue, unsigned int size, const uint64_t at[3]);
void dut_stop(struct gpu *gpu);
void dut_run(struct gpu *gpu);
void dut_serve(struct gpu *gpu, unsigned int queue);
void dut_settle(const bool *ended);
void dut_event(struct gpu *gpu, struct input *in);
void dut_count(unsigned long requests);

#endif
