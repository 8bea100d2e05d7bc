// File: virtgpu_kms.c
@init_window@
symbol vgdev;
position hook;
@@
 virtio_gpu_init(...)
 {
 ...
 virtio_gpu_vram_table_init@hook(vgdev);
+virtio_gpu_vram_window_init(vgdev);
 ...
 }
