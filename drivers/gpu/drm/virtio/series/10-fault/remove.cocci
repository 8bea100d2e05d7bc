// File: virtgpu_drv.c
// Only where: virtio_gpu_release_vqs
@remove_wakes_waiters@
symbol dev, vdev;
position hook;
@@
 virtio_gpu_remove(...)
 {
 	struct drm_device *dev = vdev->priv;
+	struct virtio_gpu_device *vgdev = dev->dev_private;
 	...
 	drm_dev_unplug@hook(dev);
+	/* Nobody will answer those who wait for a reply. */
+	wake_up_all(&vgdev->resp_wq);
 	...
 }
