# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Common ground of all scripts: paths, messages, lanes. Source it, do not run it.

TOP=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$TOP/build
# shellcheck disable=SC2034 # here and below: used by the scripts that source this file
ROOT=$BUILD/root
# Where the tree is seen from inside the root and from inside the guest.
# shellcheck disable=SC2034
SRC=/src
# The patch series, in the order in which they are applied.
# shellcheck disable=SC2034
SERIES=$TOP/drivers/gpu/drm/virtio/series ALL_SERIES='mm kvm fixes map-attr'
KERNEL=${KERNEL:-6.12}
# x86_64, arm64, or with one of Debian's other flavours of the kernel: arm64-16k has 16 KiB
# pages, x86_64-rt is PREEMPT_RT. For arm64, and for riscv64 with 6.12, everything is built by
# cross compilers; the guest's own root is in the root. For the others there is nothing but
# cross compilers.
ARCH=${ARCH:-x86_64}
CPU=${ARCH%%-*}
# What the kernel calls it.
# shellcheck disable=SC2034
case $CPU in
x86_64) KERNEL_ARCH=x86 ;;
riscv64) KERNEL_ARCH=riscv ;;
s390x) KERNEL_ARCH=s390 ;;
*) KERNEL_ARCH=$CPU ;;
esac
# shellcheck disable=SC2034
case $KERNEL-$ARCH in
*-x86_64*)
	FLAVOUR=amd64 GUEST_ROOT='' CROSS='' TESTS=igt-tests
	CPU_TESTLIST=igt-tests/virtgpu_map_x86.testlist
	[ "$ARCH" = x86_64 ] || FLAVOUR=${ARCH#x86_64-}-amd64
	;;
*-arm64*)
	FLAVOUR=$ARCH GUEST_ROOT=/arm64 CROSS=aarch64-linux-gnu- TESTS=igt-tests-arm64
	CPU_TESTLIST=
	case $ARCH in *-cloud | *-rt) FLAVOUR=${ARCH#arm64-}-arm64 ;; esac
	# In such a guest it is the root.
	[ "$(uname -m)" != aarch64 ] || GUEST_ROOT=
	;;
6.12-riscv64 | kernels/*-riscv64)
	FLAVOUR=riscv64 GUEST_ROOT=/riscv64 CROSS=riscv64-linux-gnu- TESTS=igt-tests-riscv64
	CPU_TESTLIST=
	;;
*)
	FLAVOUR='' GUEST_ROOT='' CROSS=$ARCH-linux-gnu- TESTS='' CPU_TESTLIST=
	;;
esac
# Which packages a lane is made of is recorded under this name.
PACKAGES=$KERNEL$([ -z "$FLAVOUR" ] || [ "$ARCH" = x86_64 ] || echo "-$ARCH")
# With DEBUG=1, or kcsan, a debug kernel of the lane takes the place of Debian's. What
# depends on which of them it is lies in build/$LANE and build/results/$LANE.
LANE=$KERNEL$([ "$ARCH" = x86_64 ] || echo "-$ARCH")
# shellcheck disable=SC2034
case ${DEBUG:-} in
'') ;;
1) LANE=$LANE-debug DEBUG_KIND=kasan ;;
*) LANE=$LANE-$DEBUG DEBUG_KIND=$DEBUG ;;
esac
# What runs in guests with another firmware than QEMU's default, FIRMWARE=uefi, is built
# once for all and has results of its own.
FIRMWARE=${FIRMWARE:-}
# shellcheck disable=SC2034
RESULTS=$BUILD/results/$LANE${FIRMWARE:+-$FIRMWARE}

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# What is made from files is kept together with a key of their contents, in a file that is written
# last. make looks at dates, and so starts too many scripts; these look at keys.
#
# key_of INPUT...: a key of files, of folders with all that is in them, and of other words. It is
# the same inside the root and outside.
key_of() {
	for input; do
		if [ -d "$input" ]; then
			(cd "$input" && find . -type f | LC_ALL=C sort | xargs sha256sum)
		elif [ -f "$input" ]; then
			echo "${input#"$TOP/"}"
			sha256sum <"$input"
		else
			echo "$input"
		fi
	done | sha256sum | cut -c1-16
}
# fresh KEYFILE KEY: whether what KEYFILE stands for was made, and from what has this key.
fresh() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

# How every checker counts. ok, not_ok and skip print a line each; count is for those that print
# a table. total prints the sum, which is the last line, and fails if anything has failed.
# scripts/host/check reads this file again for each lane: keep the counts.
: "${passed:=0}" "${failed:=0}" "${skipped:=0}"
count() {
	case $1 in
	passed) passed=$((passed + 1)) ;;
	failed) failed=$((failed + 1)) ;;
	skipped) skipped=$((skipped + 1)) ;;
	esac
}
ok() {
	count passed
	printf 'ok      %s\n' "$*"
}
not_ok() {
	count failed
	printf 'FAILED  %s\n' "$*"
}
skip() {
	count skipped
	printf 'skipped %s\n' "$*"
}
total() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}

# same GOT WANTED NAME: ok if they are.
same() {
	if [ "$1" = "$2" ]; then ok "$3"; else not_ok "$3: $1, expected $2"; fi
}

# tap STATUS LOG: count what a program has printed as TAP or KTAP, and print it. One that ended
# with a bad status and says of nothing that it failed, failed.
tap() {
	grep -v '^#' "$2" || :
	tap_ok=$(grep -cE '^ *ok ' "$2" || :)
	tap_skip=$(grep -cE '^ *ok .*# SKIP' "$2" || :)
	tap_bad=$(grep -cE '^ *not ok ' "$2" || :)
	if [ "$1" != 0 ] && [ "$tap_bad" = 0 ]; then
		tap_bad=1
		echo "FAILED  status $1"
	fi
	passed=$((passed + tap_ok - tap_skip)) failed=$((failed + tap_bad))
	skipped=$((skipped + tap_skip))
}

# count_igt FOLDER NAME: count the IGT tests whose results are in FOLDER/igt, and print them.
count_igt() {
	[ -e "$1/igt/results.json" ] || {
		not_ok "$2: no results; see ${1#"$TOP/"}"
		return 0
	}
	"$TOP/scripts/root/igt-report" --no-skips -v "$1/igt" >"$1/report" || :
	sed '$d' "$1/report"
	# shellcheck disable=SC2046 # three numbers
	set -- $(sed -n '$s/[^0-9 ]//gp' "$1/report")
	[ "${1:-0}" != 0 ] || set -- 0 1 0
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# lane_var NAME [LANE]: one fact about the lane, or about another (release, source, version), as
# scripts/host/setup recorded it from the packages it unpacked. Inside the root the record is in /etc.
lane_var() {
	lanes=$ROOT/etc/lanes
	[ -e "$lanes/key" ] || lanes=/etc/lanes
	sed -n "s/^$1=//p" "$lanes/${2:-$PACKAGES}"
}

# Inside the root: where modules of the lane are built, whose headers they are
# built with, and what boots.
if [ -z "${DEBUG:-}" ]; then
	kernel_release() { lane_var release; }
	kernel_build() { echo "/usr/src/linux-headers-$(kernel_release)"; }
	kernel_source() {
		release=$(kernel_release)
		common=/usr/src/linux-headers-${release%-"${FLAVOUR:-amd64}"}-common
		# 6.12 with PREEMPT_RT has its own.
		case $ARCH in *-rt) [ ! -e "$common-rt" ] || common=$common-rt ;; esac
		echo "$common"
	}
	kernel_image() {
		# Newer Debian kernels live beside their modules; riscv64's is not compressed.
		for image in boot/vmlinuz-$(kernel_release) boot/vmlinux-$(kernel_release) \
			usr/lib/modules/$(kernel_release)/vmlinuz; do
			if [ -e "$GUEST_ROOT/$image" ]; then echo "$GUEST_ROOT/$image"; fi
		done
	}
else
	kernel_build() { echo "/cache/debug-$(lane_var version)/$DEBUG_KIND"; }
	kernel_source() { echo "/cache/debug-$(lane_var version)/src"; }
	kernel_image() { echo "$(kernel_build)/arch/x86/boot/bzImage"; }
	kernel_release() { cat "$(kernel_build)/include/config/kernel.release"; }
fi

# put_modules FOLDER MODULE...: those of the lane's kernel that there are, and what they need, into
# FOLDER, unpacked, with names in the order in which they are to be loaded.
put_modules() {
	folder=$1
	shift
	for module; do
		modprobe -d "$GUEST_ROOT/" --show-depends -S "$(kernel_release)" "$module" 2>/dev/null |
			sed -n 's/^insmod \([^ ]*\).*/\1/p' || :
	done | awk '!seen[$0]++' >"$folder.list"
	i=100
	while IFS= read -r ko; do
		name=$i-$(basename "$ko")
		cp "$ko" "$folder/$name"
		case $name in
		*.xz) xz -d "$folder/$name" ;;
		*.zst) zstd -q -d --rm "$folder/$name" ;;
		esac
		i=$((i + 1))
	done <"$folder.list"
	rm "$folder.list"
}

# kernel_make ARGUMENT...: make, for the lane's architecture.
kernel_make() {
	[ "$CPU" = x86_64 ] || set -- ARCH="$KERNEL_ARCH" CROSS_COMPILE="$CROSS" "$@"
	# Other suites' headers name their own compilers, and use what ours does not know yet.
	case $KERNEL in kernels/*) set -- CC="${CROSS}gcc -Wno-attributes" "$@" ;; esac
	make -s -j"$(nproc)" -C "$(kernel_build)" "$@"
}

# warnings LOG: prints those of a build, and fails if there are none. That pahole is another suite's is
# not one of the code.
warnings() { grep -E 'warning:|error:' "$1" | grep -v '^warning: pahole version differs'; }

# make_module TREE [make argument...]: build virtio-gpu.ko from the driver in TREE, out of tree:
# see config/module.kbuild.
make_module() {
	module_tree=$1
	shift
	cp "$TOP/config/module.kbuild" "$module_tree/drivers/gpu/drm/virtio/Kbuild"
	kernel_make M="$module_tree/drivers/gpu/drm/virtio" KCFLAGS="${MODULE_CFLAGS:-}" "$@" modules
}

# copy_series DIR [TREE]: what the series has made of the driver and mm/, or a TREE where only a part
# of it is applied, into a source tree; only what differs, so that make rebuilds only that.
copy_series() {
	series_tree=${2:-$BUILD/$KERNEL/tree}
	(cd "$series_tree" && git ls-files arch drivers include mm) | while IFS= read -r f; do
		if ! cmp -s "$series_tree/$f" "$1/$f"; then
			mkdir -p "$1/$(dirname "$f")"
			cp "$series_tree/$f" "$1/$f"
		fi
	done
	# What another checkout had in the driver's folder.
	(cd "$1" && find drivers/gpu/drm/virtio -type f) | while IFS= read -r f; do
		[ -e "$series_tree/$f" ] || rm "$1/$f"
	done
}

# older VERSION...: whether the lane's kernel is: than the version that is of its own series (6.12,
# 7.3 ...), or else than the last.
older() {
	this=$(lane_var version)
	this=${this%%-*}
	for than; do
		case $this in "$(echo "$than" | cut -d. -f1,2)".*) break ;; esac
	done
	[ "$this" != "$than" ] && [ "$(printf '%s\n' "$this" "$than" | sort -V | head -n 1)" = "$this" ]
}

# unpack_source DIR: all of the lane's linux-source, once.
unpack_source() {
	source_key=$(key_of "$(lane_var source)" "$(lane_var version)")
	if fresh "$1/.complete" "$source_key"; then return 0; fi
	say "$KERNEL: unpacking $(lane_var source)"
	rm -rf "$1"
	mkdir -p "$1"
	tar -C "$1" --strip-components=1 -xf "/usr/src/$(lane_var source).tar.xz"
	echo "$source_key" >"$1/.complete"
}

check_lane() {
	case $KERNEL in
	6.12 | latest | oldest) ;;
	kernels/*)
		# Fetched by scripts/root/check-kernels, for itself.
		[ -n "$(lane_var release)" ] || die "$KERNEL has not been fetched for $ARCH"
		return 0
		;;
	*) die "KERNEL=$KERNEL: choose 6.12 (default), latest, or oldest" ;;
	esac
	case $ARCH in
	x86_64 | x86_64-rt | arm64 | arm64-16k | riscv64 | s390x) ;;
	*) die "ARCH=$ARCH: choose x86_64 (default), arm64, arm64-16k, x86_64-rt, riscv64, or s390x" ;;
	esac
	case ${DEBUG:-} in
	'' | 1 | kcsan) ;;
	*) die "DEBUG=$DEBUG: choose 1 (KASAN) or kcsan" ;;
	esac
	case $KERNEL-$ARCH${DEBUG:+-debug} in
	oldest-x86_64 | 6.12-x86_64-debug | latest-x86_64-debug) ;;
	oldest-* | *-debug) die "there is no KERNEL=$KERNEL ARCH=$ARCH DEBUG=${DEBUG:-}" ;;
	esac
	case $FIRMWARE in
	'' | uefi) ;;
	*) die "FIRMWARE=$FIRMWARE: choose uefi, or leave it empty for QEMU's default" ;;
	esac
	[ -z "$FIRMWARE" ] || [ -z "${DEBUG:-}" ] || die "the debug kernel cannot be booted by UEFI"
	[ -z "$FIRMWARE" ] || [ "$CPU" != riscv64 ] || die "on riscv64 QEMU's own firmware boots"
}

# Whether no guest is booted on this lane: it is there to see that the series applies and
# builds.
builds_only() {
	case $KERNEL-$ARCH in
	oldest-* | *-rt | latest-riscv64 | *-s390x) return 0 ;;
	*) return 1 ;;
	esac
}

# as_last_author: commits from here on, and so patches, carry the name and date of the last commit
# of this tree.
as_last_author() {
	export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
	GIT_AUTHOR_NAME=$(git -C "$TOP" log -1 --format=%an)
	GIT_AUTHOR_EMAIL=$(git -C "$TOP" log -1 --format=%ae)
	GIT_AUTHOR_DATE=$(git -C "$TOP" log -1 --format=%aI)
	GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
	GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
	export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
	export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_DATE
}

# install_class CLASS SIZE: the packages of config/packages whose first word begins with CLASS-, into
# the root, once. Inside the root.
install_class() {
	class_packages=$(awk -v c="$1" '$1 ~ "^" c "-" { print $2 }' "$TOP/config/packages")
	# shellcheck disable=SC2086 # a list
	if dpkg -s $class_packages >/dev/null 2>&1; then return 0; fi
	say "installing what only this needs ($2, once)"
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $class_packages \
		>"$BUILD/$1-packages.log" 2>&1 || {
		tail -n 5 "$BUILD/$1-packages.log"
		die "the packages could not be installed; see build/$1-packages.log"
	}
}
