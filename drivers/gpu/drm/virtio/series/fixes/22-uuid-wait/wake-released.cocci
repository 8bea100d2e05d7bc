// File: virtgpu_drv.c
// Only where: virtio_gpu_release_vqs
// Who waits for a response can hold up drm_dev_unplug(), too: in a fault of a debugfs file's
// reader.
@release_wakes_waiters@
symbol vgdev;
position hook;
@@
 virtio_gpu_release_vqs(...)
 {
 	...
 	wake_up_all@hook(&vgdev->cursorq.ack_queue);
+	wake_up_all(&vgdev->resp_wq);
 }
