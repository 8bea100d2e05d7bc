// File: virtgpu_vram.c
@public_free@
identifier obj;
position hook;
@@
-static
 void virtio_gpu_vram_free@hook(struct drm_gem_object *obj)
 { ... }
