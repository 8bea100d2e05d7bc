// File: virtgpu_drv.c
// Only where not: virtio_gpu_release_vqs
@remove_releases@
symbol dev, vdev;
position hook;
@@
 virtio_gpu_remove(...)
 {
 	struct drm_device *dev = vdev->priv;
+	struct virtio_gpu_device *vgdev = dev->dev_private;
 	...
+	/* Who waits for the host holds up drm_dev_unplug(). */
+	vgdev->vqs_released = true;
+	wake_up_all(&vgdev->ctrlq.ack_queue);
+	wake_up_all(&vgdev->cursorq.ack_queue);
 	drm_dev_unplug@hook(dev);
 	...
 }
