// File: virtgpu_drv.h
// Only where: xen
@include_backlog@
position hook;
@@
 #include <xen/xen.h>@hook
+
+#include "virtgpu_backlog.h"
