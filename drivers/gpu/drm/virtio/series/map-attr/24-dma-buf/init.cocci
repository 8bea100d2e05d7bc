// File: virtgpu_kms.c
@include_prime@
position hook;
@@
 #include "virtgpu_drv.h"@hook
+#include "virtgpu_vram_prime.h"

@init_prime@
symbol vgdev, ret;
position hook;
@@
 virtio_gpu_init(...)
 {
 ...
 virtio_gpu_vram_change_init@hook(vgdev);
+ret = virtio_gpu_vram_prime_init(vgdev);
+if (ret)
+	goto err_vqs;
 ...
 }

@deinit_tells_importers@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
 virtio_gpu_vram_change_lose_all@hook(vgdev);
+/* What an importer holds a lock for may be a fence. */
+virtio_gpu_ctrlq_close(vgdev);
+virtio_gpu_vram_prime_flush(vgdev);
 ...
 }
