/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_LOOP_H
#define HOST_DEVICE_LOOP_H

#include <stdbool.h>

typedef void (*loop_fn)(void *data);

int loop_add(int fd, loop_fn fn, void *data);
#define LOOP_CLIENTS 16	/* of the control socket, that contexts leave places for */

int loop_add_many(int fd, loop_fn fn, void *data, unsigned int leave);
void loop_write(int fd, bool write);
void loop_del(int fd);
int loop_once(int timeout_ms);
int loop_run(volatile bool *stop);

#endif
