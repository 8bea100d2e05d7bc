// File: virtgpu_kms.c
@init_table@
symbol vgdev;
position hook;
@@
 virtio_gpu_init(...)
 {
 ...
 INIT_LIST_HEAD@hook(&vgdev->obj_free_list);
 spin_lock_init(&vgdev->obj_free_lock);
+
+virtio_gpu_vram_table_init(vgdev);
 ...
 }
