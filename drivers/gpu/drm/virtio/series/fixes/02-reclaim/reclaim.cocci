// File: virtgpu_vq.c
// Only where not: virtio_gpu_reclaim_vbufs
// Until: 6.12.117 7.3
@reclaim_unanswered@
identifier vgdev, vbuf;
position hook;
@@
 static void virtio_gpu_cmd_unref_cb@hook(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf)
 { ... }
+
+void virtio_gpu_reclaim_vbufs(struct virtio_gpu_device *vgdev)
+{
+	struct virtio_gpu_vbuffer *vbuf;
+
+	while ((vbuf = virtqueue_detach_unused_buf(vgdev->ctrlq.vq))) {
+		virtio_gpu_array_put_free(vbuf->objs);
+		if (vbuf->resp_cb == virtio_gpu_cmd_unref_cb)
+			virtio_gpu_cleanup_object(vbuf->resp_cb_data);
+		free_vbuf(vgdev, vbuf);
+	}
+	while ((vbuf = virtqueue_detach_unused_buf(vgdev->cursorq.vq)))
+		free_vbuf(vgdev, vbuf);
+}
