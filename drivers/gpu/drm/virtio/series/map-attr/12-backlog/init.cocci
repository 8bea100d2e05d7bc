// File: virtgpu_kms.c
@init_backlog@
symbol vgdev;
position hook;
@@
 virtio_gpu_init(...)
 {
 ...
 ida_init@hook(&vgdev->resource_ida);
+virtio_gpu_backlog_init(vgdev);
 ...
 }

@deinit_backlog@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
+virtio_gpu_backlog_flush(vgdev);
 flush_work@hook(&vgdev->obj_free_work);
 ...
 }
