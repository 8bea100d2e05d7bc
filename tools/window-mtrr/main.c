// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * virtio-gpu-mtrr: drop what the firmware has said about the host-visible window of a
 * virtio-gpu device. See the manual page.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "drop.h"

static const char usage[] =
	"usage: virtio-gpu-mtrr [--dry-run] [--verbose] [--root DIR] [SLOT]\n";

static const struct option options[] = {
	{ "dry-run", no_argument, NULL, 'n' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "root", required_argument, NULL, 'r' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

int main(int argc, char **argv)
{
	struct drop drop = { .root = "", .disable = mtrr_disable };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			drop.dry_run = true;
			break;
		case 'v':
			drop.verbose = true;
			break;
		case 'r':
			drop.root = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc)
		drop.slot = argv[optind++];
	/* 0000:00:10.0, and not a path to something else. */
	if (optind < argc ||
	    (drop.slot && (!*drop.slot || strlen(drop.slot) > 32 || *drop.slot == '.' ||
			   drop.slot[strspn(drop.slot, "0123456789abcdef:.")]))) {
		fputs(usage, stderr);
		return 2;
	}
	return drop_mtrrs(&drop);
}
