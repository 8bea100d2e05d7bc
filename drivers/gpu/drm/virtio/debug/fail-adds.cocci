// File: virtgpu_vq.c
// Layout: by spatch
// Not part of the series. Adding to a queue fails where DMA addresses or an indirect table cannot
// be had, which no fault injection of the kernel's brings about: the module's parameter fail_adds
// is how many of the next commands it fails for.
@fail_adds_parameter@
identifier vgdev, vbuf;
position hook;
@@
+static int fail_adds;
+module_param(fail_adds, int, 0600);
+
 static int virtio_gpu_queue_ctrl_sgs@hook(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf, ...)
 { ... }

@failing_add@
symbol ret, vq, sgs, outcnt, incnt, vbuf, GFP_ATOMIC;
position hook;
@@
 virtio_gpu_queue_ctrl_sgs(...)
 {
 ...
-ret = virtqueue_add_sgs@hook(vq, sgs, outcnt, incnt, vbuf, GFP_ATOMIC);
+if (fail_adds > 0 && fail_adds--)
+	ret = -ENOMEM;
+else
+	ret = virtqueue_add_sgs(vq, sgs, outcnt, incnt, vbuf, GFP_ATOMIC);
 ...
 }
