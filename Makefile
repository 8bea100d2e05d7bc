# SPDX-License-Identifier: GPL-2.0
# virtio-gpu map attributes. "make help" says what there is; everything happens
# in build/, inside a Debian 13 root that the first target makes.

KERNEL ?= 6.12
ARCH ?= x86_64
given = $(filter command line environment,$(origin $1))
# Every lane that make check has time for, or those that are asked for. The ones that only
# build come first: they take a minute each.
BUILT = oldest 6.12-x86_64-rt latest-x86_64-rt 6.12-s390x latest-riscv64
KERNELS = $(if $(call given,KERNEL),$(KERNEL),6.12 latest)
LANES = $(if $(call given,KERNEL)$(call given,ARCH)$(DEBUG),\
	$(KERNELS:%=%$(addprefix -,$(filter-out x86_64,$(ARCH)))),\
	$(BUILT) 6.12 latest 6.12-arm64-16k latest-arm64)
IN_ROOT = scripts/host/in-root env KERNEL=$(KERNEL) ARCH=$(ARCH) KVM=$(KVM) DEBUG=$(DEBUG) FIRMWARE=$(FIRMWARE)
export MIRROR DEBUG ARCH

help:
	@echo 'Targets'
	@echo '  make demo         boot the patched guest, map blobs of every kind, print what'
	@echo '                    each witness saw (from zero: 4 minutes; built: 40 seconds)'
	@echo '  make check        every test: both kernels on x86-64, and a lane of each on arm64;'
	@echo '                    the module is built for more; with KERNEL or ARCH given, those'
	@echo '  make check-stock  the same IGT tests on the stock driver: where it guesses'
	@echo '  make check-mutants  break the driver in every way igt-tests/mutants lists and'
	@echo '                    see that a test notices (half an hour)'
	@echo '  make prove        check models of the protocol, and the driver'"'"'s pure functions for all'
	@echo '                    inputs (13 minutes)'
	@echo '  make conformance  test a vhost-user virtio-gpu against the protocol, clause by clause: ours, or'
	@echo '                    yours, with ARGS="--device COMMAND" (see tools/conformance/*.1)'
	@echo '  make fuzz         random guests, front ends and clients of the control socket against the'
	@echo '                    host device, DURATION seconds each (60); TARGET=guest, vmm or control'
	@echo '  make fuzz-mutants  break the device in every way that tools/host-device/fuzz/mutants'
	@echo '                    lists and see that they notice (20 minutes)'
	@echo '  make stress       map, touch, fork and free while the host changes attributes at'
	@echo '                    random, for DURATION seconds (60)'
	@echo '  make bench        what mapping costs, stock and patched driver side by side, counted'
	@echo '                    in instructions: table, JSON, plots (5 minutes)'
	@echo '  make mesa         all tests with Vulkan; programs on Vulkan and OpenGL: the same on the stock'
	@echo '                    driver, on the patched one, and with a host that renders (10 minutes)'
	@echo '  make patches      the series as git-am-able files in build/patches/KERNEL'
	@echo '  make spec-patches the protocol'"'"'s text as patches against the virtio specification, in'
	@echo '                    build/spec-patches; SPEC=path of a clone of its repository'
	@echo '  make shell        a shell in a guest with the host devices attached'
	@echo '  make clean        remove build/'
	@echo 'Variables'
	@echo '  DEBUG=1           on a debug kernel: KASAN, lockdep, UBSAN, kmemleak, fault injection'
	@echo '                    (built once into the cache folder, an hour a kernel); kcsan: data races'
	@echo '  KERNEL=6.12       trixie'"'"'s kernel (default), or latest: the newest in its backports;'
	@echo '                    only to build: oldest, the oldest one that trixie still has'
	@echo '  ARCH=arm64        x86_64 (default), arm64, or arm64-16k: with 16 KiB pages; emulated;'
	@echo '                    riscv64, with 6.12 only; to build and no more: x86_64-rt, s390x'
	@echo '  FIRMWARE=uefi     boot guests by UEFI firmware (OVMF, AAVMF): demo, shell ...'
	@echo '  MIRROR=URL        Debian mirror, if not the one this machine'"'"'s apt uses'
	@echo '  KVM=1             use KVM where it works; nothing needs it'
	@echo 'Results are kept in build/results/KERNEL[-ARCH][-uefi]/. Documentation/ explains the rest.'

setup:
	@scripts/host/setup

build/tools.done: setup
	@$(IN_ROOT) scripts/root/build-tools

prepare: build/tools.done
	@$(IN_ROOT) scripts/root/kernel-prepare

# make check DEBUG=1 and the like: the debug kernel first.
modules: prepare
	@[ -z "$(DEBUG)" ] || $(IN_ROOT) scripts/root/debug-kernel
	@$(IN_ROOT) scripts/root/build-module patched
	@$(IN_ROOT) scripts/root/build-probe

demo: modules
	@$(IN_ROOT) scripts/root/demo

patches: prepare
	@$(IN_ROOT) scripts/root/make-patches

spec-patches: setup
	@$(if $(SPEC),,scripts/host/in-root) scripts/host/spec-checkout build/spec/checkout $(if $(SPEC),'$(SPEC)')
	@scripts/host/in-root scripts/root/spec-patches build/spec/checkout build/spec-patches

stress: modules
	@$(IN_ROOT) scripts/root/stress $(DURATION)

bench: modules
	@$(IN_ROOT) scripts/root/build-module stock
	@$(IN_ROOT) scripts/root/bench

mesa: modules
	@$(IN_ROOT) scripts/root/build-module stock
	@$(IN_ROOT) scripts/root/mesa

check: setup
	@scripts/host/check $(LANES)

check-stock: modules
	@$(IN_ROOT) scripts/root/build-module stock
	@$(IN_ROOT) scripts/root/check-stock

conformance: build/tools.done
	@scripts/host/conformance $(ARGS)

prove: setup
	@scripts/host/in-root scripts/root/prove

fuzz: setup
	@scripts/host/in-root env DURATION=$(DURATION) TARGET="$(TARGET)" scripts/root/fuzz

fuzz-mutants: setup
	@scripts/host/in-root scripts/root/fuzz --mutants

check-mutants: modules
	@$(IN_ROOT) scripts/root/check-mutants

shell: modules
	@$(IN_ROOT) scripts/root/boot --name shell --interactive --timeout 86400 --devices

clean:
	rm -rf --one-file-system build

.PHONY: help setup build/tools.done prepare modules demo patches spec-patches stress bench mesa check check-stock check-mutants conformance prove fuzz fuzz-mutants shell clean
