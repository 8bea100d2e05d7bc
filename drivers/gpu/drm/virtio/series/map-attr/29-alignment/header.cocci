// File: virtgpu_drv.h
@include_window@
position hook;
@@
 #include "virtgpu_vram_map.h"@hook
+#include "virtgpu_vram_window.h"
