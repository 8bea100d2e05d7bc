/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Stands in for the kernel's: how pages are protected is in linux/pgtable.h here.
 */
