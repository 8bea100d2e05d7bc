// File: virtgpu_kms.c
@init_change@
symbol vgdev;
position hook;
@@
 virtio_gpu_init(...)
 {
 ...
 virtio_gpu_vram_table_init@hook(vgdev);
+virtio_gpu_vram_change_init(vgdev);
 ...
 }

@deinit_stops@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
+virtio_gpu_vram_change_stop(vgdev);
+virtio_gpu_vram_change_lose_all(vgdev);
 flush_work@hook(&vgdev->obj_free_work);
 ...
 }

@deinit_flushes@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
 virtio_gpu_ctrlq_end@hook(vgdev);
+virtio_gpu_vram_change_flush(vgdev);
 ...
 }
