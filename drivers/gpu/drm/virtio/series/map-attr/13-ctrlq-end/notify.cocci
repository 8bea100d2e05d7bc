// File: virtgpu_vq.c
// A command that was never kicked must not be after the queue is gone.
@notify_closed@
symbol vgdev, notify, idx;
position hook;
@@
 virtio_gpu_notify(struct virtio_gpu_device *vgdev)
 {
 	...
+	/* See virtio_gpu_ctrlq_close(). */
+	rcu_read_lock();
 	spin_lock(&vgdev->ctrlq.qlock);
 	atomic_set(&vgdev->pending_commands, 0);
-	notify = virtqueue_kick_prepare@hook(vgdev->ctrlq.vq);
+	notify = !vgdev->vqs_released && virtqueue_kick_prepare(vgdev->ctrlq.vq);
 	spin_unlock(&vgdev->ctrlq.qlock);
 	if (notify)
 		virtqueue_notify(vgdev->ctrlq.vq);
+	rcu_read_unlock();
 	drm_dev_exit(idx);
 }
