// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that what is sent is copied to.
 *
 * A task's page of 32 KB (sk_page_frag()) is given up when it is full: whoever frees the last skb
 * with bytes in it gives it back, and the task gets another, which the allocator may have to clear
 * (init_on_alloc, which distributions switch on). Half of what bulk costs beside copying the
 * bytes was that. Linux uses the page that it has just filled again when nobody else holds it;
 * here a CPU keeps the last few that were filled, and takes one of them which nobody else holds
 * any more: all of its bytes were acknowledged, have left the device and, where the peer is on the
 * same host, were read.
 *
 * Nobody sees what was in it before: an skb, and whatever a receiver takes of it, refers to the
 * bytes that were copied to the page since. A reference that is not ours, an skb's or a
 * pipe's or a page table's, keeps the page from being used.
 *
 * What a CPU keeps is bounded by ATCP_FRAG_KEPT pages.
 */
#include "state/conn/frag.h"

#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <net/sock.h>

/* 256 KB: more than a round trip on one host, or of a local network, has in flight. */
#define ATCP_FRAG_KEPT		8
#define ATCP_FRAG_SIZE		max_t(u32, SZ_32K, PAGE_SIZE)
/* Less than this is no room: as sk_page_frag_refill() has it. */
#define ATCP_FRAG_LEAST		32

/**
 * struct atcp_frag_cpu - full pages, each with a reference
 * @pages: them, or NULL
 * @oldest: that came first
 *
 * Used with preemption off, by tasks only.
 */
struct atcp_frag_cpu {
	struct page	*pages[ATCP_FRAG_KEPT];
	unsigned int	oldest;
};

static DEFINE_PER_CPU(struct atcp_frag_cpu, atcp_frag_cpus);

/* Keeps @page, with its reference: one that can be used in its place, or NULL; *@over is free. */
static struct page *atcp_frag_turn(struct page *page, struct page **over)
{
	struct atcp_frag_cpu *c = get_cpu_ptr(&atcp_frag_cpus);
	struct page **slot, *free = NULL;
	unsigned int i;

	for (i = 0; i < ATCP_FRAG_KEPT; i++) {
		slot = &c->pages[(c->oldest + i) % ATCP_FRAG_KEPT];
		if (*slot && page_ref_count(*slot) == 1) {
			free = *slot;
			*slot = page;
			break;
		}
	}
	if (!free) {
		*over = c->pages[c->oldest];
		c->pages[c->oldest] = page;
		c->oldest = (c->oldest + 1) % ATCP_FRAG_KEPT;
	}
	put_cpu_ptr(&atcp_frag_cpus);
	return free;
}

bool atcp_frag_refill(struct sock *sk, struct page_frag *pfrag)
{
	struct page *page = pfrag->page, *over = NULL;

	/* Memory for emergencies is not kept, and a page of the least size is not worth it. */
	if (page && pfrag->offset + ATCP_FRAG_LEAST > pfrag->size &&
	    pfrag->size == ATCP_FRAG_SIZE && page_ref_count(page) != 1 &&
	    !page_is_pfmemalloc(page)) {
		pfrag->page = atcp_frag_turn(page, &over);
		pfrag->offset = 0;
		if (over)
			put_page(over);
	}
	return sk_page_frag_refill(sk, pfrag);
}

void atcp_frag_exit(void)
{
	int cpu, i;

	for_each_possible_cpu(cpu) {
		struct atcp_frag_cpu *c = &per_cpu(atcp_frag_cpus, cpu);

		for (i = 0; i < ATCP_FRAG_KEPT; i++) {
			if (c->pages[i])
				put_page(c->pages[i]);
			c->pages[i] = NULL;
		}
	}
}
