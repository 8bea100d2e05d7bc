// File: virtgpu_prime.c
@uuid_wait_ends@
symbol vgdev, bo;
position hook;
@@
 virtgpu_virtio_get_uuid(...)
 {
 ...
-wait_event@hook(vgdev->resp_wq, bo->uuid_state != STATE_INITIALIZING);
+wait_event(vgdev->resp_wq, bo->uuid_state != STATE_INITIALIZING || vgdev->vqs_released);
 ...
 }
