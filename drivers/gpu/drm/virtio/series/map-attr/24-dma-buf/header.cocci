// File: virtgpu_drv.h
@no_map_dma_buf@
identifier bo, dev, dir;
position hook;
@@
-struct sg_table *virtio_gpu_vram_map_dma_buf@hook(struct virtio_gpu_object *bo, struct device *dev, enum dma_data_direction dir);

@no_unmap_dma_buf@
identifier sgt, dev, dir;
position hook;
@@
-void virtio_gpu_vram_unmap_dma_buf@hook(struct device *dev, struct sg_table *sgt, enum dma_data_direction dir);

@device_prime_wq@
position hook;
@@
 struct virtio_gpu_device {
 ...
 struct virtio_gpu_vram_changes vram_changes@hook;
+struct workqueue_struct *vram_prime_wq;
 ...
 };
