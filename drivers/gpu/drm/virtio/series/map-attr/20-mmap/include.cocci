// File: virtgpu_vram.c
@include_blob@
position hook;
@@
 #include "virtgpu_drv.h"@hook
+#include "virtgpu_vram_blob.h"
+#include "virtgpu_vram_vma.h"
