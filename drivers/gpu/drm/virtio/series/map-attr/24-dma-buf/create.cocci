// File: virtgpu_vram.c
@include_prime@
position hook;
@@
 #include "virtgpu_vram_blob.h"@hook
+#include "virtgpu_vram_prime.h"

@create_inits_prime@
symbol vram;
position hook;
@@
 virtio_gpu_vram_create(...)
 {
 ...
 virtio_gpu_vram_blob_init@hook(vram);
+virtio_gpu_vram_prime_blob_init(vram);
 ...
 }
