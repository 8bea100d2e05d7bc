// File: virtgpu_drv.c
// Only where not: virtio_gpu_release_vqs
@remove_wakes_waiters@
symbol vgdev;
position hook;
@@
 virtio_gpu_remove(...)
 {
 ...
 wake_up_all@hook(&vgdev->cursorq.ack_queue);
+wake_up_all(&vgdev->resp_wq);
 ...
 }
