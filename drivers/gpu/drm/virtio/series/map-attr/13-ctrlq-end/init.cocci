// File: virtgpu_kms.c
@deinit_ends_waiting@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
 virtio_reset_device@hook(vgdev->vdev);
+virtio_gpu_ctrlq_end(vgdev);
 ...
 }
