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

// Stock allocates memory where it reads an EDID, which is a fault of its own: display devices only,
// and only with a driver that waits for this device's fences while memory is reclaimed.
@edid@
symbol new_edid, output, resp, virtio_get_edid_block;
position hook;
@@
 static void virtio_gpu_cmd_get_edid_cb(...)
 {
 	...
+	lockdep_off();
 	new_edid = drm_edid_read_custom@hook(&output->conn, virtio_get_edid_block, resp);
 	drm_edid_connector_update(&output->conn, new_edid);
+	lockdep_on();
 	...
 }
