/* SPDX-License-Identifier: GPL-2.0 */
/* Peers that were seen alive: who completed a handshake lately, and how far away it is. */
#ifndef _ATCP_PEER_H
#define _ATCP_PEER_H

#include <linux/types.h>

#include "proto/metrics.h"
#include "proto/mix.h"

struct in6_addr;

#define ATCP_PEER_PAGES		128	/* most pages that a namespace's cache takes */
#define ATCP_PEER_WAYS		8	/* peers of a set */
#define ATCP_PEER_LIFE_SEC	3600	/* how long a handshake speaks for its peer */

/**
 * struct atcp_peers - a namespace's cache of proven peers
 * @key: places peers in sets, so that no stranger can choose whom he displaces
 * @page: sets; allocated when one of its peers is first proven, freed at the end
 *
 * A page has 8 sets of 8 peers: 8192 peers in 512 KiB at most.
 */
struct atcp_peers {
	struct atcp_mix_key key;
	void		*page[ATCP_PEER_PAGES];
};

void atcp_peer_init(struct atcp_peers *p);
void atcp_peer_exit(struct atcp_peers *p);

/* @addr (IPv4 mapped) showed itself alive at @now; @rtt_us: a round trip, 0 for unknown. */
void atcp_peer_prove(struct atcp_peers *p, const struct in6_addr *addr, u32 rtt_us, u32 now);

/* Was it proven within this second already, with a round trip if there is one to tell of? */
bool atcp_peer_fresh(const struct atcp_peers *p, const struct in6_addr *addr, u32 rtt_us, u32 now);

/* Was @addr proven within the last hour? @srtt_us (may be NULL): its RTT, 0 for unknown. */
bool atcp_peer_proven(const struct atcp_peers *p, const struct in6_addr *addr, u32 now,
		      u32 *srtt_us);

/*
 * What its connections have learned of @addr within the last hour (false: nothing), and
 * what they know now, if anything of it is remembered or @make.
 */
bool atcp_peer_metrics(const struct atcp_peers *p, const struct in6_addr *addr, u32 now,
		       struct atcp_metrics *m);
void atcp_peer_set_metrics(struct atcp_peers *p, const struct in6_addr *addr, u32 now,
			   const struct atcp_metrics *m, bool make);

/* Forgets @addr, or everybody (NULL). May sleep. */
void atcp_peer_forget(struct atcp_peers *p, const struct in6_addr *addr);

/* The RTT that is remembered once @rtt_us was measured; @srtt_us 0: it is the first. */
u32 atcp_peer_smooth(u32 srtt_us, u32 rtt_us);

#endif /* _ATCP_PEER_H */
