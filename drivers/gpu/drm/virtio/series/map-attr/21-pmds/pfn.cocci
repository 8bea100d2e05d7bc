// File: virtgpu_vram_fault.c
// Only with: linux/pfn_t.h
// 6.12 wraps page frame numbers in a type of their own.
@include_pfn_t@
position hook;
@@
 #include <linux/mm.h>@hook
+#include <linux/pfn_t.h>

@wrap_pfn@
expression vmf, pfn, write;
position hook;
@@
-vmf_insert_pfn_pmd@hook(vmf, pfn, write)
+vmf_insert_pfn_pmd(vmf, __pfn_to_pfn_t(pfn, PFN_DEV), write)
