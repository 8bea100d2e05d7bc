// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * dma_importer: imports dma-bufs as the drivers of other devices do, and holds on to them.
 * Nothing is transferred.
 */
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/virtio_dma_buf.h>

#include "dma_importer.h"

/*
 * An open file.  @lock orders its ioctls; the dma-buf's reservation lock is that of @sgt, the
 * DMA addresses, with @dir, and @notified.
 */
struct importer {
	struct mutex lock; /* see above */
	struct pci_dev *pdev;
	struct dma_buf *buf;
	struct dma_buf_attachment *attach;
	enum dma_importer_kind kind;
	struct sg_table *sgt;
	enum dma_data_direction dir;
	u32 notified;
	struct work_struct unmap_work;
};

static void importer_unmap(struct importer *imp)
{
	dma_resv_lock(imp->buf->resv, NULL);
	if (imp->sgt)
		dma_buf_unmap_attachment(imp->attach, imp->sgt, imp->dir);
	imp->sgt = NULL;
	dma_resv_unlock(imp->buf->resv);
}

static void unmap_work(struct work_struct *work)
{
	importer_unmap(container_of(work, struct importer, unmap_work));
}

static void importer_notify(struct dma_buf_attachment *attach)
{
	struct importer *imp = attach->importer_priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	imp->notified++;
	if (imp->kind == DMA_IMPORTER_DYNAMIC)
		schedule_work(&imp->unmap_work);
}

static const struct dma_buf_attach_ops importer_ops = {
	.allow_peer2peer = true,
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	.invalidate_mappings = importer_notify,
#else
	.move_notify = importer_notify,
#endif
};

static void importer_detach(struct importer *imp)
{
	if (!imp->attach)
		return;
	cancel_work_sync(&imp->unmap_work);
	importer_unmap(imp);
	dma_buf_detach(imp->buf, imp->attach);
	imp->attach = NULL;
	dma_buf_put(imp->buf);
}

static int importer_attach(struct importer *imp, const struct dma_importer_map *map)
{
	struct dma_buf_attachment *attach;

	imp->buf = dma_buf_get(map->dmabuf);
	if (IS_ERR(imp->buf))
		return PTR_ERR(imp->buf);
	imp->kind = map->kind;
	attach = imp->kind == DMA_IMPORTER_STATIC ?
		dma_buf_attach(imp->buf, &imp->pdev->dev) :
		dma_buf_dynamic_attach(imp->buf, &imp->pdev->dev, &importer_ops, imp);
	if (IS_ERR(attach)) {
		dma_buf_put(imp->buf);
		return PTR_ERR(attach);
	}
	imp->attach = attach;
	return 0;
}

static int importer_map(struct importer *imp, const struct dma_importer_map *map)
{
	struct sg_table *sgt;
	int ret;

	ret = imp->attach ? 0 : importer_attach(imp, map);
	if (ret)
		return ret;
	dma_resv_lock(imp->buf->resv, NULL);
	if (!imp->sgt) {
		imp->dir = map->reads ? DMA_TO_DEVICE : DMA_BIDIRECTIONAL;
		sgt = dma_buf_map_attachment(imp->attach, imp->dir);
		if (IS_ERR(sgt))
			ret = PTR_ERR(sgt);
		else
			imp->sgt = sgt;
	}
	dma_resv_unlock(imp->buf->resv);
	if (ret && imp->kind == DMA_IMPORTER_STATIC)
		importer_detach(imp);
	return ret;
}

static void get_state(struct importer *imp, struct dma_importer_state *state)
{
	*state = (struct dma_importer_state){ 0 };
	if (!imp->attach)
		return;
	dma_resv_lock(imp->buf->resv, NULL);
	state->mapped = !!imp->sgt;
	state->notified = imp->notified;
	dma_resv_unlock(imp->buf->resv);
}

static int importer_wait(struct importer *imp)
{
	long ret;

	if (!imp->attach)
		return -EINVAL;
	dma_resv_lock(imp->buf->resv, NULL);
	ret = dma_resv_wait_timeout(imp->buf->resv, DMA_RESV_USAGE_READ, true,
				    MAX_SCHEDULE_TIMEOUT);
	dma_resv_unlock(imp->buf->resv);
	return ret < 0 ? ret : 0;
}

static int importer_get_uuid(int fd)
{
	struct dma_buf *buf = dma_buf_get(fd);
	uuid_t uuid;
	int ret;

	if (IS_ERR(buf))
		return PTR_ERR(buf);
	ret = virtio_dma_buf_get_uuid(buf, &uuid);
	dma_buf_put(buf);
	return ret;
}

static long importer_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct importer *imp = file->private_data;
	struct dma_importer_state state;
	struct dma_importer_map what;
	int ret = 0;

	if (cmd == DMA_IMPORTER_MAP && copy_from_user(&what, (void __user *)arg, sizeof(what)))
		return -EFAULT;
	if (cmd == DMA_IMPORTER_UUID)
		return importer_get_uuid(arg);
	if (mutex_lock_killable(&imp->lock))
		return -EINTR;
	switch (cmd) {
	case DMA_IMPORTER_MAP:
		ret = importer_map(imp, &what);
		break;
	case DMA_IMPORTER_STATE:
		get_state(imp, &state);
		break;
	case DMA_IMPORTER_RELEASE:
		if (imp->kind == DMA_IMPORTER_STATIC)
			importer_detach(imp);
		else if (imp->attach)
			importer_unmap(imp);
		break;
	case DMA_IMPORTER_WAIT:
		ret = importer_wait(imp);
		break;
	default:
		ret = -ENOTTY;
	}
	mutex_unlock(&imp->lock);
	if (cmd == DMA_IMPORTER_STATE &&
	    copy_to_user((void __user *)arg, &state, sizeof(state)))
		ret = -EFAULT;
	return ret;
}

static int importer_open(struct inode *inode, struct file *file)
{
	struct importer *imp = kzalloc(sizeof(*imp), GFP_KERNEL);

	if (!imp)
		return -ENOMEM;
	/* Whatever virtio device comes first. */
	imp->pdev = pci_get_device(PCI_VENDOR_ID_REDHAT_QUMRANET, PCI_ANY_ID, NULL);
	if (!imp->pdev) {
		kfree(imp);
		return -ENODEV;
	}
	mutex_init(&imp->lock);
	INIT_WORK(&imp->unmap_work, unmap_work);
	file->private_data = imp;
	return 0;
}

static int importer_release(struct inode *inode, struct file *file)
{
	struct importer *imp = file->private_data;

	importer_detach(imp);
	pci_dev_put(imp->pdev);
	kfree(imp);
	return 0;
}

static const struct file_operations importer_fops = {
	.owner = THIS_MODULE,
	.open = importer_open,
	.release = importer_release,
	.unlocked_ioctl = importer_ioctl,
};

static struct miscdevice importer_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "dma_importer",
	.fops = &importer_fops,
	.mode = 0600,
};
module_misc_device(importer_device);

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS("DMA_BUF");
#else
MODULE_IMPORT_NS(DMA_BUF);
#endif
MODULE_DESCRIPTION("Imports dma-bufs for tests");
MODULE_LICENSE("Dual MIT/GPL");
