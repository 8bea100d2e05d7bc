/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A virtual machine inside the guest, made by KVM's ioctls, that has a mapping for memory.
 */
#ifndef VIRTGPU_VM_H
#define VIRTGPU_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kvm_run;

/**
 * struct virtgpu_vm - one virtual CPU, a page of code, and a slot of memory
 * @kvm: the device's file
 * @vm: the machine's file
 * @vcpu: its CPU's file
 * @run: what KVM shares of the CPU
 * @run_size: of that, in bytes
 * @code: the page that the CPU executes
 * @size: of the slot, in bytes
 */
struct virtgpu_vm {
	int kvm;
	int vm;
	int vcpu;
	struct kvm_run *run;
	size_t run_size;
	uint8_t *code;
	size_t size;
};

void virtgpu_vm_start(struct virtgpu_vm *vm, void *va, size_t size);
void virtgpu_vm_end(struct virtgpu_vm *vm);

/* Return 0 or a negative errno, KVM_RUN's; -EACCES for a write that KVM leaves to the VMM. */
int virtgpu_vm_read(struct virtgpu_vm *vm, size_t offset, uint32_t *value);
int virtgpu_vm_write(struct virtgpu_vm *vm, size_t offset, uint32_t value);
void virtgpu_vm_start_scan(struct virtgpu_vm *vm, size_t pages, uint32_t value, uint32_t rounds);
int virtgpu_vm_scan(struct virtgpu_vm *vm, uint32_t *wrong);

/**
 * struct virtgpu_vm_entries - the stage-2 entries that KVM has made for the slot
 * @cached: as ordinary memory
 * @other: of any other type
 */
struct virtgpu_vm_entries {
	size_t cached;
	size_t other;
};

void virtgpu_vm_trace_start(void);
void virtgpu_vm_trace_stop(struct virtgpu_vm_entries *made);

#endif
