// File: virtgpu_vq.c
@failed_command@
symbol vgdev, vbuf, fence, idx, ret;
position hook;
@@
 virtio_gpu_queue_ctrl_sgs(...)
 {
 ...
-WARN_ON@hook(ret);
+if (ret) {
+	spin_unlock(&vgdev->ctrlq.qlock);
+	ret = virtio_gpu_ctrlq_add_failed(vgdev, vbuf, fence, ret);
+	drm_dev_exit(idx);
+	if (ret == -EINPROGRESS)
+		return 0;
+	free_vbuf(vgdev, vbuf);
+	return ret;
+}
 ...
 }
