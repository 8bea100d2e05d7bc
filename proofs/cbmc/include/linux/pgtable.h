/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Stands in for the kernel's: a protection has two cache bits, and one that says "encrypted".
 */
#ifndef PROOFS_LINUX_PGTABLE_H
#define PROOFS_LINUX_PGTABLE_H

#define PROT_CACHE_BITS 3UL
#define PROT_WC 1UL
#define PROT_UNCACHED 2UL
#define PROT_ENCRYPTED 4UL

typedef struct {
	unsigned long pgprot;
} pgprot_t;

#define pgprot_val(p) ((p).pgprot)
#define prot_with(p, clear, set) ((pgprot_t){ (pgprot_val(p) & ~(clear)) | (set) })
#define pgprot_writecombine(p) prot_with(p, PROT_CACHE_BITS, PROT_WC)
#define pgprot_dmacoherent(p) prot_with(p, PROT_CACHE_BITS, PROT_UNCACHED)
#define pgprot_decrypted(p) prot_with(p, PROT_ENCRYPTED, 0UL)

#endif
