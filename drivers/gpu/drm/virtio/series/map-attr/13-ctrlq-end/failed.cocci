// File: virtgpu_vq.c
// The fence of a command that is not queued has not been given to any waiter, so it may be signalled
// before older ones.
@failed_command@
symbol vgdev, vbuf, fence, idx, ret;
position hook;
@@
 virtio_gpu_queue_ctrl_sgs(...)
 {
 ...
 if (fence) {
 	virtio_gpu_fence_emit(...);
-	if (vbuf->objs) {
-		virtio_gpu_array_add_fence(vbuf->objs, &fence->f);
-		virtio_gpu_array_unlock_resv(vbuf->objs);
-	}
 }
 ...
-WARN_ON@hook(ret);
+if (ret) {
+	spin_unlock(&vgdev->ctrlq.qlock);
+	ret = virtio_gpu_ctrlq_add_failed(vgdev, vbuf, fence, ret);
+	drm_dev_exit(idx);
+	if (ret == -EINPROGRESS)
+		return 0;
+	if (fence && vbuf->objs)
+		virtio_gpu_array_unlock_resv(vbuf->objs);
+	free_vbuf(vgdev, vbuf);
+	return ret;
+}
+if (fence && vbuf->objs) {
+	virtio_gpu_array_add_fence(vbuf->objs, &fence->f);
+	virtio_gpu_array_unlock_resv(vbuf->objs);
+}
 ...
 }
