// File: virtgpu_vq.c
// The vbuffer is gone when virtio_gpu_queue_ctrl_sgs() has failed, so its
// objects are remembered before.
@unqueued_objs@
symbol vbuf, sgt, fence, ret;
identifier i;
expression list es;
position hook;
@@
 virtio_gpu_queue_fenced_ctrl_buffer(...)
 {
+	struct virtio_gpu_object_array *objs = vbuf->objs;
 	...
 	ret = virtio_gpu_queue_ctrl_sgs@hook(es);
+	if (ret)
+		virtio_gpu_array_put_free(objs);
 	...
 }
