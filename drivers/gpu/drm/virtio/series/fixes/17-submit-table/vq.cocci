// File: virtgpu_vq.c
@free_without_table@
symbol vgdev, vbuf, sgt, objs, ENOMEM;
statement S;
position hook;
@@
 virtio_gpu_queue_fenced_ctrl_buffer(...)
 {
 <...
 if (!sgt@hook) {
 	S
+	free_vbuf(vgdev, vbuf);
+	virtio_gpu_array_put_free(objs);
 	return -ENOMEM;
 }
 ...>
 }
