// File: virtgpu_vq.c
// Only where not: vqs_released
// Both waits in one file: the first of them brings in the word that is looked for.
@ctrl_wait_ends@
symbol vgdev, vbuf, fence, vq, elemcnt, idx, again;
position hook;
@@
 virtio_gpu_queue_ctrl_sgs(...)
 {
 <...
-wait_event@hook(vgdev->ctrlq.ack_queue, vq->num_free >= elemcnt);
+wait_event(vgdev->ctrlq.ack_queue, vq->num_free >= elemcnt || vgdev->vqs_released);
+if (vgdev->vqs_released) {
+	if (fence && vbuf->objs)
+		virtio_gpu_array_unlock_resv(vbuf->objs);
+	free_vbuf(vgdev, vbuf);
+	drm_dev_exit(idx);
+	return -ENODEV;
+}
 ...>
 }

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
