// File: virtgpu_drv.h
@include_window@
position hook;
@@
 #include "virtgpu_vram_map.h"@hook
+#include "virtgpu_vram_window.h"

@device_window@
position hook;
@@
 struct virtio_gpu_device {
 ...
 struct xarray vram_table@hook;
+struct virtio_gpu_vram_window vram_window;
 ...
 };
