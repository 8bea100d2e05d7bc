// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * pte_probe: an independent witness of user page table entries.
 *
 * Walks a process's page tables with follow_pfnmap_start() and decodes the bits
 * itself.  Shares nothing with the driver under test.
 */
#include <linux/bitfield.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/iosys-map.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/virtio.h>

#include "pte_probe.h"

#ifdef CONFIG_X86
/*
 * Intel SDM 3, 13.12.4, with the PAT that Linux programs.  Bit 7 is PSE in a
 * large leaf and PAT in a small one; Linux needs PAT in a small one for none of
 * the types told apart here.
 */
#define X86_PWT	BIT(3)
#define X86_PCD	BIT(4)
#define X86_PSE	BIT(7)
#define X86_PAT_LARGE	BIT(12)

static enum pte_probe_type decode_pte(const struct follow_pfnmap_args *args, bool *huge)
{
	u64 bits = pgprot_val(args->pgprot);

	*huge = bits & X86_PSE;
	if (*huge && bits & X86_PAT_LARGE)
		return PTE_PROBE_OTHER;
	switch (bits & (X86_PWT | X86_PCD)) {
	case 0:
		return PTE_PROBE_WB;
	case X86_PWT:
		return PTE_PROBE_WC;
	case X86_PCD:
		return PTE_PROBE_UC_MINUS;
	default:
		return PTE_PROBE_UC;
	}
}
#elif defined(CONFIG_ARM64)
/*
 * Arm ARM D8.3, VMSAv8-64 descriptors: bits 4:2 are an index into MAIR_EL1, which
 * tells the type; bit 1 is clear in a block, set in a page.
 */
#define ARM64_ATTRINDX	GENMASK(4, 2)
#define ARM64_PAGE	BIT(1)

static enum pte_probe_type decode_pte(const struct follow_pfnmap_args *args, bool *huge)
{
	u64 mair = read_sysreg(mair_el1), bits = pgprot_val(args->pgprot);

	*huge = !(bits & ARM64_PAGE);
	switch ((mair >> (8 * FIELD_GET(ARM64_ATTRINDX, bits))) & 0xff) {
	case 0xff:
		return PTE_PROBE_NORMAL_WB;
	case 0xf0:
		return PTE_PROBE_NORMAL_TAGGED;
	case 0x44:
		return PTE_PROBE_NORMAL_NC;
	case 0x04:
		return PTE_PROBE_DEVICE_NGNRE;
	case 0x00:
		return PTE_PROBE_DEVICE_NGNRNE;
	default:
		return PTE_PROBE_OTHER;
	}
}
#elif defined(CONFIG_RISCV) && defined(CONFIG_64BIT)
/*
 * RISC-V privileged architecture, Svpbmt: bits 62:61 of a leaf of any level.  PMA is what
 * the platform, or the hypervisor's tables, have for the address.
 */
#define RISCV_V		BIT_ULL(0)
#define RISCV_PBMT	GENMASK_ULL(62, 61)

static enum pte_probe_type decode_pte(const struct follow_pfnmap_args *args, bool *huge)
{
	u64 bits = pgprot_val(args->pgprot);

	/* The entry itself: 6.12 has no pte_pgprot() here, and the other is 0. */
	*huge = !args->ptep;
	if (args->ptep)
		bits = pte_val(ptep_get(args->ptep));
	if (!(bits & RISCV_V))
		return PTE_PROBE_OTHER;
	switch (FIELD_GET(RISCV_PBMT, bits)) {
	case 0:
		return PTE_PROBE_PMA;
	case 1:
		return PTE_PROBE_NC;
	case 2:
		return PTE_PROBE_IO;
	default:
		return PTE_PROBE_OTHER;
	}
}
#else
#error "pte_probe decodes entries of x86, arm64 and riscv64 only"
#endif

static void probe_page(struct vm_area_struct *vma, unsigned long addr,
		       struct pte_probe_range *range)
{
	struct follow_pfnmap_args args = { .vma = vma, .address = addr };
	enum pte_probe_type type;
	bool huge;

	if (follow_pfnmap_start(&args)) {
		range->pages[PTE_PROBE_NONE]++;
		return;
	}
	type = decode_pte(&args, &huge);
	range->pages[type]++;
	range->huge += huge;
	range->writable += args.writable;
	if (!range->first_pfn)
		range->first_pfn = args.pfn;
	follow_pfnmap_end(&args);
}

static struct mm_struct *probe_mm(pid_t nr)
{
	struct mm_struct *mm = NULL;
	struct task_struct *task;
	struct pid *pid;

	pid = nr ? find_get_pid(nr) : get_pid(task_pid(current));
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (task) {
		mm = get_task_mm(task);
		put_task_struct(task);
	}
	return mm;
}

static int probe_range(struct pte_probe_range *range)
{
	unsigned long addr = range->start;
	struct mm_struct *mm;
	unsigned long end;
	int ret = 0;

	if (!PAGE_ALIGNED(range->start) || !PAGE_ALIGNED(range->length) ||
	    check_add_overflow(addr, (unsigned long)range->length, &end))
		return -EINVAL;
	memset(range->pages, 0, sizeof(range->pages));
	range->huge = 0;
	range->writable = 0;
	range->first_pfn = 0;

	mm = probe_mm(range->pid);
	if (!mm)
		return -ESRCH;
	mmap_read_lock(mm);
	for (; addr < end; addr += PAGE_SIZE) {
		struct vm_area_struct *vma = vma_lookup(mm, addr);

		if (!vma || !(vma->vm_flags & (VM_IO | VM_PFNMAP))) {
			ret = -EFAULT;
			break;
		}
		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		probe_page(vma, addr, range);
	}
	mmap_read_unlock(mm);
	mmput(mm);
	return ret;
}

/* As an importer would; core code warns of an exporter that has the function and fails. */
static int probe_vmap(int fd)
{
	struct dma_buf *buf = dma_buf_get(fd);
	struct iosys_map map;
	int ret;

	if (IS_ERR(buf))
		return PTR_ERR(buf);
	ret = dma_buf_vmap_unlocked(buf, &map);
	if (!ret)
		dma_buf_vunmap_unlocked(buf, &map);
	dma_buf_put(buf);
	return ret;
}

/* As an importer would, for the first virtio device there is. */
static int probe_dma_map(int fd)
{
	struct pci_dev *pdev = pci_get_device(PCI_VENDOR_ID_REDHAT_QUMRANET,
					      PCI_ANY_ID, NULL);
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	struct dma_buf *buf;
	int ret = 0;

	if (!pdev)
		return -ENODEV;
	buf = dma_buf_get(fd);
	if (IS_ERR(buf)) {
		ret = PTR_ERR(buf);
		goto put_dev;
	}
	attach = dma_buf_attach(buf, &pdev->dev);
	if (IS_ERR(attach)) {
		ret = PTR_ERR(attach);
		goto put_buf;
	}
	sgt = dma_buf_map_attachment_unlocked(attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(sgt))
		ret = PTR_ERR(sgt);
	else
		dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_BIDIRECTIONAL);
	dma_buf_detach(buf, attach);
put_buf:
	dma_buf_put(buf);
put_dev:
	pci_dev_put(pdev);
	return ret;
}

/* The virtio device is one of several children of its PCI device. */
static int find_virtio(struct device *dev, void *data)
{
	struct device **found = data;

	if (!dev->bus || strcmp(dev->bus->name, "virtio"))
		return 0;
	*found = get_device(dev);
	return 1;
}

static int probe_suspend(struct pte_probe_suspend *suspend)
{
	struct virtio_device *vdev;
	struct device *dev = NULL;
	struct pci_dev *pdev;
	int ret = -ENODEV;

	pdev = pci_get_domain_bus_and_slot(0, 0, PCI_DEVFN(suspend->slot, 0));
	if (!pdev)
		return -ENODEV;
	device_for_each_child(&pdev->dev, &dev, find_virtio);
	pci_dev_put(pdev);
	if (!dev)
		return -ENODEV;

	if (dev->driver) {
		vdev = dev_to_virtio(dev);
		suspend->restores = !!drv_to_virtio(dev->driver)->restore;
		ret = suspend->restore ? virtio_device_restore(vdev) :
					 virtio_device_freeze(vdev);
	}
	put_device(dev);
	return ret;
}

static long probe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pte_probe_suspend suspend;
	struct pte_probe_range range;
	int ret;

	switch (cmd) {
	case PTE_PROBE_RANGE:
		if (copy_from_user(&range, (void __user *)arg, sizeof(range)))
			return -EFAULT;
		ret = probe_range(&range);
		if (!ret && copy_to_user((void __user *)arg, &range, sizeof(range)))
			ret = -EFAULT;
		return ret;
	case PTE_PROBE_SUSPEND:
		if (copy_from_user(&suspend, (void __user *)arg, sizeof(suspend)))
			return -EFAULT;
		/* What was found out is of use even when that failed. */
		ret = probe_suspend(&suspend);
		if (copy_to_user((void __user *)arg, &suspend, sizeof(suspend)))
			ret = -EFAULT;
		return ret;
	case PTE_PROBE_DMA_MAP:
		return probe_dma_map(arg);
	case PTE_PROBE_VMAP:
		return probe_vmap(arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations probe_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = probe_ioctl,
};

static struct miscdevice probe_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pte_probe",
	.fops = &probe_fops,
	.mode = 0600,
};
module_misc_device(probe_device);

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS("DMA_BUF");
#else
MODULE_IMPORT_NS(DMA_BUF);
#endif
MODULE_DESCRIPTION("Reads page table entries for tests");
MODULE_LICENSE("Dual MIT/GPL");
