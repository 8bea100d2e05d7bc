// File: virtgpu_vq.c
@response_level@
symbol vgdev;
expression list es;
position hook;
@@
 virtio_gpu_dequeue_ctrl_func(...)
 {
 <...
-DRM_ERROR_RATELIMITED@hook(es);
+drm_dbg_driver(vgdev->ddev, es);
 ...>
 }
