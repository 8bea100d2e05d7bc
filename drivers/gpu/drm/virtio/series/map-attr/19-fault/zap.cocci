// File: virtgpu_vram_fault.c
// Only with: linux/pfn_t.h
// 6.12 has another name for it.
@zap_name_fault@
expression vma, size;
position hook;
@@
 fault_set_vma_prot(...)
 {
 ...
 if (...) {
 ...
 if (...) {
 ...
-zap_special_vma_range@hook(vma, vma->vm_start, size);
+zap_vma_ptes(vma, vma->vm_start, size);
 }
 }
 ...
 }
