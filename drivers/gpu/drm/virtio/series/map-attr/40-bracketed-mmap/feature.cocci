// File: virtgpu_drv.c
// Layout: by spatch
@feature_bit@
position hook;
@@
 static unsigned int features[] = {
 ...,
 VIRTIO_GPU_F_MAP_ATTR@hook,
+VIRTIO_GPU_F_CPU_ACCESS,
 ...
 };
