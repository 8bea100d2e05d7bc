// File: virtgpu_submit.c
@submit_fails@
identifier submit;
expression list es;
position hook;
@@
-static void virtio_gpu_submit@hook(struct virtio_gpu_submit *submit)
+static int virtio_gpu_submit(struct virtio_gpu_submit *submit)
 {
+	int ret;
+
-virtio_gpu_cmd_submit(es);
+ret = virtio_gpu_cmd_submit(es);
+/* They are the command's, whatever became of it. */
+submit->buf = NULL;
+submit->buflist = NULL;
 virtio_gpu_notify(submit->vgdev);
+return ret;
 }

@submit_owns@
identifier submit;
position hook;
@@
 virtio_gpu_complete_submit(struct virtio_gpu_submit *submit)
 {
-	submit->buf@hook = NULL;
-	submit->buflist = NULL;
 	...
 }

@execbuffer_fails@
symbol submit, ret, cleanup;
position hook;
@@
 virtio_gpu_execbuffer_ioctl(...)
 {
 ...
-virtio_gpu_submit@hook(&submit);
+ret = virtio_gpu_submit(&submit);
+if (ret)
+	goto cleanup;
 ...
 }
