// File: virtgpu_kms.c
@include_table@
position hook;
@@
 #include "virtgpu_drv.h"@hook
+#include "virtgpu_vram_table.h"
