// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What instructions of x86-64 ask of the caches, as in volume 2 of the Intel SDM, and in volume 3,
 * section "Buffering of Write Combining Memory Locations", which names what empties the buffers.
 *
 * Instructions that a CPU refuses do not get here, so that combinations that it does not have may
 * be taken for anything.
 */
#include "instruction.h"

/**
 * struct prefixes - what comes before an opcode
 * @mandatory: the one that is part of the opcode: 0x66, 0xf2 or 0xf3, or 0 if there is none
 * @lock: there is LOCK
 * @rex: the REX prefix, or 0
 */
struct prefixes {
	uint8_t mandatory;
	bool lock;
	uint8_t rex;
};

struct reader {
	const uint8_t *at, *end;
	bool ended;		/* more was asked for than there is */
};

static uint8_t take(struct reader *r)
{
	if (r->at < r->end)
		return *r->at++;
	r->ended = true;
	return 0;
}

static int32_t take_displacement(struct reader *r, unsigned int bytes)
{
	uint32_t value = 0;

	if (bytes == 1)
		return (int8_t)take(r);
	for (unsigned int i = 0; i < bytes; i++)
		value |= (uint32_t)take(r) << 8 * i;
	return value;
}

/* The operand is a register, and not in memory. */
static bool is_register(uint8_t modrm)
{
	return modrm >> 6 == 3;
}

/* Returns what follows them: the opcode. */
static uint8_t take_prefixes(struct reader *r, struct prefixes *p, struct instruction_x86 *in)
{
	for (;;) {
		uint8_t byte = take(r);

		switch (byte) {
		case 0x26: case 0x2e: case 0x36: case 0x3e:
			/* ES, CS, SS and DS are ignored, also after FS and GS. */
			break;
		case 0x40 ... 0x4f:
			p->rex = byte;
			continue;
		case 0x64:
			in->segment = INSTRUCTION_FS;
			break;
		case 0x65:
			in->segment = INSTRUCTION_GS;
			break;
		case 0x66:
			/* F2 and F3 count before it. */
			p->mandatory = p->mandatory ?: byte;
			break;
		case 0x67:
			in->address32 = true;
			break;
		case 0xf0:
			p->lock = true;
			break;
		case 0xf2: case 0xf3:
			p->mandatory = byte;
			break;
		default:
			return byte;
		}
		/* REX counts right before the opcode only. */
		p->rex = 0;
	}
}

static void take_address(struct reader *r, uint8_t rex, uint8_t modrm, struct instruction_x86 *in)
{
	static const uint8_t displacement[4] = { 0, 1, 4 };
	unsigned int mod = modrm >> 6, base = modrm & 7, index;
	bool sib = base == 4;

	if (sib) {
		uint8_t byte = take(r);

		base = byte & 7;
		index = (byte >> 3 & 7) | (rex & 2) << 2;
		in->scale = 1 << (byte >> 6);
		/* RSP cannot be one; R12 can. */
		if (index != 4)
			in->index = index;
	}
	if (base == 5 && !mod) {
		/* Instead of RBP and of R13. */
		in->rip_relative = !sib;
		in->displacement = take_displacement(r, 4);
		return;
	}
	in->base = base | (rex & 1) << 3;
	in->displacement = take_displacement(r, displacement[mod]);
}

static enum instruction_kind decode_0f_ae(struct reader *r, const struct prefixes *p,
					  struct instruction_x86 *in)
{
	uint8_t modrm = take(r), extension = modrm >> 3 & 7;
	enum instruction_kind kind = INSTRUCTION_OTHER;

	/* MFENCE and SFENCE. LFENCE, /5, does not wait for stores. */
	if (is_register(modrm))
		return extension >= 6 && !p->mandatory ? INSTRUCTION_FENCE : INSTRUCTION_OTHER;
	/* CLFLUSH and CLFLUSHOPT; CLWB, which is XSAVEOPT without the prefix. */
	if (extension == 7 && !p->mandatory)
		kind = INSTRUCTION_FLUSH_NOW;
	else if (extension == 7 && p->mandatory == 0x66)
		kind = INSTRUCTION_FLUSH;
	else if (extension == 6 && p->mandatory == 0x66)
		kind = INSTRUCTION_CLEAN;
	if (kind != INSTRUCTION_OTHER)
		take_address(r, p->rex, modrm, in);
	return kind;
}

/* Of the opcodes after 0F, also in VEX and EVEX. */
static enum instruction_kind decode_store(uint8_t opcode, uint8_t modrm)
{
	bool nontemporal = false;

	switch (opcode) {
	case 0x2b:	/* MOVNTPS, MOVNTPD, MOVNTSS, MOVNTSD */
	case 0xc3:	/* MOVNTI */
	case 0xe7:	/* MOVNTQ, MOVNTDQ */
		nontemporal = !is_register(modrm);
		break;
	case 0xf7:	/* MASKMOVQ, MASKMOVDQU: to where RDI points */
		nontemporal = is_register(modrm);
		break;
	}
	return nontemporal ? INSTRUCTION_NONTEMPORAL_STORE : INSTRUCTION_OTHER;
}

static enum instruction_kind decode_0f(struct reader *r, const struct prefixes *p,
				       struct instruction_x86 *in)
{
	uint8_t opcode = take(r);

	switch (opcode) {
	case 0x08:	/* INVD */
		return INSTRUCTION_INVALIDATE_ALL;
	case 0x09:	/* WBNOINVD, WBINVD */
		return p->mandatory == 0xf3 ? INSTRUCTION_CLEAN_ALL : INSTRUCTION_FLUSH_ALL;
	case 0xa2:	/* CPUID */
		return INSTRUCTION_FENCE;
	case 0xae:
		return decode_0f_ae(r, p, in);
	case 0x2b: case 0xc3: case 0xe7: case 0xf7:
		return decode_store(opcode, take(r));
	default:
		return INSTRUCTION_OTHER;
	}
}

/* VEX and EVEX; @more bytes follow the one that names the map of opcodes. */
static enum instruction_kind decode_vector(struct reader *r, uint8_t map, unsigned int more)
{
	uint8_t opcode;

	while (more--)
		take(r);
	opcode = take(r);
	return map == 1 ? decode_store(opcode, take(r)) : INSTRUCTION_OTHER;
}

static enum instruction_kind decode(struct reader *r, struct instruction_x86 *in)
{
	struct prefixes p = { 0 };
	uint8_t opcode = take_prefixes(r, &p, in);

	if (p.lock)
		return INSTRUCTION_FENCE;
	switch (opcode) {
	case 0x0f:
		return decode_0f(r, &p, in);
	case 0x62:
		return decode_vector(r, take(r) & 7, 2);
	case 0xc4:
		return decode_vector(r, take(r) & 31, 1);
	case 0xc5:
		return decode_vector(r, 1, 1);
	case 0x86: case 0x87:	/* XCHG: locks by itself */
		return is_register(take(r)) ? INSTRUCTION_OTHER : INSTRUCTION_FENCE;
	case 0x6c ... 0x6f: case 0xe4 ... 0xe7: case 0xec ... 0xef:	/* INS, OUTS, IN, OUT */
	case 0xcf:	/* IRET */
		return INSTRUCTION_FENCE;
	default:
		return INSTRUCTION_OTHER;
	}
}

/**
 * instruction_x86_decode() - find out what an instruction asks of the caches
 * @bytes: of the instruction, as a CPU in 64-bit mode runs it
 * @len: how many; what is cut off is INSTRUCTION_OTHER
 * @instruction: the result
 */
void instruction_x86_decode(const uint8_t *bytes, size_t len, struct instruction_x86 *instruction)
{
	struct reader r = { .at = bytes, .end = bytes + len };

	*instruction = (struct instruction_x86){
		.base = INSTRUCTION_NO_REGISTER,
		.index = INSTRUCTION_NO_REGISTER,
		.scale = 1,
	};
	instruction->kind = decode(&r, instruction);
	if (r.ended)
		instruction->kind = INSTRUCTION_OTHER;
}

/**
 * instruction_x86_address() - the address of a line, when the instruction runs
 * @instruction: an INSTRUCTION_CLEAN, _FLUSH or _FLUSH_NOW
 * @gpr: the registers in the order of their numbers: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 ...
 * @next_rip: address of the instruction after it
 * @fs_base: of the segment FS
 * @gs_base: of the segment GS
 *
 * Return: the linear address.
 */
uint64_t instruction_x86_address(const struct instruction_x86 *instruction, const uint64_t gpr[16],
				 uint64_t next_rip, uint64_t fs_base, uint64_t gs_base)
{
	uint64_t address = (int64_t)instruction->displacement;

	if (instruction->base != INSTRUCTION_NO_REGISTER)
		address += gpr[instruction->base];
	if (instruction->index != INSTRUCTION_NO_REGISTER)
		address += gpr[instruction->index] * instruction->scale;
	if (instruction->rip_relative)
		address += next_rip;
	if (instruction->address32)
		address = (uint32_t)address;
	if (instruction->segment == INSTRUCTION_FS)
		address += fs_base;
	else if (instruction->segment == INSTRUCTION_GS)
		address += gs_base;
	return address;
}
