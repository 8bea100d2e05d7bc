// File: virtgpu_vq.c
@vbuf_cache_name@
symbol vgdev;
expression size, align, ctor;
position hook;
@@
 virtio_gpu_alloc_vbufs(...)
 {
+	static atomic_t caches = ATOMIC_INIT(0);
+	char name[32];
+
+	snprintf(name, sizeof(name), "virtio-gpu-vbufs-%d", atomic_inc_return(&caches));
-vgdev->vbufs = kmem_cache_create@hook("virtio-gpu-vbufs", size, align, 0, ctor);
+/* A cache that is merged with another does not copy the name. */
+vgdev->vbufs = kmem_cache_create(name, size, align, SLAB_NO_MERGE, ctor);
 ...
 }
