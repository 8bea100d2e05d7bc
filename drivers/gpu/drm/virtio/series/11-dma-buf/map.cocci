// File: virtgpu_vram.c
@dma_waits_for_map@
symbol sgt, ret, vram, GFP_KERNEL;
position hook;
@@
 virtio_gpu_vram_map_dma_buf(...)
 {
 ...
+	ret = virtio_gpu_vram_wait_mapped(vram);
+	if (ret)
+		goto out;
+
 	ret = sg_alloc_table@hook(sgt, 1, GFP_KERNEL);
 ...
 }
