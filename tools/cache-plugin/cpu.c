// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Registers and memory of the guest, from QEMU.
 */
#include <stdlib.h>
#include <string.h>

#include "cpu.h"

/* The array is never freed: there is one for each CPU. */
static void find_registers(struct cpu *cpu, const struct cpu_type *type)
{
	struct qemu_array *known = qemu_plugin_get_registers();
	const struct qemu_register *r = (const struct qemu_register *)known->data;

	for (unsigned int i = 0; type->register_names[i]; i++)
		for (unsigned int k = 0; k < known->len; k++)
			if (!strcmp(r[k].name, type->register_names[i]))
				cpu->registers[i] = r[k].handle;
}

/**
 * cpu_init() - in vcpu_init, whose CPU it is
 *
 * Return: NULL, or the name of a register that QEMU has not got.
 */
const char *cpu_init(struct cpu *cpu, unsigned int number, const struct cpu_type *type)
{
	cpu->number = number;
	cpu->bytes = g_byte_array_new();
	find_registers(cpu, type);
	for (unsigned int i = 0; type->register_names[i]; i++)
		if (!cpu->registers[i])
			return type->register_names[i];
	return NULL;
}

/**
 * cpu_register() - the value of a register, its low 64 bits
 * @index: in struct cpu_type's @register_names
 *
 * In a callback that may read registers.
 */
uint64_t cpu_register(struct cpu *cpu, unsigned int index)
{
	uint64_t value = 0;

	g_byte_array_set_size(cpu->bytes, 0);
	if (qemu_plugin_read_register(cpu->registers[index], cpu->bytes))
		memcpy(&value, cpu->bytes->data, cpu->bytes->len < 8 ? cpu->bytes->len : 8);
	return value;
}

/**
 * cpu_read_memory() - walk_read() of the guest's physical memory
 */
bool cpu_read_memory(void *owner, uint64_t pa, uint64_t *word)
{
	struct cpu *cpu = owner;

	if (qemu_plugin_read_memory_hwaddr(pa, cpu->bytes, sizeof(*word)))
		return false;
	memcpy(word, cpu->bytes->data, sizeof(*word));
	return true;
}
