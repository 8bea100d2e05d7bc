// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * moving_exporter: dma-bufs whose memory their exporter moves and takes away, on request.
 *
 * As drivers of GPUs move buffers between VRAM and system memory, with pages of system memory on
 * both sides; or as those of devices that are not coherent with the CPU, which needs brackets then.
 * For tests of what maps dma-bufs, such as KVM: only root can open the device.
 */
#include <linux/dma-buf.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#if defined(CONFIG_X86)
#include <asm/set_memory.h>
#elif defined(CONFIG_ARM64)
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>
#endif

#include "moving_exporter.h"

#define MOVE_FLAGS (MOVING_EXPORTER_COPY | MOVING_EXPORTER_POISON | MOVING_EXPORTER_FORGET | \
		    MOVING_EXPORTER_REVOKE | MOVING_EXPORTER_RACE)

/**
 * struct buffer - what is behind a dma-buf
 * @lock: orders faults, moves and brackets: all below but @count, @cache and @contents itself,
 *	which never change. The reverse map's and KVM's locks are taken under it, mmap_lock is not
 * @count: pages
 * @cache: of its mappings, and where that can be had of the kernel's own mapping of its pages
 * @pages: NULL where there is none yet, or &revoked
 * @contents: with MOVING_EXPORTER_SYNC, else NULL: where they are outside of brackets; the same
 *	number of pages, NULL is zeroes
 * @accesses: brackets that are open
 * @written: one of them is for writing
 * @syncs: see struct moving_exporter_state
 * @left: pages that have been poisoned, or that mappings may still show, linked by page->lru
 * @forgot: some of @left may still be mapped
 * @race: the next fault is undone, see MOVING_EXPORTER_RACE
 * @faults: see struct moving_exporter_state
 * @refused: the same
 * @moves: the same
 */
struct buffer {
	struct mutex lock; /* see above */
	unsigned long count;
	enum moving_exporter_cache cache;
	struct page **pages;
	struct page **contents;
	unsigned int accesses;
	bool written;
	u64 syncs;
	struct list_head left;
	bool forgot;
	bool race;
	u64 faults;
	u64 refused;
	u64 moves;
};

static struct page revoked;

static int set_cache(struct page *page, enum moving_exporter_cache cache)
{
#ifdef CONFIG_X86
	/* No two mappings of a page may have different modes: this is for the kernel's own. */
	if (cache == MOVING_EXPORTER_WC)
		return set_pages_array_wc(&page, 1);
	if (cache == MOVING_EXPORTER_UNCACHED)
		return set_pages_array_uc(&page, 1);
#endif
	return 0;
}

/*
 * Where the kernel's own mapping stays cached: write back and drop what caches have of @page, after
 * the kernel has written, for those who do not look there; before it reads, for what may be there
 * from long ago; and before the page is given back.
 */
static void flush_page(const struct buffer *b, struct page *page)
{
#ifdef CONFIG_ARM64
	unsigned long va = (unsigned long)page_address(page), line;

	if (b->cache == MOVING_EXPORTER_CACHED)
		return;
	/* CTR_EL0.DminLine, of all CPUs: log2 of words. */
	line = 4UL << (read_sanitised_ftr_reg(SYS_CTR_EL0) >> 16 & 0xf);
	/* Otherwise not ordered with what was written through mappings that are not cached. */
	dsb(sy);
	for (unsigned long end = va + PAGE_SIZE; va < end; va += line)
		asm volatile("dc civac, %0" : : "r" (va) : "memory");
	dsb(sy);
#endif
}

static void release_page(struct buffer *b, struct page *page)
{
#ifdef CONFIG_X86
	/* Lost rather than left to others uncached. */
	if (b->cache != MOVING_EXPORTER_CACHED && WARN_ON_ONCE(set_pages_array_wb(&page, 1)))
		return;
#endif
	flush_page(b, page);
	__free_page(page);
}

/* A page of zeroes, or an error. */
static struct page *new_page(struct buffer *b)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	int ret;

	if (!page)
		return ERR_PTR(-ENOMEM);
	ret = set_cache(page, b->cache);
	if (ret) {
		__free_page(page);
		return ERR_PTR(ret);
	}
	flush_page(b, page);
	return page;
}

static void release_pages_of(struct buffer *b, struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		release_page(b, page);
		cond_resched();
	}
}

static void poison_page(const struct buffer *b, struct page *page)
{
	memset64(page_address(page), MOVING_EXPORTER_POISON_WORD, PAGE_SIZE / 8);
	flush_page(b, page);
}

/* What the CPU is to see of a page's @contents. */
static void fetch_page(const struct buffer *b, struct page *page, struct page *contents)
{
	if (contents)
		copy_page(page_address(page), page_address(contents));
	else
		clear_page(page_address(page));
	flush_page(b, page);
}

static bool is_page(const struct page *page)
{
	return page && page != &revoked;
}

static int buffer_begin(struct dma_buf *buf, enum dma_data_direction dir)
{
	struct buffer *b = buf->priv;

	mutex_lock(&b->lock);
	b->syncs++;
	b->written |= dir != DMA_FROM_DEVICE;
	if (!b->accesses++ && b->contents) {
		for (unsigned long i = 0; i < b->count; i++) {
			if (is_page(b->pages[i]))
				fetch_page(b, b->pages[i], b->contents[i]);
			cond_resched();
		}
	}
	mutex_unlock(&b->lock);
	return 0;
}

/* Take back what the CPU has written, as far as there is memory for it. */
static int store_pages(struct buffer *b)
{
	lockdep_assert_held(&b->lock);
	for (unsigned long i = 0; i < b->count; i++) {
		if (is_page(b->pages[i]) && !b->contents[i])
			b->contents[i] = alloc_page(GFP_KERNEL);
		if (is_page(b->pages[i]) && !b->contents[i])
			return -ENOMEM;
		if (is_page(b->pages[i])) {
			flush_page(b, b->pages[i]);
			copy_page(page_address(b->contents[i]), page_address(b->pages[i]));
		}
		cond_resched();
	}
	return 0;
}

/* Refused are an END without a START, and one that there is no memory for: it can be repeated. */
static int buffer_end(struct dma_buf *buf, enum dma_data_direction dir)
{
	struct buffer *b = buf->priv;
	int ret = -EINVAL;

	mutex_lock(&b->lock);
	if (!b->accesses)
		goto out;
	ret = b->contents && b->accesses == 1 && b->written ? store_pages(b) : 0;
	if (ret)
		goto out;
	if (--b->accesses)
		goto out;
	b->written = false;
	for (unsigned long i = 0; i < b->count && b->contents; i++)
		if (is_page(b->pages[i]))
			poison_page(b, b->pages[i]);
out:
	mutex_unlock(&b->lock);
	return ret;
}

static vm_fault_t buffer_fault(struct vm_fault *vmf)
{
	struct buffer *b = vmf->vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	struct page *page;

	mutex_lock(&b->lock);
	if (vmf->pgoff >= b->count)
		goto out;
	page = b->pages[vmf->pgoff];
	if (page == &revoked) {
		b->refused++;
		goto out;
	}
	if (!page) {
		page = new_page(b);
		if (IS_ERR(page)) {
			ret = vmf_error(PTR_ERR(page));
			goto out;
		}
		if (b->contents && b->accesses)
			fetch_page(b, page, b->contents[vmf->pgoff]);
		else if (b->contents)
			poison_page(b, page);
		b->pages[vmf->pgoff] = page;
	}
	ret = vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(page));
	if (ret == VM_FAULT_NOPAGE) {
		b->faults++;
		if (b->race)
			unmap_mapping_range(vmf->vma->vm_file->f_mapping,
					    (loff_t)vmf->pgoff << PAGE_SHIFT, PAGE_SIZE, true);
		b->race = false;
	}
out:
	mutex_unlock(&b->lock);
	return ret;
}

static const struct vm_operations_struct buffer_vm_ops = {
	.fault = buffer_fault,
};

static int buffer_mmap(struct dma_buf *buf, struct vm_area_struct *vma)
{
	struct buffer *b = buf->priv;

	/* A private copy would not follow a move. */
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vm_flags_set(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	/* On arm64 uncached would be Device, where memset() faults. */
	if (b->cache == MOVING_EXPORTER_WC ||
	    (IS_ENABLED(CONFIG_ARM64) && b->cache == MOVING_EXPORTER_UNCACHED))
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
	else if (b->cache == MOVING_EXPORTER_UNCACHED)
		vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_private_data = b;
	vma->vm_ops = &buffer_vm_ops;
	return 0;
}

/* Only to be mapped by the CPU: a device would have to be told of moves. */
static struct sg_table *buffer_map_dma(struct dma_buf_attachment *attach,
				       enum dma_data_direction dir)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void buffer_unmap_dma(struct dma_buf_attachment *attach, struct sg_table *sgt,
			     enum dma_data_direction dir)
{
}

/* The last reference is gone, and with it the last mapping. */
static void buffer_free(struct buffer *b)
{
	for (unsigned long i = 0; i < b->count; i++) {
		if (is_page(b->pages[i]))
			release_page(b, b->pages[i]);
		if (b->contents && b->contents[i])
			__free_page(b->contents[i]);
		cond_resched();
	}
	release_pages_of(b, &b->left);
	kvfree(b->contents);
	kvfree(b->pages);
	kfree(b);
}

static void buffer_release(struct dma_buf *buf)
{
	buffer_free(buf->priv);
}

static const struct dma_buf_ops buffer_ops = {
	.map_dma_buf = buffer_map_dma,
	.unmap_dma_buf = buffer_unmap_dma,
	.mmap = buffer_mmap,
	.begin_cpu_access = buffer_begin,
	.end_cpu_access = buffer_end,
	.release = buffer_release,
};

static struct buffer *buffer_new(unsigned long count, enum moving_exporter_cache cache, u32 needs)
{
	struct buffer *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return NULL;
	mutex_init(&b->lock);
	INIT_LIST_HEAD(&b->left);
	b->count = count;
	b->cache = cache;
	b->pages = kvcalloc(count, sizeof(*b->pages), GFP_KERNEL);
	if (needs & MOVING_EXPORTER_SYNC)
		b->contents = kvcalloc(count, sizeof(*b->contents), GFP_KERNEL);
	if (!b->pages || (needs & MOVING_EXPORTER_SYNC && !b->contents)) {
		kvfree(b->contents);
		kvfree(b->pages);
		kfree(b);
		return NULL;
	}
	return b;
}

static int create(struct moving_exporter_create *arg)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *buf;
	struct buffer *b;

	if (!arg->size || !PAGE_ALIGNED(arg->size) || arg->size > SZ_64G ||
	    arg->cache >= MOVING_EXPORTER_CACHE_MODES || arg->needs & ~MOVING_EXPORTER_SYNC ||
	    arg->reserved)
		return -EINVAL;
	/* Elsewhere caches would have to be cleaned in yet another way. */
	if (!IS_ENABLED(CONFIG_X86) && !IS_ENABLED(CONFIG_ARM64) &&
	    arg->cache != MOVING_EXPORTER_CACHED)
		return -EOPNOTSUPP;
	b = buffer_new(arg->size >> PAGE_SHIFT, arg->cache, arg->needs);
	if (!b)
		return -ENOMEM;
	info.ops = &buffer_ops;
	info.size = arg->size;
	info.flags = O_RDWR;
	info.priv = b;
	buf = dma_buf_export(&info);
	if (IS_ERR(buf)) {
		buffer_free(b);
		return PTR_ERR(buf);
	}
	arg->fd = dma_buf_fd(buf, O_CLOEXEC);
	if (arg->fd < 0)
		dma_buf_put(buf);
	return min(arg->fd, 0);
}

/* One of our dma-bufs, with a reference, or an error. */
static struct dma_buf *get_buffer(int fd)
{
	struct dma_buf *buf = dma_buf_get(fd);

	if (!IS_ERR(buf) && buf->ops != &buffer_ops) {
		dma_buf_put(buf);
		return ERR_PTR(-EINVAL);
	}
	return buf;
}

/* Another page, or none, takes the place of page @i; what was there goes to @left. */
static int move_page(struct buffer *b, unsigned long i, u32 flags, struct list_head *left)
{
	struct page *old = b->pages[i], *new = NULL;

	lockdep_assert_held(&b->lock);
	if (old == &revoked)
		old = NULL;
	if (flags & MOVING_EXPORTER_REVOKE) {
		new = &revoked;
	} else if (old) {
		new = new_page(b);
		if (IS_ERR(new))
			return PTR_ERR(new);
		if (flags & MOVING_EXPORTER_COPY) {
			flush_page(b, old);
			copy_page(page_address(new), page_address(old));
			flush_page(b, new);
		}
	}
	if (old)
		list_add(&old->lru, left);
	b->pages[i] = new;
	return 0;
}

/*
 * The mappings go first: what a CPU writes afterwards waits in its fault for @b->lock, and is not
 * lost.  The pages of an error, or of a signal, have been moved as far as that.
 */
static int move_range(struct dma_buf *buf, struct moving_exporter_move *arg)
{
	unsigned long first = arg->offset >> PAGE_SHIFT, count = arg->length >> PAGE_SHIFT;
	struct buffer *b = buf->priv;
	LIST_HEAD(earlier);
	LIST_HEAD(left);
	struct page *page;
	ktime_t begin;
	int ret = 0;

	lockdep_assert_held(&b->lock);
	begin = ktime_get();
	if (arg->flags & MOVING_EXPORTER_FORGET)
		b->forgot = true;
	else
		unmap_mapping_range(buf->file->f_mapping, arg->offset, arg->length, true);
	arg->zap_ns = ktime_to_ns(ktime_sub(ktime_get(), begin));
	if (!(arg->flags & MOVING_EXPORTER_FORGET) && count == b->count)
		b->forgot = false;

	/* Not before there are new pages: these would be the same ones. */
	if (!b->forgot)
		list_splice_init(&b->left, &earlier);
	for (unsigned long i = first; i < first + count && !ret; i++) {
		ret = fatal_signal_pending(current) ? -EINTR : move_page(b, i, arg->flags, &left);
		cond_resched();
	}
	release_pages_of(b, &earlier);

	if (arg->flags & MOVING_EXPORTER_POISON)
		list_for_each_entry(page, &left, lru)
			poison_page(b, page);
	if (arg->flags & MOVING_EXPORTER_POISON || b->forgot)
		list_splice(&left, &b->left);
	else
		release_pages_of(b, &left);
	if (arg->flags & MOVING_EXPORTER_RACE)
		b->race = true;
	if (!ret)
		b->moves++;
	return ret;
}

static int move(struct moving_exporter_move *arg)
{
	struct dma_buf *buf = get_buffer(arg->fd);
	struct buffer *b;
	int ret = -EINVAL;

	if (IS_ERR(buf))
		return PTR_ERR(buf);
	b = buf->priv;
	if (!(arg->flags & ~MOVE_FLAGS) && PAGE_ALIGNED(arg->offset) && PAGE_ALIGNED(arg->length) &&
	    arg->length && arg->offset <= buf->size && arg->length <= buf->size - arg->offset) {
		mutex_lock(&b->lock);
		ret = move_range(buf, arg);
		mutex_unlock(&b->lock);
	}
	dma_buf_put(buf);
	return ret;
}

static int state(struct moving_exporter_state *arg)
{
	struct dma_buf *buf = get_buffer(arg->fd);
	struct buffer *b;

	if (IS_ERR(buf))
		return PTR_ERR(buf);
	b = buf->priv;
	mutex_lock(&b->lock);
	arg->cache = b->cache;
	arg->faults = b->faults;
	arg->refused = b->refused;
	arg->moves = b->moves;
	arg->syncs = b->syncs;
	arg->needs = b->contents ? MOVING_EXPORTER_SYNC : 0;
	arg->reserved = 0;
	mutex_unlock(&b->lock);
	dma_buf_put(buf);
	return 0;
}

static long exporter_ioctl(struct file *file, unsigned int cmd, unsigned long user)
{
	union {
		struct moving_exporter_create create;
		struct moving_exporter_move move;
		struct moving_exporter_state state;
	} arg;
	int ret;

	if (_IOC_SIZE(cmd) > sizeof(arg))
		return -ENOTTY;
	if (copy_from_user(&arg, (void __user *)user, _IOC_SIZE(cmd)))
		return -EFAULT;
	switch (cmd) {
	case MOVING_EXPORTER_CREATE:
		ret = create(&arg.create);
		break;
	case MOVING_EXPORTER_MOVE:
		ret = move(&arg.move);
		break;
	case MOVING_EXPORTER_STATE:
		ret = state(&arg.state);
		break;
	default:
		return -ENOTTY;
	}
	/* A new dma-buf is in the caller's table of files then, who does not know its number. */
	if (!ret && copy_to_user((void __user *)user, &arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	return ret;
}

static const struct file_operations exporter_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = exporter_ioctl,
};

static struct miscdevice exporter = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "moving-exporter",
	.fops = &exporter_fops,
	.mode = 0600,
};
module_misc_device(exporter);

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS("DMA_BUF");
#else
MODULE_IMPORT_NS(DMA_BUF);
#endif
MODULE_DESCRIPTION("dma-bufs that move, for tests");
MODULE_LICENSE("Dual MIT/GPL");
