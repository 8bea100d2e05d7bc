// File: virtgpu_vq.c
// Where caches are merged one keeps its name as long as any of them is used: count.
@vbuf_cache_name@
symbol vgdev;
expression list rest;
position hook;
@@
 virtio_gpu_alloc_vbufs(...)
 {
+	static atomic_t caches = ATOMIC_INIT(0);
+	char name[32];
+
+	snprintf(name, sizeof(name), "virtio-gpu-vbufs-%d", atomic_inc_return(&caches));
-vgdev->vbufs = kmem_cache_create@hook("virtio-gpu-vbufs", rest);
+vgdev->vbufs = kmem_cache_create(name, rest);
 ...
 }
