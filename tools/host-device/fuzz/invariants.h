/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_INVARIANTS_H
#define FUZZ_INVARIANTS_H

#include "../gpu.h"

void invariants_begin(void);
void invariants_let_generation(void);
void invariants(struct gpu *gpu);
void invariants_end(void);

#endif
