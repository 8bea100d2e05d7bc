// File: virtgpu_vq.c
// Only where: no_cb
@unref_without_callback@
symbol vbuf, bo, no_cb, ret, vgdev;
position hook;
@@
 virtio_gpu_cmd_unref_resource(...)
 {
 ...
-vbuf->resp_cb_data@hook = bo;
+vbuf->resp_cb_data = no_cb ? NULL : bo;
 ret = virtio_gpu_queue_ctrl_buffer(vgdev, vbuf);
-if (ret < 0)
+if (ret < 0 && !no_cb)
 	virtio_gpu_cleanup_object(bo);
 }
