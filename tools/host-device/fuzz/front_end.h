/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_FRONT_END_H
#define FUZZ_FRONT_END_H

#include "../gpu.h"
#include "input.h"

void front_begin(struct gpu *gpu);
void front_end(void);
const bool *front_ended(void);
void front_boot(struct input *in);
void front_stop(void);
void front_go_on(bool answer);
void front_message(struct input *in);
void front_kick(unsigned int queue);
void front_answer(struct input *in);

#endif
