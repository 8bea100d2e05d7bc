/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Reading what the kernel prints: each advances @s past what it has found. */
#ifndef NUMBER_H
#define NUMBER_H

#include <stdbool.h>
#include <stdint.h>

bool number_eat(const char **s, const char *word);
bool number(const char **s, int base, uint64_t *n);

#endif
