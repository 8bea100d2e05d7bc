// File: virtgpu_vram.c
@include_place@
position hook;
@@
 #include "virtgpu_vram_blob.h"@hook
+#include "virtgpu_vram_place.h"

@create_places_early@
symbol vram, ret;
position hook;
@@
 virtio_gpu_vram_create(...)
 {
 <...
-ret = virtio_gpu_vram_blob_request_map@hook(vram);
+ret = virtio_gpu_vram_place_early(vram);
 ...>
 }
