// SPDX-License-Identifier: GPL-2.0
/*
 * Initial sequence numbers: ISN = M + F(4-tuple, secret) (RFC 6528 section 3).
 *
 * M ticks every 64 ns, so that the space wraps in 274 s, more than 2 MSL, and
 * a new connection of the same 4-tuple starts above the old one at any rate
 * up to 125 Mbit/s sustained. The timestamp offset is another part of the same
 * keyed hash: timestamps of different connections tell nothing of each other
 * or of the uptime, and grow across connections of the same 4-tuple, as PAWS and
 * TIME-WAIT reuse need (RFC 7323 section 7.1, RFC 6191).
 */
#include "proto/isn.h"

#include <linux/in6.h>
#include <linux/kernel.h>

#define ATCP_ISN_TICK_SHIFT	6	/* 64 ns */

static u64 atcp_isn_hash4(__be32 saddr, __be32 daddr, __be16 sport,
			  __be16 dport, const siphash_key_t *key)
{
	return siphash_3u32((__force u32)saddr, (__force u32)daddr,
			    (__force u32)sport << 16 | (__force u32)dport, key);
}

static u64 atcp_isn_hash6(const struct in6_addr *saddr,
			  const struct in6_addr *daddr, __be16 sport,
			  __be16 dport, const siphash_key_t *key)
{
	const struct {
		struct in6_addr saddr;
		struct in6_addr daddr;
		__be16 sport;
		__be16 dport;
		u32 pad;
	} __aligned(SIPHASH_ALIGNMENT) tuple = {
		.saddr = *saddr,
		.daddr = *daddr,
		.sport = sport,
		.dport = dport,
	};

	return siphash(&tuple, sizeof(tuple), key);
}

static u32 atcp_isn_make(u64 hash, u64 now_ns, u32 *tsoff)
{
	if (tsoff)
		*tsoff = hash >> 32;
	return (u32)hash + (u32)(now_ns >> ATCP_ISN_TICK_SHIFT);
}

/**
 * atcp_isn_v4() - initial sequence number and timestamp offset of an IPv4 connection
 * @saddr: local address
 * @daddr: remote address
 * @sport: local port
 * @dport: remote port
 * @key: secret of the host or namespace
 * @now_ns: time, ns; must not go back while the key lives
 * @tsoff: set to what is to be added to the timestamp clock, or NULL
 */
u32 atcp_isn_v4(__be32 saddr, __be32 daddr, __be16 sport, __be16 dport,
		const siphash_key_t *key, u64 now_ns, u32 *tsoff)
{
	return atcp_isn_make(atcp_isn_hash4(saddr, daddr, sport, dport, key), now_ns, tsoff);
}

/**
 * atcp_isn_v6() - the same of an IPv6 connection
 * @saddr: local address
 * @daddr: remote address
 * @sport: local port
 * @dport: remote port
 * @key: secret of the host or namespace
 * @now_ns: time, ns; must not go back while the key lives
 * @tsoff: set to what is to be added to the timestamp clock, or NULL
 */
u32 atcp_isn_v6(const struct in6_addr *saddr, const struct in6_addr *daddr,
		__be16 sport, __be16 dport, const siphash_key_t *key,
		u64 now_ns, u32 *tsoff)
{
	return atcp_isn_make(atcp_isn_hash6(saddr, daddr, sport, dport, key), now_ns, tsoff);
}
