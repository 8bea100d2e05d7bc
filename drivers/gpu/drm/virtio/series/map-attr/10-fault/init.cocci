// File: virtgpu_kms.c
@include_wire_format@
position hook;
@@
 #include <linux/virtio_config.h>@hook
+#include <linux/virtio_gpu_map_attr.h>

@init_changes@
symbol vgdev, ret;
position hook;
@@
 virtio_gpu_init(...)
 {
 ...
 INIT_LIST_HEAD@hook(&vgdev->obj_free_list);
 spin_lock_init(&vgdev->obj_free_lock);
+
+virtio_gpu_vram_table_init(vgdev);
+virtio_gpu_vram_change_init(vgdev);
+ret = virtio_gpu_vram_cmd_init(vgdev);
+if (ret)
+	goto err_vqs;
+ret = virtio_gpu_vram_prime_init(vgdev);
+if (ret)
+	goto err_vqs;
 ...
 }

@deinit_changes@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
+virtio_gpu_vram_change_stop(vgdev);
+virtio_gpu_vram_change_lose_all(vgdev);
+virtio_gpu_vram_prime_flush(vgdev);
 flush_work@hook(&vgdev->obj_free_work);
 ...
 }

@deinit_flushes@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
 virtio_gpu_ctrlq_end@hook(vgdev);
+virtio_gpu_vram_change_flush(vgdev);
 ...
 }

@init_has_map_attr@
symbol vgdev, true;
position hook;
statement S;
@@
 virtio_gpu_init(...)
 {
 ...
 if (virtio_has_feature(vgdev->vdev, VIRTIO_GPU_F_CONTEXT_INIT@hook)) S
+	vgdev->has_map_attr = virtio_has_feature(vgdev->vdev, VIRTIO_GPU_F_MAP_ATTR);
+	if (vgdev->has_map_attr)
+		vgdev->backlog.reserved = VIRTIO_GPU_URGENT_DESCS;
 ...
 }
