// File: virtgpu_vq.c
@notify_entered@
symbol vgdev, notify;
position hook;
@@
 virtio_gpu_notify(struct virtio_gpu_device *vgdev)
 {
 	bool notify@hook;
+	int idx;
 	...
+	if (!drm_dev_enter(vgdev->ddev, &idx))
+		return;
 	spin_lock(&vgdev->ctrlq.qlock);
 	...
 	if (notify)
 		virtqueue_notify(vgdev->ctrlq.vq);
+	drm_dev_exit(idx);
 }
