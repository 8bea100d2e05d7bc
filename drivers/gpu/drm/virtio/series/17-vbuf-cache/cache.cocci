// File: virtgpu_vq.c
// The minor outlives the driver's hold on the device, as the cache does.
@vbuf_cache_name@
symbol vgdev;
expression list rest;
position hook;
@@
 virtio_gpu_alloc_vbufs(...)
 {
+	char name[32];
+
+	snprintf(name, sizeof(name), "virtio-gpu-vbufs-%d",
+		 vgdev->ddev->primary->index);
-vgdev->vbufs = kmem_cache_create@hook("virtio-gpu-vbufs", rest);
+vgdev->vbufs = kmem_cache_create(name, rest);
 ...
 }
