// File: virtgpu_vq.c
// Layout: by spatch
// Not part of the series. With lockdep this shows what the callbacks of responses must not do:
// wait for what may wait for a fence that the same loop signals, like a lock under which
// memory is allocated.
@signalling@
symbol entry, reclaim_list, vgdev;
iterator name list_for_each_entry;
statement S;
position hook;
@@
 virtio_gpu_dequeue_ctrl_func(...)
 {
+	bool signalling = dma_fence_begin_signalling();
 	...
 	wake_up@hook(&vgdev->ctrlq.ack_queue);
+	dma_fence_end_signalling(signalling);
 	...
 }

// The lock of an object that is freed: the same class as others', but nothing can hold it, for
// it was the last reference.
@freed_object@
symbol bo;
position hook;
@@
 static void virtio_gpu_cmd_unref_cb(...)
 {
 	...
+	lockdep_off();
 	virtio_gpu_cleanup_object@hook(bo);
+	lockdep_on();
 }
