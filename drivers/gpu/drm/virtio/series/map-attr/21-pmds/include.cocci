// File: virtgpu_drv.c
@include_vma@
position hook;
@@
 #include "virtgpu_drv.h"@hook
+#include "virtgpu_vram_vma.h"
