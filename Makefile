# SPDX-License-Identifier: GPL-2.0
# virtio-gpu map attributes. "make help" says what there is; everything happens
# in build/, inside a Debian 13 root that the first target makes.

KERNEL ?= 6.12
ARCH ?= x86_64
given = $(filter command line environment,$(origin $1))
# Every lane that make check has time for, or those that are asked for.
BUILT = oldest 6.12-x86_64-rt latest-x86_64-rt 6.12-s390x latest-riscv64
KERNELS = $(if $(call given,KERNEL),$(KERNEL),6.12 latest)
LANES = $(if $(call given,KERNEL)$(call given,ARCH)$(DEBUG),\
	$(KERNELS:%=%$(addprefix -,$(filter-out x86_64,$(ARCH)))),\
	$(BUILT) 6.12 latest 6.12-arm64-16k latest-arm64)
IN_ROOT = scripts/host/in-root env KERNEL=$(KERNEL) ARCH=$(ARCH) KVM=$(KVM) DEBUG=$(DEBUG) FIRMWARE=$(FIRMWARE) CACHES=$(CACHES)
export MIRROR DEBUG ARCH

# A lane that does not exist is refused here, before anything is made.
lane := $(shell KERNEL='$(KERNEL)' ARCH='$(ARCH)' DEBUG='$(DEBUG)' FIRMWARE='$(FIRMWARE)' scripts/host/lane)
$(if $(lane),,$(error Nothing was made))
fact = $(patsubst $1=%,%,$(filter $1=%,$(lane)))
LANE := $(call fact,LANE)
TESTS := $(call fact,TESTS)
GUEST_ROOT := $(call fact,GUEST_ROOT)
needs_guest := demo shell stress bench mesa check-stock check-caches check-mutants
$(if $(call fact,BOOTS),,$(if $(filter $(needs_guest),$(MAKECMDGOALS)),\
	$(error No guest is booted on the lane $(LANE): it is there to be built)))

help:
	@echo 'Targets'
	@echo '  make demo         boot the patched guest, map blobs of every kind, print what'
	@echo '                    each witness saw (from zero: 6 minutes; built: a minute)'
	@echo '  make check        the tests: both kernels on x86-64, and a lane of each on arm64; the module is'
	@echo '                    built for more; with KERNEL or ARCH given, every test on those'
	@echo '  make check-stock  the same IGT tests on the stock driver: where it guesses'
	@echo '  make check-caches  a machine with caches: the stock driver, and wrong declarations, have wrong data'
	@echo '                    there, and the patched driver has none (5 minutes)'
	@echo '  make check-mutants  break the driver in every way igt-tests/mutants lists and'
	@echo '                    see that a test notices (40 minutes)'
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
	@echo '  make deb          Debian packages: the driver for DKMS, the host device, the tests'
	@echo '  make check-install  the packages in a real Debian guest, installed, upgraded, removed with apt;'
	@echo '                    newer kernels, kernels without a driver, Secure Boot (two hours, 5 GB; arm64 40 minutes)'
	@echo '  make check-kvm    blobs whose memory moves, on a real KVM (nested in an emulated guest), with both'
	@echo '                    kernels as host and as guest; PAIRS=6.12:latest for one (20 minutes each);'
	@echo '                    ARCH=arm64; DEBUG=1, which makes the host a debug kernel; SHORT=1'
	@echo '  make check-kernels  the hooks, the driver and the demo on every kernel that Debian has: the'
	@echo '                    table in Documentation/kernels.md (half an hour, 6 GB)'
	@echo '  make patches      the series to be mailed: build/patches/KERNEL/{mm,kvm,fixes,map-attr}, each with a'
	@echo '                    cover letter and the recipients'
	@echo '  make spec-patches the protocol'"'"'s text as patches against the virtio specification, in'
	@echo '                    build/spec-patches; SPEC=path of a clone of its repository'
	@echo '  make igt-patches  the tests as patches against IGT, in build/igt-patches; IGT=path of a'
	@echo '                    clone of its repository'
	@echo '  make shell        a shell in a guest with the host devices attached'
	@echo '  make clean        remove build/'
	@echo 'Variables'
	@echo '  DEBUG=1           on a debug kernel: KASAN, lockdep, UBSAN, kmemleak, fault injection'
	@echo '                    (built once into the cache folder, an hour a kernel); kcsan: data races'
	@echo '  KERNEL=6.12       trixie'"'"'s kernel (default), or latest: the newest in its backports;'
	@echo '                    only to build: oldest, the oldest one that trixie still has'
	@echo '  ARCH=arm64        x86_64 (default), arm64, or arm64-16k: with 16 KiB pages; emulated;'
	@echo '                    riscv64, with 6.12 only; to build and no more: x86_64-rt, s390x'
	@echo '  CACHES=1          the memory of the new host is behind caches: see Documentation/caches.md'
	@echo '  FIRMWARE=uefi     boot guests by UEFI firmware (OVMF, AAVMF): demo, shell ...'
	@echo '  PATTERN=^7.2      of check-kernels: only versions and suites that it matches'
	@echo '  MIRROR=URL        Debian mirror, if not the one this machine'"'"'s apt uses'
	@echo '  KVM=1             use KVM where it works; nothing needs it'
	@echo 'Results are kept in build/results/KERNEL[-ARCH][-uefi]/. Documentation/ explains the rest.'

# The chain. Each target is a file, or the file that its script writes last; the scripts compare
# contents, so that a file with a new date and the old content rebuilds nothing.
sources = $(shell find $(addsuffix /,$1) -name '*~' -prune -o -print)
ROOT := build/root/etc/lanes/key
ROOTS := $(ROOT) $(GUEST_ROOT:%=build/root%/etc/lanes/key)
TREE := build/$(KERNEL)/tree/.git/key
MODULE := build/$(LANE)/module-patched/drivers/gpu/drm/virtio/virtio-gpu.ko
STOCK_MODULE := build/$(LANE)/module-stock/drivers/gpu/drm/virtio/virtio-gpu.ko
PROBE := build/$(LANE)/probe/pte_probe.ko
INITRAMFS := build/$(LANE)/initramfs.img
TEST_INITRAMFS := build/$(LANE)/test-initramfs.img
KVM_MODULE := build/$(LANE)/kvm/made
TOOLS := $(addsuffix /made,$(addprefix build/,host-device window-mtrr conformance cache-plugin) \
	$(if $(filter arm64%,$(ARCH)),build/cache-plugin-arm64))
TEST_PROGRAMS := $(TESTS:%=build/%/made)
in_root_make = $(IN_ROOT) make -s -j$(shell nproc) -C

setup: $(ROOTS)

$(ROOT): scripts/host/setup config/packages
	@scripts/host/setup

# The guest's root is inside the root, and goes with it.
$(filter-out $(ROOT),$(ROOTS)): $(ROOT)
	@scripts/host/setup

build/%/made: $(ROOT) tools/objects.mk
	@mkdir -p $(@D)
	@$(in_root_make) tools/$* O=/src/build/$*
	@touch $@

build/host-device/made: $(call sources,tools/host-device tools/include tools/exporter tools/cache-plugin include/uapi)
build/cache-plugin/made: $(call sources,tools/cache-plugin)

build/cache-plugin-arm64/made: $(ROOTS) tools/objects.mk $(call sources,tools/cache-plugin)
	@$(in_root_make) tools/cache-plugin O=/src/$(@D) CC=$(call fact,CROSS)gcc SYSROOT=$(GUEST_ROOT) \
		/src/$(@D)/vgpu-cache-range
	@touch $@

build/window-mtrr/made: $(call sources,tools/window-mtrr)
build/conformance/made: $(call sources,tools/conformance tools/host-device tools/include tools/cache-plugin include/uapi)

$(TEST_PROGRAMS): $(ROOTS) $(call sources,igt-tests mesa bench tools/host-device include/uapi) \
		tools/objects.mk
	@mkdir -p $(@D)
	@$(in_root_make) igt-tests O=/src/build/$(TESTS) CC=$(call fact,CROSS)gcc SYSROOT=$(GUEST_ROOT)
	@touch $@

build/%/tree/.git/key: $(ROOT) scripts/root/kernel-prepare scripts/root/apply-hooks scripts/root/uapi-edit \
		Documentation/virtio-gpu-map-attr.md Documentation/virtio-gpu-errors.md $(call sources,drivers include Documentation/gpu)
	@scripts/host/in-root env KERNEL=$* scripts/root/kernel-prepare
	@touch $@

# The debug kernel is in the cache folder, which may be emptied at any time; its script looks.
debug-kernel: $(TREE)
	@$(IN_ROOT) scripts/root/debug-kernel

$(MODULE): $(ROOTS) $(TREE) scripts/root/build-module $(call sources,drivers/gpu/drm/virtio/debug) \
		$(if $(DEBUG),| debug-kernel)
	@$(IN_ROOT) scripts/root/build-module patched
	@touch $@

$(STOCK_MODULE): $(ROOTS) $(TREE) scripts/root/build-module $(if $(DEBUG),| debug-kernel)
	@$(IN_ROOT) scripts/root/build-module stock
	@touch $@

$(PROBE): $(ROOTS) $(call sources,igt-tests/probe tools/exporter) scripts/root/build-test-modules $(if $(DEBUG),| debug-kernel)
	@$(IN_ROOT) scripts/root/build-test-modules
	@touch $@

$(INITRAMFS): $(ROOTS) scripts/root/initramfs
	@$(IN_ROOT) scripts/root/initramfs

$(TEST_INITRAMFS): $(TEST_PROGRAMS) $(TOOLS) $(MODULE) $(PROBE) scripts/root/test-initramfs \
		$(call sources,scripts/guest) scripts/lib.sh $(wildcard igt-tests/*.testlist)
	@$(IN_ROOT) scripts/root/test-initramfs

build/host-device-arm64/made: $(ROOTS) tools/objects.mk $(call sources,tools/host-device tools/include tools/exporter tools/cache-plugin include/uapi)
	@$(in_root_make) tools/host-device O=/src/$(@D) CC=$(call fact,CROSS)gcc SYSROOT=$(GUEST_ROOT) RENDERER=no \
		/src/$(@D)/vgpu-host-device
	@touch $@

$(KVM_MODULE): $(TREE) scripts/root/build-kvm
	@$(IN_ROOT) scripts/root/build-kvm
	@touch $@

# What the lane needs for check-kvm, as host and as guest.
kvm_x86_64 := $(KVM_MODULE)
kvm_arm64 := build/host-device-arm64/made
kvm_cpu := $(filter x86_64 arm64,$(subst -16k,,$(ARCH)))
kvm: $(if $(kvm_cpu),modules $(TEST_INITRAMFS) $(kvm_$(kvm_cpu)))
	@$(if $(kvm_cpu),,$(error check-kvm is for x86_64, arm64 and arm64-16k))

tools: $(TOOLS) $(TEST_PROGRAMS)

prepare: tools $(TREE)

modules: prepare $(MODULE) $(PROBE) $(if $(call fact,BOOTS),$(INITRAMFS))

demo: modules $(if $(filter riscv64,$(ARCH)),,$(STOCK_MODULE))
	@$(IN_ROOT) scripts/root/demo

DEBS := build/deb/made
$(DEBS): $(ROOT) $(addprefix build/,$(addsuffix /tree/.git/key,6.12 latest)) scripts/root/deb scripts/root/driver-source \
		config/module.kbuild $(call sources,packaging tools igt-tests mesa bench include)
	@scripts/host/in-root scripts/root/deb
	@touch $@

deb: $(DEBS)
	@ls build/deb/*.deb

# A later version of the same, to be upgraded to.
NEXT_DEBS := build/deb.next/made
$(NEXT_DEBS): $(DEBS)
	@scripts/host/in-root scripts/root/deb next
	@touch $@

GUEST := build/guest$(if $(filter arm64,$(ARCH)),-arm64).qcow2
$(GUEST): $(ROOTS) scripts/root/guest-image scripts/guest/trial
	@$(IN_ROOT) scripts/root/guest-image $@

check-install: tools $(DEBS) $(NEXT_DEBS) $(GUEST)
	@$(IN_ROOT) scripts/root/check-install

patches: $(TREE) $(IGT:%=igt-patches)
	@$(IN_ROOT) scripts/root/make-patches

spec-patches: $(ROOT)
	@$(if $(SPEC),,scripts/host/in-root) scripts/host/spec-checkout build/spec/checkout $(if $(SPEC),'$(SPEC)')
	@scripts/host/in-root scripts/root/spec-patches build/spec/checkout build/spec-patches

igt-patches: $(ROOT)
	@$(if $(IGT),,scripts/host/in-root) scripts/host/igt-checkout build/igt/checkout $(if $(IGT),'$(IGT)')
	@scripts/host/in-root scripts/root/igt-patches build/igt/checkout build/igt-patches

stress: modules
	@$(IN_ROOT) scripts/root/stress $(DURATION)

bench: modules $(STOCK_MODULE)
	@$(IN_ROOT) scripts/root/bench

mesa: modules $(STOCK_MODULE)
	@$(IN_ROOT) scripts/root/mesa

check:
	@scripts/host/check $(LANES)

stock: modules $(STOCK_MODULE)

check-caches: stock
	@$(IN_ROOT) scripts/root/check-caches

check-stock: modules $(STOCK_MODULE)
	@$(IN_ROOT) scripts/root/check-stock

conformance: $(TOOLS)
	@scripts/host/conformance $(ARGS)

prove: $(ROOT)
	@scripts/host/in-root scripts/root/prove

fuzz: $(ROOT)
	@scripts/host/in-root env DURATION=$(DURATION) TARGET="$(TARGET)" scripts/root/fuzz

fuzz-mutants: $(ROOT)
	@scripts/host/in-root scripts/root/fuzz --mutants

check-mutants: modules
	@$(IN_ROOT) scripts/root/check-mutants

PAIRS ?= 6.12:6.12 6.12:latest latest:latest
check-kvm:
	@$(foreach k,$(sort $(subst :, ,$(PAIRS))),$(MAKE) -s KERNEL=$k DEBUG= kvm && ):
	@$(if $(DEBUG),$(foreach p,$(PAIRS),$(MAKE) -s KERNEL=$(firstword $(subst :, ,$p)) modules && )):
	@$(IN_ROOT) scripts/root/check-kvm $(SHORT:%=--short) $(PAIRS)

check-kernels: tools
	@scripts/host/in-root scripts/root/check-kernels "$(PATTERN)"

shell: modules
	@$(IN_ROOT) scripts/root/boot --name shell --interactive --timeout 86400 --devices

clean:
	rm -rf --one-file-system build

.PHONY: help setup tools prepare debug-kernel modules demo deb patches spec-patches igt-patches stress bench mesa check check-stock stock check-caches check-mutants check-install check-kvm check-kernels kvm conformance prove fuzz fuzz-mutants shell clean
