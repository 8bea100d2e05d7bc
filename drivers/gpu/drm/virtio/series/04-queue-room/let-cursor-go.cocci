// File: virtgpu_vq.c
// Only where not: vqs_released
// The host may not serve this queue either. Before notify.cocci, which brings that word in.
@cursor_wait_ends@
symbol vgdev, vbuf, vq, outcnt, idx;
position hook;
@@
 virtio_gpu_queue_cursor(...)
 {
 <...
-wait_event@hook(vgdev->cursorq.ack_queue, vq->num_free >= outcnt);
+wait_event(vgdev->cursorq.ack_queue, vq->num_free >= outcnt || vgdev->vqs_released);
+if (vgdev->vqs_released) {
+	free_vbuf(vgdev, vbuf);
+	drm_dev_exit(idx);
+	return;
+}
 ...>
 }
