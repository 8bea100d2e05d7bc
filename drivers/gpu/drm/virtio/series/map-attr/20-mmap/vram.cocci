// File: virtgpu_vram.c
// Mapping moves to virtgpu_vram_vma.c and virtgpu_vram_blob.c; what stays
// is the life of the GEM object.
@no_vm_ops@
position hook;
@@
-static const struct vm_operations_struct virtio_gpu_vram_vm_ops@hook = { ... };

@no_mmap@
identifier obj, vma;
position hook;
@@
-static int virtio_gpu_vram_mmap@hook(struct drm_gem_object *obj, struct vm_area_struct *vma)
-{ ... }

@no_map@
identifier bo;
position hook;
@@
-static int virtio_gpu_vram_map@hook(struct virtio_gpu_object *bo)
-{ ... }

@funcs_vm_ops@
position hook;
@@
 static const struct drm_gem_object_funcs virtio_gpu_vram_funcs = {
-	.mmap = virtio_gpu_vram_mmap@hook,
+	.mmap = virtio_gpu_vram_vma_mmap,
+	.vm_ops = &virtio_gpu_vram_vma_ops,
 };

@free_unmaps@
symbol vgdev, vram, bo, unmap;
position hook;
@@
 virtio_gpu_vram_free(...)
 {
 ...
-bool unmap@hook;
 ...
+if (!virtio_gpu_vram_blob_fini(vram)) {
+	virtio_gpu_cleanup_object(bo);
+	return;
+}
+
 if (bo->created) {
-	spin_lock(&vgdev->host_visible_lock);
-	unmap = drm_mm_node_allocated(&vram->vram_node);
-	spin_unlock(&vgdev->host_visible_lock);
-	if (unmap)
-		virtio_gpu_cmd_unmap(vgdev, bo);
 	...
 }
 }

@create_inits_map@
symbol vgdev, obj, vram, params;
position hook;
@@
 virtio_gpu_vram_create(...)
 {
 ...
 drm_gem_private_object_init@hook(vgdev->ddev, obj, params->size);
+virtio_gpu_vram_blob_init(vram);
 ...
 }

@create_asks_for_map@
symbol vram, params, ret;
position hook;
@@
 virtio_gpu_vram_create(...)
 {
 <...
-	ret = virtio_gpu_vram_map@hook(&vram->base);
+	ret = virtio_gpu_vram_blob_request_map(vram);
 ...>
 }

@create_puts@
symbol obj, vram, ret, vgdev;
position hook;
@@
 virtio_gpu_vram_create(...)
 {
 <...
 ret = virtio_gpu_vram_blob_request_map(vram);
 if (ret) {
-	virtio_gpu_vram_free@hook(obj);
+	/* The command that creates it has a reference as well. */
+	virtio_gpu_notify(vgdev);
+	drm_gem_object_put(obj);
 	...
 }
 ...>
 }
