// File: virtgpu_ioctl.c
@rings_needed@
symbol value, MAX_RINGS;
position hook;
@@
 virtio_gpu_context_init_ioctl(...)
 {
 <...
-if (value > MAX_RINGS@hook)
+if (!value || value > MAX_RINGS)
 { ... }
 ...>
 }
