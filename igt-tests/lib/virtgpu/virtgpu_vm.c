// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A virtual machine inside the guest: its CPU reads and writes words of a memory slot. There is no
 * VMM but this file, and a program is a few instructions, which end in an exit to user space.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu_util.h"
#include "virtgpu_vm.h"

/* Physical addresses of the virtual machine. Both are multiples of a page of any size. */
#define CODE	0x10000UL
#define SLOT	0x10000000UL

#define TRACING "/sys/kernel/tracing/"

/**
 * struct registers - all that a program gets and gives
 * @address: of the first word
 * @value: to write, or that was read, or to look for
 * @pages: how many to go over
 * @stride: from one page to the next, in bytes
 * @wrong: how many words were another value
 * @rounds: how many times to go over all pages
 */
struct registers {
	uint64_t address;
	uint64_t value;
	uint64_t pages;
	uint64_t stride;
	uint64_t wrong;
	uint64_t rounds;
};

/* The compiler knows these for objects of one byte each. */
extern const char virtgpu_vm_read_word[], virtgpu_vm_write_word[], virtgpu_vm_scan_pages[], virtgpu_vm_code_end[];

#if defined(__x86_64__)
#define EVENT	"events/kvmmmu/kvm_tdp_mmu_spte_changed/"

/* 32-bit code without paging. HLT ends it. */
asm(".pushsection .rodata\n"
	".globl virtgpu_vm_read_word, virtgpu_vm_write_word, virtgpu_vm_scan_pages, virtgpu_vm_code_end\n"
	".code32\n"
	"virtgpu_vm_read_word:\n"
	"	movl	(%ebx), %eax\n"
	"	hlt\n"
	"virtgpu_vm_write_word:\n"
	"	movl	%eax, (%ebx)\n"
	"	hlt\n"
	"virtgpu_vm_scan_pages:\n"
	"1:	movl	%ebx, %ebp\n"
	"	movl	%ecx, %esp\n"
	"2:	cmpl	%eax, (%ebp)\n"
	"	je	3f\n"
	"	incl	%edx\n"
	"3:	addl	%edi, %ebp\n"
	"	decl	%esp\n"
	"	jnz	2b\n"
	"	decl	%esi\n"
	"	jnz	1b\n"
	"	hlt\n"
	"virtgpu_vm_code_end:\n"
	".code64\n"
	".popsection\n");

static void set_up_vcpu(struct virtgpu_vm *vm)
{
	struct kvm_sregs s;

	igt_assert_eq(ioctl(vm->vcpu, KVM_GET_SREGS, &s), 0);
	s.cr0 |= 1;	/* PE: protected mode */
	s.cs = (struct kvm_segment){
		.limit = 0xffffffff, .selector = 8, .type = 11, .present = 1, .db = 1, .s = 1, .g = 1,
	};
	s.ds = s.cs;
	s.ds.selector = 16;
	s.ds.type = 3;
	s.es = s.ds;
	s.fs = s.ds;
	s.gs = s.ds;
	s.ss = s.ds;
	igt_assert_eq(ioctl(vm->vcpu, KVM_SET_SREGS, &s), 0);
}

static void set_registers(struct virtgpu_vm *vm, uint64_t pc, const struct registers *r)
{
	struct kvm_regs regs = {
		.rip = pc, .rflags = 2, .rbx = r->address, .rax = r->value, .rcx = r->pages,
		.rdi = r->stride, .rdx = r->wrong, .rsi = r->rounds,
	};

	igt_assert_eq(ioctl(vm->vcpu, KVM_SET_REGS, &regs), 0);
}

static void get_registers(struct virtgpu_vm *vm, struct registers *r)
{
	struct kvm_regs regs;

	igt_assert_eq(ioctl(vm->vcpu, KVM_GET_REGS, &regs), 0);
	r->value = regs.rax;
	r->wrong = regs.rdx;
}

static bool has_ended(const struct virtgpu_vm *vm)
{
	return vm->run->exit_reason == KVM_EXIT_HLT;
}

static void finish_exit(struct virtgpu_vm *vm)
{
	(void)vm;
}

static void trace_event(bool on)
{
	/* Present; and above the last level PS tells a page from a table. */
	if (on)
		virtgpu_write_file(TRACING EVENT "filter",
				   "new_spte & 0x800 && (level == 1 || new_spte & 0x80)");
	virtgpu_write_file(TRACING EVENT "enable", on ? "1" : "0");
}

/* Whether @line is about the slot; and of which type its memory is. */
static bool trace_line(const char *line, bool *cached)
{
	const char *gfn = strstr(line, " gfn "), *level = strstr(line, " level "),
		   *entry = strstr(line, " new_spte ");
	unsigned long long page, spte;
	int depth;

	if (!gfn || !level || !entry || sscanf(gfn, " gfn %llx", &page) != 1 ||
	    sscanf(level, " level %d", &depth) != 1 || sscanf(entry, " new_spte %llx", &spte) != 1 ||
	    page < SLOT / 4096)
		return false;
	/* PWT and PCD; PAT is where PS is elsewhere in the last level. */
	*cached = !(spte & 0x18) && !(spte & (depth == 1 ? 0x80 : 0x1000));
	return true;
}
#elif defined(__aarch64__)
#define EVENT	"events/virtgpu_vm/stage2_map/"

/* Beyond all slots: a store to there is an exit. */
#define EXIT	0xc0000000UL

/* Without the MMU. A store to the address in x6 ends it. */
asm(".pushsection .rodata\n"
	".globl virtgpu_vm_read_word, virtgpu_vm_write_word, virtgpu_vm_scan_pages, virtgpu_vm_code_end\n"
	".balign 4\n"
	"virtgpu_vm_read_word:\n"
	"	ldr	w1, [x0]\n"
	"	str	w1, [x6]\n"
	"	b	.\n"
	"virtgpu_vm_write_word:\n"
	"	str	w1, [x0]\n"
	"	str	w1, [x6]\n"
	"	b	.\n"
	"virtgpu_vm_scan_pages:\n"
	"1:	mov	x7, x0\n"
	"	mov	x8, x2\n"
	"2:	ldr	w9, [x7]\n"
	"	cmp	w9, w1\n"
	"	cinc	x4, x4, ne\n"
	"	add	x7, x7, x3\n"
	"	subs	x8, x8, #1\n"
	"	b.ne	2b\n"
	"	subs	x5, x5, #1\n"
	"	b.ne	1b\n"
	"	str	w1, [x6]\n"
	"	b	.\n"
	"virtgpu_vm_code_end:\n"
	".popsection\n");

static uint64_t core_register(size_t offset)
{
	return KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | offset / sizeof(__u32);
}

static void set_register(struct virtgpu_vm *vm, size_t offset, uint64_t value)
{
	struct kvm_one_reg r = { .id = core_register(offset), .addr = (uintptr_t)&value };

	igt_assert_eq(ioctl(vm->vcpu, KVM_SET_ONE_REG, &r), 0);
}

static uint64_t get_register(struct virtgpu_vm *vm, size_t offset)
{
	uint64_t value;
	struct kvm_one_reg r = { .id = core_register(offset), .addr = (uintptr_t)&value };

	igt_assert_eq(ioctl(vm->vcpu, KVM_GET_ONE_REG, &r), 0);
	return value;
}

#define X(n) offsetof(struct kvm_regs, regs.regs[n])

static void set_up_vcpu(struct virtgpu_vm *vm)
{
	struct kvm_vcpu_init init;

	igt_assert_eq(ioctl(vm->vm, KVM_ARM_PREFERRED_TARGET, &init), 0);
	igt_assert_eq(ioctl(vm->vcpu, KVM_ARM_VCPU_INIT, &init), 0);
}

static void set_registers(struct virtgpu_vm *vm, uint64_t pc, const struct registers *r)
{
	set_register(vm, offsetof(struct kvm_regs, regs.pc), pc);
	set_register(vm, X(0), r->address);
	set_register(vm, X(1), r->value);
	set_register(vm, X(2), r->pages);
	set_register(vm, X(3), r->stride);
	set_register(vm, X(4), r->wrong);
	set_register(vm, X(5), r->rounds);
	set_register(vm, X(6), EXIT);
}

static void get_registers(struct virtgpu_vm *vm, struct registers *r)
{
	r->value = get_register(vm, X(1));
	r->wrong = get_register(vm, X(4));
}

static bool has_ended(const struct virtgpu_vm *vm)
{
	return vm->run->exit_reason == KVM_EXIT_MMIO && vm->run->mmio.phys_addr == EXIT;
}

/* KVM completes the store when the CPU runs next, and must not skip an instruction of another program. */
static void finish_exit(struct virtgpu_vm *vm)
{
	vm->run->immediate_exit = 1;
	igt_assert(ioctl(vm->vcpu, KVM_RUN, 0) == -1 && errno == EINTR);
	vm->run->immediate_exit = 0;
}

/* KVM has no tracepoint of entries on arm64. */
static void trace_event(bool on)
{
	/* One that a failed test has left is in use, and cannot be replaced. */
	if (on && !access(TRACING EVENT "enable", F_OK))
		virtgpu_write_file(TRACING EVENT "enable", "0");
	if (on)
		virtgpu_write_file(TRACING "kprobe_events",
				   "p:virtgpu_vm/stage2_map kvm_pgtable_stage2_map ipa=$arg2:x64 prot=$arg5:x32");
	virtgpu_write_file(TRACING EVENT "enable", on ? "1" : "0");
}

/* enum kvm_pgtable_prot: DEVICE and NORMAL_NC follow R, which 6.12 has at 2 and 7.3 at 3. */
static bool trace_line(const char *line, bool *cached)
{
	const char *args = strstr(line, " stage2_map: ");
	unsigned long long ipa;
	struct utsname u;
	unsigned int prot;

	args = args ? strstr(args, " ipa=") : NULL;
	if (!args || sscanf(args, " ipa=%llx prot=%x", &ipa, &prot) != 2 || ipa < SLOT)
		return false;
	igt_assert_eq(uname(&u), 0);
	*cached = !(prot & (strtoul(u.release, NULL, 10) >= 7 ? 0x30 : 0x18));
	return true;
}
#else
#define NO_PROGRAMS

const char virtgpu_vm_read_word[1], virtgpu_vm_write_word[1], virtgpu_vm_scan_pages[1],
	   virtgpu_vm_code_end[1];

static void set_up_vcpu(struct virtgpu_vm *vm)
{
	(void)vm;
}

static void set_registers(struct virtgpu_vm *vm, uint64_t pc, const struct registers *r)
{
	(void)vm;
	(void)pc;
	(void)r;
}

static void get_registers(struct virtgpu_vm *vm, struct registers *r)
{
	(void)vm;
	(void)r;
}

static bool has_ended(const struct virtgpu_vm *vm)
{
	(void)vm;
	return false;
}

static void finish_exit(struct virtgpu_vm *vm)
{
	(void)vm;
}

static void trace_event(bool on)
{
	(void)on;
}

static bool trace_line(const char *line, bool *cached)
{
	(void)line;
	(void)cached;
	return false;
}
#endif

static void add_slot(struct virtgpu_vm *vm, unsigned int slot, uint64_t address, void *va, size_t size)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot,
		.guest_phys_addr = address,
		.memory_size = size,
		.userspace_addr = (uintptr_t)va,
	};

	igt_assert_f(!ioctl(vm->vm, KVM_SET_USER_MEMORY_REGION, &r), "slot %u: %s\n", slot,
		     strerror(errno));
}

/**
 * virtgpu_vm_start() - a virtual machine with a memory slot
 * @vm: out
 * @va: the slot's memory, a mapping of this process
 * @size: in bytes
 */
void virtgpu_vm_start(struct virtgpu_vm *vm, void *va, size_t size)
{
	const char *begin = virtgpu_vm_read_word;

#ifdef NO_PROGRAMS
	igt_skip("there is no program for CPUs of this architecture\n");
#endif
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	igt_require_f(vm->kvm >= 0, "/dev/kvm: %s\n", strerror(errno));
	vm->vm = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	igt_assert(vm->vm >= 0);
	vm->code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	igt_assert(vm->code != MAP_FAILED);
	memcpy(vm->code, begin, virtgpu_vm_code_end - begin);
	__builtin___clear_cache((char *)vm->code, (char *)vm->code + PAGE);
	add_slot(vm, 0, CODE, vm->code, PAGE);
	add_slot(vm, 1, SLOT, va, size);
	vm->size = size;
	vm->vcpu = ioctl(vm->vm, KVM_CREATE_VCPU, 0);
	igt_assert(vm->vcpu >= 0);
	vm->run_size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	vm->run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
	igt_assert(vm->run != MAP_FAILED);
	set_up_vcpu(vm);
}

/**
 * virtgpu_vm_end() - the end of a virtual machine
 */
void virtgpu_vm_end(struct virtgpu_vm *vm)
{
	munmap(vm->run, vm->run_size);
	close(vm->vcpu);
	close(vm->vm);
	close(vm->kvm);
	munmap(vm->code, PAGE);
}

/* Have the CPU begin with @program. */
static void load(struct virtgpu_vm *vm, const char *program, const struct registers *r)
{
	set_registers(vm, CODE + (program - virtgpu_vm_read_word), r);
}

static bool in_slot(const struct virtgpu_vm *vm)
{
	return vm->run->mmio.phys_addr - SLOT < vm->size;
}

/* Let it run, to the end of its program. */
static int run(struct virtgpu_vm *vm, struct registers *r)
{
	int ret;

	do {
		ret = ioctl(vm->vcpu, KVM_RUN, 0) ? -errno : 0;
	} while (ret == -EINTR || ret == -EAGAIN);
	if (ret)
		return ret;
	if (vm->run->exit_reason == KVM_EXIT_MMIO && vm->run->mmio.is_write && in_slot(vm))
		return -EACCES;
	igt_assert_f(has_ended(vm), "the virtual CPU ended with exit reason %u\n", vm->run->exit_reason);
	finish_exit(vm);
	get_registers(vm, r);
	return 0;
}

/**
 * virtgpu_vm_read() - have the virtual CPU read a word
 * @vm: machine
 * @offset: in its slot, in bytes
 * @value: out
 *
 * Return: 0, or KVM_RUN's negative errno.
 */
int virtgpu_vm_read(struct virtgpu_vm *vm, size_t offset, uint32_t *value)
{
	struct registers r = { .address = SLOT + offset };
	int ret;

	load(vm, virtgpu_vm_read_word, &r);
	ret = run(vm, &r);
	*value = r.value;
	return ret;
}

/**
 * virtgpu_vm_write() - have the virtual CPU write a word
 * @vm: machine
 * @offset: in its slot, in bytes
 * @value: what to write
 *
 * Return: 0, KVM_RUN's negative errno, or -EACCES if KVM leaves the write to the VMM.
 */
int virtgpu_vm_write(struct virtgpu_vm *vm, size_t offset, uint32_t value)
{
	struct registers r = { .address = SLOT + offset, .value = value };

	load(vm, virtgpu_vm_write_word, &r);
	return run(vm, &r);
}

/**
 * virtgpu_vm_start_scan() - the virtual CPU is to read the first word of each page, again and again
 * @vm: machine
 * @pages: of the slot, from its beginning
 * @value: what the words should be
 * @rounds: how many times
 */
void virtgpu_vm_start_scan(struct virtgpu_vm *vm, size_t pages, uint32_t value, uint32_t rounds)
{
	struct registers r = {
		.address = SLOT, .value = value, .pages = pages, .stride = PAGE, .rounds = rounds,
	};

	load(vm, virtgpu_vm_scan_pages, &r);
}

/**
 * virtgpu_vm_scan() - let a scan run, or go on after an error
 * @vm: machine
 * @wrong: out: how many words were another value
 *
 * Return: 0 when it has come to its end, or KVM_RUN's negative errno.
 */
int virtgpu_vm_scan(struct virtgpu_vm *vm, uint32_t *wrong)
{
	struct registers r = { 0 };
	int ret = run(vm, &r);

	*wrong = r.wrong;
	return ret;
}

/**
 * virtgpu_vm_trace_start() - record the stage-2 entries that KVM makes from here on
 */
void virtgpu_vm_trace_start(void)
{
	virtgpu_write_file(TRACING "trace", "");
	trace_event(true);
}

/**
 * virtgpu_vm_trace_stop() - the entries of the slot that were made since virtgpu_vm_trace_start()
 * @made: out
 */
void virtgpu_vm_trace_stop(struct virtgpu_vm_entries *made)
{
	char line[512];
	bool cached;
	FILE *f;

	trace_event(false);
	memset(made, 0, sizeof(*made));
	f = fopen(TRACING "trace", "r");
	igt_assert(f);
	while (fgets(line, sizeof(line), f)) {
		if (!trace_line(line, &cached))
			continue;
		if (cached)
			made->cached++;
		else
			made->other++;
	}
	fclose(f);
}
