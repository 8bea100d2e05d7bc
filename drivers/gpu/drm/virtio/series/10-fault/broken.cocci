// File: virtgpu_queue_room.c
// A device that cannot tell changes any more is not trusted with mappings.
@broken_loses_blobs@
symbol vgdev;
position hook;
@@
 virtio_gpu_queue_is_broken(...)
 {
 <...
 virtio_gpu_queue_end@hook(vgdev);
+virtio_gpu_vram_changes_look(vgdev);
 ...>
 }
