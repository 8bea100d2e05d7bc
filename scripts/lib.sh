# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Common ground of all scripts: paths, messages, lanes. Source it, do not run it.

TOP=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$TOP/build
# shellcheck disable=SC2034 # used by the scripts that source this file
ROOT=$BUILD/root
# Where the tree is seen from inside the root and from inside the guest.
# shellcheck disable=SC2034
SRC=/src
KERNEL=${KERNEL:-6.12}

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# lane_var NAME: one fact about the lane $KERNEL (release, source, version), as
# scripts/setup recorded it from the packages it unpacked. Inside the root and
# the guest the record is in /etc.
lane_var() {
	lanes=$ROOT/etc/lanes
	[ -e "$lanes/key" ] || lanes=/etc/lanes
	sed -n "s/^$1=//p" "$lanes/$KERNEL"
}

check_lane() {
	case $KERNEL in
	6.12 | latest) ;;
	*) die "KERNEL=$KERNEL: choose 6.12 (default) or latest" ;;
	esac
}
