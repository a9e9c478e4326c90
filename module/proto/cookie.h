/* SPDX-License-Identifier: GPL-2.0 */
/* Stateless SYN cookies that keep the options in the ISN (RFC 4987 section 3.6). */
#ifndef _ATCP_PROTO_COOKIE_H
#define _ATCP_PROTO_COOKIE_H

#include <linux/in6.h>
#include <linux/siphash.h>
#include <linux/types.h>

#define ATCP_COOKIE_EPOCH_SEC	64	/* length of an epoch, seconds */
#define ATCP_COOKIE_MAX_AGE	3	/* most epochs a check can look back */
#define ATCP_COOKIE_NR_MSS	8	/* steps of the MSS table of a family */

/**
 * struct atcp_cookie_in - the SYN that a cookie is bound to
 * @saddr: the peer's address, IPv4 mapped for AF_INET
 * @daddr: our address, IPv4 mapped for AF_INET
 * @seq: the peer's ISN; of the third ACK, SEG.SEQ - 1
 * @sport: the peer's port
 * @dport: our port
 * @family: AF_INET or AF_INET6
 */
struct atcp_cookie_in {
	struct in6_addr saddr;
	struct in6_addr daddr;
	u32 seq;
	__be16 sport;
	__be16 dport;
	u16 family;
};

/**
 * struct atcp_cookie_opts - what a cookie remembers of the SYN's options
 * @mss: the peer's MSS in bytes; comes back rounded down to a step. 0 stands
 *	for the family's default (536 or 1220).
 * @wscale: the peer's shift count 0..14, 0xff for none
 * @sack: SACK is permitted
 * @ecn: ECN was asked for
 */
struct atcp_cookie_opts {
	u16 mss;
	u8 wscale;
	bool sack;
	bool ecn;
};

/**
 * struct atcp_cookie_keys - the secret of cookies
 * @key: hides options and epoch, and authenticates them
 *
 * A host's own random key, or one that the hosts of a cluster share.
 */
struct atcp_cookie_keys {
	siphash_key_t key;
};

u32 atcp_cookie_make(const struct atcp_cookie_in *in,
		     const struct atcp_cookie_opts *opts,
		     const struct atcp_cookie_keys *keys, u32 epoch);
int atcp_cookie_check(const struct atcp_cookie_in *in, u32 cookie,
		      const struct atcp_cookie_keys *keys, u32 epoch_now,
		      unsigned int max_age, struct atcp_cookie_opts *out);
u16 atcp_cookie_mss(u16 family, u16 mss);

/**
 * atcp_cookie_epoch() - the epoch of a time
 * @now_sec: seconds of any clock that all users of the keys share
 */
static inline u32 atcp_cookie_epoch(u64 now_sec)
{
	return now_sec / ATCP_COOKIE_EPOCH_SEC;
}

#endif /* _ATCP_PROTO_COOKIE_H */
