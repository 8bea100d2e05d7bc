// File: virtgpu_kms.c
// Only where: obj_restore_lock
@deinit_keeps_lock@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
-mutex_destroy@hook(&vgdev->obj_restore_lock);
 }

@release_destroys_lock@
symbol vgdev;
position hook;
@@
 virtio_gpu_release(...)
 {
 ...
 virtio_gpu_cleanup_cap_cache@hook(vgdev);
+mutex_destroy(&vgdev->obj_restore_lock);
 ...
 }
