// File: virtgpu_prime.c
@include_prime@
position hook;
@@
 #include "virtgpu_drv.h"@hook
+#include "virtgpu_vram_prime.h"
