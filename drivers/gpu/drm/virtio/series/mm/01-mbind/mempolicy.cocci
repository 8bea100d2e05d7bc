// File: mm/mempolicy.c
// Only with: linux/pfn_t.h
@pmd_folio@
symbol folio, pmd, walk;
position hook;
@@
-static void queue_folios_pmd@hook(pmd_t *pmd, struct mm_walk *walk)
+static void queue_folios_pmd(pmd_t *pmd, unsigned long addr, struct mm_walk *walk)
 {
 ...
 if (unlikely(is_pmd_migration_entry(*pmd))) { ... }
-folio = pmd_folio(*pmd);
-if (is_huge_zero_folio(folio)) { ... }
+folio = vm_normal_folio_pmd(walk->vma, addr, *pmd);
+if (!folio)
+	return;
 ...
 }

@pmd_address@
symbol pmd, walk, addr;
position hook;
@@
 queue_folios_pte_range(...)
 {
 <...
-queue_folios_pmd@hook(pmd, walk);
+queue_folios_pmd(pmd, addr, walk);
 ...>
 }
