// File: virtgpu_vram.c
// Only where: virtio_gpu_vram_map_deferred
@no_map_deferred@
identifier vram;
position hook;
@@
-void virtio_gpu_vram_map_deferred@hook(struct virtio_gpu_object_vram *vram)
-{ ... }

@no_map_lock@
declarer name DEFINE_MUTEX;
symbol map_lock;
position hook;
@@
-static DEFINE_MUTEX(map_lock@hook);
