// File: virtgpu_submit.c
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
