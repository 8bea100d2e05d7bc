// File: virtgpu_vram_vma.c
// Only with: linux/pfn_t.h
// 6.12 has other names.
@zap_name_fork@
expression vma, size;
position hook;
@@
 vma_zap_source(...)
 {
 ...
 if (...)
-zap_special_vma_range@hook(vma, vma->vm_start, size);
+zap_vma_ptes(vma, vma->vm_start, size);
 }

@default_addresses@
expression list rest;
position hook;
@@
-drm_gem_get_unmapped_area@hook(rest)
+mm_get_unmapped_area(current->mm, rest)
