/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* From the files of the kernel to the ranges that are dropped. */
#ifndef DROP_H
#define DROP_H

#include <stdbool.h>

/**
 * struct drop - what to do
 * @root: where proc, sys and dev are: "" or a folder
 * @slot: of the only PCI device to look at, or NULL for all
 * @dry_run: say what would be dropped
 * @verbose: say also what needs nothing
 * @disable: give up one range; returns 0 or a negative errno
 */
struct drop {
	const char *root;
	const char *slot;
	bool dry_run;
	bool verbose;
	int (*disable)(const char *root, unsigned int nr);
};

int mtrr_disable(const char *root, unsigned int nr);
int drop_mtrrs(const struct drop *drop);

#endif
