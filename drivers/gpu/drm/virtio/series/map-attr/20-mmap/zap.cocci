// File: virtgpu_vram_vma.c
// Only with: linux/pfn_t.h
// 6.12 has another name for it.
@zap_name_mprotect@
expression vma, start, size;
position hook;
@@
 vma_mprotect(...)
 {
 ...
-zap_special_vma_range@hook(vma, start, size);
+zap_vma_ptes(vma, start, size);
 ...
 }
