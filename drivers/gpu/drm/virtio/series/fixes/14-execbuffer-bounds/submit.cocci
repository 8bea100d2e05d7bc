// File: virtgpu_submit.c
@limits@
position hook;
@@
 #include "virtgpu_drv.h"@hook
+
+/* More than any driver in user space needs, and what the kernel allocates without a warning. */
+#define VIRTGPU_EXECBUF_MAX_ENTRIES SZ_128K
+#define VIRTGPU_EXECBUF_MAX_SIZE SZ_64M

@check_limits@
symbol exbuf, ret, VIRTGPU_EXECBUF_FLAGS;
position hook;
@@
 virtio_gpu_execbuffer_ioctl(...)
 {
 ...
 if (exbuf->flags@hook & ~VIRTGPU_EXECBUF_FLAGS) return ret;
+
+if (exbuf->num_bo_handles > VIRTGPU_EXECBUF_MAX_ENTRIES ||
+    exbuf->num_in_syncobjs > VIRTGPU_EXECBUF_MAX_ENTRIES ||
+    exbuf->num_out_syncobjs > VIRTGPU_EXECBUF_MAX_ENTRIES ||
+    exbuf->size > VIRTGPU_EXECBUF_MAX_SIZE)
+	return -EINVAL;
 ...
 }
