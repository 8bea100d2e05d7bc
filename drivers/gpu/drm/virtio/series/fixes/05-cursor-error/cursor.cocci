// File: virtgpu_vq.c
@failed_cursor_command@
symbol vgdev, vbuf, idx, ret;
statement S;
position hook;
@@
 virtio_gpu_queue_cursor(...)
 {
 <...
 if (ret == -ENOSPC@hook) { ... }
+else if (ret) {
+	spin_unlock(&vgdev->cursorq.qlock);
+	free_vbuf(vgdev, vbuf);
+	drm_dev_exit(idx);
+	return;
+}
 else S
 ...>
 }
