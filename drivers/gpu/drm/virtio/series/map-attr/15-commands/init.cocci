// File: virtgpu_kms.c
@init_commands@
symbol vgdev, ret;
position hook;
@@
 virtio_gpu_init(...)
 {
 ...
 virtio_gpu_vram_table_init@hook(vgdev);
+ret = virtio_gpu_vram_cmd_init(vgdev);
+if (ret)
+	goto err_vqs;
 ...
 }
