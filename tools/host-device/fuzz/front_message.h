/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_FRONT_MESSAGE_H
#define FUZZ_FRONT_MESSAGE_H

#include "../gpu.h"
#include "../vu_message.h"
#include "input.h"

void message_simple(struct vu_message *msg, uint32_t request, uint64_t value);
void message_state(struct vu_message *msg, uint32_t request, uint32_t index, uint32_t num);
void message_addr(struct vu_message *msg, uint32_t index, const uint64_t at[3]);
void message_memory(struct vu_message *msg);
void message_fd(struct vu_message *msg, uint32_t request, uint64_t value, int fd);
void message_any(struct vu_message *msg, struct input *in);
uint32_t message_answered(const struct vu_message *msg);

#endif
