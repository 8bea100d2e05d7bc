// File: virtgpu_kms.c
@init_free@
symbol vgdev;
position hook;
@@
 virtio_gpu_init(...)
 {
 ...
 virtio_gpu_vram_changes_init@hook(vgdev);
+virtio_gpu_vram_free_init(vgdev);
 ...
 }

@deinit_free@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
 virtio_gpu_vram_changes_stop@hook(vgdev);
+virtio_gpu_vram_free_flush(vgdev);
 ...
 }
