// File: virtgpu_drv.c
// Only where: virtgpu_freeze
@include_prime@
position hook;
@@
 #include "virtgpu_drv.h"@hook
+#include "virtgpu_vram_prime.h"
