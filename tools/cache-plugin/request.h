/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * How a guest tells the plugin where the range is: by an instruction that does nothing. A BAR's
 * address is the guest's to choose.
 */
#ifndef CACHE_PLUGIN_REQUEST_H
#define CACHE_PLUGIN_REQUEST_H

/* NOPL with a displacement that no compiler chooses; RDI is the range's base, RSI its size, RDX 0. */
#define REQUEST_X86	0x0f, 0x1f, 0x80, 0xc4, 0xca, 0xc4, 0xca
/* MOVZ XZR, 0xcac4; X0 is the range's base, X1 its size, X2 DCZID_EL0. */
#define REQUEST_ARM64	0x9f, 0x58, 0x99, 0xd2

#endif
