# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Common ground of all scripts: paths, messages, lanes. Source it, do not run it.

TOP=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$TOP/build
# shellcheck disable=SC2034 # here and below: used by the scripts that source this file
ROOT=$BUILD/root
# Where the tree is seen from inside the root and from inside the guest.
# shellcheck disable=SC2034
SRC=/src
KERNEL=${KERNEL:-6.12}
# x86_64, arm64, or Debian's arm64 kernels with 16 KiB pages, arm64-16k. For arm64
# everything is built by cross compilers; the guest's own root is in the root.
ARCH=${ARCH:-x86_64}
CPU=${ARCH%-16k}
# shellcheck disable=SC2034
case $CPU in
x86_64)
	FLAVOUR=amd64 GUEST_ROOT='' CROSS='' TESTS=igt-tests
	CPU_TESTLIST=igt-tests/virtgpu_map_x86.testlist
	;;
*)
	FLAVOUR=$ARCH GUEST_ROOT=/arm64 CROSS=aarch64-linux-gnu- TESTS=igt-tests-arm64
	CPU_TESTLIST=
	;;
esac
# Which packages a lane is made of is recorded under this name.
PACKAGES=$KERNEL$([ "$ARCH" = x86_64 ] || echo "-$ARCH")
# With DEBUG=1 the lane's debug kernel takes the place of Debian's. What depends on
# which of them it is lies in build/$LANE and build/results/$LANE.
# shellcheck disable=SC2034
LANE=$PACKAGES${DEBUG:+-debug}

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# lane_var NAME: one fact about the lane (release, source, version), as scripts/setup
# recorded it from the packages it unpacked. Inside the root the record is in /etc.
lane_var() {
	lanes=$ROOT/etc/lanes
	[ -e "$lanes/key" ] || lanes=/etc/lanes
	sed -n "s/^$1=//p" "$lanes/$PACKAGES"
}

# Inside the root: where modules of the lane are built, whose headers they are
# built with, and what boots.
if [ -z "${DEBUG:-}" ]; then
	kernel_release() { lane_var release; }
	kernel_build() { echo "/usr/src/linux-headers-$(kernel_release)"; }
	kernel_source() {
		release=$(kernel_release)
		echo "/usr/src/linux-headers-${release%-"$FLAVOUR"}-common"
	}
	kernel_image() {
		# Newer Debian kernels live beside their modules.
		for image in boot/vmlinuz-$(kernel_release) usr/lib/modules/$(kernel_release)/vmlinuz; do
			if [ -e "$GUEST_ROOT/$image" ]; then echo "$GUEST_ROOT/$image"; fi
		done
	}
else
	kernel_build() { echo "/cache/debug-$(lane_var version)/build"; }
	kernel_source() { echo "/cache/debug-$(lane_var version)/src"; }
	kernel_image() { echo "$(kernel_build)/arch/x86/boot/bzImage"; }
	kernel_release() { cat "$(kernel_build)/include/config/kernel.release"; }
fi

# kernel_make ARGUMENT...: make, for the lane's architecture.
kernel_make() {
	[ "$CPU" = x86_64 ] || set -- ARCH="$CPU" CROSS_COMPILE="$CROSS" "$@"
	make -s -j"$(nproc)" -C "$(kernel_build)" "$@"
}

# make_module TREE [make argument...]: build virtio-gpu.ko from the driver in TREE,
# which finds its headers in TREE/include first, and its trace header relative to
# TREE/include/trace.
make_module() {
	module_tree=$1
	shift
	mkdir -p "$module_tree/include/trace"
	kernel_make M="$module_tree/drivers/gpu/drm/virtio" \
		KCFLAGS="-I$module_tree/include/trace -I$module_tree/include/uapi -I$(kernel_source)/include/uapi/drm ${MODULE_CFLAGS:-}" \
		"$@" modules
}

# unpack_source DIR: all of the lane's linux-source, once.
unpack_source() {
	[ ! -e "$1/.complete" ] || return 0
	say "$KERNEL: unpacking $(lane_var source)"
	rm -rf "$1"
	mkdir -p "$1"
	tar -C "$1" --strip-components=1 -xf "/usr/src/$(lane_var source).tar.xz"
	: >"$1/.complete"
}

check_lane() {
	case $KERNEL in
	6.12 | latest) ;;
	*) die "KERNEL=$KERNEL: choose 6.12 (default) or latest" ;;
	esac
	case $ARCH in
	x86_64 | arm64 | arm64-16k) ;;
	*) die "ARCH=$ARCH: choose x86_64 (default), arm64, or arm64-16k" ;;
	esac
	[ "$ARCH" = x86_64 ] || [ -z "${DEBUG:-}" ] || die "there is no debug kernel for $ARCH"
}
