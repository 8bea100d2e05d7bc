// File: virtgpu_drv.h
// Only where not: xen
@include_backlog@
position hook;
@@
 #include <drm/virtgpu_drm.h>@hook
+
+#include "virtgpu_backlog.h"
