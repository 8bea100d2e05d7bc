// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Test of moving_exporter: what mappings of its dma-bufs show after a move, by their contents and
 * by their page tables, which pte_probe reads.  Prints TAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "moving_exporter.h"
#include "pte_probe.h"

#define PAGES 16
#if defined(__x86_64__) || defined(__aarch64__)
#define HAS_MODES true
#else
#define HAS_MODES false
#endif
#define WORDS (page_size / sizeof(uint64_t))

static int device, probe;
static size_t page_size;
static unsigned int tests, failed;

static void report(bool good, const char *name, const char *cache)
{
	if (!good)
		failed++;
	printf("%sok %u %s%s%s\n", good ? "" : "not ", ++tests, name, cache ? "-" : "",
	       cache ?: "");
	fflush(stdout);
}

/* A comment in the output.  Return: false. */
static bool bad(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static bool bad(const char *fmt, ...)
{
	va_list args;

	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	return false;
}

static const char *const cache_names[] = { "cached", "wc", "uncached" };

static bool is_type(enum pte_probe_type type, unsigned int cache)
{
	switch (cache) {
	case MOVING_EXPORTER_CACHED:
		return type == PTE_PROBE_WB || type == PTE_PROBE_NORMAL_WB;
	case MOVING_EXPORTER_WC:
		return type == PTE_PROBE_WC || type == PTE_PROBE_NORMAL_NC;
	default:
		return type == PTE_PROBE_UC || type == PTE_PROBE_UC_MINUS ||
		       type == PTE_PROBE_NORMAL_NC;
	}
}

static struct pte_probe_range look(void *va, size_t pages)
{
	struct pte_probe_range range = { .start = (uintptr_t)va, .length = pages * page_size };

	if (ioctl(probe, PTE_PROBE_RANGE, &range)) {
		perror("Bail out! pte_probe");
		exit(1);
	}
	return range;
}

/* All pages are mapped, with the mode. */
static bool mapped_as(void *va, size_t pages, unsigned int cache)
{
	struct pte_probe_range range = look(va, pages);

	for (unsigned int t = 0; t < PTE_PROBE_TYPES; t++)
		if (range.pages[t] && !is_type(t, cache))
			return bad("%llu pages of type %u", (unsigned long long)range.pages[t], t);
	return true;
}

static bool not_mapped(void *va, size_t pages)
{
	struct pte_probe_range range = look(va, pages);

	if (range.pages[PTE_PROBE_NONE] != pages)
		return bad("%llu of %zu pages are not mapped",
			   (unsigned long long)range.pages[PTE_PROBE_NONE], pages);
	return true;
}

/* A dma-buf and a mapping of it. */
struct buffer {
	int fd;
	uint64_t *va;
	unsigned int cache;
};

static int create_with(uint64_t size, uint32_t cache, uint32_t needs, struct buffer *b)
{
	struct moving_exporter_create arg = {
		.size = size, .cache = cache, .fd = -1, .needs = needs,
	};

	if (ioctl(device, MOVING_EXPORTER_CREATE, &arg))
		return -errno;
	b->fd = arg.fd;
	b->cache = cache;
	return 0;
}

static int create(uint64_t size, uint32_t cache, struct buffer *b)
{
	return create_with(size, cache, 0, b);
}

static struct buffer setup_with(unsigned int cache, uint32_t needs)
{
	struct buffer b;

	if (create_with(PAGES * page_size, cache, needs, &b)) {
		printf("Bail out! no buffer\n");
		exit(1);
	}
	b.va = mmap(NULL, PAGES * page_size, PROT_READ | PROT_WRITE, MAP_SHARED, b.fd, 0);
	if (b.va == MAP_FAILED) {
		perror("Bail out! mmap");
		exit(1);
	}
	return b;
}

static struct buffer setup(unsigned int cache)
{
	return setup_with(cache, 0);
}

static void teardown(struct buffer *b)
{
	munmap(b->va, PAGES * page_size);
	close(b->fd);
}

static int move_bytes(int fd, uint32_t flags, uint64_t offset, uint64_t length)
{
	struct moving_exporter_move arg = {
		.fd = fd, .flags = flags, .offset = offset, .length = length,
	};

	return ioctl(device, MOVING_EXPORTER_MOVE, &arg) ? -errno : 0;
}

static int move(struct buffer *b, uint32_t flags, size_t first, size_t count)
{
	return move_bytes(b->fd, flags, first * page_size, count * page_size);
}

static void fill(struct buffer *b)
{
	for (size_t i = 0; i < PAGES * WORDS; i++)
		b->va[i] = i + 1;
}

/* The words of pages that are not what fill() has written, or not @value if that is not 0. */
static size_t wrong(struct buffer *b, size_t first, size_t count, uint64_t value)
{
	size_t n = 0;

	for (size_t i = first * WORDS; i < (first + count) * WORDS; i++)
		if (b->va[i] != (value ?: i + 1))
			n++;
	return n;
}

static bool all_zero(struct buffer *b, size_t first, size_t count)
{
	for (size_t i = first * WORDS; i < (first + count) * WORDS; i++)
		if (b->va[i])
			return bad("word %zu is not 0", i);
	return true;
}

static sigjmp_buf after_fault;
static volatile sig_atomic_t may_fault;

static void on_signal(int sig)
{
	static const char bail[] = "Bail out! a signal where there should be none\n";

	if (may_fault)
		siglongjmp(after_fault, sig);
	if (write(STDOUT_FILENO, bail, sizeof(bail) - 1) < 0)
		_exit(2);
	_exit(1);
}

/* The signal that a touch of a page ends in, or 0. */
static int touch(struct buffer *b, size_t page)
{
	int sig = sigsetjmp(after_fault, 1);

	if (!sig) {
		may_fault = 1;
		(void)*(volatile uint64_t *)&b->va[page * WORDS];
	}
	may_fault = 0;
	return sig;
}

static struct moving_exporter_state state(struct buffer *b)
{
	struct moving_exporter_state arg = { .fd = b->fd };

	ioctl(device, MOVING_EXPORTER_STATE, &arg);
	return arg;
}

/* Nothing is mapped before it is touched, and everything with the buffer's mode then. */
static bool test_mode(struct buffer *b)
{
	return not_mapped(b->va, PAGES) && all_zero(b, 0, PAGES) &&
	       mapped_as(b->va, PAGES, b->cache) && state(b).faults == PAGES;
}

/* Other pages have the contents, and mappings know nothing of them before they are touched. */
static bool test_copy(struct buffer *b)
{
	uint64_t before;

	fill(b);
	before = look(b->va, 1).first_pfn;
	return !move(b, MOVING_EXPORTER_COPY, 0, PAGES) && not_mapped(b->va, PAGES) &&
	       !wrong(b, 0, PAGES, 0) && mapped_as(b->va, PAGES, b->cache) &&
	       look(b->va, 1).first_pfn != before && state(b).moves == 1;
}

/* Pages outside the range stay where they are. */
static bool test_part(struct buffer *b)
{
	uint64_t before;

	fill(b);
	before = look(b->va, 1).first_pfn;
	return !move(b, 0, 4, 3) && not_mapped(b->va + 4 * WORDS, 3) &&
	       mapped_as(b->va, 4, b->cache) &&
	       mapped_as(b->va + 7 * WORDS, PAGES - 7, b->cache) &&
	       look(b->va, 1).first_pfn == before && !wrong(b, 0, 4, 0) && all_zero(b, 4, 3) &&
	       !wrong(b, 7, PAGES - 7, 0);
}

/* An exporter that forgets to zap: mappings show what it has left, which is poisoned. */
static bool test_forget(struct buffer *b)
{
	uint64_t before;

	fill(b);
	before = look(b->va, 1).first_pfn;
	return !move(b, MOVING_EXPORTER_COPY | MOVING_EXPORTER_POISON | MOVING_EXPORTER_FORGET, 0,
		     PAGES) &&
	       look(b->va, 1).first_pfn == before &&
	       !wrong(b, 0, PAGES, MOVING_EXPORTER_POISON_WORD) &&
	       /* What it has moved is all there. */
	       !move(b, MOVING_EXPORTER_COPY, 0, PAGES) && !wrong(b, 0, PAGES, 0);
}

/* Revoked memory is a signal, until there is memory again. */
static bool test_revoke(struct buffer *b)
{
	fill(b);
	return !move(b, MOVING_EXPORTER_REVOKE, 2, 2) && not_mapped(b->va + 2 * WORDS, 2) &&
	       touch(b, 1) == 0 && touch(b, 2) == SIGBUS && touch(b, 3) == SIGBUS &&
	       touch(b, 4) == 0 && state(b).refused == 2 && !move(b, 0, 2, 2) &&
	       touch(b, 2) == 0 && all_zero(b, 2, 2) && mapped_as(b->va, PAGES, b->cache);
}

/* The next fault is undone, and so comes twice; the others are as always. */
static bool test_race(struct buffer *b)
{
	uint64_t before;

	fill(b);
	if (move(b, MOVING_EXPORTER_COPY | MOVING_EXPORTER_RACE, 0, PAGES))
		return bad("not moved");
	before = state(b).faults;
	return !wrong(b, 0, 1, 0) && state(b).faults == before + 2 && !wrong(b, 1, 1, 0) &&
	       state(b).faults == before + 3 && mapped_as(b->va, 2, b->cache);
}

/* In the child of test_process(). */
static bool follows(struct buffer *b, int in, int out)
{
	char c = 0;

	return !wrong(b, 0, PAGES, 0) && write(out, &c, 1) == 1 && read(in, &c, 1) == 1 &&
	       not_mapped(b->va, PAGES) && !wrong(b, 0, PAGES, 0);
}

/* Another process's mapping is one of those that follow. */
static bool test_process(struct buffer *b)
{
	int down[2], up[2], status = -1;
	char c = 0;
	pid_t pid;
	bool good;

	fill(b);
	if (pipe(down) || pipe(up))
		return bad("no pipe");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return bad("no child");
	if (!pid) {
		close(down[1]);
		close(up[0]);
		good = follows(b, down[0], up[1]);
		fflush(stdout);
		_exit(!good);
	}
	close(down[0]);
	close(up[1]);
	good = read(up[0], &c, 1) == 1 && !move(b, MOVING_EXPORTER_COPY, 0, PAGES) &&
	       write(down[1], &c, 1) == 1;
	close(down[1]);
	close(up[0]);
	/* Whatever has happened, the child is waited for. */
	return waitpid(pid, &status, 0) == pid && status == 0 && good;
}

/* What a thread sees that reads all the time the first word of each page. */
struct reader {
	struct buffer *b;
	atomic_bool stop;
	atomic_ulong reads;
	atomic_ulong poisoned;
	atomic_ulong wrong;
};

static void *read_all_the_time(void *data)
{
	struct reader *r = data;

	while (!r->stop) {
		for (size_t page = 0; page < PAGES; page++) {
			uint64_t word = *(volatile uint64_t *)&r->b->va[page * WORDS];

			if (word == MOVING_EXPORTER_POISON_WORD)
				r->poisoned++;
			else if (word != page * WORDS + 1)
				r->wrong++;
			r->reads++;
		}
	}
	return NULL;
}

/* Moves under a reader: with the zap it sees no page that was left, without it does. */
static bool moves_under_reader(struct buffer *b, uint32_t flags, unsigned int moves)
{
	struct reader r = { .b = b };
	pthread_t thread;
	bool good = true;

	fill(b);
	if (pthread_create(&thread, NULL, read_all_the_time, &r))
		return bad("no thread");
	for (unsigned int i = 0; i < moves && good; i++) {
		unsigned long reads;

		good = !move(b, flags | MOVING_EXPORTER_COPY | MOVING_EXPORTER_POISON, 0, PAGES);
		/* It looks at all of them before the next move. */
		reads = r.reads;
		while (r.reads < reads + 2 * PAGES)
			usleep(10);
	}
	r.stop = true;
	pthread_join(thread, NULL);
	printf("# %lu reads, %lu poisoned, %lu wrong\n", r.reads, r.poisoned, r.wrong);
	good &= !r.wrong && state(b).moves == moves;
	good &= flags & MOVING_EXPORTER_FORGET ? r.poisoned > 0 : !r.poisoned;
	return good;
}

static bool test_reader(struct buffer *b)
{
	return moves_under_reader(b, 0, 1000);
}

static bool test_reader_forget(struct buffer *b)
{
	return moves_under_reader(b, MOVING_EXPORTER_FORGET, 3);
}

static bool test_create_bounds(void)
{
	struct buffer b;

	/* Of the largest, nothing but the list of pages is allocated. */
	if (create(64ULL << 30, 0, &b))
		return bad("no 64 GiB");
	close(b.fd);
	return create(0, 0, &b) == -EINVAL &&
	       create((64ULL << 30) + page_size, 0, &b) == -EINVAL &&
	       create(page_size + 1, 0, &b) == -EINVAL &&
	       create(UINT64_MAX - page_size + 1, 0, &b) == -EINVAL &&
	       create(page_size, MOVING_EXPORTER_CACHE_MODES, &b) == -EINVAL &&
	       create_with(page_size, 0, 2, &b) == -EINVAL;
}

static int sync_buffer(struct buffer *b, uint64_t flags)
{
	struct dma_buf_sync arg = { .flags = flags };

	return ioctl(b->fd, DMA_BUF_IOCTL_SYNC, &arg) ? -errno : 0;
}

#define START(how)	(DMA_BUF_SYNC_START | DMA_BUF_SYNC_##how)
#define END(how)	(DMA_BUF_SYNC_END | DMA_BUF_SYNC_##how)

/* Inside of brackets there is the data, of all that was written inside of them; outside there is not. */
static bool test_sync(unsigned int cache)
{
	struct buffer b = setup_with(cache, MOVING_EXPORTER_SYNC);
	uint64_t poison = MOVING_EXPORTER_POISON_WORD;
	bool good;

	good = state(&b).needs == MOVING_EXPORTER_SYNC && !wrong(&b, 0, PAGES, poison);
	good &= !sync_buffer(&b, START(RW)) && all_zero(&b, 0, PAGES);
	fill(&b);
	/* Brackets of two users. */
	good &= !sync_buffer(&b, START(READ)) && !wrong(&b, 0, PAGES, 0);
	good &= !sync_buffer(&b, END(READ)) && !wrong(&b, 0, PAGES, 0);
	good &= !sync_buffer(&b, END(RW)) && !wrong(&b, 0, PAGES, poison);
	/* Lost: outside of brackets, and inside of some for reading. */
	b.va[0] = 0;
	good &= !sync_buffer(&b, START(READ)) && !wrong(&b, 0, PAGES, 0);
	b.va[WORDS] = 0;
	good &= !sync_buffer(&b, END(READ)) && !wrong(&b, 0, PAGES, poison);
	good &= !sync_buffer(&b, START(WRITE)) && !wrong(&b, 0, PAGES, 0);
	good &= !sync_buffer(&b, END(WRITE));
	good &= sync_buffer(&b, END(RW)) == -EINVAL && state(&b).syncs == 4;
	teardown(&b);
	return good;
}

static bool test_move_bounds(void)
{
	struct buffer b = setup(MOVING_EXPORTER_CACHED);
	uint64_t size = PAGES * page_size, huge = UINT64_MAX - page_size + 1;
	bool good;

	fill(&b);
	good = move_bytes(b.fd, 0, 0, 0) == -EINVAL &&
	       move_bytes(b.fd, 0, 1, page_size) == -EINVAL &&
	       move_bytes(b.fd, 0, 0, page_size + 1) == -EINVAL &&
	       move_bytes(b.fd, 0, size, page_size) == -EINVAL &&
	       move_bytes(b.fd, 0, page_size, size) == -EINVAL &&
	       move_bytes(b.fd, 0, page_size, huge) == -EINVAL &&
	       move_bytes(b.fd, 0, huge, page_size) == -EINVAL &&
	       move_bytes(b.fd, 1 << 5, 0, page_size) == -EINVAL &&
	       move_bytes(-1, 0, 0, page_size) == -EBADF &&
	       move_bytes(device, 0, 0, page_size) == -EINVAL && !wrong(&b, 0, PAGES, 0) &&
	       mapped_as(b.va, PAGES, MOVING_EXPORTER_CACHED) && !state(&b).moves;
	teardown(&b);
	return good;
}

/* A copy of its own would not follow. */
static bool test_private(void)
{
	struct buffer b = setup(MOVING_EXPORTER_CACHED);
	bool good = mmap(NULL, page_size, PROT_READ, MAP_PRIVATE, b.fd, 0) == MAP_FAILED &&
		    errno == EINVAL;

	teardown(&b);
	return good;
}

static const struct {
	const char *name;
	bool (*run)(struct buffer *b);
} for_each_cache[] = {
	{ "mode", test_mode },
	{ "copy", test_copy },
	{ "part", test_part },
	{ "forget", test_forget },
	{ "revoke", test_revoke },
	{ "race", test_race },
	{ "process", test_process },
	{ "reader", test_reader },
	{ "reader-forget", test_reader_forget },
};

int main(void)
{
	page_size = sysconf(_SC_PAGESIZE);
	device = open("/dev/moving-exporter", O_RDWR | O_CLOEXEC);
	probe = open("/dev/pte_probe", O_RDWR | O_CLOEXEC);
	if (device < 0 || probe < 0) {
		perror("Bail out! /dev/moving-exporter or /dev/pte_probe");
		return 1;
	}
	signal(SIGBUS, on_signal);
	signal(SIGSEGV, on_signal);
	/* A way out of what would hang; the guest has ten minutes. */
	signal(SIGALRM, on_signal);
	alarm(500);
	report(test_create_bounds(), "create-bounds", NULL);
	report(test_move_bounds(), "move-bounds", NULL);
	report(test_private(), "private", NULL);
	for (unsigned int cache = 0; cache < MOVING_EXPORTER_CACHE_MODES; cache++) {
		const char *name = cache_names[cache];
		struct buffer b;

		if (cache != MOVING_EXPORTER_CACHED && !HAS_MODES) {
			report(create(page_size, cache, &b) == -EOPNOTSUPP, "refused", name);
			continue;
		}
		report(test_sync(cache), "sync", name);
		for (size_t i = 0; i < sizeof(for_each_cache) / sizeof(for_each_cache[0]); i++) {
			b = setup(cache);
			report(for_each_cache[i].run(&b), for_each_cache[i].name, name);
			teardown(&b);
		}
	}
	printf("1..%u\n", tests);
	return failed != 0;
}
