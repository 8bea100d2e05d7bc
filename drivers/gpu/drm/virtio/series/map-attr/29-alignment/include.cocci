// File: virtgpu_ioctl.c
@include_window@
position hook;
@@
 #include "virtgpu_drv.h"@hook
+#include "virtgpu_vram_window.h"
