/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters of a listener, one line each: the place to add one.
 *
 * Included many times, with ATCP_LSTAT(name) defined as what is wanted of a row:
 * no guard. What they mean stands in Documentation/counters.rst. The first eight
 * are columns of /proc/net/atcp/listen, in this order. ATCP_LSTAT_BAD(name), if that
 * is defined, is a row that tells of trouble: the time of the last one is kept too.
 */
#ifndef ATCP_LSTAT_BAD
#define ATCP_LSTAT_BAD ATCP_LSTAT
#endif

/* SYNs received */
ATCP_LSTAT(syns)
/* SYN-ACKs sent again */
ATCP_LSTAT_BAD(synack_retrans)
/* SYN-ACKs with a cookie */
ATCP_LSTAT_BAD(cookies_sent)
/* ACKs with a good cookie */
ATCP_LSTAT(cookies_recv)
/* ACKs with a bad one */
ATCP_LSTAT_BAD(cookies_failed)
/* segments that met a full accept queue */
ATCP_LSTAT_BAD(overflows)
/* SYNs and ACKs dropped, whatever the reason; the reasons are counted apart */
ATCP_LSTAT_BAD(drops)
/* connections put into the accept queue */
ATCP_LSTAT(accepted)
/* requests put into the SYN queue */
ATCP_LSTAT(requests)
/* requests reset by their peer */
ATCP_LSTAT(embryonic_rsts)
/* requests that were given up after the last SYN-ACK */
ATCP_LSTAT_BAD(expired)
/* requests given up early, to make room for young ones */
ATCP_LSTAT_BAD(pruned)
/* third ACKs that were parked */
ATCP_LSTAT_BAD(parked)
/* segments kept for parked requests */
ATCP_LSTAT(park_kept)
/* parked requests that became connections */
ATCP_LSTAT(park_completed)
/* parked requests that were given up */
ATCP_LSTAT_BAD(park_expired)
/* third ACKs dropped for a full accept queue */
ATCP_LSTAT_BAD(overflow_drops)
/* third ACKs answered with RST for a full accept queue */
ATCP_LSTAT_BAD(overflow_resets)
/* times that the accept queue reached its high watermark */
ATCP_LSTAT(acceptq_pressed)
/* times that it came down to the low one again */
ATCP_LSTAT(acceptq_relieved)
/* bare ACKs not taken while data is awaited */
ATCP_LSTAT_BAD(deferred)
/* SYNs refused because the listener drains */
ATCP_LSTAT_BAD(drain_refused)
/* connections and requests taken over from members of the group that closed */
ATCP_LSTAT(migrated_in)
/* connections and requests given to others when it closed */
ATCP_LSTAT(migrated_out)
/* handshakes completed by their peers, by a request's ACK or a cookie's */
ATCP_LSTAT(completed)
/* SYNs over their network's share that got a cookie for it */
ATCP_LSTAT_BAD(fair_cookies)
/* SYNs that got a cookie during a flood though there was room */
ATCP_LSTAT(flood_cookies)
/* SYNs of proven peers let in beyond the limit */
ATCP_LSTAT(proven_admitted)
/* SYN-ACKs not sent again because of a flood */
ATCP_LSTAT(synacks_muted)
/* cookies' bare ACKs that became requests, for data is awaited */
ATCP_LSTAT(cookies_deferred)
/* floods that began */
ATCP_LSTAT_BAD(floods)
/* times that the accept queue became full */
ATCP_LSTAT_BAD(slow_accepts)
/* connections completed because data had not come in time */
ATCP_LSTAT(defer_accepted)
/* requests reset because data had not come in time */
ATCP_LSTAT_BAD(defer_reset)
/* requests dropped because data had not come in time */
ATCP_LSTAT_BAD(defer_dropped)
/* connections made at their SYN, by fast open */
ATCP_LSTAT(fastopen)
/* fast opens refused: as many as allowed were pending */
ATCP_LSTAT_BAD(fastopen_overflows)
/* SYNs that the flood guard answered with a cookie */
ATCP_LSTAT(guard_cookies)
/* SYNs that it dropped for their prefix's rate */
ATCP_LSTAT_BAD(guard_drops)

#undef ATCP_LSTAT_BAD
#undef ATCP_LSTAT
