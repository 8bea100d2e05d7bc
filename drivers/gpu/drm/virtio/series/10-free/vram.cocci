// File: virtgpu_vram.c
// Layout: by spatch
@funcs_free_later@
position hook;
@@
 static const struct drm_gem_object_funcs virtio_gpu_vram_funcs = {
-	.free = virtio_gpu_vram_free@hook,
+	.free = virtio_gpu_vram_free_later,
 };
