// File: virtgpu_drv.h
@include_xarray@
position hook;
@@
 #include <linux/virtio_gpu.h>@hook
+#include <linux/xarray.h>

@device_vram_table@
position hook;
@@
 struct virtio_gpu_device {
 ...
 struct drm_mm host_visible_mm@hook;
+struct xarray vram_table;
 ...
 };
