// File: virtgpu_drv.c
// Only where not: virtio_gpu_release_vqs
@remove_wakes_waiters@
symbol dev, vgdev;
position hook;
@@
 virtio_gpu_remove(...)
 {
 	...
 	drm_dev_unplug@hook(dev);
+	/* Nobody will answer those who wait for a reply. */
+	wake_up_all(&vgdev->resp_wq);
 	...
 }
