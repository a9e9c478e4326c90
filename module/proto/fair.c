// SPDX-License-Identifier: GPL-2.0
/*
 * Fair shares of a SYN queue.
 *
 * How many requests a source network has in a queue is counted in two rows of
 * cells (a count-min sketch that also counts down): what the lesser of its two
 * cells says is never too little, and too much only where strangers share both
 * cells. A network that floods fills one cell of each row, so another one suffers
 * with it once in 65536; n of them are n^2 in 65536 bad. A flood from everywhere
 * fills all cells alike, each with the 256th part of the queue: no share is as
 * small as that by default, and no network is blamed for it.
 *
 * The key keeps strangers from choosing their neighbours. The prefix's length is
 * part of what is hashed and is kept with the request, so that the knob can be
 * turned while requests are counted.
 */
#include "proto/fair.h"

#include <linux/kernel.h>
#include <linux/math64.h>

/* The @n-th word of @addr with all but its first @bits bits zeroed. */
static u32 atcp_fair_word(const struct in6_addr *addr, unsigned int n, unsigned int bits)
{
	u32 word = be32_to_cpu(addr->s6_addr32[n]);

	if (bits >= 32 * (n + 1))
		return word;
	if (bits <= 32 * n)
		return 0;
	return word & ~(U32_MAX >> (bits - 32 * n));
}

/**
 * atcp_fair_find() - the cells of a source's network
 * @place: filled
 * @addr: the source, IPv4 mapped
 * @bits: length of the prefix, 0..128; of IPv4, 96 more than it is called
 * @key: secret
 */
void atcp_fair_find(struct atcp_fair_place *place, const struct in6_addr *addr, u8 bits,
		    const struct atcp_mix_key *key)
{
	u64 hi = (u64)atcp_fair_word(addr, 0, bits) << 32 | atcp_fair_word(addr, 1, bits);
	u64 lo = (u64)atcp_fair_word(addr, 2, bits) << 32 | atcp_fair_word(addr, 3, bits);
	u64 hash = atcp_mix_3u64(hi, lo, bits, key);

	place->at[0] = hash >> 56;
	place->at[1] = hash >> 40;
}

/**
 * atcp_fair_count() - the most requests that a network can have
 * @f: cells
 * @place: the network's
 */
u32 atcp_fair_count(const struct atcp_fair *f, const struct atcp_fair_place *place)
{
	int a = atomic_read(&f->cell[0][place->at[0]]);
	int b = atomic_read(&f->cell[1][place->at[1]]);

	return max(min(a, b), 0);
}

/**
 * atcp_fair_add() - a request came (1) or went (-1)
 * @f: cells
 * @place: its network's
 * @n: what to add
 */
void atcp_fair_add(struct atcp_fair *f, const struct atcp_fair_place *place, int n)
{
	atomic_add(n, &f->cell[0][place->at[0]]);
	atomic_add(n, &f->cell[1][place->at[1]]);
}

static u32 atcp_fair_percent(u32 limit, u32 percent)
{
	return div_u64((u64)limit * percent, 100);
}

/**
 * atcp_fair_share() - requests that a network may have in a queue under pressure
 * @limit: of the queue
 * @percent: the knob
 *
 * Never less than ATCP_FAIR_SMALL: of a short queue a share would be one or two
 * requests, and a single browser opens more connections at once.
 */
u32 atcp_fair_share(u32 limit, u32 percent)
{
	return max_t(u32, atcp_fair_percent(limit, percent), ATCP_FAIR_SMALL);
}

/**
 * atcp_fair_over() - has a network had its share?
 * @count: its requests
 * @qlen: requests of all
 * @limit: of the queue
 * @percent: the knob
 *
 * Only while the queue is more than half full: what nobody else wants anyone may
 * have. A queue of ATCP_FAIR_SMALL or less is never divided.
 */
bool atcp_fair_over(u32 count, u32 qlen, u32 limit, u32 percent)
{
	return limit > ATCP_FAIR_SMALL && qlen > limit / 2 && percent < 100 &&
	       count >= atcp_fair_share(limit, percent);
}

/**
 * atcp_fair_reserve() - room beyond a queue's limit that is for proven peers alone
 * @limit: of the queue
 * @percent: the knob
 */
u32 atcp_fair_reserve(u32 limit, u32 percent)
{
	return limit > ATCP_FAIR_SMALL ? atcp_fair_percent(limit, percent) : 0;
}
