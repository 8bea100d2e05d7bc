// File: virtgpu_gem.c
@dumb_rounds_size@
symbol args, vgdev;
position hook;
@@
 virtio_gpu_mode_dumb_create(...)
 {
 <...
-args->size = ALIGN(args@hook->size, PAGE_SIZE);
+args->size = virtio_gpu_vram_window_round_up(vgdev, args->size);
 ...>
 }
