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
# With DEBUG=1 the lane's debug kernel takes the place of Debian's. What depends on
# which of them it is lies in build/$LANE and build/results/$LANE.
LANE=$KERNEL${DEBUG:+-debug}

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

# Inside the root: where modules of the lane are built, whose headers they are
# built with, and what boots.
if [ -z "${DEBUG:-}" ]; then
	kernel_release() { lane_var release; }
	kernel_build() { echo "/usr/src/linux-headers-$(kernel_release)"; }
	kernel_source() {
		release=$(kernel_release)
		echo "/usr/src/linux-headers-${release%-amd64}-common"
	}
	kernel_image() {
		# Newer Debian kernels live beside their modules.
		for image in "/boot/vmlinuz-$(kernel_release)" "/usr/lib/modules/$(kernel_release)/vmlinuz"; do
			if [ -e "$image" ]; then echo "$image"; fi
		done
	}
else
	kernel_build() { echo "/cache/debug-$(lane_var version)/build"; }
	kernel_source() { echo "/cache/debug-$(lane_var version)/src"; }
	kernel_image() { echo "$(kernel_build)/arch/x86/boot/bzImage"; }
	kernel_release() { cat "$(kernel_build)/include/config/kernel.release"; }
fi

check_lane() {
	case $KERNEL in
	6.12 | latest) ;;
	*) die "KERNEL=$KERNEL: choose 6.12 (default) or latest" ;;
	esac
}
