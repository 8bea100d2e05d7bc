// File: virtgpu_drv.c
@include_wire_format@
position hook;
@@
+#include <linux/virtio_gpu_map_attr.h>
 #include <linux/wait.h>@hook
