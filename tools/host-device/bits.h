/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_BITS_H
#define HOST_DEVICE_BITS_H

#define BIT(n) (1ULL << (n))

#endif
