// File: virtgpu_vq.c
@wait_for_room@
symbol vgdev, vbuf, fence, elemcnt, idx, ret, vq;
position hook;
expression E;
@@
 virtio_gpu_queue_ctrl_sgs(...)
 {
 <...
-wait_event@hook(vgdev->ctrlq.ack_queue, E);
+ret = virtio_gpu_backlog_wait_space(vgdev, vbuf, fence, elemcnt);
+if (ret == -EINPROGRESS) {
+	drm_dev_exit(idx);
+	return 0;
+}
+if (ret) {
+	if (fence && vbuf->objs)
+		virtio_gpu_array_unlock_resv(vbuf->objs);
+	free_vbuf(vgdev, vbuf);
+	drm_dev_exit(idx);
+	return ret;
+}
 ...>
 }

@has_room@
symbol vgdev, vbuf, elemcnt, vq;
position hook;
@@
 virtio_gpu_queue_ctrl_sgs(...)
 {
 <...
-if (vq->num_free@hook < elemcnt)
+if (!virtio_gpu_backlog_has_space(vgdev, vbuf, elemcnt))
 {
 	...
 }
 ...>
 }

@count_descs@
symbol vgdev, vbuf, elemcnt;
position hook;
@@
 virtio_gpu_queue_ctrl_sgs(...)
 {
 ...
+vbuf->descs = elemcnt;
 if (vgdev->has_indirect@hook) elemcnt = 1;
 ...
 }
