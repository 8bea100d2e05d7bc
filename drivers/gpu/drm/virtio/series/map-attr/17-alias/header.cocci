// File: virtgpu_drv.h
@include_map@
position hook;
@@
 #include "virtgpu_vram_cmd.h"@hook
+#include "virtgpu_vram_map.h"

@vram_map@
position hook;
@@
 struct virtio_gpu_object_vram {
 ...
 uint32_t map_info@hook;
+struct virtio_gpu_vram_map map;
 ...
 };
