// File: virtgpu_plane.c
@cursor_wait_ends@
symbol vgplane_st, true;
position hook;
@@
 virtio_gpu_cursor_plane_update(...)
 {
 <...
-dma_fence_wait@hook(&vgplane_st->fence->f, true);
+if (vgplane_st->fence->fence_id)
+	dma_fence_wait(&vgplane_st->fence->f, true);
 ...>
 }
