// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What instructions of arm64 ask of the caches, as in the Arm ARM, chapters "The AArch64 System
 * Register Encoding" (class "System instructions") and "A64 Base Instruction Descriptions".
 */
#include "instruction.h"

/* DC: SYS with CRn 7, of op1, CRm and op2; the register is 0. */
#define SYS(op1, crn, crm, op2) \
	(0xd5080000u | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define DC(op1, crm, op2)	SYS(op1, 7, crm, op2)

/* Those whose names have a D clean, flush or zero allocation tags besides data. */
static enum instruction_kind decode_dc(uint32_t word)
{
	switch (word & ~31u) {
	case DC(3, 10, 1):	/* CVAC */
	case DC(3, 10, 5):	/* CGDVAC */
	case DC(3, 12, 1):	/* CVAP */
	case DC(3, 12, 5):	/* CGDVAP */
	case DC(3, 13, 1):	/* CVADP */
	case DC(3, 13, 5):	/* CGDVADP */
		return INSTRUCTION_CLEAN;
	case DC(3, 11, 1):	/* CVAU */
		return INSTRUCTION_CLEAN_UNIFICATION;
	case DC(3, 14, 1):	/* CIVAC */
	case DC(3, 14, 5):	/* CIGDVAC */
		return INSTRUCTION_FLUSH;
	case DC(0, 6, 1):	/* IVAC */
	case DC(0, 6, 5):	/* IGDVAC */
		return INSTRUCTION_INVALIDATE;
	case DC(3, 4, 1):	/* ZVA */
	case DC(3, 4, 4):	/* GZVA */
		return INSTRUCTION_ZERO;
	case DC(0, 6, 2):	/* ISW */
	case DC(0, 6, 6):	/* IGDSW */
		return INSTRUCTION_INVALIDATE_ALL;
	case DC(0, 10, 2):	/* CSW */
	case DC(0, 10, 6):	/* CGDSW */
		return INSTRUCTION_CLEAN_ALL;
	case DC(0, 14, 2):	/* CISW */
	case DC(0, 14, 6):	/* CIGDSW */
		return INSTRUCTION_FLUSH_ALL;
	default:
		return INSTRUCTION_OTHER;
	}
}

/* Bits 9 and 8 say what it waits for: 01 loads, 10 stores, 11 both. 00 is no DSB. */
static bool is_dsb_of_stores(uint32_t word)
{
	return (word & 0xfffff2ffu) == 0xd503329fu ||	/* DSB */
	       (word & 0xfffff3ffu) == 0xd503323fu;	/* DSB with nXS, of both */
}

/**
 * instruction_arm64_decode() - find out what an instruction asks of the caches
 * @word: the instruction
 * @instruction: the result
 *
 * DMB orders stores and does not wait for them, and STNP is a hint, so they are INSTRUCTION_OTHER.
 */
void instruction_arm64_decode(uint32_t word, struct instruction_arm64 *instruction)
{
	instruction->rt = word & 31;
	instruction->kind = decode_dc(word);
	if (is_dsb_of_stores(word))
		instruction->kind = INSTRUCTION_FENCE;
}
