// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers of segments that were acknowledged, or received, kept for the next ones.
 *
 * A small write costs two objects of half a KB each, the skb with room for its clone and the
 * head for headers, and on most distributions' kernels the allocator clears both
 * (init_on_alloc): more than all that is done to send the segment. When it is acknowledged its
 * clone has left the device and, on one host, was read, so both can be used again as they are.
 * A CPU keeps a few.
 *
 * Only an skb is kept that is as alloc_skb_fclone() has made it: what was cut, copied or is told
 * of elsewhere (zerocopy) is freed. What was in its head is not seen by anybody: headers are
 * written before they are sent, and payload is in pages, which are given back here.
 *
 * What has no text is sent without a clone, and is not seen again, unless its peer is on this
 * host: there it comes as it left. A received segment without text whose buffer is such a one is
 * kept as well, apart from the others, for the next ACK, RST or SYN-ACK.
 */
#include "state/conn/stash.h"

#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <net/dst.h>

#include "compat/skbuff.h"

/* Of each kind. */
#define ATCP_STASH_KEPT		8
/* Heads that are larger are for paths with many headers, and are not worth the memory. */
#define ATCP_STASH_HEAD		1024

/* The two kinds that are kept. */
enum atcp_stash_kind {
	ATCP_STASH_FCLONE,	/* with room for a clone */
	ATCP_STASH_BARE,	/* without */
	ATCP_STASH_NR
};

/**
 * struct atcp_stash - what a CPU keeps of a kind
 * @skbs: them
 * @nr: how many
 *
 * Used with interrupts off, by tasks and softirqs.
 */
struct atcp_stash {
	struct sk_buff	*skbs[ATCP_STASH_KEPT];
	unsigned int	nr;
};

static DEFINE_PER_CPU(struct atcp_stash [ATCP_STASH_NR], atcp_stashes);

/* The last one of a kind, if it has room for @size bytes. */
static __always_inline struct sk_buff *atcp_stash_pop(enum atcp_stash_kind kind, unsigned int size)
{
	struct sk_buff *skb = NULL;
	struct atcp_stash *st;
	unsigned long flags;

	local_irq_save(flags);
	st = this_cpu_ptr(&atcp_stashes[kind]);
	if (st->nr && skb_end_offset(st->skbs[st->nr - 1]) >= size)
		skb = st->skbs[--st->nr];
	local_irq_restore(flags);
	if (skb)
		skb->alloc_cpu = raw_smp_processor_id();
	return skb;
}

/* Is there room for one more? It may be gone when it is pushed. */
static __always_inline bool atcp_stash_room(enum atcp_stash_kind kind)
{
	return this_cpu_read(atcp_stashes[kind].nr) < ATCP_STASH_KEPT;
}

/* Keeps one that is like new, or frees it. */
static __always_inline void atcp_stash_push(enum atcp_stash_kind kind, struct sk_buff *skb)
{
	struct atcp_stash *st;
	unsigned long flags;

	local_irq_save(flags);
	st = this_cpu_ptr(&atcp_stashes[kind]);
	if (likely(st->nr < ATCP_STASH_KEPT)) {
		st->skbs[st->nr++] = skb;
		skb = NULL;
	}
	local_irq_restore(flags);
	if (unlikely(skb))
		__kfree_skb(skb);
}

/* Is it as it was made, with nothing but pages that have come, and its clone gone? */
static bool atcp_stash_fits(const struct sk_buff *skb)
{
	const struct sk_buff_fclones *both = container_of(skb, struct sk_buff_fclones, skb1);
	const struct skb_shared_info *info = skb_shinfo(skb);

	return skb->fclone == SKB_FCLONE_ORIG && refcount_read(&both->fclone_ref) == 1 &&
	       refcount_read(&skb->users) == 1 && !skb_cloned(skb) && !skb->head_frag &&
	       !skb_pfmemalloc(skb) && !info->frag_list && !skb_zcopy((struct sk_buff *)skb) &&
	       !skb->sk && !skb->destructor && !skb_has_extensions((struct sk_buff *)skb) &&
	       skb_end_offset(skb) <= ATCP_STASH_HEAD;
}

/* Clears @size bytes, a multiple of four, by words: memset() of a few is slow on many CPUs. */
static __always_inline void atcp_stash_clear(void *p, size_t size)
{
	memset64(p, 0, size / sizeof(u64));
	if (size % sizeof(u64))
		*(u32 *)(p + round_down(size, sizeof(u64))) = 0;
}

/* Is it as alloc_skb() made it, and nobody else's? */
static bool atcp_stash_fits_bare(const struct sk_buff *skb)
{
	const struct skb_shared_info *info = skb_shinfo(skb);

	return skb->fclone == SKB_FCLONE_UNAVAILABLE && refcount_read(&skb->users) == 1 &&
	       !skb_cloned(skb) && !skb->head_frag && !skb_pfmemalloc(skb) &&
	       !skb_is_nonlinear(skb) && !info->frag_list && !info->flags &&
	       skb_end_offset(skb) <= ATCP_STASH_HEAD;
}

/* As if it had just been allocated; size, references and clone stay what they are. */
static void atcp_stash_renew(struct sk_buff *skb, unsigned int fclone)
{
	struct skb_shared_info *info = skb_shinfo(skb);
	int i;

	BUILD_BUG_ON(offsetof(struct sk_buff, tail) % sizeof(u32));
	BUILD_BUG_ON(offsetof(struct skb_shared_info, dataref) % sizeof(u32));
	for (i = 0; i < info->nr_frags; i++)
		skb_frag_unref(skb, i);
	atcp_stash_clear(skb, offsetof(struct sk_buff, tail));
	skb->fclone = fclone;
	skb->data = skb->head;
	skb_reset_tail_pointer(skb);
	skb->truesize = SKB_TRUESIZE(skb_end_offset(skb));
	skb->mac_header = (typeof(skb->mac_header))~0U;
	skb->transport_header = (typeof(skb->transport_header))~0U;
	atcp_stash_clear(info, offsetof(struct skb_shared_info, dataref));
	atomic_set(&info->dataref, 1);
}

struct sk_buff *atcp_stash_take(unsigned int size)
{
	return atcp_stash_pop(ATCP_STASH_FCLONE, size);
}

void atcp_stash_free(struct sk_buff *skb)
{
	if (!atcp_stash_fits(skb) || !atcp_stash_room(ATCP_STASH_FCLONE)) {
		__kfree_skb(skb);
		return;
	}
	atcp_stash_renew(skb, SKB_FCLONE_ORIG);
	atcp_stash_push(ATCP_STASH_FCLONE, skb);
}

struct sk_buff *atcp_stash_alloc(unsigned int size, gfp_t gfp)
{
	return atcp_stash_pop(ATCP_STASH_BARE, size) ?: alloc_skb(size, gfp);
}

void atcp_stash_rcvd(struct sk_buff *skb)
{
	if (!atcp_stash_room(ATCP_STASH_BARE) || !atcp_stash_fits_bare(skb)) {
		consume_skb(skb);
		return;
	}
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	atcp_stash_renew(skb, SKB_FCLONE_UNAVAILABLE);
	atcp_stash_push(ATCP_STASH_BARE, skb);
}

void atcp_stash_exit(void)
{
	unsigned int kind;
	int cpu;

	for_each_possible_cpu(cpu) {
		for (kind = 0; kind < ATCP_STASH_NR; kind++) {
			struct atcp_stash *st = &per_cpu(atcp_stashes[kind], cpu);

			while (st->nr)
				__kfree_skb(st->skbs[--st->nr]);
		}
	}
}
