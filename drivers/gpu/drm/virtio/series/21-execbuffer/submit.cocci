// File: virtgpu_submit.c
@limits@
position hook;
@@
 #include "virtgpu_drv.h"@hook
+
+/* More than any driver in user space needs, and what the kernel allocates without a warning. */
+#define VIRTGPU_EXECBUF_MAX_ENTRIES SZ_128K
+#define VIRTGPU_EXECBUF_MAX_SIZE SZ_64M

@no_fd_yet@
symbol submit;
position hook;
@@
 virtio_gpu_init_submit(...)
 {
 ...
 memset@hook(submit, 0, sizeof(*submit));
+submit->out_fence_fd = -1;
 ...
-submit->out_fence_fd = -1;
 ...
 }

@killable_deps@
symbol syncobj_desc, ret, num_in_syncobjs, i;
position hook;
@@
 virtio_gpu_parse_deps(...)
 {
 <...
 for (i = 0; i < num_in_syncobjs; i++)
 {
 	...
+	if (fatal_signal_pending(current)) {
+		ret = -EINTR;
+		break;
+	}
+
 	memset@hook(&syncobj_desc, 0, sizeof(syncobj_desc));
 	...
 }
 ...>
 }

@killable_post_deps@
symbol syncobj_desc, ret, num_out_syncobjs, i;
position hook;
@@
 virtio_gpu_parse_post_deps(...)
 {
 <...
 for (i = 0; i < num_out_syncobjs; i++)
 {
 	...
+	if (fatal_signal_pending(current)) {
+		ret = -EINTR;
+		break;
+	}
+
 	memset@hook(&syncobj_desc, 0, sizeof(syncobj_desc));
 	...
 }
 ...>
 }

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
