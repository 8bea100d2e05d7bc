/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_LOG_H
#define HOST_DEVICE_LOG_H

#include <stdbool.h>

__attribute__((format(printf, 1, 2)))
void log_warn(const char *fmt, ...);

__attribute__((format(printf, 1, 2)))
void log_event(const char *fmt, ...);

void log_verbose(bool on);

#endif
