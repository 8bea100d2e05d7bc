// File: virtgpu_vq.c
// virtqueue_get_buf() already returns the length; it was not kept.
@reclaim_resp_len@
symbol vbuf, len, reclaim_list;
position hook;
@@
 reclaim_vbufs(...)
 {
 <...
+	vbuf->resp_len = len;
 	list_add_tail@hook(&vbuf->list, reclaim_list);
 ...>
 }
