/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_ANSWER_H
#define FUZZ_ANSWER_H

#include "request.h"

void answer_begin(void);
void answer_check(struct gpu *gpu, const struct request *r, const void *answer, size_t len);

#endif
