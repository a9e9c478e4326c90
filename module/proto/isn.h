/* SPDX-License-Identifier: GPL-2.0 */
/* Initial sequence numbers and timestamp offsets (RFC 6528, 7323 section 7.1). */
#ifndef _ATCP_PROTO_ISN_H
#define _ATCP_PROTO_ISN_H

#include <linux/siphash.h>
#include <linux/types.h>

struct in6_addr;

u32 atcp_isn_v4(__be32 saddr, __be32 daddr, __be16 sport, __be16 dport,
		const siphash_key_t *key, u64 now_ns, u32 *tsoff);
u32 atcp_isn_v6(const struct in6_addr *saddr, const struct in6_addr *daddr,
		__be16 sport, __be16 dport, const siphash_key_t *key,
		u64 now_ns, u32 *tsoff);

#endif /* _ATCP_PROTO_ISN_H */
