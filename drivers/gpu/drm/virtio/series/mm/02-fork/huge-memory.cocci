// File: mm/huge_memory.c
// Drop: /No need to recheck the pmd/,/^\t* \*$/
@look_again@
symbol src_ptl, pmd, src_pmd, ret;
position hook;
@@
 copy_huge_pmd(...)
 {
 <...
 if (unlikely(<+... pmd_special(pmd) ...+>)) {
 	...
 	spin_lock_nested@hook(src_ptl, SINGLE_DEPTH_NESTING);
+	/* unmap_mapping_range() takes no mmap_lock. */
+	pmd = pmdp_get(src_pmd);
+	if (unlikely(pmd_none(pmd))) {
+		ret = 0;
+		goto out_unlock;
+	}
 	...
 	goto set_pmd;
 }
 ...>
 }
