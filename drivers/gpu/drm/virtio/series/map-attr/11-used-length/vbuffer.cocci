// File: virtgpu_drv.h
// The used length lives next to the size of the buffer it is about.
@vbuffer_resp_len@
position hook;
@@
 struct virtio_gpu_vbuffer {
 ...
 int resp_size@hook;
+unsigned int resp_len;
 ...
 };
