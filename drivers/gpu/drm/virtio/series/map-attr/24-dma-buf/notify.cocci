// File: virtgpu_vram_prime.c
// Only with: linux/pfn_t.h
// Layout: by spatch
// 6.12 has another name for it.
@notify_name@
expression buf;
position hook;
@@
-dma_buf_invalidate_mappings@hook
+dma_buf_move_notify
 (buf)
