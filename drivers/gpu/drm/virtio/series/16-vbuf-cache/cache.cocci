// File: virtgpu_vq.c
@vbuf_cache_name@
symbol vgdev;
expression list rest;
position hook;
@@
 virtio_gpu_alloc_vbufs(...)
 {
 ...
-vgdev->vbufs = kmem_cache_create@hook("virtio-gpu-vbufs", rest);
+vgdev->vbufs = kmem_cache_create(dev_name(&vgdev->vdev->dev), rest);
 ...
 }
