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
+ret = virtio_gpu_vram_changes_init(vgdev);
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
+virtio_gpu_vram_changes_stop(vgdev);
+virtio_gpu_vram_lose_all(vgdev);
+virtio_gpu_vram_flush_importers(vgdev);
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
 virtio_gpu_queue_end@hook(vgdev);
+virtio_gpu_vram_flush(vgdev);
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
+		vgdev->backlog.reserved = VIRTIO_GPU_URGENT_ROOM;
 ...
 }
